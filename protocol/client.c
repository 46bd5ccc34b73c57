/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's life: what it is given, what it opens, what state it is in, how it ends. */
#include "protocol/client_private.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/origin.h"
#include "protocol/store_keys.h"

#define MAX_WORKERS 4
#define CLOCK_TOLERANCE_MS 2000

GQuark
pipit_client_error_quark(void)
{
	return g_quark_from_static_string("pipit-client-error");
}

gint64
pipit_client_now(void)
{
	return g_get_real_time() / 1000;
}

static PipitClientError
code_from_store(const GError *error)
{
	/* A full disk passes once somebody makes room. */
	return error->code == PIPIT_STORE_ERROR_FULL ? PIPIT_CLIENT_ERROR_TRANSIENT
						     : PIPIT_CLIENT_ERROR_STORE;
}

static PipitClientError
code_from_outbox(const GError *error)
{
	switch ((PipitOutboxError)error->code) {
	case PIPIT_OUTBOX_ERROR_INPUT:
		return PIPIT_CLIENT_ERROR_INPUT;
	case PIPIT_OUTBOX_ERROR_UNREACHABLE:
		return PIPIT_CLIENT_ERROR_UNREACHABLE;
	case PIPIT_OUTBOX_ERROR_KEYS:
	case PIPIT_OUTBOX_ERROR_REFUSED:
		break;
	}
	return PIPIT_CLIENT_ERROR_REFUSED;
}

GError *
pipit_client_error_from(const GError *error)
{
	if (error->domain == PIPIT_CLIENT_ERROR)
		return g_error_copy(error);
	PipitClientError code =
		error->domain == PIPIT_OUTBOX_ERROR ? code_from_outbox(error) : code_from_store(error);

	return g_error_new_literal(PIPIT_CLIENT_ERROR, (gint)code, error->message);
}

static char *
nonempty_dup(const char *text)
{
	return text != NULL && text[0] != '\0' ? g_strdup(text) : NULL;
}

static void
input_error(GError **error, const char *sentence)
{
	g_set_error_literal(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT, sentence);
}

static gboolean
check_password(const char *password, GError **error)
{
	if (password == NULL)
		return TRUE;
	if (strlen(password) > PIPIT_PASSWORD_MAX || !g_utf8_validate(password, -1, NULL)) {
		input_error(error, _("The password is too long or has characters that can't be used."));
		return FALSE;
	}
	return TRUE;
}

/* The name that one's other devices show: a host name may be anything, what goes out is clean. */
static char *
clean_device_name(const char *typed)
{
	g_autofree char *valid = g_utf8_make_valid(typed != NULL ? typed : "", -1);
	g_autoptr(GString) name = g_string_new(NULL);
	glong length = 0;

	for (const char *c = valid; *c != '\0' && length < PIPIT_DEVICE_NAME_MAX_CHARS;
	     c = g_utf8_next_char(c)) {
		gunichar character = g_utf8_get_char(c);
		if (g_unichar_iscntrl(character))
			continue;
		g_string_append_unichar(name, character);
		length++;
	}
	g_strstrip(name->str);
	return name->str[0] != '\0' ? g_strdup(name->str) : g_strdup("Pipit");
}

