/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prekeys: a new one every week, the old ones wiped when nothing can come for them any more
 * (docs/sealed-messages.md, "Choice of format, prekeys"). All by the server's clock. */
#include "protocol/client_private.h"

#include <string.h>

#include "protocol/backoff.h"
#include "protocol/i18n.h"
#include "protocol/store_keys.h"

#define UPKEEP_MS (60 * 60 * 1000)
#define JUST_MADE_MS (G_GINT64_CONSTANT(10) * 60 * 1000)

/* A prekey on its way to the server. */
typedef struct {
	PipitSession *session;
	PipitPrekeySecret *prekey;
} Publishing;

static void
publishing_free(Publishing *publishing)
{
	pipit_prekey_secret_unref(publishing->prekey);
	pipit_session_unref(publishing->session);
	g_free(publishing);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Publishing, publishing_free)

static void publish(PipitSession *session, PipitPrekeySecret *prekey, GBytes *record);

static gboolean
is_among(const PipitDeviceRecord *shown, const GPtrArray *prekeys)
{
	for (guint i = 0; i < prekeys->len; i++)
		if (memcmp(pipit_prekey_secret_key(prekeys->pdata[i]),
			   pipit_device_public_prekey(shown->keys), PIPIT_COMPACT_KEY_LEN) == 0)
			return TRUE;
	return FALSE;
}

/* TRUE if others are shown a prekey of this device that it does not have, as far as is known now: the folder was put back
 * from a copy that was made before that one was. Our own signature is under it, so no server can make us believe that. */
static gboolean
is_shown_a_lost_one(const PipitSession *session)
{
	const PipitClient *client = session->client;
	g_autoptr(GPtrArray) devices =
		pipit_directory_devices(client->directory, client->handle, pipit_client_now());
	g_autoptr(GPtrArray) prekeys = pipit_store_prekeys(client->store);

	for (guint i = 0; devices != NULL && i < devices->len; i++) {
		const PipitDeviceRecord *shown = devices->pdata[i];
		if (shown->prekey_record != NULL &&
		    pipit_store_is_this_device(client->store, pipit_device_public_device_key(shown->keys)))
			return !is_among(shown, prekeys);
	}
	return FALSE;
}

/* Then nobody may seal for what others know any longer: it could never be opened. */
static void
notice_lost_keys(PipitSession *session)
{
	if (pipit_store_current_prekey(session->client->store) == NULL || is_shown_a_lost_one(session))
		session->keys_lost = TRUE;
}

/* The session is over if the store refuses. */
static void
make_prekey(PipitSession *session)
{
	PipitStore *store = session->client->store;
	GError *store_error = NULL;
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(
		pipit_store_next_prekey_timestamp(store, pipit_session_server_now(session)));
	g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, pipit_store_device(store));

	if (!pipit_store_add_prekey(store, prekey, record, &store_error)) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	publish(session, prekey, record);
}

/* The server knows a later prekey than one that had to wait: its store was restored since, or ours was. One made just now
 * and refused all the same waits for the next hour, so that we don't make one after the other. */
static gboolean
is_outlived(const PipitSession *session, const PipitPrekeySecret *prekey, const PipitFailure *failure)
{
	gint64 made_at = (gint64)(pipit_prekey_secret_timestamp(prekey) * 1000);

	return failure->problem == PIPIT_PROBLEM_PREKEY_ROLLBACK &&
	       pipit_session_server_now(session) - made_at > JUST_MADE_MS;
}

static gboolean
on_publish_again(gpointer user_data)
{
	PipitSession *session = user_data;

	session->publish_timer = 0;
	pipit_session_look_after_prekey(session);
	return G_SOURCE_REMOVE;
}

static void
publish_later(PipitSession *session, guint retry_after)
{
	gint64 delay = pipit_backoff(session->publish_attempts, (gint64)retry_after * 1000);

	session->publish_attempts++;
	session->publish_timer = session->client->loop->timeout_add((guint)delay, on_publish_again, session);
}

