/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents on disk. */
#include "protocol/store_contents.h"

#include "protocol/store_private.h"

void
pipit_waiting_content_free(PipitWaitingContent *waiting)
{
	if (waiting == NULL)
		return;
	pipit_envelope_unref(waiting->envelope);
	g_clear_pointer(&waiting->outer, g_bytes_unref);
	g_free(waiting);
}

gboolean
pipit_store_add_waiting(PipitStore *store, gint64 row, const PipitEnvelope *envelope, GBytes *outer,
			GError **error)
{
	g_autoptr(GBytes) raw = pipit_envelope_print(envelope);
	return pipit_store_run(store, error,
			       "INSERT INTO inbox_content (message, envelope, outer) VALUES (?, ?, ?)", "ibb",
			       row, raw, outer);
}

gboolean
pipit_store_next_waiting(PipitStore *store, gint64 after, PipitWaitingContent **waiting, GError **error)
{
	g_autoptr(sqlite3_stmt) found =
		pipit_store_query(store, error,
				  "SELECT message, envelope, outer FROM inbox_content WHERE message > ?"
				  " ORDER BY message LIMIT 1",
				  "i", after);
	*waiting = NULL;
	int result = found != NULL ? pipit_store_step(store, found, error) : SQLITE_ERROR;
	if (result != SQLITE_ROW)
		return result == SQLITE_DONE;
	g_autoptr(PipitWaitingContent) content = g_new0(PipitWaitingContent, 1);
	g_autoptr(GBytes) raw = pipit_store_column_bytes(found, 1);
	content->row = sqlite3_column_int64(found, 0);
	content->envelope = pipit_envelope_parse(raw, NULL);
	content->outer = pipit_store_column_bytes(found, 2);
	if (content->envelope == NULL || content->outer == NULL)
		return pipit_store_fail_damaged(store, "inbox_content", error);
	*waiting = g_steal_pointer(&content);
	return TRUE;
}

gboolean
pipit_store_remove_waiting(PipitStore *store, gint64 row, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM inbox_content WHERE message = ?", "i", row);
}

gboolean
pipit_store_begin_content(PipitStore *store, gint64 row, GBytes *key, GError **error)
{
	return pipit_store_run(store, error, "INSERT INTO outbox_content (message, key) VALUES (?, ?)", "ib",
			       row, key);
}

gboolean
pipit_store_write_content_uri(PipitStore *store, gint64 row, const char *uri, GError **error)
{
	return pipit_store_run(store, error, "UPDATE outbox_content SET uri = ? WHERE message = ?", "si", uri,
			       row);
}

typedef struct {
	gint64 row;
	GBytes *outer;
} Outer;

static gboolean
write_outer(PipitStore *store, gpointer user_data, GError **error)
{
	const Outer *outer = user_data;
	return pipit_store_run(store, error, "UPDATE outbox_content SET outer = ? WHERE message = ?", "bi",
			       outer->outer, outer->row) &&
	       pipit_store_run(store, error, "DELETE FROM outbox_copy WHERE message = ?", "i", outer->row);
}

gboolean
pipit_store_write_content_outer(PipitStore *store, gint64 row, GBytes *packed, GError **error)
{
	Outer outer = {row, packed};
	return pipit_store_transaction_lazily(store, write_outer, &outer, error);
}
