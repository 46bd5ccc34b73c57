/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups on disk. A history is read once and then kept beside the database, as long as no transaction is undone. */
#include "protocol/store_groups.h"

#include "protocol/peer.h"
#include "protocol/store_private.h"

#define MAX_HISTORIES 1024 /* in memory */

static const char *const nobody[] = {NULL};

const char *const *
pipit_store_own_handles(const PipitStore *store)
{
	char **handles = pipit_store_account(store)->handles;
	return handles != NULL ? (const char *const *)handles : nobody;
}

void
pipit_store_forget_histories(PipitStore *store)
{
	g_clear_pointer(&store->histories, g_hash_table_unref);
}

void
pipit_store_forget_many_histories(PipitStore *store)
{
	if (store->histories != NULL && g_hash_table_size(store->histories) > MAX_HISTORIES)
		pipit_store_forget_histories(store);
}

static gboolean
read_changes(PipitStore *store, const char *gid, PipitGroupHistory *history, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error, "SELECT change, known_at FROM group_change WHERE gid = ? ORDER BY row", "s",
		gid);
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		g_autoptr(PipitGroupChange) change =
			pipit_group_change_parse((const char *)sqlite3_column_text(rows, 0));
		if (change == NULL)
			return pipit_store_fail_damaged(store, "group_change", error);
		pipit_group_history_keep(history, change, sqlite3_column_int64(rows, 1));
		while (pipit_group_history_advance(history) != NULL)
			;
	}
	return result == SQLITE_DONE;
}

PipitGroupHistory *
pipit_store_group_history(PipitStore *store, const char *gid, GError **error)
{
	if (store->histories == NULL)
		store->histories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							 (GDestroyNotify)pipit_group_history_free);
	PipitGroupHistory *known = g_hash_table_lookup(store->histories, gid);
	if (known != NULL)
		return known;
	g_autoptr(PipitGroupHistory) history = pipit_group_history_new(gid);
	if (!read_changes(store, gid, history, error))
		return NULL;
	known = history;
	g_hash_table_insert(store->histories, g_strdup(gid), g_steal_pointer(&history));
	return known;
}

gboolean
pipit_store_add_group_change(PipitStore *store, const PipitGroupChange *change, const char *told_by,
			     gint64 known_at, const char *carrier, GError **error)
{
	return pipit_store_run(store, error,
			       "INSERT OR IGNORE INTO group_change"
			       " (gid, hash, change, told_by, known_at, carrier) VALUES (?, ?, ?, ?, ?, ?)",
			       "ssssis", change->gid, change->hash, change->text, told_by, known_at, carrier);
}

gboolean
pipit_store_delete_group_change(PipitStore *store, const char *gid, const char *hash, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM group_change WHERE gid = ? AND hash = ?", "ss", gid,
			       hash);
}

static gboolean
write_sent(PipitStore *store, const char *gid, const char *hash, gint64 at, GError **error)
{
	PipitGroupHistory *history = pipit_store_group_history(store, gid, error);
	if (history == NULL)
		return FALSE;
	pipit_group_history_sent(history, hash, at);
	return TRUE;
}

gboolean
pipit_store_group_sent(PipitStore *store, const char *carrier, gint64 at, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"UPDATE group_change SET known_at = min(known_at, ?) WHERE carrier = ? RETURNING gid, hash",
		"is", at, carrier);
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		g_autofree char *gid = pipit_store_column_text(rows, 0);
		g_autofree char *hash = pipit_store_column_text(rows, 1);
		if (!write_sent(store, gid, hash, at, error))
			return FALSE;
	}
	return result == SQLITE_DONE;
}

/* @number: out: of the one row that there is at most; left as it is where there is none. */
static gboolean
read_number(PipitStore *store, sqlite3_stmt *row, gint64 *number, GError **error)
{
	if (row == NULL)
		return FALSE;
	int result = pipit_store_step(store, row, error);
	if (result == SQLITE_ROW)
		*number = sqlite3_column_int64(row, 0);
	return result == SQLITE_ROW || result == SQLITE_DONE;
}

gboolean
pipit_store_carries_change(PipitStore *store, const char *id, gboolean *is_change, GError **error)
{
	gint64 count = 0;
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error, "SELECT NOT EXISTS (SELECT 1 FROM sent WHERE id = ?)", "s", id);
	if (!read_number(store, row, &count, error))
		return FALSE;
	*is_change = count != 0;
	return TRUE;
}

