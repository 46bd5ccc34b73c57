/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unsent messages on disk, and the counters that sealing takes. */
#include "protocol/store_outbox.h"

#include "crypto/attachment.h"
#include "crypto/secret.h"
#include "protocol/limits.h"
#include "protocol/store_private.h"

#define FAILED_LIFE_MS (30 * PIPIT_DAY_MS)
#define LOST_COUNTERS_MAX 100000
#define START_OF_2020 G_GINT64_CONSTANT(1577836800)

void
pipit_unsent_free(PipitUnsent *unsent)
{
	if (unsent == NULL)
		return;
	g_free(unsent->id);
	g_free(unsent->from);
	g_free(unsent->peer);
	g_clear_pointer(&unsent->plaintext, g_bytes_unref);
	g_clear_pointer(&unsent->content_key, g_bytes_unref);
	g_free(unsent->content_uri);
	g_clear_pointer(&unsent->outer, g_bytes_unref);
	g_free(unsent);
}

gboolean
pipit_store_add_unsent(PipitStore *store, const PipitUnsent *unsent, const char *const *recipients,
		       gint64 created_at, GError **error)
{
	if (!pipit_store_run(store, error,
			     "INSERT INTO outbox (id, sender, peer, plaintext, created_at, failed, quiet)"
			     " VALUES (?, ?, ?, ?, ?, 0, ?)",
			     "sssbii", unsent->id, unsent->from, unsent->peer, unsent->plaintext, created_at,
			     (gint64)unsent->quiet))
		return FALSE;
	gint64 row = sqlite3_last_insert_rowid(store->db);
	g_autoptr(sqlite3_stmt) insert = NULL;
	for (guint i = 0; recipients[i] != NULL; i++)
		if (!pipit_store_run_again(store, &insert, error,
					   "INSERT OR IGNORE INTO outbox_recipient VALUES (?, ?, 0)", "is",
					   row, recipients[i]))
			return FALSE;
	return TRUE;
}

GPtrArray *
pipit_store_read_unsent(PipitStore *store, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"SELECT row, id, sender, peer, plaintext, quiet, key, uri, outer FROM outbox"
		" LEFT JOIN outbox_content ON message = row WHERE row IN"
		" (SELECT min(row) FROM outbox WHERE failed = 0 GROUP BY peer, quiet) ORDER BY quiet, row",
		"");
	if (rows == NULL)
		return NULL;
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_unsent_free);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		PipitUnsent *unsent = g_new0(PipitUnsent, 1);
		unsent->row = sqlite3_column_int64(rows, 0);
		unsent->id = pipit_store_column_text(rows, 1);
		unsent->from = pipit_store_column_text(rows, 2);
		unsent->peer = pipit_store_column_text(rows, 3);
		unsent->plaintext = pipit_store_column_bytes(rows, 4);
		unsent->quiet = sqlite3_column_int(rows, 5) != 0;
		if (sqlite3_column_bytes(rows, 6) == PIPIT_ATTACHMENT_KEY_LEN)
			unsent->content_key =
				pipit_secret_bytes(sqlite3_column_blob(rows, 6), PIPIT_ATTACHMENT_KEY_LEN);
		unsent->content_uri = pipit_store_column_text(rows, 7);
		unsent->outer = pipit_store_column_bytes(rows, 8);
		g_ptr_array_add(all, unsent);
	}
	return result == SQLITE_DONE ? g_steal_pointer(&all) : NULL;
}

static PipitCopy *
read_copy(sqlite3_stmt *row)
{
	g_autoptr(GBytes) push_token = pipit_store_column_bytes(row, 0);
	g_autoptr(GBytes) prekey = pipit_store_column_bytes(row, 2);
	g_autoptr(GBytes) payload = pipit_store_column_bytes(row, 3);
	PipitSuite suite = prekey != NULL ? PIPIT_SUITE_PAIR_EC : PIPIT_SUITE_PAIR;
	return pipit_copy_new(push_token, suite, prekey, payload);
}

