/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: what one wants for one person or one group alone is looked for there. */
#include "plugin/menu.h"

#include <purple.h>

#include "plugin/account.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/group_form.h"
#include "plugin/receipt.h"
#include "plugin/room.h"
#include "plugin/room_list.h"
#include "plugin/room_setting.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

static void
toggle_telling(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	PurpleBuddy *buddy = PURPLE_BUDDY(node);
	pipit_receipt_set_tells(buddy, !pipit_receipt_tells(buddy));
}

static void
send_again(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	PurpleBuddy *buddy = PURPLE_BUDDY(node);
	PurpleAccount *purple = purple_buddy_get_account(buddy);
	PurpleConnection *gc = purple_account_get_connection(purple);
	PipitAccount *account = pipit_account_of(gc);
	if (account == NULL || account->client == NULL)
		return;
	guint count = 0;
	g_autoptr(GError) error = NULL;
	const char *who = purple_buddy_get_name(buddy);
	if (!pipit_client_resend_failed(account->client, who, &count, &error))
		pipit_conversation_show_error(purple, who, error->message);
	else if (count == 0)
		purple_notify_info(gc, _("Send again"), _("There is nothing to send again"), NULL);
}

static PipitAccount *
online_account(PurpleAccount *purple)
{
	PipitAccount *account = pipit_account_of(purple_account_get_connection(purple));
	return account != NULL && account->client != NULL ? account : NULL;
}

static void
start_group(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	PurpleBuddy *buddy = PURPLE_BUDDY(node);
	PipitAccount *account = online_account(purple_buddy_get_account(buddy));
	if (account != NULL)
		pipit_group_form_start(account, purple_buddy_get_name(buddy));
}

static GList *
append(GList *items, const char *label, void (*callback)(PurpleBlistNode *node, gpointer data))
{
	return g_list_append(items, purple_menu_action_new(label, PURPLE_CALLBACK(callback), NULL, NULL));
}

static GList *
menu_of_buddy(PurpleBuddy *buddy)
{
	/* What bitlbee looks for, untranslated, when one types "chat with". */
	GList *items =
		append(NULL, pipit_ui_has_forms() ? _("Start a Group…") : "Initiate Chat", start_group);
	items = append(items,
		       pipit_receipt_tells(buddy) ? _("Don't Tell When I Read") : _("Tell When I Read"),
		       toggle_telling);
	return append(items, _("Send Again What Failed"), send_again);
}

/* ---- of a group ---- */

typedef void (*OnGroup)(PipitAccount *account, const char *peer);

static void
with_group(PurpleBlistNode *node, OnGroup func)
{
	PurpleChat *chat = PURPLE_CHAT(node);
	PipitAccount *account = online_account(purple_chat_get_account(chat));
	g_autoptr(PipitGroup) group =
		account != NULL ? pipit_room_list_named(account, purple_chat_get_components(chat)) : NULL;
	if (group != NULL)
		func(account, group->peer);
}

static void
rename_group(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	with_group(node, pipit_group_form_rename);
}

static void
add_to_group(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	with_group(node, pipit_group_form_add);
}

static void
picture_group(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	with_group(node, pipit_group_form_picture);
}

static void
leave_group(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	with_group(node, pipit_group_form_leave);
}

static void
toggle_quiet_of(PipitAccount *account, const char *peer)
{
	pipit_room_set_quiet(account, peer, !pipit_room_is_quiet(account, peer));
}

static void
toggle_quiet(PurpleBlistNode *node, gpointer data)
{
	(void)data;
	with_group(node, toggle_quiet_of);
}

static GList *
menu_of_chat(PurpleChat *chat)
{
	const char *id = g_hash_table_lookup(purple_chat_get_components(chat), PIPIT_ROOM_ID);
	if (id == NULL)
		return NULL;
	gboolean quiet = pipit_room_setting_get(purple_chat_get_account(chat), id, PIPIT_ROOM_QUIET);
	GList *items = append(NULL, _("Add to the Group…"), add_to_group);
	items = append(items, _("Rename the Group…"), rename_group);
	items = append(items, _("Give the Group a Picture…"), picture_group);
	items = append(items, quiet ? _("Open When Somebody Writes") : _("Stay Closed When Somebody Writes"),
		       toggle_quiet);
	return append(items, _("Leave the Group…"), leave_group);
}

GList *
pipit_menu_of_node(PurpleBlistNode *node)
{
	if (PURPLE_BLIST_NODE_IS_BUDDY(node))
		return menu_of_buddy(PURPLE_BUDDY(node));
	return PURPLE_BLIST_NODE_IS_CHAT(node) ? menu_of_chat(PURPLE_CHAT(node)) : NULL;
}
