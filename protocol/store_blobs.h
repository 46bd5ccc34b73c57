/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that came, on disk, as long as the server may have them; and the blobs that the server is to hear the last of. */
#pragma once

#include "protocol/message_attachment.h"
#include "protocol/store.h"

/* An attachment that can be fetched. */
typedef struct {
	gint64 number;
	char *peer;
	PipitBlob blob;
	char *name; /* safe */
	char *type; /* or NULL */
	guint width;
	guint height;
} PipitReceivedFile;

void pipit_received_file_free(PipitReceivedFile *file);

/** Takes the next number that a file or a transfer is called by. */
gboolean pipit_store_take_number(PipitStore *store, gint64 *number, GError **error);

/**
 * Writes the attachments of a received message down, and numbers them. Inside a transaction.
 * @message: its row in the inbox. @attachments: of PipitMessageAttachment.
 */
gboolean pipit_store_add_attachments(PipitStore *store, gint64 message, const char *peer, gint64 received_at,
				     GPtrArray *attachments, GError **error);

/** Those of a message, of PipitReceivedFile, in the sender's order. Returns: (transfer full) NULL on error. */
GPtrArray *pipit_store_read_message_files(PipitStore *store, gint64 message, GError **error);
/** Those of a conversation, or of all for NULL, in the order in which they came. Returns: (transfer full) NULL on error. */
GPtrArray *pipit_store_read_files(PipitStore *store, const char *peer, GError **error);
/** @file: out, (transfer full): NULL if there is none of this number. */
gboolean pipit_store_read_file(PipitStore *store, gint64 number, PipitReceivedFile **file, GError **error);
gboolean pipit_store_remove_file(PipitStore *store, gint64 number, GError **error);
/** Forgets those that the server no longer has. */
gboolean pipit_store_forget_files(PipitStore *store, gint64 server_now, GError **error);

/** The server is to be told that this device needs the blob no more; @uploaded: that it, who uploaded it, takes it back. */
gboolean pipit_store_add_farewell(PipitStore *store, const char *uri, gboolean uploaded, GError **error);
/** The next one. @uri: out, (transfer full): NULL if there is none. */
gboolean pipit_store_next_farewell(PipitStore *store, char **uri, gboolean *uploaded, GError **error);
gboolean pipit_store_remove_farewell(PipitStore *store, const char *uri, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitReceivedFile, pipit_received_file_free)
