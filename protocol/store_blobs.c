/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Received files on disk, and farewells. */
#include "protocol/store_blobs.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/file_name.h"
#include "protocol/limits.h"
#include "protocol/store_private.h"

#define COLUMNS "number, peer, uri, key, size, sha1, sha256, name, type, width, height"

void
pipit_received_file_free(PipitReceivedFile *file)
{
	if (file == NULL)
		return;
	g_free(file->peer);
	pipit_blob_clear(&file->blob);
	g_free(file->name);
	g_free(file->type);
	g_free(file);
}

gboolean
pipit_store_take_number(PipitStore *store, gint64 *number, GError **error)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error, "UPDATE file_number SET next = next + 1 RETURNING next - 1", "");
	int result = row != NULL ? pipit_store_step(store, row, error) : SQLITE_ERROR;
	if (result == SQLITE_DONE)
		return pipit_store_fail_damaged(store, "file_number", error);
	if (result != SQLITE_ROW)
		return FALSE;
	*number = sqlite3_column_int64(row, 0);
	return pipit_store_step(store, row, error) == SQLITE_DONE;
}

static gboolean
add_attachment(PipitStore *store, gint64 message, const char *peer, gint64 received_at,
	       const PipitMessageAttachment *attachment, GError **error)
{
	const PipitBlob *blob = &attachment->blob;
	g_autoptr(GBytes) sha1 = g_bytes_new(blob->digests.sha1, PIPIT_SHA1_LEN);
	g_autoptr(GBytes) sha256 = g_bytes_new(blob->digests.sha256, PIPIT_SHA256_LEN);
	g_autofree char *name = pipit_file_name_safe(attachment->name);
	gint64 number = 0;
	return pipit_store_take_number(store, &number, error) &&
	       pipit_store_run(store, error,
			       "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			       "iisisbibbssii", number, message, peer, received_at, blob->uri, blob->key,
			       blob->size, sha1, sha256, name, attachment->type, (gint64)attachment->width,
			       (gint64)attachment->height);
}

gboolean
pipit_store_add_attachments(PipitStore *store, gint64 message, const char *peer, gint64 received_at,
			    GPtrArray *attachments, GError **error)
{
	for (guint i = 0; i < attachments->len; i++)
		if (!add_attachment(store, message, peer, received_at, attachments->pdata[i], error))
			return FALSE;
	return TRUE;
}

/* FALSE if it is not what was written. */
static gboolean
read_digest(sqlite3_stmt *row, int column, guint8 *digest, int length)
{
	const void *bytes = sqlite3_column_blob(row, column);
	if (bytes == NULL || sqlite3_column_bytes(row, column) != length)
		return FALSE;
	memcpy(digest, bytes, (gsize)length);
	return TRUE;
}

static PipitReceivedFile *
read_file(PipitStore *store, sqlite3_stmt *row, GError **error)
{
	g_autoptr(PipitReceivedFile) file = g_new0(PipitReceivedFile, 1);
	file->number = sqlite3_column_int64(row, 0);
	file->peer = pipit_store_column_text(row, 1);
	file->blob.uri = pipit_store_column_text(row, 2);
	if (sqlite3_column_bytes(row, 3) == PIPIT_ATTACHMENT_KEY_LEN)
		file->blob.key = pipit_secret_bytes(sqlite3_column_blob(row, 3), PIPIT_ATTACHMENT_KEY_LEN);
	file->blob.size = sqlite3_column_int64(row, 4);
	file->name = pipit_store_column_text(row, 7);
	file->type = pipit_store_column_text(row, 8);
	file->width = (guint)sqlite3_column_int64(row, 9);
	file->height = (guint)sqlite3_column_int64(row, 10);
	if (!read_digest(row, 5, file->blob.digests.sha1, PIPIT_SHA1_LEN) ||
	    !read_digest(row, 6, file->blob.digests.sha256, PIPIT_SHA256_LEN) || file->blob.key == NULL ||
	    file->peer == NULL || file->name == NULL || !pipit_blob_uri_valid(file->blob.uri)) {
		pipit_store_fail_damaged(store, "attachment", error);
		return NULL;
	}
	return g_steal_pointer(&file);
}

/* @rows: (transfer full) or NULL with @error set. */
static GPtrArray *
read_files(PipitStore *store, sqlite3_stmt *query, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = query;
	if (rows == NULL)
		return NULL;
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_file_free);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		PipitReceivedFile *file = read_file(store, rows, error);
		if (file == NULL)
			return NULL;
		g_ptr_array_add(files, file);
	}
	return result == SQLITE_DONE ? g_steal_pointer(&files) : NULL;
}

GPtrArray *
pipit_store_read_message_files(PipitStore *store, gint64 message, GError **error)
{
	return read_files(store,
			  pipit_store_query(store, error,
					    "SELECT " COLUMNS
					    " FROM attachment WHERE message = ? ORDER BY number",
					    "i", message),
			  error);
}

GPtrArray *
pipit_store_read_files(PipitStore *store, const char *peer, GError **error)
{
	return read_files(store,
			  pipit_store_query(store, error,
					    "SELECT " COLUMNS
					    " FROM attachment WHERE ?1 IS NULL OR peer = ?1 ORDER BY number",
					    "s", peer),
			  error);
}

gboolean
pipit_store_read_file(PipitStore *store, gint64 number, PipitReceivedFile **file, GError **error)
{
	g_autoptr(GPtrArray) files = read_files(
		store,
		pipit_store_query(store, error, "SELECT " COLUMNS " FROM attachment WHERE number = ?", "i",
				  number),
		error);
	*file = NULL;
	if (files == NULL)
		return FALSE;
	if (files->len > 0)
		*file = g_ptr_array_steal_index(files, 0);
	return TRUE;
}

gboolean
pipit_store_remove_file(PipitStore *store, gint64 number, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM attachment WHERE number = ?", "i", number);
}

gboolean
pipit_store_forget_files(PipitStore *store, gint64 server_now, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM attachment WHERE received_at < ?", "i",
			       server_now - PIPIT_BLOB_LIFE_MS);
}

gboolean
pipit_store_add_farewell(PipitStore *store, const char *uri, gboolean uploaded, GError **error)
{
	return pipit_store_run(store, error, "INSERT OR REPLACE INTO farewell VALUES (?, ?)", "si", uri,
			       (gint64)uploaded);
}

gboolean
pipit_store_next_farewell(PipitStore *store, char **uri, gboolean *uploaded, GError **error)
{
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(store, error, "SELECT uri, uploaded FROM farewell LIMIT 1", "");
	*uri = NULL;
	int result = row != NULL ? pipit_store_step(store, row, error) : SQLITE_ERROR;
	if (result != SQLITE_ROW)
		return result == SQLITE_DONE;
	*uri = pipit_store_column_text(row, 0);
	*uploaded = sqlite3_column_int(row, 1) != 0;
	return TRUE;
}

gboolean
pipit_store_remove_farewell(PipitStore *store, const char *uri, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM farewell WHERE uri = ?", "s", uri);
}
