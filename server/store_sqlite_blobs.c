/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs on SQLite. */
#include "server/store_blobs.h"

#include <string.h>

#include "server/store_sqlite.h"

#define COLUMNS "id, account, device, size, created_at, completed_at, unwanted, kept"
#define SEPARATOR "\n" /* in no handle */

static void
read_blob(PipitdRows *rows, PipitdBlob *blob)
{
	g_autofree char *id = pipitd_rows_text(rows, 0);
	*blob = (PipitdBlob){
		.account = pipitd_rows_int(rows, 1),
		.device = pipitd_rows_int(rows, 2),
		.size = pipitd_rows_int(rows, 3),
		.created_at = pipitd_rows_int(rows, 4),
		.completed_at = pipitd_rows_int(rows, 5),
		.unwanted = pipitd_rows_int(rows, 6) != 0,
		.kept = pipitd_rows_int(rows, 7),
	};
	g_strlcpy(blob->id, id == NULL ? "" : id, sizeof blob->id);
}

gboolean
pipitd_store_find_blob(PipitdSession *session, const char *id, PipitdBlob *blob, gboolean *found,
		       GError **error)
{
	PipitdBlob read = {0}; /* @id may be @blob's */
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT " COLUMNS " FROM blobs WHERE id = ?", "t", id);
	*found = pipitd_rows_next(rows);
	if (*found)
		read_blob(rows, &read);
	*blob = read;
	return pipitd_rows_check(rows, error);
}

static gboolean
check_quota(PipitdSession *session, const PipitdBlob *blob, const PipitdBlobQuota *quota, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT count(*), coalesce(sum(size), 0) FROM blobs WHERE account = ?",
			   "i", blob->account);
	gboolean read = pipitd_rows_next(rows);
	gint64 count = read ? pipitd_rows_int(rows, 0) : 0;
	gint64 bytes = read ? pipitd_rows_int(rows, 1) : 0;
	if (!pipitd_rows_check(rows, error))
		return FALSE;
	if (count < quota->count && blob->size <= quota->bytes - bytes)
		return TRUE;
	g_set_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_QUOTA,
		    "an account may have %" G_GINT64_FORMAT " files of together %" G_GINT64_FORMAT
		    " bytes on this server until they are fetched",
		    quota->count, quota->bytes);
	return FALSE;
}

gboolean
pipitd_store_add_blob(PipitdSession *session, const PipitdBlob *blob, const char *const *recipients,
		      const PipitdBlobQuota *quota, GError **error)
{
	g_autofree char *joined = g_strjoinv(SEPARATOR, (char **)recipients);
	return check_quota(session, blob, quota, error) &&
	       pipitd_sql_run(session, error,
			      "INSERT INTO blobs(id, account, device, size, created_at, recipients)"
			      " VALUES (?, ?, ?, ?, ?, ?)",
			      "tiiiit", blob->id, blob->account, blob->device, blob->size, blob->created_at,
			      joined);
}

gboolean
pipitd_store_keep_blob(PipitdSession *session, const char *id, gint64 kept, GError **error)
{
	return pipitd_sql_run(session, error, "UPDATE blobs SET kept = ? WHERE id = ?", "it", kept, id);
}

static gboolean
fail_not_found(GError **error)
{
	g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_NOT_FOUND, "there is no such blob");
	return FALSE;
}

/* Returns: (transfer full) the handles; NULL with an error. */
static char **
read_recipients(PipitdSession *session, const char *id, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT recipients FROM blobs WHERE id = ?", "t", id);
	g_autofree char *joined = pipitd_rows_next(rows) ? pipitd_rows_text(rows, 0) : NULL;
	if (!pipitd_rows_check(rows, error))
		return NULL;
	return g_strsplit(joined == NULL ? "" : joined, SEPARATOR, -1);
}

