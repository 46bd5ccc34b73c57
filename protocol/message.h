/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plaintext inside a sealed payload (docs/protocol.md, "The message"). */
#pragma once

#include <glib.h>

#define PIPIT_MESSAGE_ERROR (pipit_message_error_quark())
GQuark pipit_message_error_quark(void);

typedef enum {
	PIPIT_MESSAGE_ERROR_INVALID, /* not a message: refused */
	PIPIT_MESSAGE_ERROR_UNKNOWN, /* a version or type of a later client: skipped */
} PipitMessageError;

/* A message of type "message". All strings are UTF-8; handles are in their normal form. */
typedef struct {
	char *id;       /* UUID, lower case */
	char *from;     /* handle */
	char **to;      /* 1 to 256 handles, NULL-terminated */
	gint64 sent_at; /* ms */
	char *text;
	char *html; /* or NULL; not cleaned */
} PipitMessage;

void pipit_message_free(PipitMessage *message);

/** Returns: (transfer full) gzip of the message's JSON, to be sealed. @message must be valid. */
GBytes *pipit_message_pack(const PipitMessage *message);

/**
 * Reads what was sealed; every check of the section that needs nothing but the bytes.
 * Returns: (transfer full) NULL with PIPIT_MESSAGE_ERROR.
 */
PipitMessage *pipit_message_unpack(GBytes *plaintext, GError **error);

/** TRUE if @handle stands in the message's `to`. */
gboolean pipit_message_is_to(const PipitMessage *message, const char *handle);

/** The time to show: `sent_at`, or @received_at where `sent_at` is not to be believed. */
gint64 pipit_message_shown_time(const PipitMessage *message, gint64 received_at);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitMessage, pipit_message_free)