gboolean
pipit_store_read_standing(PipitStore *store, const char *gid, PipitGroupStanding *standing, GError **error)
{
	gint64 state = PIPIT_GROUP_UNKNOWN;
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(store, error, "SELECT state FROM chat_group WHERE gid = ?", "s", gid);
	if (!read_number(store, row, &state, error))
		return FALSE;
	*standing = (PipitGroupStanding)state;
	return TRUE;
}

gboolean
pipit_store_write_standing(PipitStore *store, const char *gid, PipitGroupStanding standing, const char *by,
			   GError **error)
{
	return pipit_store_run(store, error,
			       "INSERT INTO chat_group (gid, state, by) VALUES (?, ?, ?) ON CONFLICT DO"
			       " UPDATE SET state = excluded.state, by = excluded.by",
			       "sis", gid, (gint64)standing, by);
}

gboolean
pipit_store_write_picture(PipitStore *store, const char *gid, GBytes *picture, GError **error)
{
	return pipit_store_run(store, error, "UPDATE chat_group SET picture = ? WHERE gid = ?", "bs", picture,
			       gid);
}

/* The picture that it has now, if its bytes are here. */
static GBytes *
picture_of(sqlite3_stmt *row, int column, const char *hash)
{
	g_autoptr(GBytes) bytes = pipit_store_column_bytes(row, column);
	if (bytes == NULL || hash == NULL)
		return NULL;
	gsize size = 0;
	gconstpointer start = g_bytes_get_data(bytes, &size);
	g_autofree char *actual = pipit_group_hash(start, size);
	return g_strcmp0(actual, hash) == 0 ? g_steal_pointer(&bytes) : NULL;
}

gboolean
pipit_store_read_group(PipitStore *store, const char *gid, PipitGroup **group, GError **error)
{
	*group = NULL;
	PipitGroupHistory *history = pipit_store_group_history(store, gid, error);
	if (history == NULL)
		return FALSE;
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error, "SELECT state, by, picture FROM chat_group WHERE gid = ?", "s", gid);
	int result = row != NULL ? pipit_store_step(store, row, error) : SQLITE_ERROR;
	if (result != SQLITE_ROW)
		return result == SQLITE_DONE;
	*group = g_new0(PipitGroup, 1);
	(*group)->peer = pipit_peer_of_group(gid);
	(*group)->name = g_strdup(pipit_group_history_name(history));
	(*group)->members = g_strdupv((char **)pipit_group_history_members(history));
	(*group)->state = (PipitGroupState)sqlite3_column_int(row, 0);
	(*group)->by = pipit_store_column_text(row, 1);
	(*group)->picture = picture_of(row, 2, pipit_group_history_picture(history));
	return TRUE;
}

static GPtrArray *
read_texts(PipitStore *store, const char *sql, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(store, error, sql, "");
	if (rows == NULL)
		return NULL;
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		g_ptr_array_add(texts, pipit_store_column_text(rows, 0));
	return result == SQLITE_DONE ? g_steal_pointer(&texts) : NULL;
}

GPtrArray *
pipit_store_read_gids(PipitStore *store, GError **error)
{
	/* IN and ASKED */
	return read_texts(store, "SELECT gid FROM chat_group WHERE state IN (0, 1) ORDER BY row", error);
}

gboolean
pipit_store_count_asked(PipitStore *store, guint *count, GError **error)
{
	gint64 asked = 0;
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(store, error, "SELECT count(*) FROM chat_group WHERE state = 1", "");
	if (!read_number(store, row, &asked, error))
		return FALSE;
	*count = (guint)asked;
	return TRUE;
}

gboolean
pipit_store_wait_for_group(PipitStore *store, GBytes *payload_hash, const char *gid, const char *sender,
			   const char *lacks, GError **error)
{
	return pipit_store_run(store, error,
			       "INSERT OR REPLACE INTO undecided_group (row, gid, sender, lacks)"
			       " SELECT row, ?, ?, ? FROM undecided WHERE payload_hash = ?",
			       "sssb", gid, sender, lacks, payload_hash);
}

