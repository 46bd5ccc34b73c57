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

G_DEFINE_QUARK(pipit - outbox - error - quark, pipit_outbox_error)

static gboolean
fail_input(const char *sentence, GError **error)
{
	g_set_error_literal(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_INPUT, sentence);
	return FALSE;
}

static gboolean
check_text(const char *text, const char *html, GError **error)
{
	if (!g_utf8_validate(text, -1, NULL) || (html != NULL && !g_utf8_validate(html, -1, NULL)))
		return fail_input(_("The text holds something that is no text (not UTF-8)."), error);
	if (strlen(text) > PIPIT_TEXT_MAX || (html != NULL && strlen(html) > PIPIT_TEXT_MAX))
		return fail_input(_("The message is too long. Send it in several parts."), error);
	return TRUE;
}

static gboolean
check_input(const char *peer, const char *text, const char *html, GError **error)
{
	if (!pipit_handle_valid(peer) && pipit_peer_gid(peer) == NULL)
		return fail_input(_("That is no address or phone number."), error);
	if (text[0] == '\0')
		return fail_input(_("There is no text to send."), error);
	return check_text(text, html, error);
}

/* What is written down in one transaction. */
typedef struct {
	PipitUnsent unsent; /* its strings are the message's */
	const char *const *recipients;
	gint64 now;
	const PipitDueReceipts *due; /* or NULL */
	gint64 draft;                /* that becomes this message; or 0 */
} Addition;

static gboolean
add(PipitStore *store, gpointer user_data, GError **error)
{
	const Addition *addition = user_data;
	const PipitUnsent *unsent = &addition->unsent;
	if (!pipit_store_add_unsent(store, unsent, addition->recipients, addition->now, error))
		return FALSE;
	if (addition->draft != 0 && !pipit_store_remove_draft(store, addition->draft, error))
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

/* @message: all but its id, and where it goes. @draft: the draft that becomes this message, or 0. */
static char *
append_text(PipitOutbox *outbox, const char *peer, PipitMessage *message, gint64 draft, GError **error)
{
	g_auto(PipitPeerAddress) address = {0};
	if (!find_address(outbox->store, peer, message->from, &address, error))
		return NULL;
	g_autofree char *id = pipit_uuid_new();
	message->id = id;
	message->from = address.from;
	message->to = address.to;
	message->group = address.group;
	g_autoptr(GBytes) plaintext = pipit_message_pack(message);
	if (plaintext == NULL) {
		fail_input(_("The message is too long. Send it in several parts."), error);
		return NULL;
	}
	Addition addition = addition_of(message, peer, (const char *const *)address.recipients, plaintext);
	addition.draft = draft;
	if (!pipit_store_transaction(outbox->store, add, &addition, error))
		return NULL;
	return g_steal_pointer(&id);
}

char *
pipit_outbox_append(PipitOutbox *outbox, const char *from, const char *peer, const char *text,
		    const char *html, gint64 now, GError **error)
{
	PipitMessage message = {
		.type = PIPIT_MESSAGE_TEXT,
		.from = (char *)from,
		.sent_at = now,
		.text = (char *)text,
		.html = (char *)html,
	};
	if (!check_input(peer, text, html, error) || !pipit_store_forget_failed(outbox->store, now, error))
		return NULL;
	return append_text(outbox, peer, &message, 0, error);
}

static GPtrArray *
attachments_of(const PipitDraft *draft)
{
	GPtrArray *attachments =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_message_attachment_free);
	for (guint i = 0; i < draft->files->len; i++) {
		const PipitDraftFile *file = draft->files->pdata[i];
		PipitMessageAttachment *attachment = g_new0(PipitMessageAttachment, 1);
		pipit_blob_copy(&attachment->blob, &file->blob);
		attachment->name = g_strdup(file->name);
		attachment->type = g_strdup(file->type);
		attachment->width = file->width;
		attachment->height = file->height;
		g_ptr_array_add(attachments, attachment);
	}
	return attachments;
}

char *
pipit_outbox_append_draft(PipitOutbox *outbox, const PipitDraft *draft, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) attachments = attachments_of(draft);
	PipitMessage message = {
		.type = PIPIT_MESSAGE_TEXT,
		.from = draft->from,
		.sent_at = now,
		.text = draft->text,
		.html = draft->html,
		.attachments = attachments,
	};
	if (!check_text(draft->text, draft->html, error))
		return NULL;
	return append_text(outbox, draft->peer, &message, draft->number, error);
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
