/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes to the relay, and what its answer makes of a message. */
#include "protocol/outbox_group.h"

#include <string.h>

#include "protocol/i18n.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"

/* So often in a row may the relay find our view old right after a look-up, and nobody has got it since. */
#define MAX_STALE_ANSWERS 4

void
pipit_outbox_compose(gpointer memory)
{
	PipitOutboxItem *item = memory;
	const PipitUnsent *unsent = item->unsent;
	g_autoptr(GPtrArray) batch = pipit_outbox_batch(item);
	g_clear_pointer(&item->request, g_bytes_unref);
	item->request = pipit_send_request(unsent->id, unsent->from, PIPIT_CLASS_STORED, batch);
	g_strfreev(item->asked);
	item->asked = pipit_recipients_handles(batch);
}

PipitOutboxStep
pipit_outbox_composed(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	guint before = item->recipients->len;
	if (!pipit_outbox_drop_removed(outbox, item, error))
		return pipit_outbox_later(outbox, item, now);
	if (item->recipients->len == before)
		return PIPIT_OUTBOX_POST;
	return pipit_outbox_send(outbox, item, now, error);
}

GBytes *
pipit_outbox_request(const PipitOutboxItem *item)
{
	return item->request;
}

static void
drop_copies(PipitRecipient *recipient, GPtrArray *push_tokens)
{
	for (guint i = recipient->copies->len; i-- > 0;) {
		const PipitCopy *copy = recipient->copies->pdata[i];
		for (guint j = 0; j < push_tokens->len; j++)
			if (g_bytes_equal(copy->push_token, push_tokens->pdata[j])) {
				g_ptr_array_remove_index(recipient->copies, i);
				break;
			}
	}
}

/* One's own other devices go without rather than keeping the message from the other person. */
static void
leave_own_out(PipitOutboxItem *item, const char *trouble)
{
	g_free(item->own_trouble);
	item->own_trouble = g_strdup(trouble);
}

static const char *
own_trouble_of_refusal(const char *code)
{
	if (strcmp(code, "queue-full") == 0)
		return _("Your other devices did not get a copy of what you sent: too many messages wait for "
			 "one of them. Switch it on, or remove it if it is no longer used.");
	return _("Your other devices did not get a copy of what you sent: the server did not take it.");
}

/* What the relay said, sorted. */
typedef struct {
	GStrvBuilder *settled; /* handles that need no more */
	GStrvBuilder *stale;
	const PipitSendResult *peer_refused; /* or NULL */
} Verdict;

static PipitOutboxError
error_of_refusal(const char *code)
{
	if (strcmp(code, "unreachable") == 0)
		return PIPIT_OUTBOX_ERROR_UNREACHABLE;
	if (strcmp(code, "too-large") == 0)
		return PIPIT_OUTBOX_ERROR_INPUT;
	return PIPIT_OUTBOX_ERROR_REFUSED;
}

static void
sort_result(PipitOutbox *outbox, PipitOutboxItem *item, const PipitSendResult *result, Verdict *verdict)
{
	PipitRecipient *recipient = pipit_outbox_find_recipient(item, result->to);
	/* Removed while the request was on its way: nothing more is to be done for them, whatever became of it. */
	if (recipient == NULL)
		return;
	switch (result->status) {
	case PIPIT_SEND_ACCEPTED:
		g_strv_builder_add(verdict->settled, result->to);
		break;
	case PIPIT_SEND_STALE:
		pipit_directory_outdated(outbox->directory, result->to);
		drop_copies(recipient, result->gone);
		drop_copies(recipient, result->old_prekey);
		g_strv_builder_add(verdict->stale, result->to);
		break;
	case PIPIT_SEND_REFUSED:
		if (pipit_outbox_is_meant(item, recipient)) {
			if (!pipit_outbox_go_without(item, result->to, error_of_refusal(result->code)))
				verdict->peer_refused = result;
			break;
		}
		leave_own_out(item, own_trouble_of_refusal(result->code));
		g_strv_builder_add(verdict->settled, result->to);
		break;
	}
}

