/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives the outbox: takes what is due, looks up, seals in a worker, hands to the relay, tells the host what became of it.
 * Several conversations at a time, so that trouble in one does not hold the others. */
#include "protocol/client_private.h"

#include "protocol/i18n.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"

#define MAX_AT_WORK 16

/* One message at work. */
typedef struct {
	PipitSession *session;
	PipitOutboxItem *item;
} Sending;

/* A job of a worker. */
typedef struct {
	PipitOutboxItem *item;
} SealJob;

static void take_step(Sending *sending, PipitOutboxStep step, GError *error);

/* Lets the message go: it was put back, or is done. */
static void
release(Sending *sending)
{
	PipitSession *session = sending->session;

	g_clear_pointer(&sending->item, pipit_outbox_item_free);
	g_free(sending);
	session->sending--;
	if (!session->closed)
		pipit_session_checkpoint(session, NULL);
	pipit_session_pump(session);
	pipit_session_unref(session);
}

/* The session ended under it: on disk it still waits. */
static void
drop(Sending *sending)
{
	g_clear_pointer(&sending->item, pipit_outbox_item_free);
	pipit_session_unref(sending->session);
	g_free(sending);
}

/* What was written is not quite where the person thinks that it is. */
static void
tell_own_missed(PipitSession *session, const char *peer, const char *why)
{
	const PipitClient *client = session->client;

	if (why == NULL || session->told_own_missed || client->events.own_devices_missed == NULL)
		return;
	session->told_own_missed = TRUE;
	client->events.own_devices_missed(client->host, peer, why);
}

static void
ask_for_them_again(const PipitClient *client, const PipitOutboxItem *item)
{
	const char *handle;

	pipit_directory_outdated(client->directory, pipit_outbox_item_peer(item));
	for (guint i = 0; (handle = pipit_outbox_item_unreached(item, i)) != NULL; i++)
		pipit_directory_outdated(client->directory, handle);
}

/* Of changes the host has no id: that they went is nothing to it. */
static gboolean
carries_change(const PipitClient *client, const char *id, const char *peer)
{
	gboolean is_change = FALSE;

	return pipit_peer_is_group(peer) && pipit_store_carries_change(client->store, id, &is_change, NULL) &&
	       is_change;
}

/* @error: NULL when the relay has it for every device. */
static void
report(Sending *sending, const GError *error)
{
	PipitClient *client = sending->session->client;
	g_autofree char *id = g_strdup(pipit_outbox_item_id(sending->item));
	g_autofree char *peer = g_strdup(pipit_outbox_item_peer(sending->item));
	g_autoptr(GError) reason = error != NULL ? pipit_client_error_from(error) : NULL;

	/* They may join at any moment: the next message asks again. */
	if (g_error_matches(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_UNREACHABLE))
		ask_for_them_again(client, sending->item);
	gboolean is_quiet = pipit_outbox_item_is_quiet(sending->item);
	g_autofree char *own_trouble = g_strdup(pipit_outbox_item_own_trouble(sending->item));
	/* The host may end the session in there; release() does without. */
	g_clear_pointer(&sending->item, pipit_outbox_item_free);
	if (!is_quiet && (reason != NULL || !carries_change(client, id, peer)))
		client->events.sent(client->host, id, peer, reason);
	if (!is_quiet && !sending->session->closed)
		tell_own_missed(sending->session, peer, own_trouble);
	release(sending);
}

static void
postpone(Sending *sending, guint retry_after)
{
	pipit_outbox_postpone(sending->session->client->outbox, sending->item, pipit_client_now(),
			      (gint64)retry_after * 1000);
	release(sending);
}

static void
fail(Sending *sending, const char *sentence)
{
	g_autoptr(GError) store_error = NULL;
	g_autoptr(GError) reason =
		g_error_new_literal(PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_REFUSED, sentence);

	if (pipit_outbox_fail(sending->session->client->outbox, sending->item, sentence, &store_error))
		report(sending, reason);
	else
		take_step(sending, PIPIT_OUTBOX_LATER, g_steal_pointer(&store_error));
}

/* The server understood, and will not: trying again changes nothing. */
static gboolean
is_for_good(const PipitFailure *failure)
{
	return failure->problem != PIPIT_PROBLEM_COUNT &&
	       (failure->error->code == PIPIT_CLIENT_ERROR_INPUT ||
		failure->error->code == PIPIT_CLIENT_ERROR_REFUSED);
}

/* What to do with a message whose request did not work. */
static void
take_failure(Sending *sending, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = pipit_session_ref(sending->session);

	if (is_for_good(failure)) {
		fail(sending, failure->error->message);
	} else if (failure->error->code == PIPIT_CLIENT_ERROR_REMOVED) {
		drop(sending);
		pipit_session_fail(session, failure->error);
	} else {
		postpone(sending, failure->retry_after);
	}
}

