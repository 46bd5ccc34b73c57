/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server that answers whatever a test wants it to: the hostile, the broken and the half of something. */
#pragma once

#include <glib.h>

#include "tests/support/certificate.h"

typedef struct PipitResponder PipitResponder;

typedef struct {
	guint number; /* counts from 0 */
	const char *method;
	const char *path;
	const char *head; /* the request line and the header lines */
	const char *body;
} PipitAsked;

/**
 * Runs in a thread of the connection.
 * Returns: (transfer full) what goes back, byte for byte (pipit_responder_json()); the connection is closed after
 *   it unless it has a Content-Length and keeps to it. NULL: hold the connection, and never answer. Empty: close it at once.
 */
typedef GBytes *(*PipitResponderScript)(const PipitAsked *asked, gpointer user_data);

/**
 * Listens on a free port of loopback.
 * @certificate: speak TLS; NULL: plain. It also serves as a proxy: CONNECT leads to itself, whatever the host (then TLS
 *   begins after it, and a plain port must ask for that by @certificate alone).
 */
PipitResponder *pipit_responder_new(PipitResponderScript script, gpointer user_data,
				    const PipitTestCertificate *certificate);
/** As above, but plain until somebody sends CONNECT. */
PipitResponder *pipit_responder_new_proxy(PipitResponderScript script, gpointer user_data,
					  const PipitTestCertificate *certificate);
void pipit_responder_free(PipitResponder *responder);

/** From now on an answer leaves in pieces of so many bytes, with a pause (ms) before each. */
void pipit_responder_set_slow(PipitResponder *responder, guint piece, guint pause);

guint pipit_responder_port(const PipitResponder *responder);
/** Returns: (transfer full) its origin, http or https, on 127.0.0.1. */
char *pipit_responder_origin(const PipitResponder *responder);
/** How many requests came. */
guint pipit_responder_count(const PipitResponder *responder);

/** Returns: (transfer full) a whole answer with this body. */
GBytes *pipit_responder_json(guint status, const char *body);
/** Returns: (transfer full) a problem document. */
GBytes *pipit_responder_problem(guint status, const char *code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitResponder, pipit_responder_free)
