/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in groups. */
#include "protocol/inbox_groups.h"

#include <string.h>

#include "protocol/group_letter.h"
#include "protocol/group_pauses.h"
#include "protocol/group_update.h"
#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_receipts.h"

/* Who still writes without a change that the relay had so long ago did not get it. */
#define LAG_MS (G_GINT64_CONSTANT(10) * 60 * 1000)
#define MAX_ASKED 16    /* groups at once, into which those ask one who are no contacts */
#define MAX_WAITING 256 /* of one group */
#define MAX_ALL_WAITING 2048
#define MAX_WAITING_OF_STRANGERS 512 /* of groups that nobody here knows */

struct PipitInboxGroups {
	PipitStore *store;
	PipitIsContact is_contact; /* or NULL */
	gpointer user_data;
	PipitGroupPauses *pauses;
	guint turn;
	gboolean released;
};

PipitInboxGroups *
pipit_inbox_groups_new(PipitStore *store)
{
	PipitInboxGroups *groups = g_new0(PipitInboxGroups, 1);
	groups->store = store;
	groups->pauses = pipit_group_pauses_new();
	return groups;
}

void
pipit_inbox_groups_free(PipitInboxGroups *groups)
{
	if (groups == NULL)
		return;
	pipit_group_pauses_free(groups->pauses);
	g_free(groups);
}

void
pipit_inbox_groups_set_contacts(PipitInboxGroups *groups, PipitIsContact is_contact, gpointer user_data)
{
	groups->is_contact = is_contact;
	groups->user_data = user_data;
}

gboolean
pipit_inbox_groups_has_released(const PipitInboxGroups *groups)
{
	return groups->released;
}

gboolean
pipit_inbox_groups_take_released(PipitInboxGroups *groups)
{
	gboolean released = groups->released;
	groups->released = FALSE;
	return released;
}

static const char *const *
own_of(const PipitInboxGroups *groups)
{
	return pipit_store_own_handles(groups->store);
}

static PipitGroupHistory *
history_of(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GError **error)
{
	return pipit_store_group_history(groups->store, arrival->message->group.gid, error);
}

static PipitGroupWord
word_of(const PipitInboxGroups *groups, const PipitGroupArrival *arrival)
{
	const PipitMessage *message = arrival->message;
	return (PipitGroupWord){
		.from = message->from,
		.own = pipit_store_handle_is_own(groups->store, message->from),
		.received_at = arrival->envelope->received_at,
		.state = (const char *const *)message->group.state,
	};
}

/* ---- asking and telling ---- */

static PipitGroupLetter
letter_of(PipitInboxGroups *groups, PipitGroupHistory *history, const char *gid, const char *to)
{
	const char *own = pipit_group_own_member(history, own_of(groups));
	return (PipitGroupLetter){
		.gid = gid,
		.from = own != NULL ? own : to,
		.now = g_get_real_time() / 1000 + pipit_store_account(groups->store)->clock_offset,
	};
}

/* @handle: or NULL for nobody. */
static gboolean
ask(PipitInboxGroups *groups, const PipitGroupArrival *arrival, PipitGroupHistory *history,
    const char *handle, GError **error)
{
	const char *gid = arrival->message->group.gid;
	if (handle == NULL ||
	    !pipit_group_pauses_may_ask(groups->pauses, handle, gid, g_get_monotonic_time()))
		return TRUE;
	PipitGroupLetter letter = letter_of(groups, history, gid, arrival->envelope->to);
	return pipit_group_letter_ask(groups->store, &letter, handle, error);
}

/* Tells the sender what they lack and may know. */
static gboolean
answer(PipitInboxGroups *groups, const PipitGroupArrival *arrival, PipitGroupHistory *history,
       const char *occasion, GError **error)
{
	PipitGroupWord word = word_of(groups, arrival);
	g_autoptr(GPtrArray) changes = pipit_group_answer(history, own_of(groups), &word);
	const char *gid = arrival->message->group.gid;
	if (changes->len == 0 ||
	    !pipit_group_pauses_may_answer(groups->pauses, occasion, word.from, gid, g_get_monotonic_time()))
		return TRUE;
	PipitGroupLetter letter = letter_of(groups, history, gid, arrival->envelope->to);
	return pipit_group_letter_tell(groups->store, &letter, word.from, changes, error);
}