static gboolean
add_waits(PipitdSession *session, const PipitdBlob *blob, const char *const *recipients, GError **error)
{
	for (gsize i = 0; recipients[i] != NULL; i++) {
		if (!pipitd_sql_run(session, error,
				    "INSERT OR IGNORE INTO blob_waits(blob, device)"
				    " SELECT ?, d.id FROM handles h JOIN devices d ON d.account = h.account"
				    " WHERE h.handle = ? AND d.removed_at IS NULL AND d.id <> ?",
				    "tti", blob->id, recipients[i], blob->device))
			return FALSE;
	}
	return pipitd_sql_run(session, error,
			      "INSERT OR IGNORE INTO blob_waits(blob, device) SELECT ?, id FROM devices"
			      " WHERE account = ? AND removed_at IS NULL AND id <> ?",
			      "tii", blob->id, blob->account, blob->device);
}

gboolean
pipitd_store_complete_blob(PipitdSession *session, const char *id, gint64 now, GError **error)
{
	PipitdBlob blob;
	gboolean found;
	if (!pipitd_store_find_blob(session, id, &blob, &found, error))
		return FALSE;
	if (!found)
		return fail_not_found(error);
	if (blob.completed_at != 0)
		return TRUE;
	g_auto(GStrv) recipients = read_recipients(session, id, error);
	/* Who it is for is not kept longer than it has to be. */
	return recipients != NULL && add_waits(session, &blob, (const char *const *)recipients, error) &&
	       pipitd_sql_run(session, error,
			      "UPDATE blobs SET completed_at = ?, recipients = '' WHERE id = ?", "it", now,
			      id);
}

gboolean
pipitd_store_blob_done(PipitdSession *session, const char *id, gint64 device, gboolean *found, GError **error)
{
	PipitdBlob blob;
	if (!pipitd_store_find_blob(session, id, &blob, found, error))
		return FALSE;
	*found = blob.completed_at != 0 && !blob.unwanted;
	if (!*found)
		return TRUE;
	if (!pipitd_sql_run(session, error, "DELETE FROM blob_waits WHERE blob = ? AND device = ?", "ti", id,
			    device))
		return FALSE;
	/* One that nobody was to fetch stays its time: somebody may be told of it later. */
	return pipitd_sql_changes(session) == 0 ||
	       pipitd_sql_run(session, error,
			      "UPDATE blobs SET unwanted = 1 WHERE id = ?"
			      " AND NOT EXISTS (SELECT 1 FROM blob_waits w WHERE w.blob = blobs.id)",
			      "t", id);
}

gboolean
pipitd_store_blobs_done(PipitdSession *session, gint64 device, GError **error)
{
	return pipitd_sql_run(session, error,
			      "UPDATE blobs SET unwanted = 1"
			      " WHERE id IN (SELECT blob FROM blob_waits WHERE device = ?1) AND NOT EXISTS"
			      " (SELECT 1 FROM blob_waits w WHERE w.blob = blobs.id AND w.device <> ?1)",
			      "i", device) &&
	       pipitd_sql_run(session, error, "DELETE FROM blob_waits WHERE device = ?", "i", device);
}

gboolean
pipitd_store_blobs_wait(PipitdSession *session, const guint8 *push_token, GError **error)
{
	return pipitd_sql_run(session, error,
			      "INSERT OR IGNORE INTO blob_waits(blob, device) SELECT w.blob, added.id"
			      " FROM devices added JOIN devices d ON d.account = added.account"
			      " JOIN blob_waits w ON w.device = d.id"
			      " WHERE added.push_token = ? AND d.id <> added.id",
			      "b", push_token, (gsize)PIPIT_TOKEN_LEN);
}

gboolean
pipitd_store_delete_blob(PipitdSession *session, const char *id, GError **error)
{
	return pipitd_sql_run(session, error, "DELETE FROM blobs WHERE id = ?", "t", id);
}

GArray *
pipitd_store_list_blobs(PipitdSession *session, const char *after, guint max, GError **error)
{
	g_autoptr(GArray) blobs = g_array_new(FALSE, FALSE, sizeof(PipitdBlob));
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT " COLUMNS " FROM blobs WHERE id > ? ORDER BY id LIMIT ?", "ti",
			   after, (gint64)max);
	while (pipitd_rows_next(rows)) {
		PipitdBlob blob;
		read_blob(rows, &blob);
		g_array_append_val(blobs, blob);
	}
	return pipitd_rows_check(rows, error) ? g_steal_pointer(&blobs) : NULL;
}
