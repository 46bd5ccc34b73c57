/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: what clients offer for rooms of a server is what a person looks for who wants to talk to several at once. */
#include "plugin/chat.h"

#include <errno.h>

#include <purple.h>

#include "plugin/account.h"
#include "plugin/group_news.h"
#include "plugin/im.h"
#include "plugin/member.h"
#include "plugin/room.h"
#include "plugin/room_list.h"
#include "plugin/room_setting.h"
#include "plugin/ui.h"
#include "plugin/xfer.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* ---- what one types to join ---- */

static GList *
append_entry(GList *entries, const char *label, const char *identifier, gboolean required)
{
	struct proto_chat_entry *entry = g_new0(struct proto_chat_entry, 1);
	entry->label = label;
	entry->identifier = identifier;
	entry->required = required;
	return g_list_append(entries, entry);
}

GList *
pipit_chat_info(PurpleConnection *gc)
{
	(void)gc; /* NULL in bitlbee */
	GList *entries = append_entry(NULL, _("_Name of the group:"), PIPIT_ROOM_GROUP, TRUE);
	return append_entry(entries, _("_Members, for a new one:"), PIPIT_ROOM_MEMBERS, FALSE);
}

GHashTable *
pipit_chat_info_defaults(PurpleConnection *gc, const char *name)
{
	(void)gc;
	GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	if (name != NULL)
		g_hash_table_insert(components, (gpointer)PIPIT_ROOM_GROUP, g_strdup(name));
	return components;
}

char *
pipit_chat_name(GHashTable *components)
{
	const char *id = g_hash_table_lookup(components, PIPIT_ROOM_ID);
	return g_strdup(id != NULL ? id : g_hash_table_lookup(components, PIPIT_ROOM_GROUP));
}

PurpleChat *
pipit_chat_find_entry(PurpleAccount *purple, const char *name)
{
	const PipitAccount *account = pipit_account_of(purple_account_get_connection(purple));
	const char *peer = account != NULL ? pipit_room_called(account, name) : NULL;
	return pipit_room_list_find(purple, peer != NULL ? pipit_room_list_id(peer) : name);
}

/* ---- joining ---- */

/* Clients join again by themselves what was open before a break of the connection. */
static gboolean
is_rejoining(PipitAccount *account, const PipitGroup *group)
{
	PurpleConversation *conversation = pipit_room_find(account, group->peer);
	return conversation != NULL &&
	       purple_conv_chat_has_left(purple_conversation_get_chat_data(conversation));
}

static void
show(PipitAccount *account, const PipitGroup *group, const char *typed)
{
	gboolean unasked = is_rejoining(account, group);
	PurpleConversation *conversation = pipit_room_open_as(account, group, typed);
	if (!unasked)
		purple_conversation_present(conversation);
	/* Where the group was to be quiet. */
	pipit_client_show_waiting(account->client, group->peer);
}

static gboolean
create(PipitAccount *account, const char *name, GStrv members, char **why)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *peer =
		pipit_client_group_create(account->client, name, (const char *const *)members, &error);
	if (peer == NULL) {
		*why = g_strdup(error->message);
		return FALSE;
	}
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group != NULL)
		show(account, group, NULL);
	pipit_group_news_made(account, peer);
	return TRUE;
}

gboolean
pipit_chat_create(PipitAccount *account, const char *name, const char *typed, char **why)
{
	g_auto(GStrv) members = pipit_member_read(account->account, typed, NULL, why);
	return members != NULL && create(account, name, members, why);
}

gboolean
pipit_chat_has(const PipitGroup *group, const char *address)
{
	g_autofree char *handle = pipit_handle_parse(address);
	return handle != NULL && g_strv_contains((const char *const *)group->members, handle);
}