static gboolean
is_known(const PipitInboxGroups *groups, const char *handle)
{
	return pipit_store_handle_is_own(groups->store, handle) || groups->is_contact == NULL ||
	       groups->is_contact(groups->user_data, handle);
}

/* A stranger speaks of a group of which nothing is known here. */
static gboolean
is_out_of_the_blue(const PipitInboxGroups *groups, const PipitGroupArrival *arrival,
		   const PipitGroupHistory *history)
{
	return pipit_group_history_size(history) == 0 && !is_known(groups, arrival->message->from);
}

static gboolean
follow_up(PipitInboxGroups *groups, const PipitGroupArrival *arrival, PipitGroupHistory *history,
	  PipitGroupJudgement judgement, GError **error)
{
	/* Strangers do not learn in this way that somebody is here. */
	if (is_out_of_the_blue(groups, arrival, history))
		return TRUE;
	if (judgement.ask_sender && !ask(groups, arrival, history, arrival->message->from, error))
		return FALSE;
	if (judgement.ask_member &&
	    !ask(groups, arrival, history, pipit_group_member_to_ask(history, own_of(groups), groups->turn++),
		 error))
		return FALSE;
	return !judgement.tell_out || answer(groups, arrival, history, "out", error);
}

/* ---- judging ---- */

static gboolean
is_asked(PipitInboxGroups *groups, const char *gid, gboolean *asked, GError **error)
{
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	if (!pipit_store_read_standing(groups->store, gid, &standing, error))
		return FALSE;
	*asked = standing == (PipitGroupStanding)PIPIT_GROUP_ASKED;
	return TRUE;
}

/* What nobody would miss does not wait. */
static gboolean
may_wait(const PipitMessage *message)
{
	return message->type == PIPIT_MESSAGE_TEXT || message->type == PIPIT_MESSAGE_GROUP;
}

/* Whether it puts in one of one's own, and that is by a stranger, or through one. */
static gboolean
is_strange(const PipitInboxGroups *groups, const PipitMessage *message, const PipitGroupChange *change)
{
	const char *const *own = own_of(groups);
	if (is_known(groups, message->from) && is_known(groups, change->author))
		return FALSE;
	for (guint i = 0; own[i] != NULL; i++)
		if (pipit_group_change_adds(change, own[i]))
			return TRUE;
	return FALSE;
}

/* The person would be asked. */
static gboolean
is_invitation(const PipitInboxGroups *groups, const PipitMessage *message)
{
	const GPtrArray *changes = message->group.changes;
	if (message->type != PIPIT_MESSAGE_GROUP || pipit_store_handle_is_own(groups->store, message->from))
		return FALSE;
	for (guint i = 0; changes != NULL && i < changes->len; i++)
		if (is_strange(groups, message, changes->pdata[i]))
			return TRUE;
	return FALSE;
}

/* Strangers may ask one into a few groups; into more, nothing is heard of it before there was an answer to some. */
static gboolean
is_one_too_many(PipitInboxGroups *groups, const PipitMessage *message, gboolean *too_many, GError **error)
{
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	guint asked = 0;
	*too_many = FALSE;
	if (!is_invitation(groups, message))
		return TRUE;
	if (!pipit_store_read_standing(groups->store, message->group.gid, &standing, error) ||
	    !pipit_store_count_asked(groups->store, &asked, error))
		return FALSE;
	*too_many = standing != (PipitGroupStanding)PIPIT_GROUP_IN &&
		    standing != (PipitGroupStanding)PIPIT_GROUP_ASKED && asked >= MAX_ASKED;
	return TRUE;
}

/* Heads that are known have one version. */
static gboolean
is_consistent(PipitGroupHistory *history, const PipitMessageGroup *group)
{
	const char *const *state = (const char *const *)group->state;
	return !pipit_group_history_knows(history, state) ||
	       pipit_group_history_version_of(history, state) == group->version;
}

