/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple keeps conversations by address, while people open them by name, and clients differ in which lines
 * they show. */
#include "plugin/conversation.h"

#include <purple.h>

#include "plugin/buddy.h"
#include "plugin/contact.h"
#include "plugin/html.h"
#include "plugin/room.h"
#include "plugin/ui.h"
#include "protocol/handle.h"

PurpleConversation *
pipit_conversation_find(PurpleAccount *account, const char *who)
{
	return purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, account);
}

PurpleConversation *
pipit_conversation_with(PurpleAccount *account, const char *who)
{
	PurpleConversation *conversation = pipit_conversation_find(account, who);
	return conversation != NULL ? conversation
				    : purple_conversation_new(PURPLE_CONV_TYPE_IM, account, who);
}

#define WRITTEN "pipit-written"

void
pipit_conversation_written(PurpleAccount *account, const char *who)
{
	PurpleConversation *conversation = pipit_conversation_find(account, who);
	if (conversation != NULL)
		purple_conversation_set_data(conversation, WRITTEN, GINT_TO_POINTER(TRUE));
}

gboolean
pipit_conversation_is_known(PurpleAccount *account, const char *who)
{
	PurpleConversation *conversation = pipit_conversation_find(account, who);
	return purple_find_buddy(account, who) != NULL ||
	       (conversation != NULL && purple_conversation_get_data(conversation, WRITTEN) != NULL);
}

static void
show(PurpleAccount *account, const char *who, const char *text, PurpleMessageFlags flags)
{
	if (pipit_peer_is_group(who)) {
		pipit_room_say(pipit_account_of(purple_account_get_connection(account)), who, text, flags);
		return;
	}
	PurpleConversation *conversation = pipit_conversation_with(account, who);
	/* bitlbee drops purple_conversation_write() but shows this, as if @who had said it: the stars tell it apart. */
	g_autofree char *marked =
		g_strdup_printf("%s%s", pipit_ui_hides_system_messages() ? "*** " : "", text);
	g_autofree char *html = pipit_html_from_text(marked);
	purple_conv_im_write(purple_conversation_get_im_data(conversation), who, html, flags, time(NULL));
}

void
pipit_conversation_show_error(PurpleAccount *account, const char *who, const char *text)
{
	show(account, who, text, PURPLE_MESSAGE_ERROR);
}

void
pipit_conversation_show_notice(PurpleAccount *account, const char *who, const char *text)
{
	show(account, who, text, PURPLE_MESSAGE_SYSTEM);
}

void
pipit_conversation_show_sent(PipitAccount *account, const char *who, const char *text)
{
	g_autofree char *html = pipit_html_from_text(text);
	PurpleConversation *conversation = pipit_peer_is_group(who)
						   ? pipit_room_find(account, who)
						   : pipit_conversation_with(account->account, who);
	if (conversation == NULL)
		return;
	if (pipit_peer_is_group(who))
		purple_conv_chat_write(purple_conversation_get_chat_data(conversation),
				       pipit_room_self(account), html, PURPLE_MESSAGE_SEND, time(NULL));
	else
		purple_conv_im_write(purple_conversation_get_im_data(conversation), NULL, html,
				     PURPLE_MESSAGE_SEND, time(NULL));
}

const char *
pipit_conversation_who(const char *peer)
{
	return pipit_peer_is_group(peer) ? peer : pipit_handle_display(peer);
}

/* ---- conversations opened by a name ---- */

static gboolean
is_open(PurpleConversation *conversation)
{
	return g_list_find(purple_get_conversations(), conversation) != NULL;
}

/* Not within "conversation-created", nor while a command is run: the client is still busy with what is closed here. */
static gboolean
close_moved(gpointer user_data)
{
	PipitAccount *account = user_data;
	account->moved_timer = 0;
	g_autoptr(GSList) moved = g_steal_pointer(&account->moved);
	for (GSList *i = moved; i != NULL; i = i->next)
		if (is_open(i->data))
			purple_conversation_destroy(i->data);
	return G_SOURCE_REMOVE;
}

void
pipit_conversation_close_soon(PipitAccount *account, PurpleConversation *conversation)
{
	account->moved = g_slist_prepend(account->moved, conversation);
	if (account->moved_timer == 0)
		account->moved_timer = purple_timeout_add(0, close_moved, account);
}

static void
move_to(PipitAccount *account, PurpleConversation *conversation, const char *address)
{
	PurpleConversation *other = pipit_conversation_find(account->account, address);
	if (other == NULL) {
		purple_conversation_set_name(conversation, address);
		return;
	}
	purple_conversation_present(other);
	pipit_conversation_close_soon(account, conversation);
}

typedef struct {
	PipitAccount *account;
	char *typed;
} Question;

static void
question_free(Question *question)
{
	g_free(question->typed);
	g_free(question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Question, question_free)

/* The directory has answered: open the contact's conversation at the best address, unless the person closed it. */
static void
on_found(gpointer user_data, const char *const *reachable, const GError *error)
{
	g_autoptr(Question) question = user_data;
	if (pipit_account_was_aborted(error))
		return;
	for (guint i = 0; error == NULL && reachable[i] != NULL; i++) {
		g_autofree char *address = pipit_contact_address(reachable[i]);
		if (address != NULL)
			pipit_buddy_set_reach(question->account->account, address, PIPIT_REACH_YES);
	}
	PurpleConversation *conversation =
		pipit_conversation_find(question->account->account, question->typed);
	g_auto(PipitName) name = {0};
	pipit_contact_find(question->account->account, question->typed, &name);
	if (conversation != NULL && name.kind == PIPIT_NAME_FOUND)
		move_to(question->account, conversation, name.addresses[0]);
}

static void
ask_directory(PipitAccount *account, const char *typed, GStrv addresses)
{
	Question *question = g_new0(Question, 1);
	question->account = account;
	question->typed = g_strdup(typed);
	pipit_client_find(account->client, (const char *const *)addresses, on_found, question);
}

static void
on_created(PurpleConversation *conversation, gpointer user_data)
{
	PipitAccount *account = user_data;
	const char *typed = purple_conversation_get_name(conversation);
	g_autofree char *address = pipit_contact_address(typed);
	if (purple_conversation_get_account(conversation) != account->account ||
	    purple_conversation_get_type(conversation) != PURPLE_CONV_TYPE_IM)
		return;
	if (address != NULL) {
		if (account->client != NULL)
			pipit_client_show_new_devices(account->client, address);
		return;
	}
	g_auto(PipitName) name = {0};
	pipit_contact_find(account->account, typed, &name);
	if (name.kind != PIPIT_NAME_FOUND) {
		g_autofree char *why = pipit_contact_explain(typed, &name);
		pipit_conversation_show_error(account->account, typed, why);
	} else if (name.settled) {
		move_to(account, conversation, name.addresses[0]);
	} else {
		ask_directory(account, typed, name.addresses);
	}
}

void
pipit_conversation_watch(PipitAccount *account)
{
	purple_signal_connect(purple_conversations_get_handle(), "conversation-created", account,
			      PURPLE_CALLBACK(on_created), account);
}

void
pipit_conversation_unwatch(PipitAccount *account)
{
	purple_signals_disconnect_by_handle(account);
	if (account->moved_timer != 0)
		purple_timeout_remove(account->moved_timer);
	account->moved_timer = 0;
	g_clear_pointer(&account->moved, g_slist_free);
}