static void
on_looked_up(gpointer user_data, const PipitFailure *failure)
{
	Sending *sending = user_data;
	PipitSession *session = sending->session;
	GError *error = NULL;

	if (session->closed) {
		drop(sending);
		return;
	}
	if (failure != NULL) {
		take_failure(sending, failure);
		return;
	}
	PipitOutboxStep step =
		pipit_outbox_prepare(session->client->outbox, sending->item, pipit_client_now(), &error);
	take_step(sending, step, error);
}

static void
on_uploaded(gpointer user_data, const PipitAttachmentDigests *digests, const PipitFailure *failure)
{
	Sending *sending = user_data;
	PipitSession *session = sending->session;
	PipitOutbox *outbox = session->client->outbox;
	GError *error = NULL;

	if (session->closed) {
		drop(sending);
		return;
	}
	if (failure != NULL) {
		take_failure(sending, failure);
		return;
	}
	if (!pipit_outbox_uploaded(outbox, sending->item, digests, pipit_client_now(), &error)) {
		take_step(sending, PIPIT_OUTBOX_LATER, error);
		return;
	}
	PipitOutboxStep step = pipit_outbox_prepare(outbox, sending->item, pipit_client_now(), &error);
	take_step(sending, step, error);
}

static void
upload(Sending *sending)
{
	PipitSession *session = sending->session;

	if (session->client->file_max == 0)
		fail(sending, _("The message is too long for the server. Send it in several parts."));
	else
		pipit_session_upload_content(session, sending->item, on_uploaded, sending);
}

static void
run_seal_job(gpointer job)
{
	const SealJob *seal = job;

	pipit_outbox_seal(seal->item);
}

static void
free_seal_job(gpointer job)
{
	SealJob *seal = job;

	g_clear_pointer(&seal->item, pipit_outbox_item_free);
	g_free(seal);
}

/* @item: (transfer full) */
static Sending *
sending_new(PipitSession *session, PipitOutboxItem *item)
{
	Sending *sending = g_new(Sending, 1);

	*sending = (Sending){.session = pipit_session_ref(session), .item = item};
	return sending;
}

static void
on_sealed(gpointer job, gpointer user_data)
{
	PipitSession *session = user_data;
	SealJob *seal = job;
	Sending *sending = sending_new(session, g_steal_pointer(&seal->item));
	GError *error = NULL;

	PipitOutboxStep step =
		pipit_outbox_sealed(session->client->outbox, sending->item, pipit_client_now(), &error);
	take_step(sending, step, error);
}

/* The item is the job's meanwhile, since a worker may outlive the session. */
static void
seal(Sending *sending)
{
	PipitSession *session = sending->session;
	SealJob *job = g_new(SealJob, 1);

	job->item = g_steal_pointer(&sending->item);
	pipit_workers_push(session->workers, job, run_seal_job, on_sealed, session, free_seal_job);
	drop(sending);
}

static void
on_answer(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	Sending *sending = user_data;
	PipitSession *session = sending->session;
	GError *error = NULL;

	if (session->closed) {
		drop(sending);
		return;
	}
	if (failure != NULL) {
		take_failure(sending, failure);
		return;
	}
	PipitOutboxStep step = pipit_outbox_answered(session->client->outbox, sending->item, body,
						     pipit_client_now(), &error);
	/* Where much is sent in parts, much gathers in the log before the end. */
	pipit_session_checkpoint(session, NULL);
	take_step(sending, step, error);
}

static void
post(Sending *sending)
{
	pipit_api_send(sending->session->api, pipit_outbox_request(sending->item), on_answer, sending);
}

static void
on_durable(PipitSession *session, gpointer item)
{
	Sending *sending = sending_new(session, item);
	GError *error = NULL;

	PipitOutboxStep step =
		pipit_outbox_composed(session->client->outbox, item, pipit_client_now(), &error);
	take_step(sending, step, error);
}

static void
free_item(gpointer item)
{
	pipit_outbox_item_free(item);
}

/* The very bytes that go out are to be there after any death, and the counters that they took not to be given again. */
static void
keep_and_send(Sending *sending)
{
	pipit_session_work_until_durable(sending->session, pipit_outbox_compose, on_durable,
					 g_steal_pointer(&sending->item), free_item);
	drop(sending);
}

/* Put back by the outbox itself; @error: the store's, if that is why. */
static void
put_back(Sending *sending, GError *error)
{
	g_autoptr(PipitSession) session = pipit_session_ref(sending->session);

	release(sending);
	if (error != NULL)
		pipit_session_fail_store(session, error);
}

