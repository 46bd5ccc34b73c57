/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drafts on disk. */
#include "protocol/store_drafts.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/store_private.h"

PipitDraftFile *
pipit_draft_file_new(void)
{
	return g_new0(PipitDraftFile, 1);
}

void
pipit_draft_file_free(PipitDraftFile *file)
{
	if (file == NULL)
		return;
	g_free(file->path);
	g_free(file->name);
	g_free(file->type);
	pipit_blob_clear(&file->blob);
	g_free(file);
}

void
pipit_draft_free(PipitDraft *draft)
{
	if (draft == NULL)
		return;
	g_free(draft->from);
	g_free(draft->peer);
	g_free(draft->reason);
	g_free(draft->text);
	g_free(draft->html);
	g_ptr_array_unref(draft->files);
	g_free(draft);
}

static gboolean
add_draft(PipitStore *store, gpointer user_data, GError **error)
{
	const PipitDraft *draft = user_data;
	if (!pipit_store_run(store, error,
			     "INSERT INTO draft (number, sender, peer, created_at, failed, text, html)"
			     " VALUES (?, ?, ?, ?, 0, ?, ?)",
			     "ississ", draft->number, draft->from, draft->peer, draft->created_at,
			     draft->text, draft->html))
		return FALSE;
	for (guint i = 0; i < draft->files->len; i++) {
		const PipitDraftFile *file = draft->files->pdata[i];
		if (!pipit_store_run(store, error,
				     "INSERT INTO draft_file (draft, position, path, copied, keep_metadata, "
				     "name, type)"
				     " VALUES (?, ?, ?, ?, ?, ?, ?)",
				     "iisiiss", draft->number, (gint64)i, file->path, (gint64)file->copied,
				     (gint64)file->keep_metadata, file->name, file->type))
			return FALSE;
	}
	return TRUE;
}

gboolean
pipit_store_add_draft(PipitStore *store, const PipitDraft *draft, GError **error)
{
	return pipit_store_transaction(store, add_draft, (gpointer)draft, error);
}

static void
take_digest(sqlite3_stmt *row, int column, guint8 *digest, int length, PipitDraftFile *file)
{
	if (sqlite3_column_bytes(row, column) == length)
		memcpy(digest, sqlite3_column_blob(row, column), (gsize)length);
	else
		file->complete = FALSE;
}

static PipitDraftFile *
read_file(sqlite3_stmt *row)
{
	PipitDraftFile *file = pipit_draft_file_new();
	file->path = pipit_store_column_text(row, 0);
	file->copied = sqlite3_column_int(row, 1) != 0;
	file->keep_metadata = sqlite3_column_int(row, 2) != 0;
	file->name = pipit_store_column_text(row, 3);
	file->type = pipit_store_column_text(row, 4);
	file->width = (guint)sqlite3_column_int64(row, 5);
	file->height = (guint)sqlite3_column_int64(row, 6);
	file->blob.size = sqlite3_column_int64(row, 7);
	file->modified_at = sqlite3_column_int64(row, 8);
	if (sqlite3_column_bytes(row, 9) == PIPIT_ATTACHMENT_KEY_LEN)
		file->blob.key = pipit_secret_bytes(sqlite3_column_blob(row, 9), PIPIT_ATTACHMENT_KEY_LEN);
	file->blob.uri = pipit_store_column_text(row, 10);
	file->complete = file->blob.uri != NULL && file->blob.key != NULL;
	take_digest(row, 11, file->blob.digests.sha1, PIPIT_SHA1_LEN, file);
	take_digest(row, 12, file->blob.digests.sha256, PIPIT_SHA256_LEN, file);
	return file;
}

static gboolean
read_draft_files(PipitStore *store, PipitDraft *draft, GError **error)
{
	g_autoptr(sqlite3_stmt) rows =
		pipit_store_query(store, error,
				  "SELECT path, copied, keep_metadata, name, type, width, height, size,"
				  " modified_at, key, uri, sha1, sha256 FROM draft_file WHERE draft = ?"
				  " ORDER BY position",
				  "i", draft->number);
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		g_ptr_array_add(draft->files, read_file(rows));
	return result == SQLITE_DONE;
}

static PipitDraft *
read_draft(sqlite3_stmt *row)
{
	PipitDraft *draft = g_new0(PipitDraft, 1);
	draft->number = sqlite3_column_int64(row, 0);
	draft->from = pipit_store_column_text(row, 1);
	draft->peer = pipit_store_column_text(row, 2);
	draft->created_at = sqlite3_column_int64(row, 3);
	draft->failed = sqlite3_column_int(row, 4) != 0;
	draft->reason = pipit_store_column_text(row, 5);
	draft->text = pipit_store_column_text(row, 6);
	draft->html = pipit_store_column_text(row, 7);
	draft->files = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_draft_file_free);
	return draft;
}

