/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was delivered and read: written down with what caused it, and sent a moment later, so that a batch makes one receipt. */
#include "protocol/client_private.h"

#include "protocol/peer.h"
#include "protocol/store_receipts.h"

#define RECEIPTS_DELAY_MS 500
#define READING_DELAY_MS 300

static void wait_for_receipts(PipitSession *session, guint delay);

/* One message of receipts a turn: each costs a transaction. */
static gboolean
on_receipts(gpointer user_data)
{
	PipitSession *session = user_data;
	const PipitClient *client = session->client;
	GError *store_error = NULL;
	gboolean more = FALSE;

	session->receipts_timer = 0;
	if (!pipit_outbox_append_receipts(client->outbox, pipit_client_server_now(client), &more,
					  &store_error)) {
		pipit_session_fail_store(session, store_error);
		return G_SOURCE_REMOVE;
	}
	if (!more)
		return G_SOURCE_REMOVE;
	wait_for_receipts(session, 0);
	pipit_session_pump(session);
	return G_SOURCE_REMOVE;
}

static void
wait_for_receipts(PipitSession *session, guint delay)
{
	session->receipts_timer = session->client->loop->timeout_add(delay, on_receipts, session);
}

void
pipit_session_receipts_due(PipitSession *session)
{
	if (!session->closed && session->receipts_timer == 0)
		wait_for_receipts(session, RECEIPTS_DELAY_MS);
}

void
pipit_session_stop_receipts(PipitSession *session)
{
	if (session->receipts_timer != 0)
		session->client->loop->timeout_remove(session->receipts_timer);
	session->receipts_timer = 0;
}

void
pipit_client_flush_reading(PipitClient *client)
{
	GHashTableIter iter;
	gpointer peer;
	gpointer tell;

	if (client->read_timer != 0)
		client->loop->timeout_remove(client->read_timer);
	client->read_timer = 0;
	g_hash_table_iter_init(&iter, client->reading);
	while (g_hash_table_iter_next(&iter, &peer, &tell)) {
		/* A store that refuses this refuses the next message too, and that is told. */
		pipit_store_mark_read(client->store, peer, GPOINTER_TO_INT(tell), NULL);
		g_hash_table_iter_remove(&iter);
	}
}

static gboolean
on_reading(gpointer user_data)
{
	PipitClient *client = user_data;

	client->read_timer = 0;
	pipit_client_flush_reading(client);
	if (client->session != NULL && client->state == PIPIT_CLIENT_ONLINE)
		pipit_session_receipts_due(client->session);
	return G_SOURCE_REMOVE;
}

void
pipit_client_read(PipitClient *client, const char *peer, gboolean tell)
{
	char *handle = pipit_peer_parse(peer);

	if (handle == NULL)
		return;
	/* Later, since the host says so while a message is being shown, which counts as shown only when that is over. */
	g_hash_table_replace(client->reading, handle, GINT_TO_POINTER(tell));
	if (client->read_timer == 0)
		client->read_timer = client->loop->timeout_add(READING_DELAY_MS, on_reading, client);
}
