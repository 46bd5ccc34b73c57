/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From nothing to online, in the order of the steps below. A death at any of them is met by the same steps at the next
 * connect: keys are on disk before the server sees them, and registering them a second time gives the same device. */
#include "protocol/client_private.h"

#include <string.h>

#include "protocol/discovery.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/store_keys.h"

/* A job of a worker. */
typedef struct {
	PipitDeviceSecrets *device;
} KeyJob;

/* Tells the person what is being done. FALSE if the host ended the session in there. */
static gboolean
tell_step(PipitSession *session, const char *step)
{
	pipit_client_set_state(session->client, PIPIT_CLIENT_CONNECTING, step, NULL);
	return !session->closed;
}

static void
fail_with(PipitSession *session, PipitClientError code, const char *sentence)
{
	g_autoptr(GError) error = g_error_new_literal(PIPIT_CLIENT_ERROR, (gint)code, sentence);

	pipit_session_fail(session, error);
}

static void
fail_malformed(PipitSession *session, const GError *bad)
{
	g_auto(PipitFailure) failure = {0};

	pipit_failure_malformed(&failure, pipit_api_origin(session->api), bad->message);
	pipit_session_fail(session, failure.error);
}

static gboolean
on_next_step(gpointer user_data)
{
	PipitSession *session = user_data;

	session->step_timer = 0;
	session->next_step(session);
	return G_SOURCE_REMOVE;
}

/* The next step in a turn of its own: each waits for the disk, and together they would be felt. */
static void
do_next(PipitSession *session, PipitSessionStep step)
{
	session->next_step = step;
	session->step_timer = session->client->loop->timeout_add(0, on_next_step, session);
}

void
pipit_session_stop_connecting(PipitSession *session)
{
	if (session->step_timer != 0)
		session->client->loop->timeout_remove(session->step_timer);
	session->step_timer = 0;
	g_clear_pointer(&session->registration, pipit_registration_free);
}

/* Sign in as the device that is registered. */

/* Writes what changed alone: every transaction waits for the disk. */
static gboolean
keep_login(PipitSession *session, const char *const *handles, GError **error)
{
	PipitStore *store = session->client->store;
	const PipitStoreAccount *account = pipit_store_account(store);
	const char *origin = pipit_api_origin(session->api);

	if (g_strcmp0(account->server, origin) != 0 && !pipit_store_set_server(store, origin, error))
		return FALSE;
	return (account->handles != NULL && g_strv_equal((const char *const *)account->handles, handles)) ||
	       pipit_store_set_handles(store, handles, error);
}

static void
on_login(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;
	g_autoptr(GError) bad = NULL;
	GError *store_error = NULL;
	gint64 time;

	if (session->closed)
		return;
	if (failure != NULL) {
		pipit_session_fail(session, failure->error);
		return;
	}
	g_auto(GStrv) handles = pipit_login_parse(body, &time, &bad);
	if (handles == NULL) {
		fail_malformed(session, bad);
		return;
	}
	pipit_session_set_server_time(session, time);
	if (!keep_login(session, (const char *const *)handles, &store_error)) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	pipit_session_begin_receiving(session);
}

static void
sign_in(PipitSession *session)
{
	PipitClient *client = session->client;

	if (!tell_step(session, _("Signing in")))
		return;
	pipit_api_set_device(session->api, pipit_store_device(client->store));
	pipit_api_set_auth_token(session->api, pipit_store_auth_token(client->store));
	if (client->password == NULL) {
		pipit_session_begin_receiving(session);
		return;
	}
	/* The token would do; asked all the same, so that somebody who types a wrong password learns of it. */
	pipit_api_login(session->api, client->handle, client->password, on_login, pipit_session_ref(session));
}

/* Register this device. */

/* What the server gave is kept in the order of protocol/store_keys.h. */

static void
say_that_we_are_new(PipitSession *session)
{
	PipitClient *client = session->client;
	GError *store_error = NULL;

	/* If we die before, one's other devices find out by themselves, only later. */
	if (pipit_outbox_append_device(client->outbox, client->handle, pipit_client_server_now(client),
				       &store_error))
		pipit_session_begin_receiving(session);
	else
		pipit_session_fail_store(session, store_error);
}

