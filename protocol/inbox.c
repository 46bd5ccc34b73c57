/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From envelopes to what is in them, and what waits to be shown. The numbers in the comments are those of docs/protocol.md, "The
 * message". */
#include "protocol/inbox_private.h"

#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/limits.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"

#define UNDECIDED_BATCH 100

static void
item_free(gpointer memory)
{
	PipitInboxItem *item = memory;
	pipit_envelope_unref(item->envelope);
	pipit_device_record_unref(item->sender);
	pipit_message_free(item->message);
	g_clear_pointer(&item->replay, g_bytes_unref);
	g_clear_pointer(&item->prekey, pipit_prekey_secret_unref);
	g_free(item);
}

void
pipit_received_free(PipitReceived *received)
{
	if (received == NULL)
		return;
	g_free(received->id);
	g_free(received->peer);
	g_free(received->from);
	g_free(received->text);
	g_free(received->html);
	g_clear_pointer(&received->files, g_ptr_array_unref);
	g_free(received);
}

PipitInbox *
pipit_inbox_new(PipitStore *store, PipitDirectory *directory)
{
	PipitInbox *inbox = g_new0(PipitInbox, 1);
	inbox->store = store;
	inbox->directory = directory;
	inbox->groups = pipit_inbox_groups_new(store);
	inbox->unmarked = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	return inbox;
}

void
pipit_inbox_free(PipitInbox *inbox)
{
	if (inbox == NULL)
		return;
	g_hash_table_unref(inbox->unmarked);
	pipit_inbox_groups_free(inbox->groups);
	g_free(inbox);
}

void
pipit_inbox_set_contacts(PipitInbox *inbox, PipitIsContact is_contact, gpointer user_data)
{
	pipit_inbox_groups_set_contacts(inbox->groups, is_contact, user_data);
}

gboolean
pipit_inbox_release(PipitInbox *inbox, const char *gid, GError **error)
{
	return pipit_inbox_groups_release(inbox->groups, gid, error);
}

gboolean
pipit_inbox_take_released(PipitInbox *inbox)
{
	return pipit_inbox_groups_take_released(inbox->groups);
}

PipitInboxBatch *
pipit_inbox_batch_new(GPtrArray *envelopes)
{
	PipitInboxBatch *batch = g_new0(PipitInboxBatch, 1);
	batch->items = g_ptr_array_new_with_free_func(item_free);
	for (guint i = 0; i < envelopes->len; i++) {
		PipitInboxItem *item = g_new0(PipitInboxItem, 1);
		item->envelope = pipit_envelope_ref(envelopes->pdata[i]);
		g_ptr_array_add(batch->items, item);
	}
	return batch;
}

PipitInboxBatch *
pipit_inbox_batch_undecided(PipitInbox *inbox, gint64 after, gint64 server_now, GError **error)
{
	if (!pipit_store_forget_received(inbox->store, server_now, error))
		return NULL;
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GPtrArray) envelopes =
		pipit_store_read_undecided(inbox->store, after, UNDECIDED_BATCH, rows, error);
	if (envelopes == NULL || envelopes->len == 0)
		return NULL;
	PipitInboxBatch *batch = pipit_inbox_batch_new(envelopes);
	for (guint i = 0; i < batch->items->len; i++) {
		PipitInboxItem *item = batch->items->pdata[i];
		item->undecided_row = g_array_index(rows, gint64, i);
	}
	return batch;
}

gint64
pipit_inbox_batch_last_row(const PipitInboxBatch *batch)
{
	const PipitInboxItem *last = batch->items->pdata[batch->items->len - 1];
	return last->undecided_row;
}

void
pipit_inbox_batch_free(PipitInboxBatch *batch)
{
	if (batch == NULL)
		return;
	g_ptr_array_unref(batch->items);
	g_clear_pointer(&batch->device, pipit_device_secrets_unref);
	g_clear_pointer(&batch->prekeys, g_ptr_array_unref);
	g_free(batch);
}

/* 5: by device, under whatever token or handle it is listed: one's own signature must open nothing here. */
static gboolean
is_this_device(PipitStore *store, const PipitEnvelope *envelope, const PipitDeviceRecord *sender)
{
	const PipitDeviceSecrets *device = pipit_store_device(store);
	GBytes *push_token = pipit_store_account(store)->push_token;
	if (push_token != NULL && g_bytes_equal(push_token, envelope->push_token))
		return TRUE;
	if (pipit_store_is_this_device(store, pipit_device_public_device_key(sender->keys)))
		return TRUE;
	g_autoptr(GBytes) pair_identity = pipit_device_secrets_pair_identity(device);
	return g_bytes_equal(pair_identity, sender->pair_identity);
}

/* 1: the directory names the sending device for this handle and time. That it does not counts only if it was asked after
 * the envelope came: a relay's clock that was set back makes a device look older than an answer that could not name it. */
