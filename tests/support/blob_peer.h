/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends and fetches blobs as a device does. Their bytes are made up as they are sent and compared as they come, so that a test can
 * have blobs that are larger than its memory. */
#pragma once

#include "tests/support/relay_peer.h"

typedef struct {
	guint status;     /* 0: no answer came */
	char *code;       /* of a problem, or "" */
	gint64 offset;    /* that the answer names; -1 without */
	char *range;      /* Content-Range, or NULL */
	guint64 count;    /* bytes of the body */
	gboolean as_made; /* they are those that were asked for */
} PipitBlobReply;

/** Writes the @count bytes of every made blob that begin at @first. */
void pipit_blob_make(guint64 first, guint8 *bytes, gsize count);

/** Creates a blob for @to, which the server must grant. Returns: (transfer full) its path. */
char *pipit_blob_create(PipitRelayPeer *peer, guint64 size, const char *to);
/** The same; whatever the server says. */
PipitReply *pipit_blob_ask_create(PipitRelayPeer *peer, guint64 size, const char *to);

/** Sends @count made bytes from @first on, by a connection of their own. */
PipitBlobReply *pipit_blob_send(const PipitRelayPeer *peer, const char *origin, const char *path,
				guint64 first, guint64 count);

/** Creates one and sends all of it. Returns: (transfer full) its path. */
char *pipit_blob_upload(PipitRelayPeer *peer, const char *origin, guint64 size, const char *to);

/** Fetches. @range: as the header has it, or NULL. @first: where the bytes must begin that come. */
PipitBlobReply *pipit_blob_fetch(const PipitRelayPeer *peer, const char *origin, const char *path,
				 const char *range, guint64 first);

/** Returns: how many bytes the server says that it has. */
gint64 pipit_blob_offset(PipitRelayPeer *peer, const char *path);

/** Says that this device needs it no more, or deletes it. Returns: the status. */
guint pipit_blob_done(PipitRelayPeer *peer, const char *path);
guint pipit_blob_delete(PipitRelayPeer *peer, const char *path);

#define PIPIT_BLOB_WITH_HEAD 1000

/**
 * Connects and sends the head of an upload, and @count made bytes from @first on, of @announced. The first of them, up to
 * PIPIT_BLOB_WITH_HEAD, go with the head: a server that has seen that has them. Returns: the socket.
 */
int pipit_blob_begin(const PipitRelayPeer *peer, const char *origin, const char *path, guint64 first,
		     guint64 count, guint64 announced);

/** Sends @count more made bytes, from @first on. */
void pipit_blob_go_on(int fd, guint64 first, guint64 count);

void pipit_blob_reply_free(PipitBlobReply *reply);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitBlobReply, pipit_blob_reply_free)