gboolean
pipit_inbox_groups_judge(PipitInboxGroups *groups, const PipitGroupArrival *arrival,
			 PipitGroupVerdict *verdict, GError **error)
{
	const PipitMessage *message = arrival->message;
	PipitGroupHistory *history = history_of(groups, arrival, error);
	gboolean asked = FALSE;
	*verdict = PIPIT_GROUP_REFUSE;
	gboolean too_many = FALSE;
	if (history == NULL || !is_asked(groups, message->group.gid, &asked, error) ||
	    !is_one_too_many(groups, message, &too_many, error))
		return FALSE;
	if (too_many || !is_consistent(history, &message->group))
		return TRUE;
	/* Whether it is answered, and how, is found out when it is taken. */
	if (message->type == PIPIT_MESSAGE_GROUP_ASK) {
		*verdict = PIPIT_GROUP_ACCEPT;
		return TRUE;
	}
	PipitGroupWord word = word_of(groups, arrival);
	PipitGroupJudgement judgement =
		message->type == PIPIT_MESSAGE_GROUP
			? pipit_group_judge_changes(history, own_of(groups), &word, message->group.changes)
			: pipit_group_judge(history, own_of(groups), &word);
	*verdict = judgement.verdict == PIPIT_GROUP_WAIT && !may_wait(message) ? PIPIT_GROUP_REFUSE
									       : judgement.verdict;
	if (asked && arrival->envelope->class_ == PIPIT_CLASS_EPHEMERAL)
		*verdict = PIPIT_GROUP_REFUSE;
	/* Nobody is to see from outside that one was asked, and ephemera are not worth a question. */
	if (asked || arrival->envelope->class_ == PIPIT_CLASS_EPHEMERAL)
		return TRUE;
	return follow_up(groups, arrival, history, judgement, error);
}

gboolean
pipit_inbox_groups_may_wait(PipitInboxGroups *groups, const PipitGroupArrival *arrival, gboolean *may,
			    GError **error)
{
	guint count = 0;
	guint all = 0;
	PipitGroupHistory *history = history_of(groups, arrival, error);
	if (history == NULL)
		return FALSE;
	guint limit =
		is_out_of_the_blue(groups, arrival, history) ? MAX_WAITING_OF_STRANGERS : MAX_ALL_WAITING;
	if (!pipit_store_count_waiting(groups->store, arrival->message->group.gid, &count, &all, error))
		return FALSE;
	*may = count < MAX_WAITING && all < limit;
	return TRUE;
}

/* Returns (transfer none) a change that is not known and that it speaks of; NULL: there is none. */
static const char *
lacking_in(const PipitGroupHistory *history, const PipitMessage *message)
{
	const PipitMessageGroup *group = &message->group;
	return message->type == PIPIT_MESSAGE_GROUP
		       ? pipit_group_lacking_for(history, group->changes)
		       : pipit_group_history_lacks(history, (const char *const *)group->state);
}

gboolean
pipit_inbox_groups_wait(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GBytes *payload_hash,
			GError **error)
{
	PipitGroupHistory *history = history_of(groups, arrival, error);
	const PipitMessage *message = arrival->message;
	const char *lacks = history != NULL ? lacking_in(history, message) : NULL;
	return history != NULL &&
	       pipit_store_wait_for_group(groups->store, payload_hash, message->group.gid, message->from,
					  lacks != NULL ? lacks : "", error);
}

/* ---- taking ---- */

gboolean
pipit_inbox_groups_release(PipitInboxGroups *groups, const char *gid, GError **error)
{
	PipitGroupHistory *history = pipit_store_group_history(groups->store, gid, error);
	gboolean any = FALSE;
	if (history == NULL ||
	    !pipit_store_release_for_group(
		    groups->store, gid, pipit_group_own_member(history, own_of(groups)) != NULL, &any, error))
		return FALSE;
	groups->released = groups->released || any;
	return TRUE;
}

/* What oneself changed meanwhile: who added somebody did not know it, and so they do not either. */
static GPtrArray *
own_changes_beside(PipitInboxGroups *groups, PipitGroupHistory *history, const PipitGroupChange *addition)
{
	const char *const heads[] = {addition->hash, NULL};
	GPtrArray *changes = pipit_group_history_since(history, heads);
	for (guint i = changes->len; i-- > 0;)
		if (!pipit_store_handle_is_own(groups->store,
					       ((const PipitGroupChange *)changes->pdata[i])->author))
			g_ptr_array_remove_index(changes, i);
	return changes;
}

static gboolean
tell_newcomer(PipitInboxGroups *groups, const PipitGroupArrival *arrival, PipitGroupHistory *history,
	      const char *newcomer, GError **error)
{
	if (pipit_store_handle_is_own(groups->store, newcomer) ||
	    !pipit_group_history_is_member(history, newcomer))
		return TRUE;
	g_autoptr(GPtrArray) changes =
		own_changes_beside(groups, history, pipit_group_history_reason(history, newcomer));
	PipitGroupLetter letter =
		letter_of(groups, history, arrival->message->group.gid, arrival->envelope->to);
	return pipit_group_letter_tell(groups->store, &letter, newcomer, changes, error);
}