static void
keep_prekey(PipitSession *session)
{
	PipitStore *store = session->client->store;
	const guint8 *prekey = pipit_prekey_secret_key(pipit_store_pending_prekey(store, NULL));
	GError *store_error = NULL;

	if (!pipit_store_prekey_published(store, prekey, session->registration->time, &store_error)) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	g_clear_pointer(&session->registration, pipit_registration_free);
	do_next(session, say_that_we_are_new);
}

static void
keep_registration(PipitSession *session)
{
	PipitStore *store = session->client->store;
	const PipitRegistration *registration = session->registration;
	GError *store_error = NULL;

	if (pipit_store_set_server(store, pipit_api_origin(session->api), &store_error) &&
	    pipit_store_set_registered(store, registration->push_token,
				       (const char *const *)registration->handles, &store_error))
		do_next(session, keep_prekey);
	else
		pipit_session_fail_store(session, store_error);
}

static void
fail_registration(PipitSession *session, const PipitFailure *failure)
{
	g_autofree char *taken = g_strdup_printf(
		_("This address already has an account at %s, with another password. If it is yours, "
		  "enter its password; else choose another address."),
		pipit_api_origin(session->api));

	if (session->handle_taken && failure->error->code == PIPIT_CLIENT_ERROR_WRONG_PASSWORD)
		fail_with(session, PIPIT_CLIENT_ERROR_WRONG_PASSWORD, taken);
	else
		pipit_session_fail(session, failure->error);
}

static void
on_device_registered(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;
	g_autoptr(GError) bad = NULL;
	GError *store_error = NULL;

	if (session->closed)
		return;
	if (failure != NULL) {
		fail_registration(session, failure);
		return;
	}
	g_autoptr(PipitRegistration) registration = pipit_registration_parse(body, &bad);
	if (registration == NULL) {
		fail_malformed(session, bad);
		return;
	}
	pipit_session_set_server_time(session, registration->time);
	if (!pipit_store_save_auth_token(session->client->store, registration->auth_token, &store_error)) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	pipit_api_set_auth_token(session->api, registration->auth_token);
	session->registration = g_steal_pointer(&registration);
	do_next(session, keep_registration);
}

/* A prekey that no server has accepted: the one from a former try, or a new one. */
static GBytes *
prekey_to_register(PipitSession *session, GError **error)
{
	PipitStore *store = session->client->store;
	GBytes *record = NULL;

	if (pipit_store_pending_prekey(store, &record) != NULL)
		return g_bytes_ref(record);
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(
		pipit_store_next_prekey_timestamp(store, pipit_session_server_now(session)));
	g_autoptr(GBytes) fresh = pipit_prekey_record_new(prekey, pipit_store_device(store));
	if (!pipit_store_add_prekey(store, prekey, fresh, error))
		return NULL;
	return g_steal_pointer(&fresh);
}

static void
register_device(PipitSession *session)
{
	PipitClient *client = session->client;
	GError *store_error = NULL;

	if (!tell_step(session, _("Registering this device")))
		return;
	g_autoptr(GBytes) record = prekey_to_register(session, &store_error);
	if (record == NULL) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	pipit_api_set_device(session->api, pipit_store_device(client->store));
	pipit_api_register_device(session->api, client->handle, client->password, client->device_name, record,
				  on_device_registered, pipit_session_ref(session));
}

/* Make the device's keys. */

static void
run_key_job(gpointer job)
{
	KeyJob *keys = job;

	keys->device = pipit_device_secrets_generate();
}

static void
free_key_job(gpointer job)
{
	KeyJob *keys = job;

	g_clear_pointer(&keys->device, pipit_device_secrets_unref);
	g_free(keys);
}

static void
on_keys(gpointer job, gpointer user_data)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);
	const KeyJob *keys = job;
	GError *store_error = NULL;

	if (!pipit_store_save_device(session->client->store, keys->device, &store_error)) {
		pipit_session_fail_store(session, store_error);
		return;
	}
	pipit_client_open_boxes(session->client);
	do_next(session, register_device);
}

