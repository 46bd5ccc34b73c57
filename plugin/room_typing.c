/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple has no sign for it in a group, but the list of members, where it disturbs nobody. */
#include "plugin/room_typing.h"

#include <purple.h>

#include "plugin/contact.h"
#include "plugin/room.h"
#include "protocol/handle.h"

#define HOLDS_S 20

typedef struct {
	PipitAccount *account;
	char *key; /* group and member */
	char *peer;
	char *name; /* the member's, in the window */
	guint timer;
} Writer;

static void
writer_free(gpointer data)
{
	Writer *writer = data;
	if (writer->timer != 0)
		purple_timeout_remove(writer->timer);
	g_free(writer->key);
	g_free(writer->peer);
	g_free(writer->name);
	g_free(writer);
}

static char *
key_of(const char *peer, const char *name)
{
	return g_strdup_printf("%s %s", peer, name);
}

/* ---- what is shown ---- */

static void
mark(PipitAccount *account, const char *peer, const char *name, gboolean typing)
{
	PurpleConversation *conversation = pipit_room_find(account, peer);
	if (conversation == NULL)
		return;
	PurpleConvChat *chat = purple_conversation_get_chat_data(conversation);
	PurpleConvChatBuddy *member = purple_conv_chat_cb_find(chat, name);
	if (member == NULL)
		return;
	g_autofree char *called = pipit_contact_name(account->account, name);
	g_free(member->alias);
	/* In front: Pidgin's list is narrow. */
	member->alias = typing ? g_strdup_printf("✎ %s", called) : g_strdup(called);
	purple_conv_chat_user_set_flags(chat, name, typing ? PURPLE_CBFLAGS_TYPING : PURPLE_CBFLAGS_NONE);
}

/* ---- how long ---- */

static void
stop(PipitAccount *account, const char *key)
{
	const Writer *writer = account->writing != NULL ? g_hash_table_lookup(account->writing, key) : NULL;
	if (writer == NULL)
		return;
	mark(account, writer->peer, writer->name, FALSE);
	g_hash_table_remove(account->writing, key);
}

static gboolean
on_over(gpointer user_data)
{
	Writer *writer = user_data;
	g_autofree char *key = g_strdup(writer->key);
	writer->timer = 0;
	stop(writer->account, key);
	return G_SOURCE_REMOVE;
}

static void
begin(PipitAccount *account, const char *peer, const char *name)
{
	Writer *writer = g_new(Writer, 1);
	*writer = (Writer){.account = account,
			   .key = key_of(peer, name),
			   .peer = g_strdup(peer),
			   .name = g_strdup(name),
			   .timer = purple_timeout_add(HOLDS_S * 1000, on_over, writer)};
	if (account->writing == NULL)
		account->writing = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, writer_free);
	g_hash_table_replace(account->writing, writer->key, writer);
	mark(account, peer, name, TRUE);
}

void
pipit_room_typing_got(gpointer host, const char *peer, const char *from, gboolean typing)
{
	PipitAccount *account = host;
	const char *name = pipit_handle_display(from);
	g_autofree char *key = key_of(peer, name);
	if (typing)
		begin(account, peer, name);
	else
		stop(account, key);
}

void
pipit_room_typing_forget(PipitAccount *account)
{
	g_clear_pointer(&account->writing, g_hash_table_unref);
}