/* Copies and checks the options. FALSE with INPUT. */
static gboolean
take_options(PipitClient *client, const PipitClientOptions *options, GError **error)
{
	client->handle = options->handle != NULL ? pipit_handle_parse(options->handle) : NULL;
	if (client->handle == NULL) {
		input_error(error,
			    _("This is no address. Write it as name@example.org, or as a phone number with "
			      "its country code, such as +15551234567."));
		return FALSE;
	}
	if (!check_password(options->password, error))
		return FALSE;
	g_autofree char *server = nonempty_dup(options->server);
	if (server != NULL) {
		client->server = pipit_origin_parse(server);
		if (client->server == NULL) {
			input_error(error,
				    _("The server's address can't be used. Write it as "
				      "https://pipit.example.org; plain http is for this computer alone."));
			return FALSE;
		}
	} else if (pipit_handle_domain(client->handle) == NULL) {
		input_error(error,
			    _("A phone number does not tell where its server is. Set the server in the "
			      "account."));
		return FALSE;
	}
	if (options->storage_dir == NULL || !g_path_is_absolute(options->storage_dir)) {
		input_error(error, _("The folder for the account's keys must be an absolute path."));
		return FALSE;
	}
	client->password = nonempty_dup(options->password);
	client->ca_file = nonempty_dup(options->ca_file);
	client->invite = nonempty_dup(options->invite);
	client->device_name = clean_device_name(options->device_name);
	client->register_account = options->register_account;
	client->proxy = options->proxy;
	client->proxy.host = g_strdup(options->proxy.host);
	client->proxy.username = g_strdup(options->proxy.username);
	client->proxy.password = g_strdup(options->proxy.password);
	return TRUE;
}

static void
open_outbox(PipitClient *client)
{
	client->outbox = pipit_outbox_new(client->store, client->directory);
	if (client->relay_cap > 0)
		pipit_outbox_set_relay_cap(client->outbox, client->relay_cap);
}

void
pipit_client_take_server(PipitClient *client, const PipitServer *server)
{
	client->file_max = server->blob_max;
	client->relay_cap = server->relay_cap;
	if (client->outbox != NULL)
		pipit_outbox_set_relay_cap(client->outbox, client->relay_cap);
}

void
pipit_client_open_boxes(PipitClient *client)
{
	if (client->outbox != NULL || pipit_store_device(client->store) == NULL)
		return;
	client->inbox = pipit_inbox_new(client->store, client->directory);
	if (client->events.is_contact != NULL)
		pipit_inbox_set_contacts(client->inbox, client->events.is_contact, client->host);
	open_outbox(client);
	pipit_client_open_drafts(client);
}

PipitClient *
pipit_client_new(const PipitLoop *loop, const PipitClientEvents *events, gpointer host,
		 const PipitClientOptions *options, GError **error)
{
	g_autoptr(PipitClient) client = g_new0(PipitClient, 1);
	g_autoptr(GError) failed = NULL;

	client->refs = 1;
	client->loop = loop;
	client->events = *events;
	client->host = host;
	client->file_max = -1;
	client->reading = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (!take_options(client, options, error))
		return NULL;
	client->store = pipit_store_open(options->storage_dir, client->handle, &failed);
	if (client->store == NULL) {
		/* No session is there that could try again. */
		g_set_error_literal(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_STORE, failed->message);
		return NULL;
	}
	client->directory = pipit_directory_new(client->store);
	pipit_client_open_boxes(client);
	return g_steal_pointer(&client);
}

void
pipit_client_unref(PipitClient *client)
{
	if (--client->refs > 0)
		return;
	pipit_client_close_files(client);
	g_clear_pointer(&client->outbox, pipit_outbox_free);
	g_clear_pointer(&client->inbox, pipit_inbox_free);
	g_clear_pointer(&client->directory, pipit_directory_free);
	g_clear_pointer(&client->store, pipit_store_free);
	g_hash_table_unref(client->reading);
	g_free(client->handle);
	pipit_secret_string_free(client->password);
	g_free(client->server);
	g_free(client->origin);
	g_free(client->ca_file);
	pipit_secret_string_free(client->invite);
	g_free(client->device_name);
	g_free((char *)client->proxy.host);
	g_free((char *)client->proxy.username);
	pipit_secret_string_free((char *)client->proxy.password);
	g_free(client);
}

void
pipit_client_free(PipitClient *client)
{
	if (client == NULL)
		return;
	client->freed = TRUE;
	if (client->session != NULL)
		pipit_session_close(client->session);
	pipit_client_flush_reading(client);
	pipit_client_abort_registering(client);
	pipit_client_abort_queries(client);
	pipit_client_abort_fetches(client);
	pipit_client_unref(client);
}

