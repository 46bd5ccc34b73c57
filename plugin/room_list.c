/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple knows a room by what one types to join it, and a group's name is not enough for that: two may have the
 * same, and it changes. */
#include "plugin/room_list.h"

#include <string.h>

#include <purple.h>

#include "plugin/html.h"
#include "plugin/html_entity.h"
#include "plugin/member.h"
#include "plugin/room_picture.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/uuid.h"

#define PREFIX "group:"
/* Setting of a group's entry: the name that it was given here, so that one that the person chose is let alone. */
#define OUR_ALIAS "pipit-alias"

/* ---- names ---- */

static char *
fold(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	g_autofree char *folded = g_utf8_casefold(g_strstrip(valid), -1);
	return g_utf8_normalize(folded, -1, G_NORMALIZE_ALL);
}

static gboolean
is_same(const char *name, const char *folded)
{
	g_autofree char *other = fold(name);
	return g_strcmp0(other, folded) == 0;
}

/* What it is called by its members, or after them. */
static char *
plain_title(const PipitAccount *account, const PipitGroup *group)
{
	if (group->name != NULL)
		return g_strdup(group->name);
	g_autofree char *others =
		pipit_member_list(account->account, (const char *const *)group->members,
				  pipit_client_handle(account->client), PIPIT_MEMBERS_IN_A_TITLE);
	return *others != '\0' ? g_steal_pointer(&others) : g_strdup(_("A group with nobody else"));
}

const char *
pipit_room_list_id(const char *peer)
{
	return peer + strlen(PREFIX);
}

static gboolean
is_in_ascii(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (g_ascii_isalnum(*p))
			return TRUE;
	return FALSE;
}

/* Returns (transfer full) the others in the group, by what stands before the @: "alice-carol". */
static char *
short_names(const PipitAccount *account, const PipitGroup *group)
{
	GString *names = g_string_new(NULL);
	guint named = 0;
	for (guint i = 0; group->members[i] != NULL && named < PIPIT_MEMBERS_IN_A_TITLE; i++) {
		const char *address = pipit_handle_display(group->members[i]);
		if (g_str_equal(group->members[i], pipit_client_handle(account->client)))
			continue;
		g_string_append(names, named++ > 0 ? "-" : "");
		g_string_append_len(names, address, (gssize)strcspn(address, "@"));
	}
	return g_string_free(names, FALSE);
}

/* A channel of question marks is none that one can tell from others, or type. */
static char *
with_ascii(const PipitAccount *account, const PipitGroup *group, char *title)
{
	if (!pipit_ui_names_rooms_in_ascii() || group->name == NULL || is_in_ascii(group->name))
		return title;
	g_autofree char *owned = title;
	g_autofree char *names = short_names(account, group);
	return g_strdup_printf("%s %s", *names != '\0' ? names : "group", title);
}

/* bitlbee takes it for markup and would show another name. */
static char *
without_markup(char *title)
{
	g_autofree char *decoded = pipit_html_decode(title);
	if (!pipit_ui_strips_titles() || (strchr(title, '<') == NULL && g_str_equal(decoded, title)))
		return title;
	g_autofree char *owned = title;
	return pipit_html_from_text(owned);
}

/* ---- the buddy list ---- */

static const char *
id_of(PurpleChat *chat)
{
	return g_hash_table_lookup(purple_chat_get_components(chat), PIPIT_ROOM_ID);
}

static gboolean
is_chat_of(PurpleBlistNode *node, PurpleAccount *account)
{
	return PURPLE_BLIST_NODE_IS_CHAT(node) && purple_chat_get_account(PURPLE_CHAT(node)) == account;
}

/* Returns (transfer container) the entries of groups, of PurpleChat. */
static GPtrArray *
entries(PurpleAccount *account)
{
	GPtrArray *chats = g_ptr_array_new();
	for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL;
	     node = purple_blist_node_next(node, TRUE))
		if (is_chat_of(node, account) && id_of(PURPLE_CHAT(node)) != NULL)
			g_ptr_array_add(chats, node);
	return chats;
}

PurpleChat *
pipit_room_list_find(PurpleAccount *account, const char *id)
{
	g_autoptr(GPtrArray) chats = entries(account);
	for (guint i = 0; i < chats->len; i++)
		if (purple_strequal(id_of(chats->pdata[i]), id))
			return chats->pdata[i];
	return NULL;
}

/* ---- titles ---- */

static const char *
title_of(PurpleChat *chat)
{
	return g_hash_table_lookup(purple_chat_get_components(chat), PIPIT_ROOM_GROUP);
}

/* TRUE if another group in the list than @entry is called so. */
static gboolean
is_taken(const PipitAccount *account, const PurpleChat *entry, const char *title)
{
	g_autofree char *folded = fold(title);
	g_autoptr(GPtrArray) chats = entries(account->account);
	for (guint i = 0; i < chats->len; i++) {
		const char *other = title_of(chats->pdata[i]);
		if (chats->pdata[i] != entry && other != NULL && is_same(other, folded))
			return TRUE;
	}
	return FALSE;
}