/* @error: (transfer full) NULL but for FAILED and LATER. */
static void
take_step(Sending *sending, PipitOutboxStep step, GError *error)
{
	g_autoptr(GError) why = NULL;

	switch (step) {
	case PIPIT_OUTBOX_LOOK_UP:
		pipit_lookups_add(sending->session->lookups, pipit_outbox_item_handles(sending->item),
				  on_looked_up, sending);
		return;
	case PIPIT_OUTBOX_UPLOAD:
		upload(sending);
		return;
	case PIPIT_OUTBOX_SEAL:
		seal(sending);
		return;
	case PIPIT_OUTBOX_SEND:
		keep_and_send(sending);
		return;
	case PIPIT_OUTBOX_POST:
		post(sending);
		return;
	case PIPIT_OUTBOX_DONE:
		report(sending, NULL);
		return;
	case PIPIT_OUTBOX_FAILED:
		why = error;
		report(sending, why);
		return;
	case PIPIT_OUTBOX_LATER:
		put_back(sending, error);
		return;
	}
	g_assert_not_reached();
}

static gboolean on_send(gpointer user_data);

static void
send_at(PipitSession *session, gint64 due)
{
	gint64 delay = MAX(due - pipit_client_now(), 0);

	session->send_timer =
		session->client->loop->timeout_add((guint)MIN(delay, G_MAXINT32), on_send, session);
}

/* Takes one message a turn: each costs a transaction or two. */
static gboolean
on_send(gpointer user_data)
{
	PipitSession *session = user_data;
	PipitOutbox *outbox = session->client->outbox;
	GError *error = NULL;
	gint64 due = 0;

	session->send_timer = 0;
	PipitOutboxItem *item = pipit_outbox_next(outbox, pipit_client_now(), &due, &error);
	if (error != NULL) {
		pipit_session_fail_store(session, error);
		return G_SOURCE_REMOVE;
	}
	if (item == NULL) {
		if (due != 0)
			send_at(session, due);
		else if (session->sending == 0 && session->client->events.drained != NULL)
			session->client->events.drained(session->client->host);
		return G_SOURCE_REMOVE;
	}
	Sending *sending = sending_new(session, item);
	session->sending++;
	pipit_session_pump(session);
	PipitOutboxStep step = pipit_outbox_prepare(outbox, item, pipit_client_now(), &error);
	take_step(sending, step, error);
	return G_SOURCE_REMOVE;
}

void
pipit_session_pump(PipitSession *session)
{
	if (session->closed || session->client->state != PIPIT_CLIENT_ONLINE)
		return;
	if (session->send_timer != 0)
		session->client->loop->timeout_remove(session->send_timer);
	session->send_timer = 0;
	if (session->sending < MAX_AT_WORK)
		send_at(session, 0);
}

void
pipit_session_stop_sending(PipitSession *session)
{
	if (session->send_timer != 0)
		session->client->loop->timeout_remove(session->send_timer);
	session->send_timer = 0;
}

gint64
pipit_client_server_now(const PipitClient *client)
{
	if (client->session != NULL)
		return pipit_session_server_now(client->session);
	return pipit_client_now() + pipit_store_account(client->store)->clock_offset;
}

static gboolean
check_set_up(const PipitClient *client, GError **error)
{
	if (client->outbox != NULL)
		return TRUE;
	g_set_error_literal(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("This account was never online here: connect it first."));
	return FALSE;
}

char *
pipit_client_send(PipitClient *client, const char *peer, const char *text, const char *html, GError **error)
{
	g_autoptr(GError) failed = NULL;

	if (!check_set_up(client, error))
		return NULL;
	g_autofree char *handle = pipit_peer_parse(peer);
	if (handle == NULL) {
		g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
			    _("“%s” is no address. Write it as name@example.org, or as a phone number with "
			      "its country "
			      "code, such as +15551234567."),
			    peer);
		return NULL;
	}
	char *id = pipit_outbox_append(client->outbox, client->handle, handle, text, html,
				       pipit_client_server_now(client), &failed);
	if (id == NULL)
		g_propagate_error(error, pipit_client_error_from(failed));
	else if (client->session != NULL)
		pipit_session_pump(client->session);
	return id;
}

gboolean
pipit_client_resend(PipitClient *client, const char *id, GError **error)
{
	g_autoptr(GError) failed = NULL;

	if (!check_set_up(client, error))
		return FALSE;
	if (!pipit_outbox_resend(client->outbox, id, &failed)) {
		g_propagate_error(error, pipit_client_error_from(failed));
		return FALSE;
	}
	if (client->session != NULL)
		pipit_session_pump(client->session);
	return TRUE;
}

gboolean
pipit_client_resend_failed(PipitClient *client, const char *peer, guint *count, GError **error)
{
	g_autoptr(GError) failed = NULL;
	g_autofree char *handle = pipit_peer_parse(peer);

	*count = 0;
	if (!check_set_up(client, error))
		return FALSE;
	if (!pipit_outbox_resend_failed(client->outbox, handle != NULL ? handle : peer, count, &failed)) {
		g_propagate_error(error, pipit_client_error_from(failed));
		return FALSE;
	}
	if (*count > 0 && client->session != NULL)
		pipit_session_pump(client->session);
	return TRUE;
}
