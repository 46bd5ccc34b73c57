/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices' queues on SQLite. */
#include "server/store_queue.h"

#include "server/store_sqlite.h"

PipitdMessage *
pipitd_message_copy(const PipitdMessage *message)
{
	PipitdMessage *copy = g_memdup2(message, sizeof *message);
	copy->id = g_strdup(message->id);
	copy->from = g_strdup(message->from);
	copy->to = g_strdup(message->to);
	copy->sender_token = g_bytes_ref(message->sender_token);
	copy->prekey = message->prekey == NULL ? NULL : g_bytes_ref(message->prekey);
	copy->payload = g_bytes_ref(message->payload);
	return copy;
}

void
pipitd_message_free(PipitdMessage *message)
{
	if (message == NULL)
		return;
	g_free(message->id);
	g_free(message->from);
	g_free(message->to);
	g_clear_pointer(&message->sender_token, g_bytes_unref);
	g_clear_pointer(&message->prekey, g_bytes_unref);
	g_clear_pointer(&message->payload, g_bytes_unref);
	g_free(message);
}

static void
read_target(PipitdRows *rows, PipitdTarget *target)
{
	target->device = pipitd_rows_int(rows, 1);
	pipitd_rows_fixed(rows, 2, target->push_token, PIPIT_TOKEN_LEN);
	pipitd_rows_fixed(rows, 3, target->prekey, PIPIT_COMPACT_KEY_LEN);
	target->queued = pipitd_rows_int(rows, 4);
	target->queued_bytes = pipitd_rows_int(rows, 5);
}

GArray *
pipitd_store_targets(PipitdSession *session, const char *handle, gint64 *account, GError **error)
{
	g_autoptr(GArray) targets = g_array_new(FALSE, FALSE, sizeof(PipitdTarget));
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session,
			   "SELECT h.account, d.id, d.push_token, d.prekey, d.queued, d.queued_bytes"
			   " FROM handles h JOIN devices d ON d.account = h.account"
			   " WHERE h.handle = ? AND d.removed_at IS NULL ORDER BY d.id",
			   "t", handle);
	*account = 0;
	while (pipitd_rows_next(rows)) {
		PipitdTarget target;
		*account = pipitd_rows_int(rows, 0);
		read_target(rows, &target);
		g_array_append_val(targets, target);
	}
	return pipitd_rows_check(rows, error) ? g_steal_pointer(&targets) : NULL;
}

gboolean
pipitd_store_old_prekey(PipitdSession *session, gint64 device, GBytes *prekey, gint64 since,
			gboolean *accepted, GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(
		session, "SELECT 1 FROM old_prekeys WHERE device = ? AND prekey = ? AND replaced_at > ?",
		"iBi", device, prekey, since);
	*accepted = pipitd_rows_next(rows);
	return pipitd_rows_check(rows, error);
}

gboolean
pipitd_store_delivered(PipitdSession *session, gint64 receiver, gint64 sender,
		       const guint8 payload_hash[static PIPITD_TOKEN_HASH_LEN], gboolean *known,
		       GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(
		session, "SELECT 1 FROM deliveries WHERE receiver = ? AND sender = ? AND payload = ?", "iib",
		receiver, sender, payload_hash, (gsize)PIPITD_TOKEN_HASH_LEN);
	*known = pipitd_rows_next(rows);
	return pipitd_rows_check(rows, error);
}

gboolean
pipitd_store_queue(PipitdSession *session, gint64 receiver, gint64 sender,
		   const guint8 payload_hash[static PIPITD_TOKEN_HASH_LEN], const PipitdMessage *message,
		   GError **error)
{
	return pipitd_sql_run(session, error,
			      "INSERT INTO deliveries(receiver, sender, payload, at) VALUES (?, ?, ?, ?)",
			      "iibi", receiver, sender, payload_hash, (gsize)PIPITD_TOKEN_HASH_LEN,
			      message->received_at) &&
	       pipitd_sql_run(session, error,
			      "UPDATE devices SET last_seq = last_seq + 1, queued = queued + 1,"
			      " queued_bytes = queued_bytes + ? WHERE id = ?",
			      "ii", (gint64)g_bytes_get_size(message->payload), receiver) &&
	       pipitd_sql_run(
		       session, error,
		       "INSERT INTO queue(device, seq, message, sender, recipient, sender_token, suite,"
		       " prekey, payload, received_at)"
		       " SELECT id, last_seq, ?, ?, ?, ?, ?, ?, ?, ? FROM devices WHERE id = ?",
		       "tttBiBBii", message->id, message->from, message->to, message->sender_token,
		       (gint64)message->suite, message->prekey, message->payload, message->received_at,
		       receiver);
}

