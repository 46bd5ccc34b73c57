/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which opened envelope becomes a message that is shown. The numbers in the comments are those of docs/protocol.md, "The
 * message". */
#include "protocol/inbox_private.h"

#include <nettle/sha2.h>
#include <string.h>

#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "protocol/store_receipts.h"

/* 1 to 4; 5 was refused before it was opened. */
static gboolean
context_fits(PipitStore *store, const PipitInboxItem *item)
{
	const PipitEnvelope *envelope = item->envelope;
	const PipitMessage *message = item->message;
	gboolean is_own_copy = pipit_store_handle_is_own(store, message->from);
	return strcmp(message->from, envelope->from) == 0 && strcmp(message->id, envelope->id) == 0 &&
	       pipit_store_handle_is_own(store, envelope->to) &&
	       (is_own_copy || pipit_message_is_to(message, envelope->to)) &&
	       envelope->class_ == pipit_message_class(message->type);
}

/* 6 */
static gboolean
remember_use(PipitStore *store, const PipitInboxItem *item, gboolean *fresh, GError **error)
{
	if (item->prekey == NULL)
		return pipit_store_remember_block(store, item->replay, fresh, error);
	const guint8 *prekey = pipit_prekey_secret_key(item->prekey);
	const guint8 *sender = pipit_device_public_device_key(item->sender->keys);
	if (!pipit_store_remember_ephemeral(store, item->replay, prekey, fresh, error))
		return FALSE;
	return !*fresh || pipit_store_remember_counter(store, prekey, sender, item->counter, fresh, error);
}

static char *
conversation_of(const PipitMessage *message, gboolean own)
{
	if (message->group.gid != NULL)
		return pipit_peer_of_group(message->group.gid);
	return g_strdup(own ? message->to[0] : message->from);
}

static PipitReceived *
received_of_message(PipitStore *store, const PipitInboxItem *item)
{
	const PipitMessage *message = item->message;
	PipitReceived *received = g_new0(PipitReceived, 1);
	received->type = message->type;
	received->typing = message->typing;
	received->id = g_strdup(message->id);
	received->own = pipit_store_handle_is_own(store, message->from);
	received->peer = conversation_of(message, received->own);
	received->from = g_strdup(message->from);
	received->text = g_strdup(message->text);
	received->html = g_strdup(message->html);
	received->sent_at = pipit_message_shown_time(message, item->envelope->received_at);
	received->received_at = item->envelope->received_at;
	return received;
}

static PipitReceived *
received_unreadable(PipitStore *store, const PipitEnvelope *envelope)
{
	PipitReceived *received = g_new0(PipitReceived, 1);
	received->id = g_strdup(envelope->id);
	received->peer = g_strdup(envelope->from);
	received->from = g_strdup(envelope->from);
	received->own = pipit_store_handle_is_own(store, envelope->from);
	received->sent_at = envelope->received_at;
	received->received_at = envelope->received_at;
	return received;
}

static void
hash_payload(const PipitEnvelope *envelope, guint8 hash[static PIPIT_HASH_LEN])
{
	gsize size = 0;
	const uint8_t *payload = g_bytes_get_data(envelope->payload, &size);
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, size, payload);
	sha256_digest(&context, PIPIT_HASH_LEN, hash);
}

static PipitGroupArrival
arrival_of(const PipitInboxItem *item)
{
	return (PipitGroupArrival){item->message, item->envelope};
}

static gboolean
add_received(PipitStore *store, PipitAcceptance *acceptance, PipitReceived *received, GError **error)
{
	g_ptr_array_add(acceptance->shown, received);
	if (acceptance->row == 0)
		return pipit_store_add_received(store, received, error);
	received->row = acceptance->row;
	acceptance->row_filled = TRUE;
	return pipit_store_fill_received(store, received, error);
}

static gboolean
add_files(PipitStore *store, PipitReceived *received, GPtrArray *attachments, GError **error)
{
	if (attachments == NULL)
		return TRUE;
	if (!pipit_store_add_attachments(store, received->row, received->peer, received->received_at,
					 attachments, error))
		return FALSE;
	received->files = pipit_store_read_message_files(store, received->row, error);
	return received->files != NULL;
}

static gboolean
accept_text(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item, GError **error)
{
	const PipitEnvelope *envelope = item->envelope;
	PipitReceived *received = received_of_message(store, item);
	if (!add_received(store, acceptance, received, error) ||
	    !add_files(store, received, item->message->attachments, error))
		return FALSE;
	PipitGroupArrival arrival = arrival_of(item);
	if (item->message->group.gid != NULL)
		return pipit_inbox_groups_note_received(acceptance->groups, &arrival, received, error);
	if (received->own)
		return pipit_store_note_sent(store, received->id, received->peer, received->sent_at, error);
	return pipit_store_note_received(store, received->id, received->peer, envelope->to,
					 envelope->received_at, error);
}

