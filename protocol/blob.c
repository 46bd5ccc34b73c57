/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A blob's address and key. Nothing but the one form of address is taken, so that no message makes anybody fetch from
 * elsewhere. */
#include "protocol/blob.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"

#define URI_LEN (sizeof PIPIT_BLOBS_PATH - 1 + PIPIT_BLOB_ID_CHARS)

gboolean
pipit_blob_uri_valid(const char *uri)
{
	if (strlen(uri) != URI_LEN || !g_str_has_prefix(uri, PIPIT_BLOBS_PATH))
		return FALSE;
	for (const char *c = uri + strlen(PIPIT_BLOBS_PATH); *c != '\0'; c++)
		if (!g_ascii_isalnum(*c) && *c != '-' && *c != '_')
			return FALSE;
	return TRUE;
}

void
pipit_blob_clear(PipitBlob *blob)
{
	g_clear_pointer(&blob->uri, g_free);
	g_clear_pointer(&blob->key, g_bytes_unref);
}

void
pipit_blob_copy(PipitBlob *to, const PipitBlob *from)
{
	*to = *from;
	to->uri = g_strdup(from->uri);
	to->key = from->key != NULL ? g_bytes_ref(from->key) : NULL;
}

static GBytes *
read_key(JsonObject *object, GError **error)
{
	g_autoptr(GBytes) plain =
		pipit_json_bytes(object, "key", PIPIT_ATTACHMENT_KEY_LEN, PIPIT_ATTACHMENT_KEY_LEN, error);
	if (plain == NULL)
		return NULL;
	GBytes *key = pipit_secret_bytes(g_bytes_get_data(plain, NULL), PIPIT_ATTACHMENT_KEY_LEN);
	gsize size = 0;
	gpointer copy = g_bytes_unref_to_data(g_steal_pointer(&plain), &size);
	pipit_wipe(copy, size);
	g_free(copy);
	return key;
}

static void
read_digest(JsonObject *object, const char *name, guint8 *digest, gsize length, GError **error)
{
	g_autoptr(GBytes) bytes = pipit_json_bytes(object, name, length, length, error);
	if (bytes != NULL)
		memcpy(digest, g_bytes_get_data(bytes, NULL), length);
}

void
pipit_blob_read(PipitBlob *blob, JsonObject *object, gint64 min, gint64 max, GError **error)
{
	blob->uri = g_strdup(pipit_json_string(object, "uri", URI_LEN, error));
	blob->key = read_key(object, error);
	blob->size = pipit_json_int(object, "size", min, max, error);
	read_digest(object, "sha1", blob->digests.sha1, PIPIT_SHA1_LEN, error);
	read_digest(object, "sha256", blob->digests.sha256, PIPIT_SHA256_LEN, error);
	if (*error == NULL && !pipit_blob_uri_valid(blob->uri))
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER,
				    "\"uri\" is no blob of one's own server");
}

static void
set_digest(JsonObject *object, const char *name, const guint8 *digest, gsize length)
{
	g_autoptr(GBytes) bytes = g_bytes_new(digest, length);
	pipit_json_set_bytes(object, name, bytes);
}

void
pipit_blob_write(const PipitBlob *blob, JsonObject *object)
{
	json_object_set_string_member(object, "uri", blob->uri);
	pipit_json_set_bytes(object, "key", blob->key);
	json_object_set_int_member(object, "size", blob->size);
	set_digest(object, "sha1", blob->digests.sha1, PIPIT_SHA1_LEN);
	set_digest(object, "sha256", blob->digests.sha256, PIPIT_SHA256_LEN);
}
