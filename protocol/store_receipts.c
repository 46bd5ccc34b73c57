/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receipts on disk: a message goes from sent to delivered to read and never back, whoever says so how often. */
#include "protocol/store_receipts.h"

#include "protocol/limits.h"
#include "protocol/store_private.h"

/* The relay gives a message up after 30 days. */
#define SENT_LIFE_MS (35 * PIPIT_DAY_MS)

/* Columns `state` of sent and `kind` of receipt. */
enum {
	ONLY_SENT,
	IS_DELIVERED,
	IS_READ,
	IS_READ_UNTOLD, /* a receipt for the own devices alone */
};

gboolean
pipit_store_note_sent(PipitStore *store, const char *id, const char *peer, gint64 sent_at, GError **error)
{
	return pipit_store_run(store, error, "INSERT OR IGNORE INTO sent VALUES (NULL, ?, ?, ?, 0)", "ssi",
			       id, peer, sent_at);
}

gboolean
pipit_store_note_unread(PipitStore *store, const PipitUnread *unread, GError **error)
{
	return pipit_store_run(store, error, "INSERT OR IGNORE INTO unread VALUES (?, ?, ?, ?, ?)", "sssis",
			       unread->peer, unread->id, unread->own, unread->received_at, unread->author) &&
	       (!unread->delivered ||
		pipit_store_run(store, error, "INSERT INTO receipt VALUES (NULL, ?, ?, ?, ?, ?)", "issss",
				(gint64)IS_DELIVERED, unread->peer, unread->own, unread->id, unread->author));
}

gboolean
pipit_store_note_received(PipitStore *store, const char *id, const char *peer, const char *own,
			  gint64 received_at, GError **error)
{
	const PipitUnread unread = {id, peer, "", own, received_at, TRUE};
	return pipit_store_note_unread(store, &unread, error);
}

void
pipit_receipt_effect_clear(PipitReceiptEffect *effect)
{
	g_clear_pointer(&effect->id, g_free);
}

/* @row: the message's, if it came further. */
static gboolean
advance(PipitStore *store, gint64 state, const char *peer, const char *id, gint64 *row, GError **error)
{
	g_autoptr(sqlite3_stmt) updated = pipit_store_query(
		store, error,
		"UPDATE sent SET state = ?1 WHERE id = ?2 AND peer = ?3 AND state < ?1 RETURNING row", "iss",
		state, id, peer);
	if (updated == NULL)
		return FALSE;
	int result = pipit_store_step(store, updated, error);
	if (result == SQLITE_ROW) {
		*row = MAX(*row, sqlite3_column_int64(updated, 0));
		result = pipit_store_step(store, updated, error);
	}
	return result == SQLITE_DONE;
}

static gboolean
describe_effect(PipitStore *store, gint64 row, PipitReceiptEffect *effect, GError **error)
{
	g_autoptr(sqlite3_stmt) found = pipit_store_query(
		store, error,
		"SELECT id, sent_at, row = (SELECT max(row) FROM sent WHERE peer = mine.peer)"
		" FROM sent AS mine WHERE row = ?",
		"i", row);
	if (found == NULL || pipit_store_step(store, found, error) != SQLITE_ROW)
		return FALSE;
	effect->id = pipit_store_column_text(found, 0);
	effect->sent_at = sqlite3_column_int64(found, 1);
	effect->latest = sqlite3_column_int(found, 2) != 0;
	return TRUE;
}

gboolean
pipit_store_take_receipt(PipitStore *store, PipitMessageType kind, const char *peer, const char *const *ids,
			 PipitReceiptEffect *effect, GError **error)
{
	gint64 row = 0;
	*effect = (PipitReceiptEffect){0};
	for (guint i = 0; ids[i] != NULL; i++)
		if (!advance(store, kind == PIPIT_MESSAGE_READ ? IS_READ : IS_DELIVERED, peer, ids[i], &row,
			     error))
			return FALSE;
	return row == 0 || describe_effect(store, row, effect, error);
}

static gboolean
is_all_read(PipitStore *store, const char *peer, gboolean *all_read, GError **error)
{
	g_autoptr(sqlite3_stmt) left =
		pipit_store_query(store, error, "SELECT 1 FROM unread WHERE peer = ? LIMIT 1", "s", peer);
	if (left == NULL)
		return FALSE;
	int result = pipit_store_step(store, left, error);
	*all_read = result == SQLITE_DONE;
	return result == SQLITE_DONE || result == SQLITE_ROW;
}

