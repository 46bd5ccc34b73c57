/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contents that came later than their messages: the message was accepted, and is now decided like one that had it all. */
#include "protocol/inbox_private.h"

#include "protocol/store_inbox.h"
#include "protocol/store_private.h"

typedef struct {
	PipitAcceptance acceptance;
	const PipitWaitingContent *waiting;
	PipitMessage *outer;
	PipitMessage *content; /* or NULL */
} Completion;

/* It waits no longer, and the server is told so. */
static gboolean
end_waiting(PipitStore *store, const Completion *completion, GError **error)
{
	return pipit_store_remove_waiting(store, completion->waiting->row, error) &&
	       pipit_store_add_farewell(store, completion->outer->content->uri, FALSE, error);
}

/* @is_to_be_taken: out. There is no waiting any more: what can't be told yet is asked for. */
static gboolean
judge_content(const PipitAcceptance *acceptance, const PipitInboxItem *item, gboolean *is_to_be_taken,
	      GError **error)
{
	const PipitGroupArrival arrival = {item->message, item->envelope};
	PipitGroupVerdict verdict = PIPIT_GROUP_ACCEPT;
	if (item->message->type == PIPIT_MESSAGE_GROUP &&
	    !pipit_inbox_groups_judge(acceptance->groups, &arrival, &verdict, error))
		return FALSE;
	*is_to_be_taken = verdict == PIPIT_GROUP_ACCEPT;
	return TRUE;
}

static gboolean
take_content(PipitStore *store, gpointer user_data, GError **error)
{
	Completion *completion = user_data;
	const PipitInboxItem item = {.envelope = completion->waiting->envelope,
				     .message = completion->content};
	gboolean is_it = completion->content != NULL &&
			 pipit_message_is_content_of(completion->content, completion->outer);
	if (!end_waiting(store, completion, error) ||
	    (is_it && !judge_content(&completion->acceptance, &item, &is_it, error)) ||
	    (is_it && !pipit_inbox_accept_content(store, &completion->acceptance, &item, error)))
		return FALSE;
	return completion->acceptance.row_filled ||
	       pipit_store_drop_received(store, completion->waiting->row, error);
}

gboolean
pipit_inbox_take_content(PipitInbox *inbox, const PipitWaitingContent *waiting, PipitMessage *content,
			 GPtrArray **receipts, GError **error)
{
	g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	g_autoptr(PipitMessage) outer = pipit_message_unpack(waiting->outer, NULL);
	if (outer == NULL || outer->content == NULL)
		return pipit_store_fail_damaged(inbox->store, "inbox_content", error);
	Completion completion = {
		{.shown = shown, .row = waiting->row, .groups = inbox->groups}, waiting, outer, content};
	if (!pipit_store_transaction_lazily(inbox->store, take_content, &completion, error))
		return FALSE;
	/* What has a row is shown from there, in its place. */
	for (guint i = shown->len; i-- > 0;)
		if (((const PipitReceived *)shown->pdata[i])->row != 0)
			g_ptr_array_remove_index(shown, i);
	*receipts = g_steal_pointer(&shown);
	return TRUE;
}

static gboolean
give_content_up(PipitStore *store, gpointer user_data, GError **error)
{
	const Completion *completion = user_data;
	gint64 row = completion->waiting->row;
	if (!end_waiting(store, completion, error))
		return FALSE;
	/* Of a receipt nobody is told that it was one. */
	return completion->outer->type == PIPIT_MESSAGE_TEXT ? pipit_store_write_gone(store, row, error)
							     : pipit_store_drop_received(store, row, error);
}

gboolean
pipit_inbox_content_gone(PipitInbox *inbox, const PipitWaitingContent *waiting, GError **error)
{
	g_autoptr(PipitMessage) outer = pipit_message_unpack(waiting->outer, NULL);
	if (outer == NULL || outer->content == NULL)
		return pipit_store_fail_damaged(inbox->store, "inbox_content", error);
	Completion completion = {.waiting = waiting, .outer = outer};
	return pipit_store_transaction_lazily(inbox->store, give_content_up, &completion, error);
}