static PipitdMessage *
read_message(PipitdRows *rows)
{
	PipitdMessage *message = g_new0(PipitdMessage, 1);
	message->seq = pipitd_rows_int(rows, 0);
	message->id = pipitd_rows_text(rows, 1);
	message->from = pipitd_rows_text(rows, 2);
	message->to = pipitd_rows_text(rows, 3);
	message->sender_token = pipitd_rows_bytes(rows, 4);
	message->suite = (PipitSuite)pipitd_rows_int(rows, 5);
	message->prekey = pipitd_rows_bytes(rows, 6);
	message->payload = pipitd_rows_bytes(rows, 7);
	message->received_at = pipitd_rows_int(rows, 8);
	return message;
}

/* A message may go over several pages, and of what a disk puts into the last of them SQLite notices nothing. A client would
 * take it for a forgery, and forget it. */
static gboolean
check_whole(PipitdSession *session, gint64 receiver, gint64 sender, const PipitdMessage *message,
	    GError **error)
{
	guint8 hash[PIPITD_TOKEN_HASH_LEN];
	gsize size = 0;
	gboolean known = FALSE;
	gconstpointer payload = g_bytes_get_data(message->payload, &size);
	pipitd_token_hash(payload, size, hash);
	if (!pipitd_store_delivered(session, receiver, sender, hash, &known, error))
		return FALSE;
	if (known && message->received_at != 0)
		return TRUE;
	return pipitd_session_fail_damaged(session, "a message is not what was written", error);
}

GPtrArray *
pipitd_store_waiting(PipitdSession *session, gint64 device, gint64 after, guint max_messages, gsize max_bytes,
		     gboolean *more, GError **error)
{
	g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func((GDestroyNotify)pipitd_message_free);
	g_autoptr(PipitdRows) rows = pipitd_sql(
		session,
		"SELECT seq, message, sender, recipient, sender_token, suite, prekey, payload, received_at,"
		" (SELECT id FROM devices WHERE push_token = sender_token)"
		" FROM queue WHERE device = ? AND seq > ? ORDER BY seq",
		"ii", device, after);
	gsize bytes = 0;
	*more = FALSE;
	while (!*more && pipitd_rows_next(rows)) {
		g_autoptr(PipitdMessage) message = read_message(rows);
		if (!check_whole(session, device, pipitd_rows_int(rows, 9), message, error))
			return NULL;
		bytes += g_bytes_get_size(message->payload);
		*more = messages->len > 0 && (messages->len >= max_messages || bytes > max_bytes);
		if (!*more)
			g_ptr_array_add(messages, g_steal_pointer(&message));
	}
	return pipitd_rows_check(rows, error) ? g_steal_pointer(&messages) : NULL;
}

static gboolean
delete_one(PipitdSession *session, gint64 device, gint64 seq, gint64 *count, gint64 *bytes, GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(
		session, "DELETE FROM queue WHERE device = ? AND seq = ? RETURNING length(payload)", "ii",
		device, seq);
	while (pipitd_rows_next(rows)) {
		*count += 1;
		*bytes += pipitd_rows_int(rows, 0);
	}
	return pipitd_rows_check(rows, error);
}

gboolean
pipitd_store_acknowledge(PipitdSession *session, gint64 device, const gint64 *seqs, guint n_seqs,
			 GError **error)
{
	gint64 count = 0;
	gint64 bytes = 0;
	for (guint i = 0; i < n_seqs; i++) {
		if (!delete_one(session, device, seqs[i], &count, &bytes, error))
			return FALSE;
	}
	return count == 0 ||
	       pipitd_sql_run(
		       session, error,
		       "UPDATE devices SET queued = queued - ?, queued_bytes = queued_bytes - ? WHERE id = ?",
		       "iii", count, bytes, device);
}