static gboolean
read_copies(PipitStore *store, sqlite3_stmt **kept, gint64 row, PipitRecipient *recipient, GError **error)
{
	sqlite3_stmt *rows =
		pipit_store_query_again(store, kept, error,
					"SELECT push_token, suite, prekey, payload FROM outbox_copy"
					" WHERE message = ? AND handle = ? ORDER BY rowid",
					"is", row, recipient->to);
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		g_ptr_array_add(recipient->copies, read_copy(rows));
	return result == SQLITE_DONE;
}

static sqlite3_stmt *
query_unaccepted(PipitStore *store, gint64 row, GError **error)
{
	return pipit_store_query(store, error,
				 "SELECT handle FROM outbox_recipient WHERE message = ? AND accepted = 0",
				 "i", row);
}

GHashTable *
pipit_store_read_unaccepted(PipitStore *store, gint64 row, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = query_unaccepted(store, row, error);
	if (rows == NULL)
		return NULL;
	g_autoptr(GHashTable) handles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		g_hash_table_add(handles, pipit_store_column_text(rows, 0));
	return result == SQLITE_DONE ? g_steal_pointer(&handles) : NULL;
}

GPtrArray *
pipit_store_read_recipients(PipitStore *store, gint64 row, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = query_unaccepted(store, row, error);
	if (rows == NULL)
		return NULL;
	g_autoptr(sqlite3_stmt) copies = NULL;
	g_autoptr(GPtrArray) recipients =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		PipitRecipient *recipient = pipit_recipient_new((const char *)sqlite3_column_text(rows, 0));
		g_ptr_array_add(recipients, recipient);
		if (!read_copies(store, &copies, row, recipient, error))
			return NULL;
	}
	return result == SQLITE_DONE ? g_steal_pointer(&recipients) : NULL;
}

typedef struct {
	gint64 row;
	GPtrArray *recipients;
} Copies;

static gboolean
delete_copies(PipitStore *store, sqlite3_stmt **kept, gint64 row, const char *handle, GError **error)
{
	return pipit_store_run_again(store, kept, error,
				     "DELETE FROM outbox_copy WHERE message = ? AND handle = ?", "is", row,
				     handle);
}

static gboolean
add_copies(PipitStore *store, sqlite3_stmt **kept, gint64 row, const PipitRecipient *recipient,
	   GError **error)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitCopy *copy = recipient->copies->pdata[i];
		if (!pipit_store_run_again(
			    store, kept, error,
			    "INSERT INTO outbox_copy (message, handle, push_token, suite, prekey, payload)"
			    " VALUES (?, ?, ?, ?, ?, ?)",
			    "isbsbb", row, recipient->to, copy->push_token, pipit_suite_name(copy->suite),
			    copy->prekey, copy->payload))
			return FALSE;
	}
	return TRUE;
}

static gboolean
write_copies(PipitStore *store, gpointer user_data, GError **error)
{
	const Copies *copies = user_data;
	g_autoptr(sqlite3_stmt) delete = NULL;
	g_autoptr(sqlite3_stmt) insert = NULL;
	for (guint i = 0; i < copies->recipients->len; i++) {
		const PipitRecipient *recipient = copies->recipients->pdata[i];
		if (!delete_copies(store, &delete, copies->row, recipient->to, error) ||
		    !add_copies(store, &insert, copies->row, recipient, error))
			return FALSE;
	}
	return TRUE;
}

gboolean
pipit_store_write_copies(PipitStore *store, gint64 row, GPtrArray *recipients, GError **error)
{
	Copies copies = {row, recipients};
	return pipit_store_transaction_lazily(store, write_copies, &copies, error);
}

typedef struct {
	gint64 row;
	const char *const *handles;
	gboolean done;
} Accepted;