/* TRUE if @title is @plain, or that with a number behind it. */
static gboolean
is_made_of(const char *title, const char *plain)
{
	if (!g_str_has_prefix(title, plain))
		return FALSE;
	const char *number = title + strlen(plain);
	if (*number == '\0')
		return TRUE;
	gsize digits = g_str_has_prefix(number, " (") ? strspn(number + 2, "0123456789") : 0;
	return digits > 0 && g_str_equal(number + 2 + digits, ")");
}

/* Two groups may have one name, and the same people in them. One keeps its number when the other is gone. */
static char *
title_in_list(const PipitAccount *account, const PipitGroup *group, PurpleChat *entry)
{
	g_autofree char *plain = plain_title(account, group);
	const char *had = title_of(entry);
	if (had != NULL && is_made_of(had, plain) && !is_taken(account, entry, had))
		return g_strdup(had);
	if (!is_taken(account, entry, plain))
		return g_steal_pointer(&plain);
	for (guint n = 2;; n++) {
		g_autofree char *numbered = g_strdup_printf("%s (%u)", plain, n);
		if (!is_taken(account, entry, numbered))
			return g_steal_pointer(&numbered);
	}
}

char *
pipit_room_list_title(const PipitAccount *account, const PipitGroup *group)
{
	PurpleChat *entry = pipit_room_list_find(account->account, pipit_room_list_id(group->peer));
	return entry != NULL ? title_in_list(account, group, entry) : plain_title(account, group);
}

/* ---- what stands there ---- */

static PurpleChat *
add_entry(PurpleAccount *account, const char *id)
{
	GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_hash_table_insert(components, g_strdup(PIPIT_ROOM_ID), g_strdup(id));
	PurpleChat *chat = purple_chat_new(account, NULL, components);
	purple_blist_add_chat(chat, NULL, NULL);
	return chat;
}

/* TRUE if the person gave the entry a name of their own. */
static gboolean
is_renamed(PurpleChat *chat)
{
	const char *ours = purple_blist_node_get_string(PURPLE_BLIST_NODE(chat), OUR_ALIAS);
	return ours != NULL && chat->alias != NULL && !g_str_equal(chat->alias, ours);
}

void
pipit_room_list_put(const PipitAccount *account, const PipitGroup *group)
{
	const char *id = pipit_room_list_id(group->peer);
	PurpleChat *chat = pipit_room_list_find(account->account, id);
	if (chat == NULL)
		chat = add_entry(account->account, id);
	char *title = title_in_list(account, group, chat);
	GHashTable *components = purple_chat_get_components(chat);
	g_hash_table_replace(components, g_strdup(PIPIT_ROOM_GROUP), g_strdup(title));
	/* Pidgin shows the question for what is lacking in the entry's tooltip. */
	g_hash_table_replace(components, g_strdup(PIPIT_ROOM_MEMBERS), g_strdup(""));
	g_autofree char *alias = without_markup(with_ascii(account, group, title));
	if (!is_renamed(chat) && !purple_strequal(chat->alias, alias))
		purple_blist_alias_chat(chat, alias);
	purple_blist_node_set_string(PURPLE_BLIST_NODE(chat), OUR_ALIAS, alias);
	pipit_room_picture_show(chat, group);
}

void
pipit_room_list_drop(const PipitAccount *account, const char *peer)
{
	PurpleChat *chat = pipit_room_list_find(account->account, pipit_room_list_id(peer));
	if (chat != NULL)
		purple_blist_remove_chat(chat);
}

static gboolean
is_among(GPtrArray *groups, const char *id)
{
	for (guint i = 0; i < groups->len; i++) {
		const PipitGroup *group = groups->pdata[i];
		if (group->state == PIPIT_GROUP_IN && purple_strequal(pipit_room_list_id(group->peer), id))
			return TRUE;
	}
	return FALSE;
}

void
pipit_room_list_load(const PipitAccount *account)
{
	g_autoptr(GPtrArray) groups = pipit_client_groups(account->client, NULL);
	if (groups == NULL)
		return;
	g_autoptr(GPtrArray) chats = entries(account->account);
	for (guint i = 0; i < chats->len; i++)
		if (!is_among(groups, id_of(chats->pdata[i])))
			purple_blist_remove_chat(chats->pdata[i]);
	for (guint i = 0; i < groups->len; i++) {
		const PipitGroup *group = groups->pdata[i];
		if (group->state == PIPIT_GROUP_IN)
			pipit_room_list_put(account, group);
	}
}

void
pipit_room_list_unload(const PipitAccount *account)
{
	if (!pipit_ui_forgets_buddies())
		return;
	g_autoptr(GPtrArray) chats = entries(account->account);
	for (guint i = 0; i < chats->len; i++)
		purple_blist_remove_chat(chats->pdata[i]);
}

/* ---- which one is meant ---- */

static gboolean
has_title(const PipitAccount *account, const PipitGroup *group, const char *folded)
{
	g_autofree char *title = pipit_room_list_title(account, group);
	return is_same(title, folded);
}

