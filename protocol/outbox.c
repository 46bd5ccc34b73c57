/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on their way out: which is next, and what it needs. */
#include "protocol/outbox_group.h"

#include <string.h>

#include "protocol/backoff.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/sealing.h"
#include "protocol/peer.h"
#include "protocol/store_keys.h"

/* What one conversation is waiting for. */
typedef struct {
	gboolean busy; /* a message of it is at work */
	guint attempts;
	gint64 due; /* ms, our clock */
} Conversation;

PipitOutbox *
pipit_outbox_new(PipitStore *store, PipitDirectory *directory)
{
	PipitOutbox *outbox = g_new0(PipitOutbox, 1);
	outbox->store = store;
	outbox->directory = directory;
	outbox->relay_cap = PIPIT_RELAY_CAP;
	outbox->conversations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return outbox;
}

void
pipit_outbox_free(PipitOutbox *outbox)
{
	if (outbox == NULL)
		return;
	g_hash_table_unref(outbox->conversations);
	g_free(outbox);
}

void
pipit_outbox_set_relay_cap(PipitOutbox *outbox, gsize relay_cap)
{
	outbox->relay_cap = relay_cap;
}

gboolean
pipit_outbox_resend(PipitOutbox *outbox, const char *id, GError **error)
{
	gboolean found = FALSE;
	if (!pipit_store_unfail(outbox->store, id, &found, error))
		return FALSE;
	if (!found)
		g_set_error_literal(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_INPUT,
				    _("That message is no longer there to be sent again."));
	return found;
}

gboolean
pipit_outbox_resend_failed(PipitOutbox *outbox, const char *peer, guint *count, GError **error)
{
	return pipit_store_unfail_all(outbox->store, peer, count, error);
}

/* What is quiet waits apart. */
static char *
conversation_key(const PipitUnsent *unsent)
{
	return g_strconcat(unsent->quiet ? "quiet " : "", unsent->peer, NULL);
}

static Conversation *
conversation_of(PipitOutbox *outbox, const PipitUnsent *unsent)
{
	g_autofree char *key = conversation_key(unsent);
	Conversation *conversation = g_hash_table_lookup(outbox->conversations, key);
	if (conversation == NULL) {
		conversation = g_new0(Conversation, 1);
		g_hash_table_insert(outbox->conversations, g_steal_pointer(&key), conversation);
	}
	return conversation;
}

static PipitOutboxItem *
item_new(PipitOutbox *outbox, PipitUnsent *unsent, GError **error)
{
	g_autoptr(GPtrArray) recipients = pipit_store_read_recipients(outbox->store, unsent->row, error);
	if (recipients == NULL)
		return NULL;
	PipitOutboxItem *item = g_new0(PipitOutboxItem, 1);
	item->unsent = unsent;
	item->recipients = g_steal_pointer(&recipients);
	item->sealings = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_sealing_free);
	item->handles = g_new0(char *, 1);
	item->device = pipit_device_secrets_ref(pipit_store_device(outbox->store));
	return item;
}

void
pipit_outbox_item_free(PipitOutboxItem *item)
{
	if (item == NULL)
		return;
	pipit_unsent_free(item->unsent);
	g_ptr_array_unref(item->recipients);
	g_ptr_array_unref(item->sealings);
	g_strfreev(item->handles);
	g_clear_pointer(&item->request, g_bytes_unref);
	g_strfreev(item->asked);
	pipit_device_secrets_unref(item->device);
	g_clear_pointer(&item->unreached, g_ptr_array_unref);
	g_free(item->own_trouble);
	g_free(item);
}

PipitOutboxItem *
pipit_outbox_next(PipitOutbox *outbox, gint64 now, gint64 *due, GError **error)
{
	*due = 0;
	g_autoptr(GPtrArray) heads = pipit_store_read_unsent(outbox->store, error);
	for (guint i = 0; heads != NULL && i < heads->len; i++) {
		PipitUnsent *unsent = heads->pdata[i];
		Conversation *conversation = conversation_of(outbox, unsent);
		if (conversation->busy)
			continue;
		if (conversation->due > now) {
			*due = *due == 0 ? conversation->due : MIN(*due, conversation->due);
			continue;
		}
		PipitOutboxItem *item = item_new(outbox, unsent, error);
		if (item == NULL)
			return NULL;
		g_ptr_array_steal_index(heads, i);
		conversation->busy = TRUE;
		return item;
	}
	return NULL;
}

const char *
pipit_outbox_item_id(const PipitOutboxItem *item)
{
	return item->unsent->id;
}