PipitClientState
pipit_client_state(const PipitClient *client)
{
	return client->state;
}

const char *
pipit_client_handle(const PipitClient *client)
{
	return client->handle;
}

const char *
pipit_client_server(const PipitClient *client)
{
	return client->origin;
}

void
pipit_client_set_state(PipitClient *client, PipitClientState state, const char *step, const GError *error)
{
	if (client->freed)
		return;
	client->state = state;
	client->events.state(client->host, state, step, error);
}

PipitHttp *
pipit_client_http_new(const PipitClient *client)
{
	return pipit_http_new(client->loop, &client->proxy, client->ca_file);
}

static PipitSession *
session_new(PipitClient *client, GError **error)
{
	g_autoptr(PipitWorkers) workers =
		pipit_workers_new(client->loop, CLAMP(g_get_num_processors(), 1, MAX_WORKERS), error);
	if (workers == NULL)
		return NULL;

	PipitSession *session = g_new0(PipitSession, 1);
	session->refs = 1;
	session->client = client;
	client->refs++;
	session->workers = g_steal_pointer(&workers);
	session->http = pipit_client_http_new(client);
	session->lookups = pipit_lookups_new(session);
	g_queue_init(&session->receive_queue);
	pipit_session_set_server_time(session,
				      pipit_client_now() + pipit_store_account(client->store)->clock_offset);
	return session;
}

PipitSession *
pipit_session_ref(PipitSession *session)
{
	session->refs++;
	return session;
}

void
pipit_session_unref(PipitSession *session)
{
	if (--session->refs > 0)
		return;
	pipit_client_unref(session->client);
	g_free(session);
}

/* Items at work are put back by forgetting them: on disk they still wait. */
static void
reset_outbox(PipitClient *client)
{
	if (client->outbox == NULL)
		return;
	pipit_outbox_free(client->outbox);
	open_outbox(client);
}

void
pipit_session_close(PipitSession *session)
{
	PipitClient *client = session->client;

	if (session->closed)
		return;
	session->closed = TRUE;
	client->closing = TRUE;
	client->session = NULL;
	client->state = PIPIT_CLIENT_OFFLINE;
	client->refs++;
	pipit_session_stop_connecting(session);
	pipit_session_stop_receiving(session);
	pipit_session_stop_sending(session);
	pipit_session_stop_upkeep(session);
	pipit_session_stop_receipts(session);
	pipit_session_stop_typing(session);
	pipit_session_stop_files(session);
	g_clear_pointer(&session->push, pipit_push_free);
	g_clear_pointer(&session->workers, pipit_workers_free);
	/* From here on those who wait hear ABORTED. */
	g_clear_pointer(&session->http, pipit_http_free);
	g_clear_pointer(&session->lookups, pipit_lookups_free);
	g_clear_pointer(&session->api, pipit_api_free);
	g_clear_pointer(&session->server, pipit_server_free);
	reset_outbox(client);
	client->closing = FALSE;
	pipit_session_unref(session);
	pipit_client_unref(client);
}

/* The removed device's keys are of no more use: the person has to let them go, since unread messages may lie there too. */
static void
add_way_back(const PipitClient *client, GError *reason)
{
	g_autofree char *sentence = g_steal_pointer(&reason->message);

	reason->message = g_strdup_printf(
		_("%s It gets no messages and can send none. To sign in here again as a new device, move the "
		  "folder %s away first."),
		sentence, pipit_store_folder(client->store));
}

char *
pipit_client_name_of(const PipitClient *client, const char *handle)
{
	return client->events.name != NULL ? client->events.name(client->host, handle)
					   : g_strdup(pipit_handle_display(handle));
}

gboolean
pipit_client_is_registered(const PipitClient *client)
{
	return pipit_store_account(client->store)->push_token != NULL &&
	       pipit_store_auth_token(client->store) != NULL;
}

