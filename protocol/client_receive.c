/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the poll's answer to the screen and back to the relay: read, look up who sent it, open, commit, show, mark as shown,
 * acknowledge with the next poll. One batch at a time, and never more than a few milliseconds of the loop at once. */
#include "protocol/client_private.h"

#include <string.h>

#include "protocol/i18n.h"

#define POLL_WAIT_S 50
#define SHOW_TURN_US 8000
#define MAX_LOOKUP_ROUNDS 4
#define UNDECIDED_FIRST_S 15
#define UNDECIDED_MAX_S 600

/* Something to be shown, in the order of the stages. */
struct PipitReceiving {
	PipitSession *session;
	PipitInboxBatch *batch; /* NULL where all of it is committed already */
	gboolean undecided;     /* what could not be decided before */
	gboolean held;          /* what was held back; @to_show comes behind it */
	gboolean from_poll;     /* then what follows */
	GArray *acks;           /* of gint64 */
	gint64 after;
	gboolean more;
	guint rounds; /* of looking up */
	gboolean lookup_failed;
	GPtrArray *to_show; /* of PipitReceived */
	guint shown;        /* how many of them were */
};

/* Jobs of workers. */
typedef struct {
	GBytes *body;
	PipitPollAnswer *answer;
	GError *bad;
} ReadJob;

typedef struct {
	PipitInboxBatch *batch;
} OpenJob;

static void receive_next(PipitSession *session);
static void poll_again(PipitSession *session, const GArray *acks, guint wait);

static PipitReceiving *
receiving_new(PipitSession *session)
{
	PipitReceiving *receiving = g_new0(PipitReceiving, 1);

	receiving->session = session;
	receiving->acks = g_array_new(FALSE, FALSE, sizeof(gint64));
	return receiving;
}

static void
receiving_free(PipitReceiving *receiving)
{
	g_clear_pointer(&receiving->batch, pipit_inbox_batch_free);
	g_clear_pointer(&receiving->to_show, g_ptr_array_unref);
	g_array_unref(receiving->acks);
	g_free(receiving);
}

/* What could not be decided. */

static void
queue_undecided(PipitSession *session)
{
	PipitReceiving *receiving = receiving_new(session);

	receiving->undecided = TRUE;
	g_queue_push_tail(&session->receive_queue, receiving);
}

static gboolean
on_undecided_timer(gpointer user_data)
{
	PipitSession *session = user_data;

	session->undecided_timer = 0;
	queue_undecided(session);
	receive_next(session);
	return G_SOURCE_REMOVE;
}

static void
try_undecided_later(PipitSession *session)
{
	if (session->undecided_timer != 0)
		return;
	session->undecided_timer = session->client->loop->timeout_add(session->undecided_delay * 1000,
								      on_undecided_timer, session);
	session->undecided_delay = MIN(session->undecided_delay * 2, UNDECIDED_MAX_S);
}

/* Some of them were looked at: at once to the next ones, unless the server does not answer. */
static void
go_on_with_undecided(PipitSession *session, const PipitReceiving *receiving)
{
	if (receiving->lookup_failed) {
		session->undecided_after = 0;
		try_undecided_later(session);
		return;
	}
	session->undecided_after = pipit_inbox_batch_last_row(receiving->batch);
	queue_undecided(session);
}

/* There are no more of them: again from the beginning, later, since some may be left. */
static void
end_undecided(PipitSession *session)
{
	gboolean may_be_left = session->undecided_after > 0;

	session->undecided_after = 0;
	if (may_be_left)
		try_undecided_later(session);
	else
		session->undecided_delay = UNDECIDED_FIRST_S;
}

/* Show. */

static void
finish(PipitSession *finishing)
{
	g_autoptr(PipitSession) session = pipit_session_ref(finishing);
	PipitReceiving *receiving = session->receiving;

	session->receiving = NULL;
	if (receiving->to_show->len > 0)
		pipit_session_receipts_due(session);
	if (pipit_inbox_take_released(session->client->inbox)) {
		session->undecided_after = 0;
		queue_undecided(session);
	}
	/* What came may have been a reason to write something. */
	pipit_session_pump(session);
	if (receiving->undecided)
		go_on_with_undecided(session, receiving);
	else if (receiving->lookup_failed || receiving->rounds == MAX_LOOKUP_ROUNDS)
		try_undecided_later(session);
	if (receiving->from_poll) {
		session->after = receiving->after;
		poll_again(session, receiving->acks, receiving->more ? 0 : POLL_WAIT_S);
		if (!receiving->more)
			pipit_session_upkeep(session);
	}
	receiving_free(receiving);
	receive_next(session);
}