gboolean
pipit_store_read_elsewhere(PipitStore *store, const char *peer, const char *const *ids, gboolean *all_read,
			   GError **error)
{
	int changed = 0;
	for (guint i = 0; ids[i] != NULL; i++) {
		if (!pipit_store_run(store, error, "DELETE FROM unread WHERE peer = ? AND id = ?", "ss", peer,
				     ids[i]))
			return FALSE;
		changed += sqlite3_changes(store->db);
	}
	*all_read = FALSE;
	return changed == 0 || is_all_read(store, peer, all_read, error);
}

/* What still waits to be shown was not seen. */
#define SEEN                                                                                                 \
	" WHERE peer = ? AND NOT EXISTS"                                                                     \
	" (SELECT 1 FROM inbox WHERE inbox.id = unread.id AND inbox.peer = unread.peer)"

typedef struct {
	const char *peer;
	gint64 kind;
} Reading;

static gboolean
mark_read(PipitStore *store, gpointer user_data, GError **error)
{
	const Reading *reading = user_data;
	return pipit_store_run(store, error,
			       "INSERT INTO receipt SELECT NULL, ?, peer, own, id, author FROM unread" SEEN
			       " ORDER BY received_at",
			       "is", reading->kind, reading->peer) &&
	       pipit_store_run(store, error, "DELETE FROM unread" SEEN, "s", reading->peer);
}

gboolean
pipit_store_mark_read(PipitStore *store, const char *peer, gboolean tell, GError **error)
{
	gboolean nothing = FALSE;
	Reading reading = {peer, tell ? IS_READ : IS_READ_UNTOLD};
	/* Asked each time that a window is looked at: mostly there is nothing to write. */
	if (!is_all_read(store, peer, &nothing, error))
		return FALSE;
	return nothing || pipit_store_transaction_lazily(store, mark_read, &reading, error);
}

void
pipit_due_receipts_free(PipitDueReceipts *due)
{
	if (due == NULL)
		return;
	g_free(due->peer);
	g_free(due->author);
	g_free(due->own);
	g_strfreev(due->ids);
	g_free(due);
}

static void
take_kind(PipitDueReceipts *due, int kind)
{
	due->kind = kind == IS_DELIVERED ? PIPIT_MESSAGE_DELIVERED : PIPIT_MESSAGE_READ;
	due->tell = kind != IS_READ_UNTOLD;
}

gboolean
pipit_store_due_receipts(PipitStore *store, PipitDueReceipts **due, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"SELECT other.row, other.id, kind, peer, own, author FROM receipt AS other JOIN"
		" (SELECT kind, peer, own, author FROM receipt ORDER BY row LIMIT 1)"
		" USING (kind, peer, own, author)"
		" ORDER BY other.row LIMIT ?",
		"i", (gint64)PIPIT_RECEIPT_MAX_IDS);
	if (rows == NULL)
		return FALSE;
	g_autoptr(PipitDueReceipts) found = NULL;
	g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		if (found == NULL) {
			found = g_new0(PipitDueReceipts, 1);
			take_kind(found, sqlite3_column_int(rows, 2));
			found->peer = pipit_store_column_text(rows, 3);
			found->own = pipit_store_column_text(rows, 4);
			found->author = pipit_store_column_text(rows, 5);
		}
		found->last_row = sqlite3_column_int64(rows, 0);
		g_strv_builder_add(ids, (const char *)sqlite3_column_text(rows, 1));
	}
	if (result != SQLITE_DONE)
		return FALSE;
	if (found != NULL)
		found->ids = g_strv_builder_end(ids);
	*due = g_steal_pointer(&found);
	return TRUE;
}

static gint64
kind_of(const PipitDueReceipts *due)
{
	if (due->kind == PIPIT_MESSAGE_DELIVERED)
		return IS_DELIVERED;
	return due->tell ? IS_READ : IS_READ_UNTOLD;
}

gboolean
pipit_store_forget_receipts(PipitStore *store, const PipitDueReceipts *due, GError **error)
{
	return pipit_store_run(store, error,
			       "DELETE FROM receipt WHERE kind = ? AND peer = ? AND own = ? AND author = ?"
			       " AND row <= ?",
			       "isssi", kind_of(due), due->peer, due->own, due->author, due->last_row);
}

gboolean
pipit_store_forget_sent(PipitStore *store, gint64 server_now, GError **error)
{
	gint64 oldest = server_now - SENT_LIFE_MS;
	return pipit_store_run(store, error, "DELETE FROM sent WHERE sent_at < ?", "i", oldest) &&
	       pipit_store_run(store, error, "DELETE FROM unread WHERE received_at < ?", "i", oldest);
}