/* Returns (transfer full) a sentence if all of @addresses are in the group: nothing would happen, and why is not to be seen. */
static char *
explain_presence(PipitAccount *account, const char *peer, GStrv addresses)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group == NULL || group->state != PIPIT_GROUP_IN)
		return NULL;
	g_autoptr(GStrvBuilder) handles = g_strv_builder_new();
	for (guint i = 0; addresses[i] != NULL; i++) {
		g_autofree char *handle = pipit_handle_parse(addresses[i]);
		if (!pipit_chat_has(group, addresses[i]))
			return NULL;
		g_strv_builder_add(handles, handle);
	}
	g_auto(GStrv) present = g_strv_builder_end(handles);
	g_autofree char *names = pipit_member_list(account->account, (const char *const *)present, NULL,
						   PIPIT_MEMBERS_IN_A_SENTENCE);
	return g_strdup_printf(_("In this group already: %s."), names);
}

char *
pipit_chat_add(PipitAccount *account, const char *peer, const char *typed)
{
	char *why = NULL;
	g_auto(GStrv) members = pipit_member_read(account->account, typed, NULL, &why);
	g_autoptr(GError) error = NULL;
	if (members == NULL)
		return why;
	why = explain_presence(account, peer, members);
	if (why != NULL)
		return why;
	if (!pipit_client_group_add(account->client, peer, (const char *const *)members, &error))
		return g_strdup(error->message);
	pipit_group_news_made(account, peer);
	return NULL;
}

/* A client may keep what was typed, and join by it again and again: that makes one group. */
static char *
join_with(PipitAccount *account, const char *name, const char *typed)
{
	char *why = NULL;
	g_auto(GStrv) members = pipit_member_read(account->account, typed, NULL, &why);
	if (members == NULL)
		return why;
	g_autoptr(PipitGroup) group = pipit_room_list_with(account, name, (const char *const *)members);
	if (group != NULL && group->state == PIPIT_GROUP_IN)
		show(account, group, name);
	else
		create(account, name, members, &why);
	return why;
}

/* Returns (transfer full) why nothing was joined; NULL if a window was opened. */
static char *
join(PipitAccount *account, GHashTable *components)
{
	const char *typed = g_hash_table_lookup(components, PIPIT_ROOM_GROUP);
	const char *members = g_hash_table_lookup(components, PIPIT_ROOM_MEMBERS);
	char *why = NULL;
	g_autoptr(PipitGroup) group = pipit_room_list_named(account, components);
	if (!g_hash_table_contains(components, PIPIT_ROOM_ID) && typed != NULL && members != NULL &&
	    *members != '\0')
		why = join_with(account, typed, members);
	else if (group != NULL && group->state == PIPIT_GROUP_IN)
		show(account, group, typed);
	else if (group != NULL)
		why = g_strdup(_("You are not in this group. One of its members can put you in."));
	else
		why = g_strdup(
			_("You are in no group of that name. To start a new one, name its members too, by "
			  "their addresses or as your contacts."));
	return why;
}

void
pipit_chat_join(PurpleConnection *gc, GHashTable *components)
{
	PipitAccount *account = pipit_account_of(gc);
	if (account == NULL || account->client == NULL)
		return;
	g_autofree char *why = join(account, components);
	if (why == NULL)
		return;
	const char *typed = g_hash_table_lookup(components, PIPIT_ROOM_GROUP);
	purple_notify_error(gc, _("Group"), typed != NULL ? typed : _("No group was opened"), why);
	purple_serv_got_join_chat_failed(gc, components);
}

void
pipit_chat_close(PurpleConnection *gc, int id)
{
	PipitAccount *account = pipit_account_of(gc);
	const char *peer = account != NULL ? pipit_room_peer(account, id) : NULL;
	g_autoptr(PipitGroup) group =
		peer != NULL && account->client != NULL ? pipit_client_group(account->client, peer) : NULL;
	if (group != NULL && group->state == PIPIT_GROUP_IN)
		pipit_room_setting_set(account->account, pipit_room_list_id(peer), PIPIT_ROOM_CLOSED, TRUE);
}

/* ---- in the window ---- */