/* Nothing is shown of a receipt that says nothing new, or is about what was not sent to that person. */
static gboolean
accept_receipt(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item, GError **error)
{
	const PipitMessage *message = item->message;
	g_auto(PipitReceiptEffect) effect = {0};
	if (!pipit_store_take_receipt(store, message->type, message->from, (const char *const *)message->ids,
				      &effect, error))
		return FALSE;
	if (effect.id == NULL)
		return TRUE;
	PipitReceived *received = received_of_message(store, item);
	g_ptr_array_add(acceptance->shown, received);
	g_free(received->id);
	received->id = g_steal_pointer(&effect.id);
	received->written_at = effect.sent_at;
	received->latest = effect.latest;
	return TRUE;
}

static gboolean
accept_read_elsewhere(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item,
		      GError **error)
{
	const PipitMessage *message = item->message;
	gboolean all_read = FALSE;
	if (!pipit_store_read_elsewhere(store, message->to[0], (const char *const *)message->ids, &all_read,
					error))
		return FALSE;
	if (all_read)
		g_ptr_array_add(acceptance->shown, received_of_message(store, item));
	return TRUE;
}

gboolean
pipit_inbox_accept_content(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item,
			   GError **error)
{
	PipitGroupArrival arrival = arrival_of(item);
	if (item->message->group.gid != NULL && item->message->type != PIPIT_MESSAGE_TEXT)
		return pipit_inbox_groups_take(acceptance->groups, &arrival, acceptance->shown, error);
	switch (item->message->type) {
	case PIPIT_MESSAGE_TEXT:
		return accept_text(store, acceptance, item, error);
	case PIPIT_MESSAGE_READ:
		if (pipit_store_handle_is_own(store, item->message->from))
			return accept_read_elsewhere(store, acceptance, item, error);
		return accept_receipt(store, acceptance, item, error);
	case PIPIT_MESSAGE_DELIVERED:
		return accept_receipt(store, acceptance, item, error);
	case PIPIT_MESSAGE_DEVICE:
		if (!pipit_store_handle_is_own(store, item->message->from))
			break;
		return pipit_inbox_groups_welcome(acceptance->groups, item->envelope, error);
	case PIPIT_MESSAGE_TYPING:
	case PIPIT_MESSAGE_GROUP:
	case PIPIT_MESSAGE_GROUP_ASK:
		break;
	}
	return TRUE;
}

/* The rest is fetched later: until now nothing outside shows that it came. */
static gboolean
accept_waiting(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item, GError **error)
{
	PipitReceived *received = received_of_message(store, item);
	g_autoptr(GBytes) outer = pipit_message_pack(item->message);
	received->waits = TRUE;
	return add_received(store, acceptance, received, error) &&
	       pipit_store_add_waiting(store, received->row, item->envelope, outer, error);
}

/* Nothing of it is kept, so the relay could repeat it; but only within its minute. */
static void
accept_ephemeral(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item)
{
	gint64 age = item->envelope->received_at - item->message->sent_at;
	if (ABS(age) <= PIPIT_EPHEMERAL_LIFE_MS)
		g_ptr_array_add(acceptance->shown, received_of_message(store, item));
}

static gboolean
accept_undecided(PipitStore *store, const PipitInboxItem *item, GError **error)
{
	if (item->undecided_row != 0 || item->envelope->class_ != PIPIT_CLASS_STORED)
		return TRUE;
	guint8 hash[PIPIT_HASH_LEN];
	hash_payload(item->envelope, hash);
	g_autoptr(GBytes) payload_hash = g_bytes_new(hash, sizeof hash);
	return pipit_store_add_undecided(store, payload_hash, item->envelope, error);
}

/* Keeps it as it came. */
static gboolean
put_off(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item, GError **error)
{
	PipitGroupArrival arrival = arrival_of(item);
	gboolean may = FALSE;
	if (!pipit_inbox_groups_may_wait(acceptance->groups, &arrival, &may, error))
		return FALSE;
	guint8 hash[PIPIT_HASH_LEN];
	hash_payload(item->envelope, hash);
	g_autoptr(GBytes) payload_hash = g_bytes_new(hash, sizeof hash);
	acceptance->put_off = may;
	return !may || (accept_undecided(store, item, error) &&
			pipit_inbox_groups_wait(acceptance->groups, &arrival, payload_hash, error));
}

/* Changes that lie at the server are judged once they are here. */
static gboolean
comes_later(const PipitMessage *message)
{
	return message->type == PIPIT_MESSAGE_GROUP && message->content != NULL;
}

