/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: what one wants for one person alone is looked for at that person. */
#include "plugin/menu.h"

#include <purple.h>

#include "plugin/account.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/receipt.h"
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

GList *
pipit_menu_of_node(PurpleBlistNode *node)
{
	if (!PURPLE_BLIST_NODE_IS_BUDDY(node))
		return NULL;
	const char *telling =
		pipit_receipt_tells(PURPLE_BUDDY(node)) ? _("Don't Tell When I Read") : _("Tell When I Read");
	GList *items = g_list_append(
		NULL, purple_menu_action_new(telling, PURPLE_CALLBACK(toggle_telling), NULL, NULL));
	return g_list_append(items, purple_menu_action_new(_("Send Again What Failed"),
							   PURPLE_CALLBACK(send_again), NULL, NULL));
}