const char *
pipit_outbox_item_peer(const PipitOutboxItem *item)
{
	return item->unsent->peer;
}

gboolean
pipit_outbox_item_is_quiet(const PipitOutboxItem *item)
{
	return item->unsent->quiet;
}

const char *
pipit_outbox_item_own_trouble(const PipitOutboxItem *item)
{
	return item->own_trouble;
}

const char *const *
pipit_outbox_item_handles(const PipitOutboxItem *item)
{
	return (const char *const *)item->handles;
}

gint64
pipit_outbox_postpone(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, gint64 retry_after)
{
	Conversation *conversation = conversation_of(outbox, item->unsent);
	conversation->due = now + pipit_backoff(conversation->attempts, retry_after);
	conversation->attempts++;
	conversation->busy = FALSE;
	return conversation->due;
}

PipitOutboxStep
pipit_outbox_later(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now)
{
	pipit_outbox_postpone(outbox, item, now, 0);
	return PIPIT_OUTBOX_LATER;
}

void
pipit_outbox_wake(PipitOutbox *outbox)
{
	GHashTableIter iter;
	gpointer conversation;
	g_hash_table_iter_init(&iter, outbox->conversations);
	while (g_hash_table_iter_next(&iter, NULL, &conversation))
		((Conversation *)conversation)->due = 0;
}

gboolean
pipit_outbox_fail(PipitOutbox *outbox, PipitOutboxItem *item, const char *reason, GError **error)
{
	gboolean written = pipit_store_write_failed(outbox->store, item->unsent->row, reason, error);
	Conversation *conversation = conversation_of(outbox, item->unsent);
	conversation->busy = FALSE;
	if (written)
		conversation->attempts = 0;
	return written;
}

static char *
reason_of(PipitOutboxError code, const char *peer)
{
	const char *name = pipit_peer_gid(peer) != NULL ? _("the group") : pipit_handle_display(peer);
	switch (code) {
	case PIPIT_OUTBOX_ERROR_UNREACHABLE:
		return g_strdup_printf(
			_("%s can't be reached with Pipit: check the address, or invite them."), name);
	case PIPIT_OUTBOX_ERROR_KEYS:
		return g_strdup_printf(
			_("Not sent: a device of %s shows keys that can't be trusted. Try again later; if "
			  "it stays so, ask them to sign that device in anew."),
			name);
	case PIPIT_OUTBOX_ERROR_INPUT:
		return g_strdup_printf(_("The message to %s is too long. Send it in several parts."), name);
	case PIPIT_OUTBOX_ERROR_REFUSED:
		return g_strdup_printf(_("The server does not take messages for %s now. Try again later."),
				       name);
	}
	g_return_val_if_reached(NULL);
}

PipitOutboxStep
pipit_outbox_failed(PipitOutbox *outbox, PipitOutboxItem *item, PipitOutboxError code, gint64 now,
		    GError **error)
{
	g_autofree char *reason = reason_of(code, item->unsent->peer);
	if (!pipit_outbox_fail(outbox, item, reason, error))
		return pipit_outbox_later(outbox, item, now);
	g_set_error_literal(error, PIPIT_OUTBOX_ERROR, (int)code, reason);
	return PIPIT_OUTBOX_FAILED;
}

static gboolean
has_copy_for(const PipitRecipient *recipient, GBytes *push_token)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitCopy *copy = recipient->copies->pdata[i];
		if (g_bytes_equal(copy->push_token, push_token))
			return TRUE;
	}
	return FALSE;
}

static gboolean
has_device(GPtrArray *devices, GBytes *push_token)
{
	for (guint i = 0; i < devices->len; i++) {
		const PipitDeviceRecord *device = devices->pdata[i];
		if (g_bytes_equal(device->push_token, push_token))
			return TRUE;
	}
	return FALSE;
}

/* The devices that @handle's copies are for: never the one that sends. Returns NULL if @handle is to be looked up. */
static GPtrArray *
devices_to_seal_for(PipitOutbox *outbox, const char *handle, gint64 now)
{
	GPtrArray *devices = pipit_directory_devices(outbox->directory, handle, now);
	GBytes *own_token = pipit_store_account(outbox->store)->push_token;
	for (guint i = devices != NULL && own_token != NULL ? devices->len : 0; i-- > 0;) {
		const PipitDeviceRecord *device = devices->pdata[i];
		if (g_bytes_equal(device->push_token, own_token))
			g_ptr_array_remove_index(devices, i);
	}
	return devices;
}