static gboolean
accept_opened(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item, GError **error)
{
	gboolean fresh = FALSE;
	PipitGroupArrival arrival = arrival_of(item);
	PipitGroupVerdict verdict = PIPIT_GROUP_ACCEPT;
	if (!context_fits(store, item))
		return TRUE;
	if (item->message->group.gid != NULL && !comes_later(item->message) &&
	    !pipit_inbox_groups_judge(acceptance->groups, &arrival, &verdict, error))
		return FALSE;
	if (verdict == PIPIT_GROUP_WAIT)
		return put_off(store, acceptance, item, error);
	if (verdict == PIPIT_GROUP_REFUSE)
		return TRUE;
	if (item->envelope->class_ == PIPIT_CLASS_EPHEMERAL) {
		accept_ephemeral(store, acceptance, item);
		return TRUE;
	}
	if (!remember_use(store, item, &fresh, error))
		return FALSE;
	if (!fresh)
		return TRUE;
	if (!pipit_store_remember_id(store, pipit_device_public_device_key(item->sender->keys),
				     item->message->id, item->envelope->received_at, &fresh, error))
		return FALSE;
	if (!fresh)
		return TRUE;
	return item->message->content != NULL ? accept_waiting(store, acceptance, item, error)
					      : pipit_inbox_accept_content(store, acceptance, item, error);
}

/* Its id is not remembered under the sender's key: nobody has shown to be the sender, and the id may come again. */
static gboolean
accept_unreadable(PipitStore *store, PipitAcceptance *acceptance, const PipitEnvelope *envelope,
		  GError **error)
{
	guint8 hash[PIPIT_HASH_LEN];
	hash_payload(envelope, hash);
	gboolean fresh = FALSE;
	if (!pipit_store_remember_id(store, hash, envelope->id, envelope->received_at, &fresh, error))
		return FALSE;
	return !fresh || add_received(store, acceptance, received_unreadable(store, envelope), error);
}

static gboolean
accept_item(PipitStore *store, PipitAcceptance *acceptance, const PipitInboxItem *item, GError **error)
{
	switch (item->state) {
	case OPENED:
		return accept_opened(store, acceptance, item, error);
	case PREKEY_GONE:
		return accept_unreadable(store, acceptance, item->envelope, error);
	case SENDER_NOT_KNOWN:
	case CAN_BE_OPENED: /* and nobody did */
		return accept_undecided(store, item, error);
	case REFUSED:
		return TRUE;
	}
	g_return_val_if_reached(FALSE);
}

static gboolean
is_decided(const PipitInboxItem *item)
{
	return item->state != SENDER_NOT_KNOWN && item->state != CAN_BE_OPENED;
}

/* What somebody sent is shown in the order of sending: nothing of it before what came earlier and is undecided. */
static void
wait_for_earlier(const PipitAcceptance *acceptance, PipitInboxItem *item)
{
	char *sender = item->envelope->from;
	if (item->envelope->class_ != PIPIT_CLASS_STORED || item->state == REFUSED)
		return;
	if (g_hash_table_contains(acceptance->waiting, sender))
		item->state = SENDER_NOT_KNOWN;
	else if (!is_decided(item))
		g_hash_table_add(acceptance->waiting, g_strdup(sender));
}

/* Those that came before the batch and are undecided are in the rows below this one. */
static gint64
first_row(const PipitInboxBatch *batch)
{
	const PipitInboxItem *first = batch->items->len > 0 ? batch->items->pdata[0] : NULL;
	return first != NULL && first->undecided_row != 0 ? first->undecided_row : G_MAXINT64;
}

/* What waited for these changes was sent before what is still in the batch. */
static gboolean
wait_for_released(PipitStore *store, const PipitAcceptance *acceptance, const PipitInboxItem *item,
		  GError **error)
{
	if (item->state != OPENED || item->message->type != PIPIT_MESSAGE_GROUP ||
	    !pipit_inbox_groups_has_released(acceptance->groups))
		return TRUE;
	return pipit_store_read_undecided_senders(store, G_MAXINT64, acceptance->waiting, error);
}

static gboolean
accept_batch(PipitStore *store, gpointer user_data, GError **error)
{
	PipitAcceptance *acceptance = user_data;
	if (!pipit_store_read_undecided_senders(store, first_row(acceptance->batch), acceptance->waiting,
						error))
		return FALSE;
	for (guint i = 0; i < acceptance->batch->items->len; i++) {
		PipitInboxItem *item = acceptance->batch->items->pdata[i];
		acceptance->put_off = FALSE;
		wait_for_earlier(acceptance, item);
		if (!accept_item(store, acceptance, item, error))
			return FALSE;
		if (item->undecided_row != 0 && is_decided(item) && !acceptance->put_off &&
		    !pipit_store_remove_undecided(store, item->undecided_row, error))
			return FALSE;
		if (!wait_for_released(store, acceptance, item, error))
			return FALSE;
	}
	return pipit_inbox_groups_hide(acceptance->groups, acceptance->shown, error);
}

GPtrArray *
pipit_inbox_accept(PipitInbox *inbox, PipitInboxBatch *batch, GError **error)
{
	g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	g_autoptr(GHashTable) waiting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	PipitAcceptance acceptance = {
		.batch = batch, .shown = shown, .waiting = waiting, .groups = inbox->groups};
	if (!pipit_store_transaction_lazily(inbox->store, accept_batch, &acceptance, error))
		return NULL;
	return g_steal_pointer(&shown);
}
