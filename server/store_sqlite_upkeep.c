/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forgetting and counting on SQLite. The times are those of docs/protocol.md. */
#include "server/store_upkeep.h"

#include "server/clock.h"
#include "server/store_sqlite.h"

#define MESSAGE_LIFE (30 * PIPITD_MS_PER_DAY)
#define DELIVERY_LIFE (31 * PIPITD_MS_PER_DAY)
#define REMOVED_DEVICE_LIFE (35 * PIPITD_MS_PER_DAY)
#define OLD_PREKEY_LIFE PIPITD_MS_PER_DAY

static gboolean
release_quota(PipitdSession *session, GHashTable *devices, GError **error)
{
	GHashTableIter iter;
	gpointer key;
	gpointer value;
	g_hash_table_iter_init(&iter, devices);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		const gint64 *freed = value;
		if (!pipitd_sql_run(session, error,
				    "UPDATE devices SET queued = queued - ?, queued_bytes = queued_bytes - ?"
				    " WHERE id = ?",
				    "iii", freed[0], freed[1], *(const gint64 *)key))
			return FALSE;
	}
	return TRUE;
}

static void
note_freed(GHashTable *devices, gint64 device, gint64 bytes)
{
	gint64 *freed = g_hash_table_lookup(devices, &device);
	if (freed == NULL) {
		freed = g_new0(gint64, 2);
		g_hash_table_insert(devices, g_memdup2(&device, sizeof device), freed);
	}
	freed[0] += 1;
	freed[1] += bytes;
}

static gboolean
forget_messages(PipitdSession *session, gint64 now, gint64 *count, GError **error)
{
	g_autoptr(GHashTable) devices = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	*count = 0;
	{
		g_autoptr(PipitdRows) rows =
			pipitd_sql(session,
				   "DELETE FROM queue WHERE id IN (SELECT id FROM queue WHERE received_at < ?"
				   " ORDER BY received_at LIMIT ?) RETURNING device, length(payload)",
				   "ii", now - MESSAGE_LIFE, (gint64)PIPITD_EXPIRY_BATCH);
		while (pipitd_rows_next(rows)) {
			*count += 1;
			note_freed(devices, pipitd_rows_int(rows, 0), pipitd_rows_int(rows, 1));
		}
		if (!pipitd_rows_check(rows, error))
			return FALSE;
	}
	return *count == 0 || (release_quota(session, devices, error) &&
			       pipitd_sql_run(session, error,
					      "UPDATE meta SET value = CAST(value AS INTEGER) + ?"
					      " WHERE key = 'expired'",
					      "i", *count));
}

static gboolean
forget_rows(PipitdSession *session, const char *sql, gint64 before, gboolean *more, GError **error)
{
	if (!pipitd_sql_run(session, error, sql, "ii", before, (gint64)PIPITD_EXPIRY_BATCH))
		return FALSE;
	*more |= pipitd_sql_changes(session) == PIPITD_EXPIRY_BATCH;
	return TRUE;
}

gboolean
pipitd_store_forget(PipitdSession *session, gint64 now, PipitdForgotten *forgotten, GError **error)
{
	if (!forget_messages(session, now, &forgotten->messages, error))
		return FALSE;
	forgotten->more = forgotten->messages == PIPITD_EXPIRY_BATCH;
	return forget_rows(session,
			   "DELETE FROM deliveries WHERE id IN"
			   " (SELECT id FROM deliveries WHERE at < ? ORDER BY at LIMIT ?)",
			   now - DELIVERY_LIFE, &forgotten->more, error) &&
	       forget_rows(session,
			   "DELETE FROM old_prekeys WHERE id IN"
			   " (SELECT id FROM old_prekeys WHERE replaced_at < ? ORDER BY replaced_at LIMIT ?)",
			   now - OLD_PREKEY_LIFE, &forgotten->more, error) &&
	       forget_rows(session,
			   "DELETE FROM devices WHERE id IN (SELECT id FROM devices"
			   " WHERE removed_at IS NOT NULL AND removed_at < ? ORDER BY removed_at LIMIT ?)",
			   now - REMOVED_DEVICE_LIFE, &forgotten->more, error);
}

gboolean
pipitd_store_checkpoint(PipitdSession *session, GError **error)
{
	return pipitd_sql_run(session, error, "PRAGMA wal_checkpoint(TRUNCATE)", "");
}

gboolean
pipitd_store_count(PipitdSession *session, PipitdStoreCounts *counts, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session,
			   "SELECT (SELECT count(*) FROM accounts),"
			   " count(*), coalesce(sum(queued), 0), coalesce(sum(queued_bytes), 0),"
			   " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'expired'),"
			   " (SELECT count(*) FROM blobs), (SELECT coalesce(sum(size), 0) FROM blobs)"
			   " FROM devices WHERE removed_at IS NULL",
			   "");
	if (pipitd_rows_next(rows)) {
		counts->accounts = pipitd_rows_int(rows, 0);
		counts->devices = pipitd_rows_int(rows, 1);
		counts->queued = pipitd_rows_int(rows, 2);
		counts->queued_bytes = pipitd_rows_int(rows, 3);
		counts->expired = pipitd_rows_int(rows, 4);
		counts->blobs = pipitd_rows_int(rows, 5);
		counts->blob_bytes = pipitd_rows_int(rows, 6);
	}
	return pipitd_rows_check(rows, error);
}
