/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies at the server in encrypted form, and what opens it: the part of a sealed message that tells of it
 * (docs/protocol.md, "Attachments"). */
#pragma once

#include <json-glib/json-glib.h>

#include "crypto/attachment.h"

typedef struct {
	char *uri;                      /* a path at the account's own server: pipit_blob_uri_valid() */
	GBytes *key;                    /* in memory that is wiped */
	gint64 size;                    /* in clear and encrypted */
	PipitAttachmentDigests digests; /* of the encrypted form */
} PipitBlob;

/** TRUE for exactly "/v1/blobs/" and 43 characters of base64url. */
gboolean pipit_blob_uri_valid(const char *uri);

/** Frees what it holds; zeroed is fine. */
void pipit_blob_clear(PipitBlob *blob);
void pipit_blob_copy(PipitBlob *to, const PipitBlob *from);

/** Reads the members of @object that make a blob of @min to @max bytes. @error: sticky, as in json_reader.h. */
void pipit_blob_read(PipitBlob *blob, JsonObject *object, gint64 min, gint64 max, GError **error);
/** Sets these members. */
void pipit_blob_write(const PipitBlob *blob, JsonObject *object);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitBlob, pipit_blob_clear)
