/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host is told of what came: texts, receipts, and what could not be read; and what must wait for something before it. */
#include "protocol/client_private.h"

#include "protocol/i18n.h"

#define DELAYED_MS 30000
#define UNREADABLE_EVERY_US (G_GINT64_CONSTANT(60) * G_USEC_PER_SEC)

/* What somebody sends in a row comes to one line: receipts, which can't be told from messages, follow each of them. */
static gboolean
was_told_lately(PipitSession *session, const char *peer)
{
	gint64 now = g_get_monotonic_time();
	const gint64 *told = g_hash_table_lookup(session->unreadable_told, peer);

	if (told != NULL && now - *told < UNREADABLE_EVERY_US)
		return TRUE;
	g_hash_table_replace(session->unreadable_told, g_strdup(peer), g_memdup2(&now, sizeof now));
	return FALSE;
}

/* Nobody can ask oneself, and whom it was for can't be told. */
static void
tell_own_unreadable(const PipitClient *client)
{
	if (client->events.account_notice != NULL)
		client->events.account_notice(
			client->host, _("Something that another device of yours sent could not be opened "
					"here: it was sent too long ago."));
}

static void
tell_unreadable(PipitSession *session, const PipitReceived *received)
{
	const PipitClient *client = session->client;

	if (was_told_lately(session, received->peer))
		return;
	if (received->own) {
		tell_own_unreadable(client);
		return;
	}
	g_autofree char *name = pipit_client_name_of(client, received->from);
	g_autofree char *text = g_strdup_printf(
		_("A message from %s could not be opened: it was sent too long ago. Ask to send it again."),
		name);

	client->events.notice(client->host, received->peer, text);
}

static void
tell_receipt(const PipitClient *client, const PipitReceived *received)
{
	const PipitReceipt receipt = {
		.peer = received->peer,
		.read = received->type == PIPIT_MESSAGE_READ,
		.id = received->id,
		.sent_at = received->written_at,
		.at = received->sent_at,
		.latest = received->latest,
		.from = received->from,
		.count = MAX(received->count, 1),
	};

	if (received->own && client->events.read_elsewhere != NULL)
		client->events.read_elsewhere(client->host, received->peer);
	else if (!received->own && client->events.receipt != NULL)
		client->events.receipt(client->host, &receipt);
}

gboolean
pipit_session_was_delayed(const PipitSession *session, const PipitReceived *received)
{
	return pipit_session_server_now(session) - received->received_at > DELAYED_MS;
}

static void
tell_gone(const PipitClient *client, const PipitReceived *received)
{
	g_autofree char *name = pipit_client_name_of(client, received->from);
	g_autofree char *text = g_strdup_printf(
		received->own ? _("A long message that you wrote on another device could not be fetched: the "
				  "server no longer has it.")
			      : _("A long message from %s could not be fetched: the server no longer has it. "
				  "Ask to send it again."),
		name);

	client->events.notice(client->host, received->peer, text);
}

static GArray *
attachments_of(const PipitReceived *received)
{
	GArray *attachments = g_array_new(FALSE, FALSE, sizeof(PipitAttachment));

	for (guint i = 0; received->files != NULL && i < received->files->len; i++) {
		PipitAttachment attachment = pipit_client_attachment_of(received->files->pdata[i]);
		g_array_append_val(attachments, attachment);
	}
	return attachments;
}

/* Returns FALSE if the host does not show it now. */
static gboolean
show_text(PipitSession *session, const PipitReceived *received)
{
	PipitClient *client = session->client;
	g_autoptr(GArray) attachments = attachments_of(received);
	const PipitIncoming incoming = {
		.id = received->id,
		.peer = received->peer,
		.from = received->from,
		.own = received->own,
		.text = received->text,
		.html = received->html,
		.sent_at = received->sent_at,
		.received_at = received->received_at,
		.delayed = pipit_session_was_delayed(session, received),
		.attachments = (const PipitAttachment *)(gconstpointer)attachments->data,
		.n_attachments = attachments->len,
	};

	if (received->gone) {
		tell_gone(client, received);
		return TRUE;
	}
	if (received->text == NULL) {
		tell_unreadable(session, received);
		return TRUE;
	}
	return client->events.message(client->host, &incoming);
}

/* Its content is not here yet, or that of something before it in the conversation. */
static gboolean
is_held(PipitSession *session, const PipitReceived *received)
{
	if (received->row == 0 || (!received->waits && !g_hash_table_contains(session->held, received->peer)))
		return FALSE;
	g_hash_table_add(session->held, g_strdup(received->peer));
	if (received->waits)
		pipit_session_fetch_contents(session);
	return TRUE;
}

gboolean
pipit_session_show(PipitSession *session, const PipitReceived *received)
{
	if (is_held(session, received))
		return FALSE;
	switch (received->type) {
	case PIPIT_MESSAGE_TEXT:
		return show_text(session, received);
	case PIPIT_MESSAGE_DELIVERED:
	case PIPIT_MESSAGE_READ:
		tell_receipt(session->client, received);
		break;
	case PIPIT_MESSAGE_TYPING:
		pipit_session_take_typing(session, received);
		break;
	case PIPIT_MESSAGE_GROUP:
		return pipit_session_show_group_news(session, received);
	case PIPIT_MESSAGE_DEVICE:
	case PIPIT_MESSAGE_GROUP_ASK:
		break;
	}
	return TRUE;
}