/* Without the number by which it is told from others here. */
static gboolean
has_name(const PipitAccount *account, const PipitGroup *group, const char *folded)
{
	g_autofree char *plain = plain_title(account, group);
	return is_same(plain, folded);
}

static gboolean
has_all(const PipitGroup *group, const char *const *addresses)
{
	for (guint i = 0; addresses[i] != NULL; i++) {
		g_autofree char *handle = pipit_handle_parse(addresses[i]);
		if (handle == NULL || !g_strv_contains((const char *const *)group->members, handle))
			return FALSE;
	}
	return TRUE;
}

typedef gboolean (*IsCalled)(const PipitAccount *account, const PipitGroup *group, const char *folded);

/* Returns (transfer full), of (transfer full), the groups that are called @name and in which all of @addresses are. */
static GPtrArray *
find_called(const PipitAccount *account, IsCalled is_called, const char *name, const char *const *addresses)
{
	g_autofree char *folded = fold(name);
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_free);
	g_autoptr(GPtrArray) groups = pipit_client_groups(account->client, NULL);
	for (guint i = 0; groups != NULL && i < groups->len; i++) {
		const PipitGroup *group = groups->pdata[i];
		if (group->state == PIPIT_GROUP_IN && is_called(account, group, folded) &&
		    has_all(group, addresses))
			g_ptr_array_add(found, pipit_client_group(account->client, group->peer));
	}
	return found;
}

static PipitGroup *
take_first(GPtrArray *found)
{
	return found->len > 0 ? g_ptr_array_steal_index(found, 0) : NULL;
}

PipitGroup *
pipit_room_list_with(const PipitAccount *account, const char *name, const char *const *addresses)
{
	g_autoptr(GPtrArray) titled = find_called(account, has_title, name, addresses);
	g_autoptr(GPtrArray) named = find_called(account, has_name, name, addresses);
	return take_first(titled->len > 0 ? titled : named);
}

static PipitGroup *
find_by_id(const PipitAccount *account, const char *id)
{
	g_autofree char *peer = g_strconcat(PREFIX, id, NULL);
	return pipit_client_group(account->client, peer);
}

PipitGroup *
pipit_room_list_named(const PipitAccount *account, GHashTable *components)
{
	const char *id = g_hash_table_lookup(components, PIPIT_ROOM_ID);
	const char *name = g_hash_table_lookup(components, PIPIT_ROOM_GROUP);
	if (id != NULL && *id != '\0')
		return find_by_id(account, id);
	if (name == NULL || *name == '\0')
		return NULL;
	const char *const nobody[] = {NULL};
	return pipit_uuid_valid(name) ? find_by_id(account, name)
				      : pipit_room_list_with(account, name, nobody);
}

/* ---- the list of rooms ---- */

static GList *
fields(void)
{
	GList *list = g_list_append(
		NULL, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING, "", PIPIT_ROOM_ID, TRUE));
	/* bitlbee shows the first that is not hidden, and not the very first. */
	return g_list_append(
		list, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING, _("Members"), "with", FALSE));
}

static void
add_room(PurpleRoomlist *list, const PipitAccount *account, const PipitGroup *group)
{
	g_autofree char *title = pipit_room_list_title(account, group);
	g_autofree char *members =
		pipit_member_list(account->account, (const char *const *)group->members,
				  pipit_client_handle(account->client), PIPIT_MEMBERS_IN_A_SENTENCE);
	/* bitlbee shows no names in its list, but this field. */
	g_autofree char *told = g_strdup_printf("%s: %s", title, members);
	PurpleRoomlistRoom *room = purple_roomlist_room_new(PURPLE_ROOMLIST_ROOMTYPE_ROOM, title, NULL);
	purple_roomlist_room_add_field(list, room, pipit_room_list_id(group->peer));
	purple_roomlist_room_add_field(list, room, pipit_ui_lists_rooms_by_what_is_joined() ? told : members);
	purple_roomlist_room_add(list, room);
}

PurpleRoomlist *
pipit_room_list_rooms(PurpleConnection *gc)
{
	const PipitAccount *account = pipit_account_of(gc);
	g_autoptr(GPtrArray) groups = account != NULL && account->client != NULL
					      ? pipit_client_groups(account->client, NULL)
					      : NULL;
	PurpleRoomlist *list = purple_roomlist_new(purple_connection_get_account(gc));
	purple_roomlist_set_fields(list, fields());
	for (guint i = 0; groups != NULL && i < groups->len; i++) {
		const PipitGroup *group = groups->pdata[i];
		if (group->state == PIPIT_GROUP_IN)
			add_room(list, account, group);
	}
	purple_roomlist_set_in_progress(list, FALSE);
	return list;
}

void
pipit_room_list_cancel(PurpleRoomlist *list)
{
	purple_roomlist_set_in_progress(list, FALSE);
}

char *
pipit_room_list_serialize(PurpleRoomlistRoom *room)
{
	return g_strdup(purple_roomlist_room_get_fields(room)->data);
}