gboolean
pipit_client_was_online(const PipitClient *client)
{
	return pipit_client_is_registered(client) &&
	       (client->server == NULL ||
		g_strcmp0(pipit_store_account(client->store)->server, client->server) == 0);
}

/* What was a Pipit server before is one that is out of order now, or a network that wants to be signed in to first: that
 * passes, and must not disable the account. Trying again gives nothing away: whoever shows no good certificate is told
 * nothing. */
static gboolean
may_pass(const PipitClient *client, const GError *reason)
{
	return (reason->code == PIPIT_CLIENT_ERROR_NOT_PIPIT ||
		reason->code == PIPIT_CLIENT_ERROR_CERTIFICATE) &&
	       pipit_client_was_online(client);
}

void
pipit_session_fail(PipitSession *session, const GError *error)
{
	PipitClient *client = session->client;

	if (session->closed)
		return;
	client->refs++;
	/* It may be a part of what is closed. */
	g_autoptr(GError) reason = g_error_copy(error);
	if (may_pass(client, reason))
		reason->code = PIPIT_CLIENT_ERROR_TRANSIENT;
	if (reason->code == PIPIT_CLIENT_ERROR_REMOVED)
		add_way_back(client, reason);
	pipit_session_close(session);
	pipit_client_set_state(client, PIPIT_CLIENT_OFFLINE, NULL, reason);
	pipit_client_unref(client);
}

void
pipit_session_fail_store(PipitSession *session, GError *error)
{
	g_autoptr(GError) store_error = error;
	g_autoptr(GError) reason = pipit_client_error_from(store_error);

	pipit_session_fail(session, reason);
}

gint64
pipit_session_server_now(const PipitSession *session)
{
	return session->server_time + (g_get_monotonic_time() - session->server_time_at) / 1000;
}

void
pipit_session_set_server_time(PipitSession *session, gint64 time)
{
	PipitStore *store = session->client->store;
	gint64 offset = time - pipit_client_now();

	session->server_time = time;
	session->server_time_at = g_get_monotonic_time();
	/* Only kept for messages that are written while offline: a failure does no harm. */
	if (ABS(offset - pipit_store_account(store)->clock_offset) > CLOCK_TOLERANCE_MS)
		pipit_store_set_clock_offset(store, offset, NULL);
}

/* Once: what is lost stays lost, and the store is sound without it. */
static void
tell_of_broken_log(PipitClient *client)
{
	if (client->told_of_log || !pipit_store_log_was_broken(client->store) ||
	    client->events.account_notice == NULL)
		return;
	client->told_of_log = TRUE;
	g_autofree char *text =
		g_strdup_printf(_("What Pipit wrote last in %s before it was interrupted was damaged on the "
				  "disk, and could not be read. Messages of that time may be missing on this "
				  "device; ask for them again. Check the disk."),
				pipit_store_folder(client->store));
	client->events.account_notice(client->host, text);
}

void
pipit_client_connect(PipitClient *client)
{
	g_autoptr(GError) error = NULL;

	if (client->session != NULL || client->closing || client->freed)
		return;
	client->refs++;
	tell_of_broken_log(client);
	gboolean freed = client->freed;
	pipit_client_unref(client);
	if (freed)
		return;
	client->session = session_new(client, &error);
	if (client->session == NULL) {
		g_autoptr(GError) reason =
			g_error_new_literal(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT, error->message);
		pipit_client_set_state(client, PIPIT_CLIENT_OFFLINE, NULL, reason);
		return;
	}
	pipit_session_connect(client->session);
}

void
pipit_client_disconnect(PipitClient *client)
{
	if (client->session == NULL)
		return;
	client->refs++;
	pipit_session_close(client->session);
	pipit_client_set_state(client, PIPIT_CLIENT_OFFLINE, NULL, NULL);
	pipit_client_unref(client);
}