static void
find_sender(PipitInbox *inbox, const PipitInboxBatch *batch, PipitInboxItem *item)
{
	const PipitEnvelope *envelope = item->envelope;
	g_clear_pointer(&item->sender, pipit_device_record_unref);
	switch (pipit_directory_sender(inbox->directory, envelope->from, envelope->push_token,
				       envelope->received_at, &item->sender)) {
	case PIPIT_SENDER_LOOK_UP:
		item->state = SENDER_NOT_KNOWN;
		break;
	case PIPIT_SENDER_UNKNOWN:
		item->state = pipit_directory_was_asked_since(inbox->directory, envelope->from, batch->mark)
				      ? REFUSED
				      : SENDER_NOT_KNOWN;
		break;
	case PIPIT_SENDER_FOUND:
		item->state = is_this_device(inbox->store, envelope, item->sender) ? REFUSED : CAN_BE_OPENED;
		break;
	}
	/* What nobody keeps is not worth a question. */
	if (item->state == SENDER_NOT_KNOWN && envelope->class_ == PIPIT_CLASS_EPHEMERAL)
		item->state = REFUSED;
}

char **
pipit_inbox_prepare(PipitInbox *inbox, PipitInboxBatch *batch)
{
	g_clear_pointer(&batch->device, pipit_device_secrets_unref);
	g_clear_pointer(&batch->prekeys, g_ptr_array_unref);
	batch->device = pipit_device_secrets_ref(pipit_store_device(inbox->store));
	batch->prekeys = pipit_store_prekeys(inbox->store);
	if (!batch->prepared)
		batch->mark = pipit_directory_digests(inbox->directory);
	batch->prepared = TRUE;
	g_autoptr(GHashTable) asked = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GStrvBuilder) handles = g_strv_builder_new();
	for (guint i = 0; i < batch->items->len; i++) {
		PipitInboxItem *item = batch->items->pdata[i];
		find_sender(inbox, batch, item);
		if (item->state == SENDER_NOT_KNOWN && g_hash_table_size(asked) < PIPIT_LOOKUP_MAX_HANDLES &&
		    g_hash_table_add(asked, item->envelope->from))
			g_strv_builder_add(handles, item->envelope->from);
	}
	return g_strv_builder_end(handles);
}

static GBytes *
open_pair(const PipitInboxBatch *batch, PipitInboxItem *item)
{
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	GBytes *plaintext =
		pipit_pair_open(batch->device, item->sender->keys, item->envelope->payload, replay, NULL);
	if (plaintext != NULL)
		item->replay = g_bytes_new(replay, sizeof replay);
	return plaintext;
}

static GBytes *
open_pair_ec(const PipitInboxBatch *batch, PipitInboxItem *item)
{
	PipitPairEcOpened opened;
	GBytes *plaintext = pipit_pair_ec_open(
		batch->device, (PipitPrekeySecret *const *)batch->prekeys->pdata, batch->prekeys->len,
		item->sender->keys, item->envelope->payload, &opened, NULL);
	if (plaintext == NULL)
		return NULL;
	item->replay = g_bytes_new(opened.replay, sizeof opened.replay);
	item->counter = opened.counter;
	item->prekey = pipit_prekey_secret_ref(batch->prekeys->pdata[opened.prekey]);
	return plaintext;
}

/* The relay's word decides, but only on what the person is told: nothing came that could be opened either way. */
static gboolean
was_for_a_prekey_that_is_gone(const PipitInboxBatch *batch, const PipitEnvelope *envelope)
{
	if (envelope->suite != PIPIT_SUITE_PAIR_EC || envelope->class_ != PIPIT_CLASS_STORED)
		return FALSE;
	for (guint i = 0; i < batch->prekeys->len; i++)
		if (memcmp(pipit_prekey_secret_key(batch->prekeys->pdata[i]),
			   g_bytes_get_data(envelope->prekey, NULL), PIPIT_COMPACT_KEY_LEN) == 0)
			return FALSE;
	return TRUE;
}

static void
open_item(const PipitInboxBatch *batch, PipitInboxItem *item)
{
	gboolean is_pair = item->envelope->suite == PIPIT_SUITE_PAIR;
	g_autoptr(GBytes) plaintext = is_pair ? open_pair(batch, item) : open_pair_ec(batch, item);
	if (plaintext == NULL) {
		item->state = was_for_a_prekey_that_is_gone(batch, item->envelope) ? PREKEY_GONE : REFUSED;
		return;
	}
	item->message = pipit_message_unpack(plaintext, NULL);
	item->state = item->message != NULL ? OPENED : REFUSED;
}

void
pipit_inbox_open(gpointer memory)
{
	PipitInboxBatch *batch = memory;
	for (guint i = 0; i < batch->items->len; i++) {
		PipitInboxItem *item = batch->items->pdata[i];
		if (item->state == CAN_BE_OPENED)
			open_item(batch, item);
	}
}

GPtrArray *
pipit_inbox_unshown(PipitInbox *inbox, GError **error)
{
	GPtrArray *unshown = pipit_store_read_received(inbox->store, error);
	for (guint i = unshown != NULL ? unshown->len : 0; i-- > 0;) {
		const PipitReceived *received = unshown->pdata[i];
		if (!g_hash_table_contains(inbox->unmarked, &received->row))
			continue;
		pipit_inbox_shown(inbox, received, NULL); /* else next time */
		g_ptr_array_remove_index(unshown, i);
	}
	return unshown;
}

gboolean
pipit_inbox_shown(PipitInbox *inbox, const PipitReceived *received, GError **error)
{
	if (received->row == 0)
		return TRUE;
	if (!pipit_store_remove_received(inbox->store, received->row, error)) {
		g_hash_table_add(inbox->unmarked, g_memdup2(&received->row, sizeof received->row));
		return FALSE;
	}
	g_hash_table_remove(inbox->unmarked, &received->row);
	return TRUE;
}