/* Shows the next one and marks it. FALSE if the session ended. */
static gboolean
show_one(PipitReceiving *receiving)
{
	g_autoptr(PipitSession) session = pipit_session_ref(receiving->session);
	/* The host may end the session in there, and all that waits to be shown with it. */
	g_autoptr(PipitReceived) received = g_steal_pointer(&receiving->to_show->pdata[receiving->shown]);
	GError *store_error = NULL;

	receiving->shown++;
	gboolean is_shown = pipit_session_show(session, received);
	/* Marked even if the host went offline in there: it did show it. */
	if (is_shown && !pipit_inbox_shown(session->client->inbox, received, &store_error))
		pipit_session_fail_store(session, store_error);
	return !session->closed;
}

/* Between two batches, when nothing is written that would keep the log from being begun anew. */
static void
on_kept(PipitSession *session, gpointer unused G_GNUC_UNUSED)
{
	pipit_session_checkpoint(session, finish);
}

static gboolean
on_show(gpointer user_data)
{
	PipitSession *session = user_data;
	PipitReceiving *receiving = session->receiving;
	gint64 end = g_get_monotonic_time() + SHOW_TURN_US;

	while (receiving->shown < receiving->to_show->len) {
		if (!show_one(receiving))
			return G_SOURCE_REMOVE;
		if (g_get_monotonic_time() >= end)
			return G_SOURCE_CONTINUE;
	}
	session->show_timer = 0;
	/* Nobody waits for the disk with what they may see; the relay does, for the acknowledgement. */
	if (receiving->acks->len > 0)
		pipit_session_when_durable(session, on_kept, NULL, NULL);
	else
		pipit_session_checkpoint(session, finish);
	return G_SOURCE_REMOVE;
}

static void
begin_showing(PipitReceiving *receiving)
{
	PipitSession *session = receiving->session;

	session->show_timer = session->client->loop->timeout_add(0, on_show, session);
}

/* Open and commit. */

static void
run_open_job(gpointer job)
{
	const OpenJob *open = job;

	pipit_inbox_open(open->batch);
}

static void
free_open_job(gpointer job)
{
	OpenJob *open = job;

	g_clear_pointer(&open->batch, pipit_inbox_batch_free);
	g_free(open);
}

static void
on_opened(gpointer job, gpointer user_data)
{
	PipitSession *session = user_data;
	PipitReceiving *receiving = session->receiving;
	OpenJob *open = job;
	GError *store_error = NULL;

	receiving->batch = g_steal_pointer(&open->batch);
	receiving->to_show = pipit_inbox_accept(session->client->inbox, receiving->batch, &store_error);
	if (receiving->to_show == NULL)
		pipit_session_fail_store(session, store_error);
	else
		begin_showing(receiving);
}

static void
open_batch(PipitReceiving *receiving)
{
	PipitSession *session = receiving->session;
	OpenJob *job = g_new(OpenJob, 1);

	job->batch = g_steal_pointer(&receiving->batch);
	pipit_workers_push(session->workers, job, run_open_job, on_opened, session, free_open_job);
}

/* Look up who sent it. */

static void prepare(PipitReceiving *receiving);

static void
on_looked_up(gpointer user_data, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;

	if (session->closed)
		return;
	/* What hangs on it is committed as it came, and decided later. */
	session->receiving->lookup_failed = failure != NULL;
	prepare(session->receiving);
}

static void
prepare(PipitReceiving *receiving)
{
	PipitSession *session = receiving->session;
	g_auto(GStrv) handles = pipit_inbox_prepare(session->client->inbox, receiving->batch);

	if (handles[0] == NULL || receiving->lookup_failed || receiving->rounds == MAX_LOOKUP_ROUNDS) {
		open_batch(receiving);
		return;
	}
	receiving->rounds++;
	pipit_lookups_add(session->lookups, (const char *const *)handles, on_looked_up,
			  pipit_session_ref(session));
}

/* One after the other. */

/* Takes what was held back from the store: it may be shown now, until something comes that waits. */
static gboolean
take_held(PipitReceiving *receiving)
{
	PipitSession *session = receiving->session;
	GPtrArray *behind = receiving->to_show;
	GError *store_error = NULL;
	GPtrArray *held = pipit_inbox_unshown(session->client->inbox, &store_error);

	if (held == NULL) {
		pipit_session_fail_store(session, store_error);
		return FALSE;
	}
	for (guint i = held->len; i-- > 0;) {
		const PipitReceived *received = held->pdata[i];
		if (!g_hash_table_contains(session->held, received->peer))
			g_ptr_array_remove_index(held, i);
	}
	g_hash_table_remove_all(session->held);
	receiving->to_show = held;
	if (behind != NULL)
		g_ptr_array_extend_and_steal(held, behind);
	return TRUE;
}