/* Drops the copies for devices that are gone, and plans one for each that has none. */
static void
plan_copies(PipitOutboxItem *item, PipitRecipient *recipient, GPtrArray *devices)
{
	for (guint i = recipient->copies->len; i-- > 0;) {
		const PipitCopy *copy = recipient->copies->pdata[i];
		if (!has_device(devices, copy->push_token))
			g_ptr_array_remove_index(recipient->copies, i);
	}
	for (guint i = 0; i < devices->len; i++) {
		PipitDeviceRecord *device = devices->pdata[i];
		if (!has_copy_for(recipient, device->push_token))
			g_ptr_array_add(item->sealings, pipit_sealing_new(recipient->to, device));
	}
}

void
pipit_outbox_remove_recipient(PipitOutboxItem *item, guint i)
{
	g_ptr_array_remove_index(item->recipients, i);
	if (i < item->reach)
		item->reach--;
}

void
pipit_outbox_set_handles(PipitOutboxItem *item, GStrvBuilder *handles)
{
	g_strfreev(item->handles);
	item->handles = g_strv_builder_end(handles);
}

PipitOutboxStep
pipit_outbox_done(PipitOutbox *outbox, const PipitOutboxItem *item)
{
	g_autofree char *key = conversation_key(item->unsent);
	g_hash_table_remove(outbox->conversations, key);
	return PIPIT_OUTBOX_DONE;
}

/* Nobody is left to send it to: whom it does without is told. */
static PipitOutboxStep
end(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	PipitOutboxError code = PIPIT_OUTBOX_ERROR_UNREACHABLE;
	g_autofree char *sentence = pipit_outbox_unreached_sentence(item, &code);
	const char *const nobody[] = {NULL};
	gboolean is_done = FALSE;
	if (sentence == NULL)
		return pipit_store_write_accepted(outbox->store, item->unsent->row, nobody, &is_done, error)
			       ? pipit_outbox_done(outbox, item)
			       : pipit_outbox_later(outbox, item, now);
	if (!pipit_outbox_fail(outbox, item, sentence, error))
		return pipit_outbox_later(outbox, item, now);
	g_set_error_literal(error, PIPIT_OUTBOX_ERROR, (int)code, sentence);
	return PIPIT_OUTBOX_FAILED;
}

static gsize
payload_size(const PipitUnsent *unsent)
{
	return g_bytes_get_size(unsent->outer != NULL ? unsent->outer : unsent->plaintext) +
	       PIPIT_SEAL_OVERHEAD;
}

/* What is planned so far. */
typedef struct {
	PipitOutboxRoom room; /* of the next request */
	gboolean is_full;
	GStrvBuilder *unknown; /* handles that are to be looked up */
} Plan;

/* No more is sealed and kept at once than goes out at once. */
static void
plan_if_room(PipitOutboxItem *item, guint i, GPtrArray *devices, Plan *plan)
{
	plan->is_full = plan->is_full ||
			!pipit_outbox_take_room(&plan->room, devices->len, payload_size(item->unsent));
	if (plan->is_full)
		return;
	plan_copies(item, item->recipients->pdata[i], devices);
	item->reach = i + 1;
}

/* Of somebody who has no device to seal for. */
static PipitOutboxError
why_nobody(PipitOutbox *outbox, const char *handle, gint64 now)
{
	return pipit_directory_unusable(outbox->directory, handle, now) > 0 ? PIPIT_OUTBOX_ERROR_KEYS
									    : PIPIT_OUTBOX_ERROR_UNREACHABLE;
}

PipitOutboxStep
pipit_outbox_foresee(PipitOutbox *outbox, const char *peer, gint64 now, GError **error)
{
	if (pipit_peer_gid(peer) != NULL)
		return PIPIT_OUTBOX_SEAL;
	g_autoptr(GPtrArray) devices = devices_to_seal_for(outbox, peer, now);
	if (devices == NULL)
		return PIPIT_OUTBOX_LOOK_UP;
	if (devices->len > 0)
		return PIPIT_OUTBOX_SEAL;
	PipitOutboxError why = why_nobody(outbox, peer, now);
	g_autofree char *reason = reason_of(why, peer);
	g_set_error_literal(error, PIPIT_OUTBOX_ERROR, (int)why, reason);
	return PIPIT_OUTBOX_FAILED;
}

