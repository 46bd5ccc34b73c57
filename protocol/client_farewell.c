/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the server which blobs this device needs no more, and which uploads it takes back. What could not be told is told in the
 * next connection. */
#include "protocol/client_private.h"

#include "protocol/api_blobs.h"
#include "protocol/store_blobs.h"

typedef struct {
	PipitSession *session;
	char *uri;
} Farewell;

static void
farewell_free(Farewell *farewell)
{
	pipit_session_unref(farewell->session);
	g_free(farewell->uri);
	g_free(farewell);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Farewell, farewell_free)

static gboolean
is_to_be_said_again(const PipitFailure *failure)
{
	return failure->problem == PIPIT_PROBLEM_COUNT || pipit_failure_is_transient(failure);
}

static void
on_said(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	g_autoptr(Farewell) farewell = user_data;
	PipitSession *session = farewell->session;
	GError *error = NULL;

	session->saying_farewell = FALSE;
	if (session->closed || (failure != NULL && is_to_be_said_again(failure)))
		return;
	if (pipit_store_remove_farewell(session->client->store, farewell->uri, &error))
		pipit_session_say_farewells(session);
	else
		pipit_session_fail_store(session, error);
}

void
pipit_session_say_farewells(PipitSession *session)
{
	g_autofree char *uri = NULL;
	gboolean uploaded = FALSE;

	if (session->closed || session->saying_farewell || session->client->state != PIPIT_CLIENT_ONLINE ||
	    !pipit_store_next_farewell(session->client->store, &uri, &uploaded, NULL) || uri == NULL)
		return;
	Farewell *farewell = g_new(Farewell, 1);
	*farewell = (Farewell){pipit_session_ref(session), g_strdup(uri)};
	session->saying_farewell = TRUE;
	if (uploaded)
		pipit_api_delete_blob(session->api, uri, on_said, farewell);
	else
		pipit_api_blob_done(session->api, uri, on_said, farewell);
}
