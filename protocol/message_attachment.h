/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a message, and the message that lies at the server itself since it does not fit into a payload
 * (docs/protocol.md, "Attachments"). */
#pragma once

#include "protocol/blob.h"

/* A file as the sender describes it: all of it but the form is hostile. */
typedef struct {
	PipitBlob blob;
	char *name; /* or NULL; pipit_file_name_safe() before it names anything */
	char *type; /* MIME; or NULL */
	guint width;
	guint height;
} PipitMessageAttachment;

PipitMessageAttachment *pipit_message_attachment_copy(const PipitMessageAttachment *attachment);
void pipit_message_attachment_free(PipitMessageAttachment *attachment);

/** Returns: (transfer full) the 1 to 16 attachments of a message, of PipitMessageAttachment; NULL if it has none, or on
 * @error, which is sticky as in json_reader.h. */
GPtrArray *pipit_message_attachments_read(JsonObject *message, GError **error);
/** Sets "attachments"; NULL leaves it out. */
void pipit_message_attachments_write(GPtrArray *attachments, JsonObject *message);

/** Returns: (transfer full) where the message's content lies; NULL if it is all here, or on @error. */
PipitBlob *pipit_message_content_read(JsonObject *message, GError **error);
void pipit_message_content_write(const PipitBlob *content, JsonObject *message);
void pipit_message_content_free(PipitBlob *content);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitMessageAttachment, pipit_message_attachment_free)