/* Returns (transfer full) the rows of what need not wait any more; NULL on error. */
static GArray *
find_released(PipitStore *store, PipitGroupHistory *history, const char *gid, gboolean all_of_members,
	      GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error, "SELECT row, sender, lacks FROM undecided_group WHERE gid = ?", "s", gid);
	if (rows == NULL)
		return NULL;
	g_autoptr(GArray) released = g_array_new(FALSE, FALSE, sizeof(gint64));
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		gint64 row = sqlite3_column_int64(rows, 0);
		const char *sender = (const char *)sqlite3_column_text(rows, 1);
		const char *const lacks[] = {(const char *)sqlite3_column_text(rows, 2), NULL};
		if (lacks[0][0] == '\0' || pipit_group_history_knows(history, lacks) ||
		    (all_of_members && pipit_group_history_is_member(history, sender)))
			g_array_append_val(released, row);
	}
	return result == SQLITE_DONE ? g_steal_pointer(&released) : NULL;
}

gboolean
pipit_store_release_for_group(PipitStore *store, const char *gid, gboolean all_of_members, gboolean *any,
			      GError **error)
{
	PipitGroupHistory *history = pipit_store_group_history(store, gid, error);
	g_autoptr(GArray) released =
		history != NULL ? find_released(store, history, gid, all_of_members, error) : NULL;
	for (guint i = 0; released != NULL && i < released->len; i++)
		if (!pipit_store_run(store, error, "DELETE FROM undecided_group WHERE row = ?", "i",
				     g_array_index(released, gint64, i)))
			return FALSE;
	*any = released != NULL && released->len > 0;
	return released != NULL;
}

gboolean
pipit_store_count_waiting(PipitStore *store, const char *gid, guint *count, guint *all, GError **error)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error, "SELECT count(*) FILTER (WHERE gid = ?), count(*) FROM undecided_group", "s",
		gid);
	if (row == NULL || pipit_store_step(store, row, error) != SQLITE_ROW)
		return FALSE;
	*count = (guint)sqlite3_column_int(row, 0);
	*all = (guint)sqlite3_column_int(row, 1);
	return TRUE;
}

GPtrArray *
pipit_store_read_awaited(PipitStore *store, GError **error)
{
	return read_texts(store, "SELECT DISTINCT gid FROM undecided_group", error);
}

gboolean
pipit_store_drop_recipients(PipitStore *store, const char *peer, const char *const *handles, GError **error)
{
	for (guint i = 0; handles[i] != NULL; i++)
		if (!pipit_store_handle_is_own(store, handles[i]) &&
		    !pipit_store_run(
			    store, error,
			    "DELETE FROM outbox_recipient WHERE handle = ? AND message IN"
			    " (SELECT outbox.row FROM outbox JOIN sent USING (id) WHERE outbox.peer = ?)",
			    "ss", handles[i], peer))
			return FALSE;
	return TRUE;
}

gboolean
pipit_store_drop_unshown(PipitStore *store, const char *peer, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM inbox WHERE peer = ?", "s", peer);
}

static gboolean
note_member(PipitStore *store, gint64 state, const char *peer, const char *from, const char *id,
	    gboolean *further, GError **error)
{
	gboolean ran = pipit_store_run(
		store, error,
		"INSERT INTO sent_member (message, member, state) SELECT row, ?1, ?2 FROM sent WHERE id = ?3"
		" AND peer = ?4 ON CONFLICT DO UPDATE SET state = excluded.state WHERE state < "
		"excluded.state",
		"siss", from, state, id, peer);
	*further = ran && sqlite3_changes(store->db) > 0;
	return ran;
}

static gboolean
describe_receipt(PipitStore *store, PipitReceived *received, gint64 state, GError **error)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error,
		"SELECT sent_at, row = (SELECT max(row) FROM sent WHERE peer = mine.peer),"
		" (SELECT count(*) FROM sent_member WHERE message = mine.row AND sent_member.state >= ?)"
		" FROM sent AS mine WHERE id = ?",
		"is", state, received->id);
	if (row == NULL || pipit_store_step(store, row, error) != SQLITE_ROW)
		return FALSE;
	received->written_at = sqlite3_column_int64(row, 0);
	received->latest = sqlite3_column_int(row, 1) != 0;
	received->count = (guint)sqlite3_column_int(row, 2);
	return TRUE;
}

gboolean
pipit_store_take_member_receipt(PipitStore *store, PipitReceived *received, const char *const *ids,
				GError **error)
{
	gint64 state = received->type == PIPIT_MESSAGE_READ ? 2 : 1;
	for (guint i = 0; ids[i] != NULL; i++) {
		gboolean further = FALSE;
		if (!note_member(store, state, received->peer, received->from, ids[i], &further, error))
			return FALSE;
		if (further) {
			g_free(received->id);
			received->id = g_strdup(ids[i]);
		}
	}
	return received->id == NULL || describe_receipt(store, received, state, error);
}
