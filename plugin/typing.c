/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: an answer that is being written is worth waiting for; but nobody may flicker in front of somebody they don't know. */
#include "plugin/typing.h"

#include <purple.h>

#include "plugin/account.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "protocol/handle.h"

#define AGAIN_S 10
#define HOLDS_S 20

unsigned int
pipit_typing_send(PurpleConnection *gc, const char *who, PurpleTypingState state)
{
	const PipitAccount *account = pipit_account_of(gc);
	/* No client names a group here as yet: libpurple asks for it between two people alone. */
	g_autofree char *peer = pipit_peer_is_group(who) ? g_strdup(who) : pipit_contact_address(who);
	if (account == NULL || account->client == NULL || peer == NULL)
		return 0;
	pipit_client_typing(account->client, peer, state == PURPLE_TYPING);
	return AGAIN_S;
}

static gboolean
is_no_stranger(PurpleAccount *account, const char *address)
{
	return purple_find_buddy(account, address) != NULL ||
	       pipit_conversation_find(account, address) != NULL;
}

void
pipit_typing_got(gpointer host, const char *peer, gboolean typing)
{
	const PipitAccount *account = host;
	const char *address = pipit_handle_display(peer);
	if (!is_no_stranger(account->account, address))
		return;
	if (typing)
		serv_got_typing(account->gc, address, HOLDS_S, PURPLE_TYPING);
	else
		serv_got_typing_stopped(account->gc, address);
}