static gboolean
write_accepted(PipitStore *store, gpointer user_data, GError **error)
{
	Accepted *accepted = user_data;
	g_autoptr(sqlite3_stmt) update = NULL;
	g_autoptr(sqlite3_stmt) delete = NULL;
	/* What they have is not kept until all have it: to delete all of it at once would take long. */
	for (guint i = 0; accepted->handles[i] != NULL; i++)
		if (!pipit_store_run_again(
			    store, &update, error,
			    "UPDATE outbox_recipient SET accepted = 1 WHERE message = ? AND handle = ?", "is",
			    accepted->row, accepted->handles[i]) ||
		    !delete_copies(store, &delete, accepted->row, accepted->handles[i], error))
			return FALSE;
	if (!pipit_store_run(store, error,
			     "DELETE FROM outbox WHERE row = ? AND NOT EXISTS"
			     " (SELECT 1 FROM outbox_recipient WHERE message = outbox.row AND accepted = 0)",
			     "i", accepted->row))
		return FALSE;
	accepted->done = sqlite3_changes(store->db) == 1;
	return TRUE;
}

gboolean
pipit_store_write_accepted(PipitStore *store, gint64 row, const char *const *handles, gboolean *done,
			   GError **error)
{
	Accepted accepted = {row, handles, FALSE};
	if (!pipit_store_transaction_lazily(store, write_accepted, &accepted, error))
		return FALSE;
	*done = accepted.done;
	return TRUE;
}

gboolean
pipit_store_write_failed(PipitStore *store, gint64 row, const char *reason, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM outbox WHERE row = ? AND quiet", "i", row) &&
	       pipit_store_run(store, error, "UPDATE outbox SET failed = 1, reason = ? WHERE row = ?", "si",
			       reason, row);
}

gboolean
pipit_store_unfail(PipitStore *store, const char *id, gboolean *found, GError **error)
{
	if (!pipit_store_run(store, error,
			     "UPDATE outbox SET failed = 0, reason = NULL WHERE id = ? AND failed = 1", "s",
			     id))
		return FALSE;
	*found = sqlite3_changes(store->db) == 1;
	return TRUE;
}

gboolean
pipit_store_unfail_all(PipitStore *store, const char *peer, guint *count, GError **error)
{
	if (!pipit_store_run(store, error,
			     "UPDATE outbox SET failed = 0, reason = NULL WHERE peer = ? AND failed = 1", "s",
			     peer))
		return FALSE;
	*count = (guint)sqlite3_changes(store->db);
	return TRUE;
}

gboolean
pipit_store_forget_failed(PipitStore *store, gint64 now, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM outbox WHERE failed = 1 AND created_at < ?", "i",
			       now - FAILED_LIFE_MS);
}

typedef struct {
	PipitCounterUse *uses;
	guint n_uses;
	gint64 least;
} Taking;

static gboolean
take_counter(PipitStore *store, sqlite3_stmt **kept, PipitCounterUse *use, gint64 least, GError **error)
{
	sqlite3_stmt *row = pipit_store_query_again(store, kept, error,
						    "INSERT INTO counter VALUES (?, ?, ?3 + 1) ON CONFLICT DO"
						    " UPDATE SET next = max(next, ?3) + 1 RETURNING next - 1",
						    "kki", use->device_key, use->prekey, least);
	if (row == NULL || pipit_store_step(store, row, error) != SQLITE_ROW)
		return FALSE;
	gint64 counter = sqlite3_column_int64(row, 0);
	if (counter > G_MAXUINT32)
		return pipit_store_fail_damaged(store, "counter", error);
	use->counter = (guint32)counter;
	return pipit_store_step(store, row, error) == SQLITE_DONE;
}

static gboolean
take_counters(PipitStore *store, gpointer user_data, GError **error)
{
	const Taking *taking = user_data;
	g_autoptr(sqlite3_stmt) kept = NULL;
	for (guint i = 0; i < taking->n_uses; i++)
		if (!take_counter(store, &kept, &taking->uses[i], taking->least, error))
			return FALSE;
	return TRUE;
}

gboolean
pipit_store_take_counters(PipitStore *store, PipitCounterUse *uses, guint n_uses, gint64 now, GError **error)
{
	/* 0 is what a reader takes an absent counter for. */
	gint64 least = MAX(now / 1000 - START_OF_2020, 1);
	/* What was taken in the last moments is forgotten, and those are too near for the clock to tell. */
	Taking taking = {uses, n_uses, least + (store->log_was_broken ? LOST_COUNTERS_MAX : 0)};
	return pipit_store_transaction_lazily(store, take_counters, &taking, error);
}
