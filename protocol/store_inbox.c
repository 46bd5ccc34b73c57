/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Received messages on disk. */
#include "protocol/store_inbox.h"

#include "protocol/limits.h"
#include "protocol/store_blobs.h"
#include "protocol/store_private.h"
#include "protocol/store_receipts.h"

/* The relay keeps a message 30 days; a sender tries longer, but with the same bytes, which the replay tables know. */
#define ID_LIFE_MS (90 * PIPIT_DAY_MS)
/* As long as the directory tells a removed device's keys. */
#define UNDECIDED_LIFE_MS (35 * PIPIT_DAY_MS)

static gboolean
was_inserted(PipitStore *store, gboolean ran, gboolean *fresh)
{
	*fresh = ran && sqlite3_changes(store->db) == 1;
	return ran;
}

gboolean
pipit_store_remember_ephemeral(PipitStore *store, GBytes *hash, const guint8 *prekey, gboolean *fresh,
			       GError **error)
{
	gboolean ran = pipit_store_run(store, error, "INSERT OR IGNORE INTO replay_ephemeral VALUES (?, ?)",
				       "bk", hash, prekey);
	return was_inserted(store, ran, fresh);
}

gboolean
pipit_store_remember_counter(PipitStore *store, const guint8 *prekey, const guint8 *sender, guint32 counter,
			     gboolean *fresh, GError **error)
{
	gboolean ran = pipit_store_run(store, error, "INSERT OR IGNORE INTO replay_counter VALUES (?, ?, ?)",
				       "kki", prekey, sender, (gint64)counter);
	return was_inserted(store, ran, fresh);
}

gboolean
pipit_store_remember_block(PipitStore *store, GBytes *hash, gboolean *fresh, GError **error)
{
	gboolean ran =
		pipit_store_run(store, error, "INSERT OR IGNORE INTO replay_block VALUES (?)", "b", hash);
	return was_inserted(store, ran, fresh);
}

gboolean
pipit_store_remember_id(PipitStore *store, const guint8 *sender, const char *id, gint64 received_at,
			gboolean *fresh, GError **error)
{
	gboolean ran = pipit_store_run(store, error, "INSERT OR IGNORE INTO received VALUES (?, ?, ?)", "ksi",
				       sender, id, received_at);
	return was_inserted(store, ran, fresh);
}

/* Column `news`. */
enum {
	NO_NEWS,
	GROUP_NEWS,
	GROUP_ASKS, /* shown before there is an answer */
};

static gint64
news_of(const PipitReceived *received)
{
	if (received->type != PIPIT_MESSAGE_GROUP)
		return NO_NEWS;
	return received->asks ? GROUP_ASKS : GROUP_NEWS;
}

gboolean
pipit_store_add_received(PipitStore *store, PipitReceived *received, GError **error)
{
	if (!pipit_store_run(store, error,
			     "INSERT INTO inbox (id, peer, sender, own, text, html, sent_at, received_at,"
			     " waits, news) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			     "sssissiiii", received->id, received->peer, received->from,
			     (gint64)received->own, received->text, received->html, received->sent_at,
			     received->received_at, (gint64)received->waits, news_of(received)))
		return FALSE;
	received->row = sqlite3_last_insert_rowid(store->db);
	return TRUE;
}

gboolean
pipit_store_fill_received(PipitStore *store, const PipitReceived *received, GError **error)
{
	return pipit_store_run(store, error, "UPDATE inbox SET text = ?, html = ?, waits = 0 WHERE row = ?",
			       "ssi", received->text, received->html, received->row);
}

gboolean
pipit_store_write_gone(PipitStore *store, gint64 row, GError **error)
{
	return pipit_store_run(store, error, "UPDATE inbox SET waits = 0, gone = 1 WHERE row = ?", "i", row);
}

gboolean
pipit_store_drop_received(PipitStore *store, gint64 row, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM inbox WHERE row = ?", "i", row);
}

gboolean
pipit_store_remove_received(PipitStore *store, gint64 row, GError **error)
{
	/* The next transaction that matters takes this one to the disk as well. To wait for the disk after each message
	 * would hold the host's loop all the time while a backlog is shown; if the machine goes down meanwhile, the
	 * last ones are shown again. */
	if (!pipit_store_begin_lazy(store, error))
		return FALSE;
	gboolean removed = pipit_store_drop_received(store, row, error);
	pipit_store_end_lazy(store);
	return removed;
}

