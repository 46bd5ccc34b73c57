/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creating an account without signing in, for hosts that ask for it apart (libpurple's register_user). */
#include "protocol/client_private.h"

#include "protocol/discovery.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* One registration, with connections of its own. */
typedef struct {
	PipitClient *client;
	PipitHttp *http;
	PipitApi *api;
	guint timer; /* until it begins */
	PipitClientDone done;
	gpointer user_data;
} Registering;

static void
registering_free(Registering *registering)
{
	g_clear_pointer(&registering->http, pipit_http_free);
	g_clear_pointer(&registering->api, pipit_api_free);
	pipit_client_unref(registering->client);
	g_free(registering);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Registering, registering_free)

/* Answers and ends. @error: NULL when the account is there. */
static void
finish(Registering *finished, const GError *error)
{
	g_autoptr(Registering) registering = finished;
	PipitClient *client = registering->client;

	client->registering = g_list_remove(client->registering, registering);
	registering->done(registering->user_data, error);
}

static void
on_account(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	finish(user_data, failure != NULL ? failure->error : NULL);
}

static void
on_server(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	Registering *registering = user_data;
	const PipitClient *client = registering->client;

	if (failure != NULL) {
		finish(registering, failure->error);
		return;
	}
	g_autoptr(PipitServer) server = pipit_server_parse(body, NULL);
	if (server == NULL) {
		g_autoptr(GError) error = g_error_new(
			PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_NOT_PIPIT,
			_("What answers at %s is not a Pipit server. Check the server's address."),
			pipit_api_origin(registering->api));
		finish(registering, error);
		return;
	}
	pipit_api_create_account(registering->api, client->handle, client->password, client->invite,
				 on_account, registering);
}

static void
ask_server(Registering *registering, const char *origin)
{
	registering->api = pipit_api_new(registering->http, origin);
	pipit_api_server(registering->api, on_server, registering);
}

static void
on_discovered(gpointer user_data, const char *origin, const PipitFailure *failure)
{
	if (failure != NULL)
		finish(user_data, failure->error);
	else
		ask_server(user_data, origin);
}

static void
finish_without_password(Registering *registering)
{
	g_autoptr(GError) error = g_error_new_literal(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
						      _("An account needs a password. Enter one."));

	finish(registering, error);
}

static gboolean
on_begin(gpointer user_data)
{
	Registering *registering = user_data;
	const PipitClient *client = registering->client;

	registering->timer = 0;
	if (client->password == NULL)
		finish_without_password(registering);
	else if (client->server != NULL)
		ask_server(registering, client->server);
	else
		pipit_discover(registering->http, pipit_handle_domain(client->handle), on_discovered,
			       registering);
	return G_SOURCE_REMOVE;
}

void
pipit_client_register(PipitClient *client, PipitClientDone done, gpointer user_data)
{
	Registering *registering = g_new0(Registering, 1);

	registering->client = client;
	client->refs++;
	registering->http = pipit_client_http_new(client);
	registering->done = done;
	registering->user_data = user_data;
	client->registering = g_list_prepend(client->registering, registering);
	registering->timer = client->loop->timeout_add(0, on_begin, registering);
}

static void
abort_one(Registering *registering)
{
	if (registering->timer == 0) {
		/* Its request ends with ABORTED, and that ends it. */
		pipit_http_free(g_steal_pointer(&registering->http));
		return;
	}
	registering->client->loop->timeout_remove(registering->timer);
	g_autoptr(GError) error = g_error_new_literal(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_ABORTED,
						      _("The account went offline."));
	finish(registering, error);
}

void
pipit_client_abort_registering(PipitClient *client)
{
	while (client->registering != NULL)
		abort_one(client->registering->data);
}
