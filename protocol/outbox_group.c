/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message for many. */
#include "protocol/outbox_group.h"

#include <string.h>

#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/peer.h"

#define NAMED_AT_MOST 10
/* What a copy takes in a request beside its payload: names, token, prekey. */
#define COPY_OVERHEAD 256
#define RECIPIENT_OVERHEAD 512
#define REQUEST_OVERHEAD 4096

typedef struct {
	char *handle;
	PipitOutboxError why;
} Unreached;

static void
unreached_free(gpointer memory)
{
	Unreached *unreached = memory;
	g_free(unreached->handle);
	g_free(unreached);
}

static gboolean
is_for_group(const PipitOutboxItem *item)
{
	return pipit_peer_gid(item->unsent->peer) != NULL;
}

gboolean
pipit_outbox_is_meant(const PipitOutboxItem *item, const PipitRecipient *recipient)
{
	if (is_for_group(item))
		return strcmp(recipient->to, item->unsent->from) != 0;
	return strcmp(recipient->to, item->unsent->peer) == 0;
}

gboolean
pipit_outbox_go_without(PipitOutboxItem *item, const char *handle, PipitOutboxError why)
{
	if (!is_for_group(item))
		return FALSE;
	if (pipit_outbox_goes_without(item, handle))
		return TRUE;
	if (item->unreached == NULL)
		item->unreached = g_ptr_array_new_with_free_func(unreached_free);
	Unreached *unreached = g_new(Unreached, 1);
	*unreached = (Unreached){g_strdup(handle), why};
	g_ptr_array_add(item->unreached, unreached);
	return TRUE;
}

gboolean
pipit_outbox_goes_without(const PipitOutboxItem *item, const char *handle)
{
	for (guint i = 0; item->unreached != NULL && i < item->unreached->len; i++)
		if (strcmp(((const Unreached *)item->unreached->pdata[i])->handle, handle) == 0)
			return TRUE;
	return FALSE;
}

const char *
pipit_outbox_item_unreached(const PipitOutboxItem *item, guint i)
{
	if (item->unreached == NULL || i >= item->unreached->len)
		return NULL;
	return ((const Unreached *)item->unreached->pdata[i])->handle;
}

static void
drop_unreached(PipitOutboxItem *item, GHashTable *left)
{
	for (guint i = item->unreached != NULL ? item->unreached->len : 0; i-- > 0;)
		if (!g_hash_table_contains(left, ((const Unreached *)item->unreached->pdata[i])->handle))
			g_ptr_array_remove_index(item->unreached, i);
	if (item->unreached != NULL && item->unreached->len == 0)
		g_clear_pointer(&item->unreached, g_ptr_array_unref);
}

gboolean
pipit_outbox_drop_removed(PipitOutbox *outbox, PipitOutboxItem *item, GError **error)
{
	if (!is_for_group(item))
		return TRUE;
	g_autoptr(GHashTable) left = pipit_store_read_unaccepted(outbox->store, item->unsent->row, error);
	if (left == NULL)
		return FALSE;
	for (guint i = item->recipients->len; i-- > 0;)
		if (!g_hash_table_contains(left, ((const PipitRecipient *)item->recipients->pdata[i])->to))
			pipit_outbox_remove_recipient(item, i);
	for (guint i = item->sealings->len; i-- > 0;)
		if (!g_hash_table_contains(left, ((const PipitSealing *)item->sealings->pdata[i])->to))
			g_ptr_array_remove_index(item->sealings, i);
	drop_unreached(item, left);
	return TRUE;
}

gboolean
pipit_outbox_take_room(PipitOutboxRoom *room, guint copies, gsize payload)
{
	PipitOutboxRoom taken = *room;
	taken.recipients++;
	taken.copies += copies;
	taken.size += RECIPIENT_OVERHEAD + copies * ((payload + 2) / 3 * 4 + COPY_OVERHEAD);
	if (room->recipients > 0 &&
	    (taken.recipients > PIPIT_SEND_MAX_RECIPIENTS || taken.copies > PIPIT_SEND_MAX_COPIES ||
	     REQUEST_OVERHEAD + taken.size > PIPIT_SEND_REQUEST_MAX))
		return FALSE;
	*room = taken;
	return TRUE;
}

GPtrArray *
pipit_outbox_batch(const PipitOutboxItem *item)
{
	GPtrArray *batch = g_ptr_array_new();
	for (guint i = 0; i < item->reach; i++) {
		PipitRecipient *recipient = item->recipients->pdata[i];
		if (!pipit_outbox_goes_without(item, recipient->to))
			g_ptr_array_add(batch, recipient);
	}
	return batch;
}

/* Returns (transfer full) those of @why, for people; NULL if there are none. */
static char *
names_of(const PipitOutboxItem *item, PipitOutboxError why)
{
	g_autoptr(GString) names = g_string_new(NULL);
	guint more = 0;
	guint named = 0;
	for (guint i = 0; i < item->unreached->len; i++) {
		const Unreached *unreached = item->unreached->pdata[i];
		if (unreached->why != why)
			continue;
		if (named++ >= NAMED_AT_MOST) {
			more++;
			continue;
		}
		g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "",
				       pipit_handle_display(unreached->handle));
	}
	if (more > 0)
		g_string_append_printf(names, _(" and %u more"), more);
	return names->len > 0 ? g_strdup(names->str) : NULL;
}

static char *
sentence_of(PipitOutboxError why, const char *names)
{
	switch (why) {
	case PIPIT_OUTBOX_ERROR_UNREACHABLE:
		return g_strdup_printf(_("Not delivered to %s: no device of theirs is known."), names);
	case PIPIT_OUTBOX_ERROR_KEYS:
		return g_strdup_printf(
			_("Not delivered to %s: a device of theirs shows keys that can't be trusted."),
			names);
	case PIPIT_OUTBOX_ERROR_INPUT:
		return g_strdup_printf(_("Not delivered to %s: it is too long."), names);
	case PIPIT_OUTBOX_ERROR_REFUSED:
		return g_strdup_printf(_("Not delivered to %s: the server does not take it for them now."),
				       names);
	}
	g_return_val_if_reached(NULL);
}

char *
pipit_outbox_unreached_sentence(const PipitOutboxItem *item, PipitOutboxError *code)
{
	static const PipitOutboxError reasons[] = {PIPIT_OUTBOX_ERROR_UNREACHABLE, PIPIT_OUTBOX_ERROR_KEYS,
						   PIPIT_OUTBOX_ERROR_INPUT, PIPIT_OUTBOX_ERROR_REFUSED};
	if (item->unreached == NULL)
		return NULL;
	g_autoptr(GString) all = g_string_new(NULL);
	*code = ((const Unreached *)item->unreached->pdata[0])->why;
	for (guint i = 0; i < G_N_ELEMENTS(reasons); i++) {
		g_autofree char *names = names_of(item, reasons[i]);
		g_autofree char *sentence = names != NULL ? sentence_of(reasons[i], names) : NULL;
		if (sentence != NULL)
			g_string_append_printf(all, "%s ", sentence);
	}
	g_string_append(all, _("The other members get it."));
	return g_string_free(g_steal_pointer(&all), FALSE);
}