/* Nothing is lost yet, but the old key opens more and more: somebody should look into it. Once in a connection. */
static void
tell_unpublished(PipitSession *session, const GError *why)
{
	const PipitClient *client = session->client;

	if (session->told_unpublished || client->events.account_notice == NULL)
		return;
	session->told_unpublished = TRUE;
	g_autofree char *text = g_strdup_printf(
		_("The keys of this device could not be renewed. %s You still get your messages, by the old "
		  "key; "
		  "every hour it is tried again. If it stays so, tell whoever runs the server."),
		why->message);
	client->events.account_notice(client->host, text);
}

static void
take_failure(PipitSession *session, const PipitPrekeySecret *prekey, const PipitFailure *failure)
{
	if (is_outlived(session, prekey, failure))
		make_prekey(session);
	else if (failure->error->code == PIPIT_CLIENT_ERROR_REMOVED)
		pipit_session_fail(session, failure->error);
	else if (pipit_failure_is_transient(failure) || failure->problem == PIPIT_PROBLEM_COUNT)
		publish_later(session, failure->retry_after);
	else
		tell_unpublished(session, failure->error);
}

static void
on_published(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	g_autoptr(Publishing) publishing = user_data;
	PipitSession *session = publishing->session;
	GError *store_error = NULL;

	session->publishing = FALSE;
	if (session->closed)
		return;
	if (failure != NULL) {
		take_failure(session, publishing->prekey, failure);
		return;
	}
	session->publish_attempts = 0;
	session->keys_lost = FALSE;
	/* What is known of our own devices names the one before. */
	pipit_directory_outdated(session->client->directory, session->client->handle);
	if (!pipit_store_prekey_published(session->client->store, pipit_prekey_secret_key(publishing->prekey),
					  pipit_session_server_now(session), &store_error))
		pipit_session_fail_store(session, store_error);
}

static void
publish(PipitSession *session, PipitPrekeySecret *prekey, GBytes *record)
{
	Publishing *publishing = g_new(Publishing, 1);

	*publishing = (Publishing){
		.session = pipit_session_ref(session),
		.prekey = pipit_prekey_secret_ref(prekey),
	};
	session->publishing = TRUE;
	pipit_api_put_prekey(session->api, record, session->keys_lost, on_published, publishing);
}

void
pipit_session_look_after_prekey(PipitSession *session)
{
	PipitStore *store = session->client->store;
	GBytes *record = NULL;
	PipitPrekeySecret *pending = pipit_store_pending_prekey(store, &record);

	if (session->publishing || session->publish_timer != 0)
		return;
	notice_lost_keys(session);
	if (pending != NULL)
		publish(session, pending, record);
	else if (session->keys_lost || pipit_store_prekey_due(store, pipit_session_server_now(session)))
		make_prekey(session);
}

static gboolean
on_upkeep(gpointer user_data)
{
	PipitSession *session = user_data;

	session->upkeep_timer = 0;
	pipit_session_upkeep(session);
	return G_SOURCE_REMOVE;
}

void
pipit_session_upkeep(PipitSession *session)
{
	GError *store_error = NULL;

	/* Every poll that leaves the queue empty comes by here. */
	if (session->upkeep_timer != 0)
		return;
	session->upkeep_timer = session->client->loop->timeout_add(UPKEEP_MS, on_upkeep, session);
	pipit_session_look_after_groups(session);
	pipit_session_look_after_devices(session); /* and then after the prekey */
	if (!pipit_store_expire_prekeys(session->client->store, pipit_session_server_now(session),
					&store_error))
		pipit_session_fail_store(session, store_error);
}

void
pipit_session_stop_upkeep(PipitSession *session)
{
	if (session->upkeep_timer != 0)
		session->client->loop->timeout_remove(session->upkeep_timer);
	session->upkeep_timer = 0;
	if (session->publish_timer != 0)
		session->client->loop->timeout_remove(session->publish_timer);
	session->publish_timer = 0;
}