GPtrArray *
pipit_store_read_drafts(PipitStore *store, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"SELECT number, sender, peer, created_at, failed, reason, text, html FROM draft"
		" ORDER BY number",
		"");
	if (rows == NULL)
		return NULL;
	g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_draft_free);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		PipitDraft *draft = read_draft(rows);
		g_ptr_array_add(drafts, draft);
		if (!read_draft_files(store, draft, error))
			return NULL;
	}
	return result == SQLITE_DONE ? g_steal_pointer(&drafts) : NULL;
}

typedef struct {
	const PipitDraft *draft;
	guint position;
} Place;

static gboolean
write_file(PipitStore *store, gpointer user_data, GError **error)
{
	const Place *place = user_data;
	const PipitDraftFile *file = place->draft->files->pdata[place->position];
	const PipitBlob *blob = &file->blob;
	g_autoptr(GBytes) sha1 = file->complete ? g_bytes_new(blob->digests.sha1, PIPIT_SHA1_LEN) : NULL;
	g_autoptr(GBytes) sha256 =
		file->complete ? g_bytes_new(blob->digests.sha256, PIPIT_SHA256_LEN) : NULL;
	return pipit_store_run(store, error,
			       "UPDATE draft_file SET path = ?, copied = ?, type = ?, width = ?, height = ?,"
			       " size = ?, modified_at = ?, key = ?, uri = ?, sha1 = ?, sha256 = ?"
			       " WHERE draft = ? AND position = ?",
			       "sisiiiibsbbii", file->path, (gint64)file->copied, file->type,
			       (gint64)file->width, (gint64)file->height, blob->size, file->modified_at,
			       blob->key, blob->uri, sha1, sha256, place->draft->number,
			       (gint64)place->position);
}

gboolean
pipit_store_write_draft_file(PipitStore *store, const PipitDraft *draft, guint position, GError **error)
{
	Place place = {draft, position};
	return pipit_store_transaction_lazily(store, write_file, &place, error);
}

static gboolean
renew_file(PipitStore *store, gpointer user_data, GError **error)
{
	const Place *place = user_data;
	return pipit_store_run(store, error, "DELETE FROM draft_chunk WHERE draft = ? AND position = ?", "ii",
			       place->draft->number, (gint64)place->position) &&
	       write_file(store, user_data, error);
}

gboolean
pipit_store_renew_draft_file(PipitStore *store, const PipitDraft *draft, guint position, GError **error)
{
	Place place = {draft, position};
	return pipit_store_transaction_lazily(store, renew_file, &place, error);
}

gboolean
pipit_store_write_draft_failed(PipitStore *store, gint64 number, const char *reason, GError **error)
{
	return pipit_store_run(store, error, "UPDATE draft SET failed = ?, reason = ? WHERE number = ?",
			       "isi", (gint64)(reason != NULL), reason, number);
}

gboolean
pipit_store_remove_draft(PipitStore *store, gint64 number, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM draft WHERE number = ?", "i", number);
}

typedef struct {
	Place place;
	gint64 end;
	GBytes *sha256;
	PipitChunk chunk;
} Noting;

static gboolean
note_chunk(PipitStore *store, gpointer user_data, GError **error)
{
	Noting *noting = user_data;
	gint64 number = noting->place.draft->number;
	gint64 position = noting->place.position;
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error,
		"SELECT sha256 = ?4 FROM draft_chunk WHERE draft = ?1 AND position = ?2 AND end = ?3", "iiib",
		number, position, noting->end, noting->sha256);
	int result = row != NULL ? pipit_store_step(store, row, error) : SQLITE_ERROR;
	if (result == SQLITE_ROW) {
		noting->chunk = sqlite3_column_int(row, 0) != 0 ? PIPIT_CHUNK_SAME : PIPIT_CHUNK_OTHER;
		return TRUE;
	}
	noting->chunk = PIPIT_CHUNK_NEW;
	return result == SQLITE_DONE &&
	       pipit_store_run(store, error, "INSERT INTO draft_chunk VALUES (?, ?, ?, ?)", "iiib", number,
			       position, noting->end, noting->sha256);
}

gboolean
pipit_store_note_chunk(PipitStore *store, const PipitDraft *draft, guint position, gint64 end,
		       const guint8 *sha256, PipitChunk *chunk, GError **error)
{
	g_autoptr(GBytes) digest = g_bytes_new(sha256, PIPIT_SHA256_LEN);
	Noting noting = {{draft, position}, end, digest, PIPIT_CHUNK_NEW};
	if (!pipit_store_transaction_lazily(store, note_chunk, &noting, error))
		return FALSE;
	*chunk = noting.chunk;
	return TRUE;
}

gboolean
pipit_store_read_chunks_end(PipitStore *store, const PipitDraft *draft, guint position, gint64 *end,
			    GError **error)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(store, error,
							"SELECT coalesce(max(end), 0) FROM draft_chunk"
							" WHERE draft = ? AND position = ?",
							"ii", draft->number, (gint64)position);
	if (row == NULL || pipit_store_step(store, row, error) != SQLITE_ROW)
		return FALSE;
	*end = sqlite3_column_int64(row, 0);
	return TRUE;
}