static void
make_keys(PipitSession *session)
{
	if (pipit_store_device(session->client->store) != NULL) {
		register_device(session);
		return;
	}
	if (!tell_step(session, _("Making this device's keys")))
		return;
	pipit_workers_push(session->workers, g_new0(KeyJob, 1), run_key_job, on_keys, session, free_key_job);
}

/* Create the account, where that was asked for. */

static void
on_account(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;

	if (session->closed)
		return;
	/* Taken: by ourselves, in a try whose answer was lost, or by somebody else. The password decides. */
	session->handle_taken = failure != NULL && failure->problem == PIPIT_PROBLEM_HANDLE_TAKEN;
	if (failure != NULL && !session->handle_taken) {
		pipit_session_fail(session, failure->error);
		return;
	}
	make_keys(session);
}

static void
set_up_device(PipitSession *session)
{
	PipitClient *client = session->client;

	if (client->password == NULL) {
		fail_with(session, PIPIT_CLIENT_ERROR_INPUT,
			  _("This device is not set up yet: the account's password is needed."));
		return;
	}
	if (!client->register_account) {
		make_keys(session);
		return;
	}
	if (!tell_step(session, _("Creating the account")))
		return;
	pipit_api_create_account(session->api, client->handle, client->password, client->invite, on_account,
				 pipit_session_ref(session));
}

/* Ask what the server is. */

/* The token must not go to another server than the one that gave it; a server that only moved still has its epoch. */
static gboolean
is_other_server(PipitSession *session)
{
	const PipitStoreAccount *account = pipit_store_account(session->client->store);

	return account->push_token != NULL && account->server != NULL && account->epoch != NULL &&
	       strcmp(account->server, pipit_api_origin(session->api)) != 0 &&
	       strcmp(account->epoch, session->server->epoch) != 0;
}

static void
fail_other_server(PipitSession *session)
{
	g_autofree char *sentence =
		g_strdup_printf(_("This account was set up at %s, and %s is another server. Set the server "
				  "back; to start anew at the "
				  "other one, remove the folder %s first."),
				pipit_store_account(session->client->store)->server,
				pipit_api_origin(session->api), pipit_store_folder(session->client->store));

	fail_with(session, PIPIT_CLIENT_ERROR_INPUT, sentence);
}

static void
on_server(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;
	g_auto(PipitFailure) not_pipit = {0};

	if (session->closed)
		return;
	if (failure != NULL) {
		pipit_session_fail(session, failure->error);
		return;
	}
	session->server = pipit_server_parse(body, NULL);
	if (session->server == NULL) {
		not_pipit.error = g_error_new(
			PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_NOT_PIPIT,
			_("What answers at %s is not a Pipit server. Check the server's address."),
			pipit_api_origin(session->api));
		pipit_session_fail(session, not_pipit.error);
		return;
	}
	if (is_other_server(session)) {
		fail_other_server(session);
		return;
	}
	pipit_client_take_server(session->client, session->server);
	pipit_session_set_server_time(session, session->server->time);
	if (pipit_client_is_registered(session->client))
		sign_in(session);
	else
		set_up_device(session);
}

static void
ask_server(PipitSession *session, const char *origin)
{
	PipitClient *client = session->client;

	g_free(client->origin);
	client->origin = g_strdup(origin);
	session->api = pipit_api_new(session->http, origin);
	pipit_api_server(session->api, on_server, pipit_session_ref(session));
}

/* Find the server. */

static void
on_discovered(gpointer user_data, const char *origin, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = user_data;

	if (session->closed)
		return;
	if (failure != NULL)
		pipit_session_fail(session, failure->error);
	else
		ask_server(session, origin);
}

void
pipit_session_connect(PipitSession *connecting)
{
	g_autoptr(PipitSession) session = pipit_session_ref(connecting);
	PipitClient *client = session->client;

	if (!tell_step(session, _("Finding the server")))
		return;
	if (client->server != NULL)
		ask_server(session, client->server);
	else
		pipit_discover(session->http, pipit_handle_domain(client->handle), on_discovered,
			       pipit_session_ref(session));
}