void
pipit_session_show_held(PipitSession *session, GPtrArray *receipts)
{
	PipitReceiving *receiving = receiving_new(session);

	receiving->held = TRUE;
	receiving->to_show = receipts;
	g_queue_push_tail(&session->receive_queue, receiving);
	receive_next(session);
}

/* Returns FALSE if no more are undecided, or the store refuses. */
static gboolean
take_undecided(PipitReceiving *receiving)
{
	PipitSession *session = receiving->session;
	GError *store_error = NULL;

	receiving->batch = pipit_inbox_batch_undecided(session->client->inbox, session->undecided_after,
						       pipit_session_server_now(session), &store_error);
	if (store_error != NULL)
		pipit_session_fail_store(session, store_error);
	return receiving->batch != NULL;
}

static void
receive_next(PipitSession *receiver)
{
	g_autoptr(PipitSession) session = pipit_session_ref(receiver);

	if (session->closed || session->receiving != NULL)
		return;
	PipitReceiving *next = g_queue_pop_head(&session->receive_queue);
	if (next == NULL)
		return;
	if (next->undecided && !take_undecided(next)) {
		receiving_free(next);
		if (session->closed)
			return;
		end_undecided(session);
		receive_next(session);
		return;
	}
	if (next->held && !take_held(next)) {
		receiving_free(next);
		return;
	}
	session->receiving = next;
	if (next->batch != NULL)
		prepare(next);
	else
		begin_showing(next);
}

void
pipit_session_show_later(PipitSession *session, GPtrArray *told)
{
	if (session->closed || session->client->state != PIPIT_CLIENT_ONLINE || told->len == 0)
		return;
	PipitReceiving *committed = receiving_new(session);
	committed->to_show = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	g_ptr_array_extend_and_steal(committed->to_show, g_ptr_array_ref(told));
	g_queue_push_tail(&session->receive_queue, committed);
	receive_next(session);
}

/* What the host would not show before. */

static void
note_rows(gpointer data, gpointer user_data)
{
	const PipitReceiving *receiving = data;
	GHashTable *rows = user_data;

	for (guint i = receiving->shown; receiving->to_show != NULL && i < receiving->to_show->len; i++) {
		const PipitReceived *received = receiving->to_show->pdata[i];
		g_hash_table_add(rows, g_memdup2(&received->row, sizeof received->row));
	}
}

/* Returns (transfer full) the rows of all that will be offered to the host anyway. */
static GHashTable *
rows_on_their_way(PipitSession *session)
{
	GHashTable *rows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	if (session->receiving != NULL)
		note_rows(session->receiving, rows);
	g_queue_foreach(&session->receive_queue, note_rows, rows);
	return rows;
}

void
pipit_client_show_waiting(PipitClient *client, const char *peer)
{
	GError *store_error = NULL;

	if (client->state != PIPIT_CLIENT_ONLINE || client->session == NULL)
		return;
	g_autoptr(PipitSession) session = pipit_session_ref(client->session);
	g_autoptr(GPtrArray) waiting = pipit_inbox_unshown(client->inbox, &store_error);
	if (waiting == NULL) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	g_autoptr(GHashTable) coming = rows_on_their_way(session);
	for (guint i = waiting->len; i-- > 0;) {
		const PipitReceived *received = waiting->pdata[i];
		if (!g_str_equal(received->peer, peer) || g_hash_table_contains(coming, &received->row))
			g_ptr_array_remove_index(waiting, i);
	}
	pipit_session_show_later(session, waiting);
}

/* Poll. */

static void
run_read_job(gpointer job)
{
	ReadJob *read = job;

	read->answer = pipit_poll_answer_parse(read->body, &read->bad);
}

static void
free_read_job(gpointer job)
{
	ReadJob *read = job;

	g_bytes_unref(read->body);
	pipit_poll_answer_free(read->answer);
	g_clear_error(&read->bad);
	g_free(read);
}

/* What is to be acknowledged once the batch is shown: all of it, whatever becomes of it. */
static void
note_sequence_numbers(PipitReceiving *receiving, const PipitPollAnswer *answer)
{
	for (guint i = 0; i < answer->envelopes->len; i++) {
		const PipitEnvelope *envelope = g_ptr_array_index(answer->envelopes, i);
		receiving->after = MAX(receiving->after, envelope->seq);
		if (envelope->seq > 0)
			g_array_append_val(receiving->acks, envelope->seq);
	}
	for (guint i = 0; i < answer->malformed->len; i++) {
		gint64 seq = g_array_index(answer->malformed, gint64, i);
		receiving->after = MAX(receiving->after, seq);
		g_array_append_val(receiving->acks, seq);
	}
}