/* FALSE if the message can't go on without this recipient. @why: out: what is the matter with them. */
static gboolean
plan_recipient(PipitOutbox *outbox, PipitOutboxItem *item, guint i, gint64 now, Plan *plan,
	       PipitOutboxError *why)
{
	const PipitRecipient *recipient = item->recipients->pdata[i];
	if (pipit_outbox_goes_without(item, recipient->to))
		return TRUE;
	g_autoptr(GPtrArray) devices = devices_to_seal_for(outbox, recipient->to, now);
	if (devices == NULL) {
		g_strv_builder_add(plan->unknown, recipient->to);
		return TRUE;
	}
	if (devices->len > 0 || !pipit_outbox_is_meant(item, recipient)) {
		plan_if_room(item, i, devices, plan);
		return TRUE;
	}
	*why = why_nobody(outbox, recipient->to, now);
	return pipit_outbox_go_without(item, recipient->to, *why);
}

/* Plans the next request; whoever's devices are not known is to be looked up, whichever request they are for. */
static PipitOutboxStep
plan_next(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	g_autoptr(GStrvBuilder) unknown = g_strv_builder_new();
	Plan plan = {.unknown = unknown};
	PipitOutboxError why;
	if (!pipit_outbox_drop_removed(outbox, item, error))
		return pipit_outbox_later(outbox, item, now);
	item->reach = 0;
	g_ptr_array_set_size(item->sealings, 0);
	for (guint i = 0; i < item->recipients->len; i++)
		if (!plan_recipient(outbox, item, i, now, &plan, &why))
			return pipit_outbox_failed(outbox, item, why, now, error);
	pipit_outbox_set_handles(item, unknown);
	if (item->handles[0] != NULL)
		return PIPIT_OUTBOX_LOOK_UP;
	if (plan.room.recipients == 0)
		return end(outbox, item, now, error);
	if (pipit_outbox_needs_content(outbox, item))
		return PIPIT_OUTBOX_UPLOAD;
	return item->sealings->len > 0 ? PIPIT_OUTBOX_SEAL : PIPIT_OUTBOX_SEND;
}

PipitOutboxStep
pipit_outbox_prepare(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	PipitOutboxStep step = plan_next(outbox, item, now, error);
	if (step == PIPIT_OUTBOX_UPLOAD && !pipit_outbox_begin_content(outbox, item, error))
		return pipit_outbox_later(outbox, item, now);
	if (step == PIPIT_OUTBOX_SEAL &&
	    !pipit_sealings_take_counters(outbox->store, item->sealings, now, error))
		return pipit_outbox_later(outbox, item, now);
	return step;
}

void
pipit_outbox_seal(gpointer memory)
{
	PipitOutboxItem *item = memory;
	const PipitUnsent *unsent = item->unsent;
	pipit_sealing_run_all(item->sealings, item->device,
			      unsent->outer != NULL ? unsent->outer : unsent->plaintext);
}

PipitRecipient *
pipit_outbox_find_recipient(const PipitOutboxItem *item, const char *handle)
{
	for (guint i = 0; i < item->recipients->len; i++) {
		PipitRecipient *recipient = item->recipients->pdata[i];
		if (strcmp(recipient->to, handle) == 0)
			return recipient;
	}
	return NULL;
}

static gboolean
was_sealed(const PipitOutbox *outbox, const PipitSealing *sealing)
{
	return sealing->payload != NULL && g_bytes_get_size(sealing->payload) <= outbox->relay_cap;
}

PipitOutboxStep
pipit_outbox_sealed(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	if (!pipit_outbox_drop_removed(outbox, item, error))
		return pipit_outbox_later(outbox, item, now);
	for (guint i = 0; i < item->sealings->len; i++) {
		const PipitSealing *sealing = item->sealings->pdata[i];
		if (sealing->payload == NULL &&
		    pipit_outbox_go_without(item, sealing->to, PIPIT_OUTBOX_ERROR_KEYS))
			continue;
		if (!was_sealed(outbox, sealing))
			return pipit_outbox_failed(outbox, item, PIPIT_OUTBOX_ERROR_INPUT, now, error);
		g_ptr_array_add(pipit_outbox_find_recipient(item, sealing->to)->copies,
				pipit_sealing_copy(sealing));
	}
	g_ptr_array_set_size(item->sealings, 0);
	g_autoptr(GPtrArray) batch = pipit_outbox_batch(item);
	if (!pipit_store_write_copies(outbox->store, item->unsent->row, batch, error))
		return pipit_outbox_later(outbox, item, now);
	return pipit_outbox_send(outbox, item, now, error);
}

PipitOutboxStep
pipit_outbox_send(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	g_autoptr(GPtrArray) batch = pipit_outbox_batch(item);
	return batch->len > 0 ? PIPIT_OUTBOX_SEND : pipit_outbox_prepare(outbox, item, now, error);
}
