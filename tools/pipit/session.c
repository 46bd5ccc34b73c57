/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands that talk to a server have in common, so that each says only what it does once it is online. */
#include "tools/pipit/session.h"

#include <signal.h>

#include <glib-unix.h>

#include "protocol/handle.h"
#include "protocol/host_glib.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"

#define RETRY_FIRST_S 1
#define RETRY_MAX_S 30

struct PipitToolSession {
	GMainLoop *loop;
	PipitClient *client;
	PipitToolEvents events;
	gpointer command;
	gboolean retry;
	guint timeout;
	guint retry_delay; /* s */
	guint retry_timer;
	guint timeout_timer;
	guint term_source;
	guint int_source;
	gboolean was_online;
	gboolean ended;
	int status;
	GError *last_trouble; /* what will pass, and has not yet */
};

void
pipit_tool_session_end(PipitToolSession *session, int status)
{
	if (session->ended)
		return;
	session->ended = TRUE;
	session->status = status;
	g_main_loop_quit(session->loop);
}

void
pipit_tool_session_fail(PipitToolSession *session, const GError *error)
{
	if (!session->ended)
		pipit_command_fail(error);
	pipit_tool_session_end(session, PIPIT_EXIT_FAILED);
}

static gboolean
on_retry(gpointer user_data)
{
	PipitToolSession *session = user_data;

	session->retry_timer = 0;
	pipit_client_connect(session->client);
	return G_SOURCE_REMOVE;
}

static void
went_offline(PipitToolSession *session, const GError *error)
{
	if (!session->retry || error->code != PIPIT_CLIENT_ERROR_TRANSIENT) {
		pipit_tool_session_fail(session, error);
		return;
	}
	g_clear_error(&session->last_trouble);
	session->last_trouble = g_error_copy(error);
	session->retry_timer = g_timeout_add_seconds(session->retry_delay, on_retry, session);
	session->retry_delay = MIN(session->retry_delay * 2, RETRY_MAX_S);
}

static void
on_state(gpointer host, PipitClientState state, const char *step G_GNUC_UNUSED, const GError *error)
{
	PipitToolSession *session = host;

	if (session->ended)
		return;
	if (error != NULL) {
		went_offline(session, error);
		return;
	}
	if (state != PIPIT_CLIENT_ONLINE)
		return;
	session->retry_delay = RETRY_FIRST_S;
	g_clear_error(&session->last_trouble);
	if (session->was_online)
		return;
	session->was_online = TRUE;
	if (session->events.online != NULL)
		session->events.online(session, session->command);
}

static gboolean
on_message(gpointer host, const PipitIncoming *incoming)
{
	PipitToolSession *session = host;

	if (session->ended || session->events.message == NULL)
		return FALSE;
	return session->events.message(session, session->command, incoming);
}

static void
on_sent(gpointer host, const char *id, const char *peer G_GNUC_UNUSED, const GError *error)
{
	PipitToolSession *session = host;

	if (!session->ended && session->events.sent != NULL)
		session->events.sent(session, session->command, id, error);
}

static gboolean
on_group(gpointer host, const PipitGroupNews *news)
{
	PipitToolSession *session = host;

	if (session->ended || session->events.group == NULL)
		return FALSE;
	return session->events.group(session, session->command, news);
}

static void
on_drained(gpointer host)
{
	PipitToolSession *session = host;

	if (!session->ended && session->events.drained != NULL)
		session->events.drained(session, session->command);
}

static void
on_transfer(gpointer host, const PipitTransfer *transfer)
{
	PipitToolSession *session = host;

	if (!session->ended && session->events.transfer != NULL)
		session->events.transfer(session, session->command, transfer);
}

static void
on_notice(gpointer host G_GNUC_UNUSED, const char *peer, const char *text)
{
	g_printerr("pipit: %s: %s\n", pipit_handle_display(peer), text);
}

static gboolean
on_new_device(gpointer host, const char *peer, const char *text)
{
	on_notice(host, peer, text);
	return TRUE;
}

static void
on_account_notice(gpointer host G_GNUC_UNUSED, const char *text)
{
	g_printerr("pipit: %s\n", text);
}

static gboolean
on_timeout(gpointer user_data)
{
	PipitToolSession *session = user_data;

	session->timeout_timer = 0;
	if (session->last_trouble != NULL)
		pipit_command_fail(session->last_trouble);
	pipit_tool_session_end(session, PIPIT_EXIT_NOT_YET);
	return G_SOURCE_REMOVE;
}

static gboolean
on_signal(gpointer user_data)
{
	PipitToolSession *session = user_data;

	pipit_tool_session_end(session, PIPIT_EXIT_NOT_YET);
	return G_SOURCE_CONTINUE;
}

PipitToolSession *
pipit_tool_session_new(const PipitAccountOptions *options, const char *password, gboolean register_account,
		       gboolean retry, guint timeout, const PipitToolEvents *events, gpointer command,
		       GError **error)
{
	const PipitClientEvents client_events = {
		.state = on_state,
		.message = on_message,
		.sent = on_sent,
		.notice = on_notice,
		.new_device = on_new_device,
		.account_notice = on_account_notice,
		.own_devices_missed = on_notice,
		.group = on_group,
		.drained = on_drained,
		.transfer = on_transfer,
	};
	g_autofree char *device_name = options->device_name != NULL
					       ? g_strdup(options->device_name)
					       : g_strdup_printf("pipit, %s", g_get_host_name());
	const PipitClientOptions client_options = {
		.handle = options->handle,
		.password = password,
		.server = options->server,
		.ca_file = options->ca_file,
		.invite = options->invite,
		.device_name = device_name,
		.storage_dir = options->store,
		.register_account = register_account,
	};
	PipitToolSession *session = g_new0(PipitToolSession, 1);

	session->client =
		pipit_client_new(pipit_loop_glib(), &client_events, session, &client_options, error);
	if (session->client == NULL) {
		g_free(session);
		return NULL;
	}
	session->loop = g_main_loop_new(NULL, FALSE);
	session->events = *events;
	session->command = command;
	session->retry = retry;
	session->timeout = timeout;
	session->retry_delay = RETRY_FIRST_S;
	return session;
}

static void
remove_source(guint *id)
{
	if (*id != 0)
		g_source_remove(*id);
	*id = 0;
}

void
pipit_tool_session_free(PipitToolSession *session)
{
	if (session == NULL)
		return;
	session->ended = TRUE;
	pipit_client_free(session->client);
	remove_source(&session->retry_timer);
	remove_source(&session->timeout_timer);
	remove_source(&session->term_source);
	remove_source(&session->int_source);
	g_main_loop_unref(session->loop);
	g_clear_error(&session->last_trouble);
	g_free(session);
}

PipitClient *
pipit_tool_session_client(PipitToolSession *session)
{
	return session->client;
}

int
pipit_tool_session_run(PipitToolSession *session)
{
	/* Whoever reads our output may go away; writing tells. */
	signal(SIGPIPE, SIG_IGN);
	session->term_source = g_unix_signal_add(SIGTERM, on_signal, session);
	session->int_source = g_unix_signal_add(SIGINT, on_signal, session);
	if (session->timeout != 0)
		session->timeout_timer = g_timeout_add_seconds(session->timeout, on_timeout, session);
	pipit_client_connect(session->client);
	if (!session->ended)
		g_main_loop_run(session->loop);
	return session->status;
}