/* FALSE if the store refuses. */
static gboolean
note_epoch(PipitReceiving *receiving, const char *epoch)
{
	PipitSession *session = receiving->session;
	PipitStore *store = session->client->store;
	GError *store_error = NULL;

	if (g_strcmp0(pipit_store_account(store)->epoch, epoch) == 0)
		return TRUE;
	/* A restored store counts anew: see everything that it has. */
	receiving->after = 0;
	receiving->more = TRUE;
	if (pipit_store_set_epoch(store, epoch, &store_error))
		return TRUE;
	pipit_session_fail_store(session, store_error);
	return FALSE;
}

static void
digest(PipitSession *session, const PipitPollAnswer *answer)
{
	PipitReceiving *receiving = receiving_new(session);

	receiving->from_poll = TRUE;
	receiving->after = session->after;
	receiving->more = answer->more;
	note_sequence_numbers(receiving, answer);
	if (!note_epoch(receiving, answer->epoch)) {
		receiving_free(receiving);
		return;
	}
	if (answer->envelopes->len > 0)
		receiving->batch = pipit_inbox_batch_new(answer->envelopes);
	else
		receiving->to_show = g_ptr_array_new();
	g_queue_push_tail(&session->receive_queue, receiving);
	receive_next(session);
}

/* The first answer shows that the relay takes us: from now on the host may be shown something. */
static gboolean
become_online(PipitSession *session)
{
	GError *store_error = NULL;

	if (session->client->state == PIPIT_CLIENT_ONLINE)
		return TRUE;
	GPtrArray *unshown = pipit_inbox_unshown(session->client->inbox, &store_error);
	if (unshown == NULL) {
		pipit_session_fail_store(session, store_error);
		return FALSE;
	}
	PipitReceiving *committed = receiving_new(session);
	committed->to_show = unshown;
	g_queue_push_tail(&session->receive_queue, committed);
	queue_undecided(session);
	pipit_session_look_after_groups(session);
	pipit_client_set_state(session->client, PIPIT_CLIENT_ONLINE, NULL, NULL);
	/* From before. */
	pipit_session_receipts_due(session);
	pipit_session_begin_files(session);
	return !session->closed;
}

static void
on_read(gpointer job, gpointer user_data)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);
	ReadJob *read = job;
	g_auto(PipitFailure) malformed = {0};

	if (read->answer == NULL) {
		pipit_failure_malformed(&malformed, pipit_api_origin(session->api), read->bad->message);
		pipit_session_fail(session, malformed.error);
		return;
	}
	pipit_session_set_server_time(session, read->answer->time);
	if (!become_online(session))
		return;
	pipit_session_pump(session);
	digest(session, read->answer);
}

static void
on_answer(gpointer user_data, GBytes *body)
{
	PipitSession *session = user_data;
	ReadJob *job = g_new0(ReadJob, 1);

	job->body = g_bytes_ref(body);
	pipit_workers_push(session->workers, job, run_read_job, on_read, session, free_read_job);
}

static void
on_failed(gpointer user_data, const PipitFailure *failure)
{
	pipit_session_fail(user_data, failure->error);
}

static void
poll_again(PipitSession *session, const GArray *acks, guint wait)
{
	pipit_push_poll(session->push, (const gint64 *)(gconstpointer)acks->data, acks->len, session->after,
			wait);
}

void
pipit_session_begin_receiving(PipitSession *session)
{
	g_autoptr(GArray) no_acks = g_array_new(FALSE, FALSE, sizeof(gint64));

	session->undecided_delay = UNDECIDED_FIRST_S;
	session->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session->unreadable_told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	session->push = pipit_push_new(session->api, on_answer, on_failed, session);
	poll_again(session, no_acks, 0);
}

void
pipit_session_stop_receiving(PipitSession *session)
{
	const PipitLoop *loop = session->client->loop;

	if (session->show_timer != 0)
		loop->timeout_remove(session->show_timer);
	if (session->undecided_timer != 0)
		loop->timeout_remove(session->undecided_timer);
	session->show_timer = session->undecided_timer = 0;
	g_clear_pointer(&session->unreadable_told, g_hash_table_unref);
	g_clear_pointer(&session->held, g_hash_table_unref);
	g_clear_pointer(&session->receiving, receiving_free);
	g_queue_clear_full(&session->receive_queue, (GDestroyNotify)receiving_free);
}