static PipitReceived *
read_received(sqlite3_stmt *row)
{
	PipitReceived *received = g_new0(PipitReceived, 1);
	received->row = sqlite3_column_int64(row, 0);
	received->id = pipit_store_column_text(row, 1);
	received->peer = pipit_store_column_text(row, 2);
	received->from = pipit_store_column_text(row, 3);
	received->own = sqlite3_column_int(row, 4) != 0;
	received->text = pipit_store_column_text(row, 5);
	received->html = pipit_store_column_text(row, 6);
	received->sent_at = sqlite3_column_int64(row, 7);
	received->received_at = sqlite3_column_int64(row, 8);
	int news = sqlite3_column_int(row, 11);
	received->type = news == NO_NEWS ? PIPIT_MESSAGE_TEXT : PIPIT_MESSAGE_GROUP;
	received->asks = news == GROUP_ASKS;
	received->waits = sqlite3_column_int(row, 9) != 0;
	received->gone = sqlite3_column_int(row, 10) != 0;
	return received;
}

/* @rows: (transfer full) or NULL */
static GPtrArray *
read_all(PipitStore *store, sqlite3_stmt *taken, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = taken;
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	int result = rows != NULL ? SQLITE_ROW : SQLITE_ERROR;
	while (result == SQLITE_ROW && (result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		PipitReceived *received = read_received(rows);
		g_ptr_array_add(all, received);
		received->files = pipit_store_read_message_files(store, received->row, error);
		if (received->files == NULL)
			return NULL;
	}
	return result == SQLITE_DONE ? g_steal_pointer(&all) : NULL;
}

#define COLUMNS                                                                                              \
	"SELECT row, id, peer, sender, own, text, html, sent_at, received_at,"                               \
	" waits, gone, news FROM inbox"

GPtrArray *
pipit_store_read_received(PipitStore *store, GError **error)
{
	return read_all(
		store,
		pipit_store_query(store, error,
				  COLUMNS
				  " WHERE news = 2 OR peer NOT IN"
				  " (SELECT 'group:' || gid FROM chat_group WHERE state = 1) ORDER BY row",
				  ""),
		error);
}

GPtrArray *
pipit_store_read_received_of(PipitStore *store, const char *peer, GError **error)
{
	return read_all(store,
			pipit_store_query(store, error, COLUMNS " WHERE peer = ? AND news < 2 ORDER BY row",
					  "s", peer),
			error);
}

gboolean
pipit_store_add_undecided(PipitStore *store, GBytes *payload_hash, const PipitEnvelope *envelope,
			  GError **error)
{
	g_autoptr(GBytes) raw = pipit_envelope_print(envelope);
	return pipit_store_run(
		store, error,
		"INSERT OR IGNORE INTO undecided (payload_hash, envelope, received_at) VALUES (?, ?, ?)",
		"bbi", payload_hash, raw, envelope->received_at);
}

gboolean
pipit_store_remove_undecided(PipitStore *store, gint64 row, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM undecided WHERE row = ?", "i", row);
}

GPtrArray *
pipit_store_read_undecided(PipitStore *store, gint64 after, guint limit, GArray *rows, GError **error)
{
	g_autoptr(sqlite3_stmt) found =
		pipit_store_query(store, error,
				  "SELECT row, envelope FROM undecided WHERE row > ? AND row NOT IN"
				  " (SELECT row FROM undecided_group) ORDER BY row LIMIT ?",
				  "ii", after, (gint64)limit);
	if (found == NULL)
		return NULL;
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_envelope_unref);
	int result;
	while ((result = pipit_store_step(store, found, error)) == SQLITE_ROW) {
		gint64 row = sqlite3_column_int64(found, 0);
		g_autoptr(GBytes) raw = pipit_store_column_bytes(found, 1);
		PipitEnvelope *envelope = pipit_envelope_parse(raw, NULL);
		if (envelope == NULL) {
			pipit_store_fail_damaged(store, "undecided", error);
			return NULL;
		}
		g_ptr_array_add(envelopes, envelope);
		g_array_append_val(rows, row);
	}
	return result == SQLITE_DONE ? g_steal_pointer(&envelopes) : NULL;
}

gboolean
pipit_store_read_undecided_senders(PipitStore *store, gint64 before, GHashTable *senders, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"SELECT DISTINCT json_extract(CAST(envelope AS TEXT), '$.from') FROM undecided WHERE row < ?"
		" AND row NOT IN (SELECT row FROM undecided_group)",
		"i", before);
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		g_hash_table_add(senders, pipit_store_column_text(rows, 0));
	return result == SQLITE_DONE;
}

gboolean
pipit_store_forget_received(PipitStore *store, gint64 server_now, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM received WHERE received_at < ?", "i",
			       server_now - ID_LIFE_MS) &&
	       pipit_store_run(store, error, "DELETE FROM undecided WHERE received_at < ?", "i",
			       server_now - UNDECIDED_LIFE_MS) &&
	       pipit_store_forget_files(store, server_now, error) &&
	       pipit_store_forget_sent(store, server_now, error);
}