static void
remove_settled(PipitOutboxItem *item, const char *const *settled)
{
	for (guint i = item->recipients->len; i-- > 0;) {
		const PipitRecipient *recipient = item->recipients->pdata[i];
		if (g_strv_contains(settled, recipient->to))
			pipit_outbox_remove_recipient(item, i);
	}
}

/* The others have it, and one of the devices of @own can't be sealed for. */
static PipitOutboxStep
go_without_own(PipitOutbox *outbox, PipitOutboxItem *item, const char *own, gint64 now, GError **error)
{
	const char *const handles[] = {own, NULL};
	gboolean is_done = FALSE;
	if (!pipit_store_write_accepted(outbox->store, item->unsent->row, handles, &is_done, error) ||
	    !is_done)
		return pipit_outbox_later(outbox, item, now);
	leave_own_out(item,
		      _("Your other devices did not get a copy of what you sent: one of them shows keys that "
			"can't be trusted. If it stays so, remove it and sign in there anew."));
	return pipit_outbox_done(outbox, item);
}

/* A relay that finds us old again and again, however fresh our look-up, wants a device that we can't seal for. */
static PipitOutboxStep
look_up_again(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error)
{
	if (++item->stale_answers <= MAX_STALE_ANSWERS)
		return PIPIT_OUTBOX_LOOK_UP;
	for (guint i = 0; item->handles[i] != NULL; i++) {
		const char *handle = item->handles[i];
		if (pipit_directory_unusable(outbox->directory, handle, now) == 0)
			continue;
		if (strcmp(handle, item->unsent->peer) == 0)
			return pipit_outbox_failed(outbox, item, PIPIT_OUTBOX_ERROR_KEYS, now, error);
		if (strcmp(handle, item->unsent->from) != 0) {
			pipit_outbox_go_without(item, handle, PIPIT_OUTBOX_ERROR_KEYS);
			return PIPIT_OUTBOX_LOOK_UP;
		}
		return go_without_own(outbox, item, handle, now, error);
	}
	return pipit_outbox_later(outbox, item, now);
}

/* What others may know of from now on. */
static gboolean
note_sent(PipitOutbox *outbox, const PipitOutboxItem *item, gint64 relay_time, GError **error)
{
	return pipit_peer_gid(item->unsent->peer) == NULL ||
	       pipit_store_group_sent(outbox->store, item->unsent->id, relay_time, error);
}

PipitOutboxStep
pipit_outbox_answered(PipitOutbox *outbox, PipitOutboxItem *item, GBytes *body, gint64 now, GError **error)
{
	gint64 relay_time = 0;
	g_autoptr(GPtrArray) results =
		pipit_send_answer_parse(body, (const char *const *)item->asked, &relay_time, NULL);
	if (results == NULL || !pipit_outbox_drop_removed(outbox, item, error))
		return pipit_outbox_later(outbox, item, now);
	g_autoptr(GStrvBuilder) settled = g_strv_builder_new();
	g_autoptr(GStrvBuilder) stale = g_strv_builder_new();
	Verdict verdict = {settled, stale, NULL};
	for (guint i = 0; i < results->len; i++)
		sort_result(outbox, item, results->pdata[i], &verdict);
	g_auto(GStrv) settled_handles = g_strv_builder_end(settled);
	gboolean is_done = FALSE;
	if (!pipit_store_write_accepted(outbox->store, item->unsent->row,
					(const char *const *)settled_handles, &is_done, error) ||
	    !note_sent(outbox, item, relay_time, error))
		return pipit_outbox_later(outbox, item, now);
	if (is_done)
		return pipit_outbox_done(outbox, item);
	if (settled_handles[0] != NULL)
		item->stale_answers = 0;
	remove_settled(item, (const char *const *)settled_handles);
	if (verdict.peer_refused != NULL)
		return pipit_outbox_failed(outbox, item, error_of_refusal(verdict.peer_refused->code), now,
					   error);
	pipit_outbox_set_handles(item, stale);
	if (item->handles[0] == NULL)
		return pipit_outbox_prepare(outbox, item, now, error);
	return look_up_again(outbox, item, now, error);
}