int
pipit_chat_send(PurpleConnection *gc, int id, const char *markup, PurpleMessageFlags flags)
{
	PipitAccount *account = pipit_account_of(gc);
	if (account == NULL || account->client == NULL)
		return -ENOTCONN;
	const char *known = pipit_room_peer(account, id);
	if (known == NULL)
		return -EINVAL;
	/* A command may be to leave. */
	g_autofree char *peer = g_strdup(known);
	g_autofree char *valid = g_utf8_make_valid(markup, -1);
	int status = pipit_im_post(account, peer, peer, valid);
	if (status > 0)
		serv_got_chat_in(gc, id, pipit_room_self(account),
				 PURPLE_MESSAGE_SEND | (flags & PURPLE_MESSAGE_IMAGES), valid, time(NULL));
	return status;
}

gboolean
pipit_chat_can_send_file(PurpleConnection *gc, int id)
{
	const PipitAccount *account = pipit_account_of(gc);
	return account != NULL && account->client != NULL && pipit_room_peer(account, id) != NULL;
}

void
pipit_chat_send_file(PurpleConnection *gc, int id, const char *path)
{
	PipitAccount *account = pipit_account_of(gc);
	const char *peer = account != NULL ? pipit_room_peer(account, id) : NULL;
	if (peer != NULL && path != NULL)
		pipit_xfer_send_file(account, peer, path, "");
	else if (peer != NULL)
		pipit_xfer_choose(account, peer);
}

static void
say_error(PipitAccount *account, const char *peer, const char *text)
{
	pipit_room_say(account, peer, text, PURPLE_MESSAGE_ERROR);
}

void
pipit_chat_invite(PurpleConnection *gc, int id, const char *message, const char *who)
{
	(void)message; /* clients make one up where the person wrote none */
	PipitAccount *account = pipit_account_of(gc);
	const char *peer = account != NULL ? pipit_room_peer(account, id) : NULL;
	if (peer == NULL)
		return;
	g_autofree char *why = pipit_chat_add(account, peer, who);
	if (why != NULL)
		say_error(account, peer, why);
}

/* In Pidgin, a click and a key are enough for that, and the name would be gone for all. */
static gboolean
is_slip(PipitAccount *account, const char *peer, const char *topic)
{
	PurpleConversation *conversation = pipit_room_find(account, peer);
	if (conversation == NULL || !pipit_ui_hides_names_to_edit() || (topic != NULL && *topic != '\0'))
		return FALSE;
	const char *shown = purple_conv_chat_get_topic(purple_conversation_get_chat_data(conversation));
	return shown == NULL || *shown == '\0';
}

char *
pipit_chat_rename(PipitAccount *account, const char *peer, const char *name)
{
	g_autoptr(GError) error = NULL;
	if (!pipit_client_group_rename(account->client, peer, name, &error))
		return g_strdup(error->message);
	pipit_group_news_made(account, peer);
	return NULL;
}

/* The news of it waits where something before it does that is still to be fetched. In IRC, the line that says so goes first. */
static void
shut(PipitAccount *account, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group != NULL && group->state != PIPIT_GROUP_IN && !pipit_ui_hides_system_messages())
		pipit_room_shut(account, group);
}

char *
pipit_chat_leave(PipitAccount *account, const char *peer)
{
	g_autoptr(GError) error = NULL;
	if (!pipit_client_group_leave(account->client, peer, &error))
		return g_strdup(error->message);
	pipit_group_news_made(account, peer);
	shut(account, peer);
	return NULL;
}

void
pipit_chat_set_topic(PurpleConnection *gc, int id, const char *topic)
{
	PipitAccount *account = pipit_account_of(gc);
	const char *peer = account != NULL ? pipit_room_peer(account, id) : NULL;
	if (peer == NULL || is_slip(account, peer, topic))
		return;
	g_autofree char *why = pipit_chat_rename(account, peer, topic);
	if (why != NULL)
		say_error(account, peer, why);
}
