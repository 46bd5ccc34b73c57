/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing down what is to be sent: what a person wrote, and what the client says on its own. */
#include <string.h>

#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/outbox_private.h"
#include "protocol/peer.h"
#include "protocol/store_outbox.h"
#include "protocol/store_private.h"
#include "protocol/store_receipts.h"
#include "protocol/uuid.h"

/* What a seal adds at the most: pair to a device with RSA-4096, rounded up. */
#define SEAL_OVERHEAD 640

G_DEFINE_QUARK(pipit - outbox - error - quark, pipit_outbox_error)

static gboolean
fail_input(const char *sentence, GError **error)
{
	g_set_error_literal(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_INPUT, sentence);
	return FALSE;
}

static gboolean
check_input(const char *peer, const char *text, const char *html, GError **error)
{
	if (!pipit_handle_valid(peer) && pipit_peer_gid(peer) == NULL)
		return fail_input(_("That is no address or phone number."), error);
	if (text[0] == '\0')
		return fail_input(_("There is no text to send."), error);
	if (!g_utf8_validate(text, -1, NULL) || (html != NULL && !g_utf8_validate(html, -1, NULL)))
		return fail_input(_("The text holds something that is no text (not UTF-8)."), error);
	if (strlen(text) > PIPIT_TEXT_MAX || (html != NULL && strlen(html) > PIPIT_TEXT_MAX))
		return fail_input(_("The message is too long. Send it in several parts."), error);
	return TRUE;
}

/* What is written down in one transaction. */
typedef struct {
	PipitUnsent unsent; /* its strings are the message's */
	const char *const *recipients;
	gint64 now;
	const PipitDueReceipts *due; /* or NULL */
} Addition;

static gboolean
add(PipitStore *store, gpointer user_data, GError **error)
{
	const Addition *addition = user_data;
	const PipitUnsent *unsent = &addition->unsent;
	if (!pipit_store_add_unsent(store, unsent, addition->recipients, addition->now, error))
		return FALSE;
	if (addition->due != NULL)
		return pipit_store_forget_receipts(store, addition->due, error);
	return unsent->quiet || pipit_store_note_sent(store, unsent->id, unsent->peer, addition->now, error);
}

static Addition
addition_of(const PipitMessage *message, const char *peer, const char *const *recipients, GBytes *plaintext)
{
	return (Addition){
		.unsent = {.id = message->id,
			   .from = message->from,
			   .peer = (char *)peer,
			   .plaintext = plaintext,
			   .quiet = message->type != PIPIT_MESSAGE_TEXT},
		.recipients = recipients,
		.now = message->sent_at,
	};
}

static gboolean
find_address(PipitStore *store, const char *peer, const char *from, PipitPeerAddress *address, GError **error)
{
	gboolean found = FALSE;
	if (!pipit_peer_find_address(store, peer, from, address, &found, error))
		return FALSE;
	return found || fail_input(_("You are not in this group."), error);
}

char *
pipit_outbox_append(PipitOutbox *outbox, const char *from, const char *peer, const char *text,
		    const char *html, gint64 now, GError **error)
{
	if (!check_input(peer, text, html, error) || !pipit_store_forget_failed(outbox->store, now, error))
		return NULL;
	g_auto(PipitPeerAddress) address = {0};
	if (!find_address(outbox->store, peer, from, &address, error))
		return NULL;
	g_autofree char *id = pipit_uuid_new();
	const PipitMessage message = {
		.type = PIPIT_MESSAGE_TEXT,
		.id = id,
		.from = address.from,
		.to = address.to,
		.sent_at = now,
		.text = (char *)text,
		.html = (char *)html,
		.group = address.group,
	};
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	if (g_bytes_get_size(plaintext) + SEAL_OVERHEAD > outbox->relay_cap) {
		fail_input(_("The message is too long. Send it in several parts."), error);
		return NULL;
	}
	Addition addition = addition_of(&message, peer, (const char *const *)address.recipients, plaintext);
	if (!pipit_store_transaction(outbox->store, add, &addition, error))
		return NULL;
	return g_steal_pointer(&id);
}

/* Whom receipts tell: a person, or the member of a group who wrote it. */
static const char *
reader_of(const PipitDueReceipts *due)
{
	return due->author[0] != '\0' ? due->author : due->peer;
}

static void
choose_recipients(const char *recipients[3], const PipitDueReceipts *due, const char *own)
{
	gboolean to_reader = due->kind == PIPIT_MESSAGE_DELIVERED || due->tell;
	gboolean to_own = due->kind == PIPIT_MESSAGE_READ;
	guint n = 0;
	if (to_reader)
		recipients[n++] = reader_of(due);
	if (to_own)
		recipients[n++] = own;
	recipients[n] = NULL;
}

static gboolean
forget_due(PipitStore *store, gpointer due, GError **error)
{
	return pipit_store_forget_receipts(store, due, error);
}

gboolean
pipit_outbox_append_receipts(PipitOutbox *outbox, gint64 now, gboolean *more, GError **error)
{
	g_autoptr(PipitDueReceipts) due = NULL;
	if (!pipit_store_due_receipts(outbox->store, &due, error))
		return FALSE;
	*more = due != NULL;
	if (due == NULL)
		return TRUE;
	g_auto(PipitPeerAddress) address = {0};
	gboolean found = FALSE;
	if (!pipit_peer_find_address(outbox->store, due->peer, due->own, &address, &found, error))
		return FALSE;
	/* Who is out of a group tells nobody there any more. */
	if (!found)
		return pipit_store_transaction_lazily(outbox->store, forget_due, due, error);
	g_autofree char *id = pipit_uuid_new();
	char *to[] = {(char *)reader_of(due), NULL};
	const char *recipients[3];
	choose_recipients(recipients, due, address.from);
	const PipitMessage message = {.type = due->kind,
				      .id = id,
				      .from = address.from,
				      .to = to,
				      .sent_at = now,
				      .ids = due->ids,
				      .group = address.group};
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	Addition addition = addition_of(&message, to[0], recipients, plaintext);
	addition.due = due;
	return pipit_store_transaction_lazily(outbox->store, add, &addition, error);
}

gboolean
pipit_outbox_append_device(PipitOutbox *outbox, const char *from, gint64 now, GError **error)
{
	g_autofree char *id = pipit_uuid_new();
	char *to[] = {(char *)from, NULL};
	const PipitMessage message = {
		.type = PIPIT_MESSAGE_DEVICE, .id = id, .from = (char *)from, .to = to, .sent_at = now};
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	const char *const recipients[] = {from, NULL};
	Addition addition = addition_of(&message, from, recipients, plaintext);
	return pipit_store_transaction(outbox->store, add, &addition, error);
}