static gboolean
tell_newcomers(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GHashTable *newcomers,
	       GError **error)
{
	PipitGroupHistory *history = history_of(groups, arrival, error);
	GHashTableIter iter;
	gpointer newcomer;
	if (history == NULL)
		return FALSE;
	if (pipit_group_own_member(history, own_of(groups)) == NULL)
		return TRUE;
	g_hash_table_iter_init(&iter, newcomers);
	while (g_hash_table_iter_next(&iter, &newcomer, NULL))
		if (!tell_newcomer(groups, arrival, history, newcomer, error))
			return FALSE;
	return TRUE;
}

static gboolean
take_changes(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GPtrArray *shown, GError **error)
{
	const PipitMessage *message = arrival->message;
	const PipitMessageGroup *group = &message->group;
	g_autoptr(GHashTable) newcomers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	PipitGroupUpdate update = {
		.gid = group->gid,
		.from = message->from,
		.at = arrival->envelope->received_at,
		.known_at = arrival->envelope->received_at,
		.own = pipit_store_handle_is_own(groups->store, message->from),
		.is_contact = groups->is_contact,
		.user_data = groups->user_data,
		.told = shown,
		.newcomers = newcomers,
	};
	if (!pipit_group_update(groups->store, &update, group->changes, group->picture, error) ||
	    (update.advanced && !pipit_inbox_groups_release(groups, group->gid, error)))
		return FALSE;
	return tell_newcomers(groups, arrival, newcomers, error);
}

/* Who asks knows something, or nothing at all, that may be news in turn. */
static gboolean
take_question(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GError **error)
{
	const PipitMessage *message = arrival->message;
	gboolean asked = FALSE;
	PipitGroupHistory *history = history_of(groups, arrival, error);
	if (history == NULL || !is_asked(groups, message->group.gid, &asked, error))
		return FALSE;
	g_autofree char *occasion = g_strjoinv(",", message->group.state);
	if (asked)
		return TRUE;
	if (!answer(groups, arrival, history, occasion, error))
		return FALSE;
	gboolean believed = pipit_store_handle_is_own(groups->store, message->from) ||
			    pipit_group_history_is_member(history, message->from);
	if (!believed || pipit_group_own_member(history, own_of(groups)) == NULL ||
	    pipit_group_history_knows(history, (const char *const *)message->group.state))
		return TRUE;
	return ask(groups, arrival, history, message->from, error);
}

static PipitReceived *
received_receipt(const PipitInboxGroups *groups, const PipitGroupArrival *arrival)
{
	const PipitMessage *message = arrival->message;
	PipitReceived *received = g_new0(PipitReceived, 1);
	received->type = message->type;
	received->own = pipit_store_handle_is_own(groups->store, message->from);
	received->peer = pipit_peer_of_group(message->group.gid);
	received->from = g_strdup(message->from);
	received->sent_at = pipit_message_shown_time(message, arrival->envelope->received_at);
	received->received_at = arrival->envelope->received_at;
	return received;
}

static gboolean
take_own_receipt(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GPtrArray *shown, GError **error)
{
	g_autoptr(PipitReceived) received = received_receipt(groups, arrival);
	gboolean all_read = FALSE;
	if (!pipit_store_read_elsewhere(groups->store, received->peer,
					(const char *const *)arrival->message->ids, &all_read, error))
		return FALSE;
	if (all_read)
		g_ptr_array_add(shown, g_steal_pointer(&received));
	return TRUE;
}

static gboolean
take_receipt(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GPtrArray *shown, GError **error)
{
	g_autoptr(PipitReceived) received = received_receipt(groups, arrival);
	if (received->own)
		return take_own_receipt(groups, arrival, shown, error);
	if (!pipit_store_take_member_receipt(groups->store, received,
					     (const char *const *)arrival->message->ids, error))
		return FALSE;
	if (received->id != NULL)
		g_ptr_array_add(shown, g_steal_pointer(&received));
	return TRUE;
}

