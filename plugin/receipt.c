/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: people want to know whether they were heard, without a line for every message that says so. */
#include "plugin/receipt.h"

#include <purple.h>

#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/day.h"
#include "plugin/room.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

#define UNTOLD "pipit-read-untold" /* setting of a buddy's node */
/* Who reads at once will answer, or is here: that needs no line. */
#define WORTH_A_LINE_MS 60000

/* What is known of the last message to somebody. */
typedef struct {
	gboolean read;
	gint64 at;   /* ms */
	guint count; /* of members, in a group */
} Told;

/* ---- what one reads ---- */

gboolean
pipit_receipt_tells(PurpleBuddy *buddy)
{
	return !purple_blist_node_get_bool(PURPLE_BLIST_NODE(buddy), UNTOLD);
}

void
pipit_receipt_set_tells(PurpleBuddy *buddy, gboolean tells)
{
	purple_blist_node_set_bool(PURPLE_BLIST_NODE(buddy), UNTOLD, !tells);
}

static gboolean
may_know(PurpleAccount *account, const char *who)
{
	PurpleBuddy *buddy = purple_find_buddy(account, who);
	return purple_account_get_bool(account, PIPIT_OPTION_READ_RECEIPTS, TRUE) &&
	       (buddy == NULL || pipit_receipt_tells(buddy));
}

/* @who: an address, a name that somebody typed, or a group. */
static void
read_all(PipitAccount *account, const char *who)
{
	g_autofree char *peer = pipit_peer_is_group(who) ? g_strdup(who) : pipit_contact_address(who);
	if (peer != NULL && account->client != NULL)
		pipit_client_read(account->client, peer, may_know(account->account, peer));
}

/* Returns (transfer none) whom or which group @conversation is with; NULL for none of ours. */
static const char *
who_of(PipitAccount *account, PurpleConversation *conversation)
{
	if (purple_conversation_get_account(conversation) != account->account)
		return NULL;
	return purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_IM
		       ? purple_conversation_get_name(conversation)
		       : pipit_room_of(account, conversation);
}

static PurpleConversation *
find_conversation(PipitAccount *account, const char *who)
{
	return pipit_peer_is_group(who) ? pipit_room_find(account, who)
					: pipit_conversation_find(account->account, who);
}

static void
on_updated(PurpleConversation *conversation, PurpleConvUpdateType type, gpointer user_data)
{
	PipitAccount *account = user_data;
	/* Clients say so when messages become unseen, and when they are seen. */
	const char *who = who_of(account, conversation);
	if (type == PURPLE_CONV_UPDATE_UNSEEN && who != NULL && purple_conversation_has_focus(conversation))
		read_all(account, who);
}

void
pipit_receipt_watch(PipitAccount *account)
{
	purple_signal_connect(purple_conversations_get_handle(), "conversation-updated", account,
			      PURPLE_CALLBACK(on_updated), account);
}

void
pipit_receipt_shown(PipitAccount *account, const char *who)
{
	PurpleConversation *conversation = find_conversation(account, who);
	/* In a window that has the focus, nothing becomes unseen, so the client says nothing. */
	if (pipit_ui_has_no_focus() || (conversation != NULL && purple_conversation_has_focus(conversation)))
		read_all(account, who);
}

void
pipit_receipt_read_elsewhere(gpointer host, const char *peer)
{
	PipitAccount *account = host;
	PurpleConversation *conversation = find_conversation(account, pipit_conversation_who(peer));
	if (conversation == NULL)
		return;
	/* What Pidgin and Finch count by. */
	purple_conversation_set_data(conversation, "unseen-count", NULL);
	purple_conversation_set_data(conversation, "unseen-state", NULL);
	purple_conversation_update(conversation, PURPLE_CONV_UPDATE_UNSEEN);
}

/* ---- what others read ---- */

static char *
time_of_day(gint64 milliseconds)
{
	g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(milliseconds / 1000);
	if (when == NULL)
		return g_strdup("?");
	return g_date_time_format(when, pipit_day_is_today(when) ? "%H:%M" : "%x %H:%M");
}

static void
remember(PipitAccount *account, const char *who, const PipitReceipt *receipt)
{
	if (account->told == NULL)
		account->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	Told *told = g_new(Told, 1);
	*told = (Told){.read = receipt->read, .at = receipt->at, .count = receipt->count};
	g_hash_table_replace(account->told, g_strdup(who), told);
}

/* In a group, one line says it of all: one for each member would push out what they write. */
static gboolean
have_all_read(PipitAccount *account, const PipitReceipt *receipt)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, receipt->peer);
	return group != NULL && receipt->count + 1 >= g_strv_length(group->members);
}

static char *
line_of(const PipitReceipt *receipt)
{
	g_autofree char *when = time_of_day(receipt->at);
	return g_strdup_printf(pipit_peer_is_group(receipt->peer) ? _("Read by all %s") : _("Read %s"), when);
}

/* A line, where one may stand by itself: the last message was read, and that took its time. */
static void
show_line(PipitAccount *account, const char *who, const PipitReceipt *receipt)
{
	PurpleConversation *conversation = find_conversation(account, who);
	if (conversation == NULL || pipit_ui_hides_system_messages() || !receipt->read ||
	    receipt->at - receipt->sent_at < WORTH_A_LINE_MS ||
	    (pipit_peer_is_group(receipt->peer) && !have_all_read(account, receipt)))
		return;
	g_autofree char *line = line_of(receipt);
	purple_conversation_write(conversation, NULL, line, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
				  time(NULL));
}

void
pipit_receipt_got(gpointer host, const PipitReceipt *receipt)
{
	PipitAccount *account = host;
	const char *who = pipit_conversation_who(receipt->peer);
	/* Of an earlier one, nobody asks any more. */
	if (!receipt->latest)
		return;
	remember(account, who, receipt);
	show_line(account, who, receipt);
}

char *
pipit_receipt_describe(PurpleAccount *purple, const char *who)
{
	const PipitAccount *account = pipit_account_of(purple_account_get_connection(purple));
	const Told *told =
		account != NULL && account->told != NULL ? g_hash_table_lookup(account->told, who) : NULL;
	if (told == NULL)
		return NULL;
	g_autofree char *when = time_of_day(told->at);
	if (pipit_peer_is_group(who))
		/* Translators: of the last message: how many members, and a time. */
		return g_strdup_printf(told->read ? _("read by %u, %s") : _("delivered to %u, %s"),
				       told->count, when);
	/* Translators: of the last message; a time follows. */
	return g_strdup_printf(told->read ? _("read %s") : _("delivered %s"), when);
}