gboolean
pipit_inbox_groups_take(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GPtrArray *shown,
			GError **error)
{
	switch (arrival->message->type) {
	case PIPIT_MESSAGE_GROUP:
		return take_changes(groups, arrival, shown, error);
	case PIPIT_MESSAGE_GROUP_ASK:
		return take_question(groups, arrival, error);
	case PIPIT_MESSAGE_DELIVERED:
	case PIPIT_MESSAGE_READ:
		return take_receipt(groups, arrival, shown, error);
	case PIPIT_MESSAGE_TEXT:
	case PIPIT_MESSAGE_TYPING:
	case PIPIT_MESSAGE_DEVICE:
		break;
	}
	return TRUE;
}

static gboolean
help_behind(PipitInboxGroups *groups, const PipitGroupArrival *arrival, PipitGroupHistory *history,
	    GError **error)
{
	const char *const *state = (const char *const *)arrival->message->group.state;
	gint64 since = pipit_group_history_lacking_since(history, state);
	/* So many may not be all that they have. */
	if (g_strv_length(arrival->message->group.state) >= PIPIT_GROUP_MAX_HEADS)
		return TRUE;
	if (since == 0 || since > arrival->message->sent_at - LAG_MS ||
	    !pipit_group_history_knows(history, state))
		return TRUE;
	return answer(groups, arrival, history, "behind", error);
}

gboolean
pipit_inbox_groups_note_received(PipitInboxGroups *groups, const PipitGroupArrival *arrival,
				 const PipitReceived *received, GError **error)
{
	PipitStore *store = groups->store;
	PipitGroupHistory *history = history_of(groups, arrival, error);
	gboolean asked = FALSE;
	if (history == NULL || !is_asked(groups, arrival->message->group.gid, &asked, error))
		return FALSE;
	if (received->own)
		return pipit_store_note_sent(store, received->id, received->peer, received->sent_at, error);
	guint members = g_strv_length((char **)pipit_group_history_members(history));
	const PipitUnread unread = {
		.id = received->id,
		.peer = received->peer,
		.author = received->from,
		.own = arrival->envelope->to,
		.received_at = received->received_at,
		.delivered = !asked && members <= PIPIT_GROUP_SMALL,
	};
	return pipit_store_note_unread(store, &unread, error) &&
	       (asked || help_behind(groups, arrival, history, error));
}

static gboolean
tell_all(PipitInboxGroups *groups, const char *gid, const char *own, GError **error)
{
	const char *const nothing[] = {NULL};
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	PipitGroupHistory *history = pipit_store_group_history(groups->store, gid, error);
	if (history == NULL || !pipit_store_read_standing(groups->store, gid, &standing, error))
		return FALSE;
	if (standing != (PipitGroupStanding)PIPIT_GROUP_IN)
		return TRUE;
	g_autoptr(GPtrArray) changes = pipit_group_history_since(history, nothing);
	PipitGroupLetter letter = letter_of(groups, history, gid, own);
	return pipit_group_letter_tell(groups->store, &letter, own, changes, error);
}

gboolean
pipit_inbox_groups_welcome(PipitInboxGroups *groups, const PipitEnvelope *envelope, GError **error)
{
	g_autoptr(GPtrArray) gids = pipit_store_read_gids(groups->store, error);
	for (guint i = 0; gids != NULL && i < gids->len; i++)
		if (!tell_all(groups, gids->pdata[i], envelope->to, error))
			return FALSE;
	return gids != NULL;
}

/* ---- what waits for an answer to ASKED ---- */

static gboolean
is_hidden(PipitInboxGroups *groups, const PipitReceived *received, gboolean *hidden, GError **error)
{
	const char *gid = pipit_peer_gid(received->peer);
	*hidden = FALSE;
	if (gid == NULL || received->row == 0 || received->asks)
		return TRUE;
	return is_asked(groups, gid, hidden, error);
}

gboolean
pipit_inbox_groups_hide(PipitInboxGroups *groups, GPtrArray *shown, GError **error)
{
	g_autoptr(GHashTable) later = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	for (guint i = shown->len; i-- > 0;) {
		const PipitReceived *received = shown->pdata[i];
		gboolean hidden = FALSE;
		if (!is_hidden(groups, received, &hidden, error))
			return FALSE;
		if (!hidden && received->row != 0)
			hidden = !g_hash_table_add(later, g_memdup2(&received->row, sizeof received->row));
		if (hidden)
			g_ptr_array_remove_index(shown, i);
	}
	return TRUE;
}
