/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple takes a window for the membership and its name for the group; here it is only where the group is shown. */
#include "plugin/room.h"

#include <purple.h>

#include "plugin/conversation.h"
#include "plugin/html.h"
#include "plugin/room_late.h"
#include "plugin/room_list.h"
#include "plugin/room_setting.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* Who says what nobody sent, where only members' lines show (bitlbee). */
#define SPEAKER "pipit"
/* What libpurple keeps with a window for us: its title. */
#define TITLE "pipit-title"
/* Of a window that is closed: more would push out what is worth reading when it opens. */
#define MAX_LINES 20

/* A line that waits for a window. */
typedef struct {
	char *text;
	time_t when;
} Line;

typedef struct {
	char *peer;
	int id;        /* libpurple's for its window */
	char *window;  /* its name: the UUID, or what the person typed */
	gboolean lent; /* a line is being written there, though one is not in the group */
	GQueue lines;  /* of Line */
} Room;

static void
line_free(gpointer data)
{
	Line *line = data;
	g_free(line->text);
	g_free(line);
}

static void
room_free(gpointer data)
{
	Room *room = data;
	g_queue_clear_full(&room->lines, line_free);
	g_free(room->window);
	g_free(room->peer);
	g_free(room);
}

static Room *
room_new(const char *peer)
{
	/* Never the same twice in a process: a window that was left may keep the one that it had in a former connection, and
	 * what is typed there must not go to another group. */
	static int last_id;
	Room *room = g_new0(Room, 1);
	room->peer = g_strdup(peer);
	room->id = ++last_id;
	room->window = g_strdup(pipit_room_list_id(peer));
	g_queue_init(&room->lines);
	return room;
}

static Room *
room_of(PipitAccount *account, const char *peer)
{
	if (account->rooms == NULL)
		account->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, room_free);
	Room *room = g_hash_table_lookup(account->rooms, peer);
	if (room == NULL) {
		room = room_new(peer);
		g_hash_table_insert(account->rooms, room->peer, room);
	}
	return room;
}

void
pipit_room_forget(PipitAccount *account)
{
	g_clear_pointer(&account->rooms, g_hash_table_unref);
}

/* ---- finding ---- */

typedef gboolean (*Fits)(const Room *room, const void *wanted);

static const char *
find_peer(const PipitAccount *account, Fits fits, const void *wanted)
{
	if (account->rooms == NULL)
		return NULL;
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, account->rooms);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Room *room = value;
		if (fits(room, wanted))
			return room->peer;
	}
	return NULL;
}

static gboolean
has_id(const Room *room, const void *wanted)
{
	return room->id == *(const int *)wanted;
}

static gboolean
has_window(const Room *room, const void *wanted)
{
	return g_str_equal(room->window, wanted);
}

const char *
pipit_room_peer(const PipitAccount *account, int id)
{
	return find_peer(account, has_id, &id);
}

const char *
pipit_room_called(const PipitAccount *account, const char *window)
{
	return find_peer(account, has_window, window);
}

const char *
pipit_room_of(const PipitAccount *account, PurpleConversation *conversation)
{
	if (purple_conversation_get_type(conversation) != PURPLE_CONV_TYPE_CHAT ||
	    purple_conversation_get_account(conversation) != account->account)
		return NULL;
	return pipit_room_called(account, purple_conversation_get_name(conversation));
}

PurpleConversation *
pipit_room_find(PipitAccount *account, const char *peer)
{
	return purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, room_of(account, peer)->window,
						     account->account);
}

const char *
pipit_room_self(const PipitAccount *account)
{
	/* bitlbee knows its user by the name of the account, as it was typed. */
	return pipit_ui_knows_oneself_by_username() ? purple_account_get_username(account->account)
						    : purple_connection_get_display_name(account->gc);
}

/* ---- members ---- */

static const char *
name_of(const PipitAccount *account, const char *handle)
{
	return g_str_equal(handle, pipit_client_handle(account->client)) ? pipit_room_self(account)
									 : pipit_handle_display(handle);
}

static gboolean
is_member(const PipitAccount *account, const PipitGroup *group, const char *name)
{
	for (guint i = 0; group->members[i] != NULL; i++)
		if (g_str_equal(name_of(account, group->members[i]), name))
			return TRUE;
	return FALSE;
}

static void
remove_gone(const PipitAccount *account, PurpleConvChat *chat, const PipitGroup *group)
{
	GList *gone = NULL;
	for (GList *i = purple_conv_chat_get_users(chat); i != NULL; i = i->next) {
		const char *name = purple_conv_chat_cb_get_name(i->data);
		if (!is_member(account, group, name))
			gone = g_list_prepend(gone, g_strdup(name));
	}
	if (gone != NULL)
		purple_conv_chat_remove_users(chat, gone, NULL);
	g_list_free_full(gone, g_free);
}

/* @late: the window shows others already. */
static void
add_new(const PipitAccount *account, PurpleConvChat *chat, const PipitGroup *group, gboolean late)
{
	GList *names = NULL;
	GList *flags = NULL;
	for (guint i = 0; group->members[i] != NULL; i++) {
		const char *name = name_of(account, group->members[i]);
		if (purple_conv_chat_find_user(chat, name))
			continue;
		names = g_list_append(names, (gpointer)name);
		flags = g_list_append(flags, GINT_TO_POINTER(PURPLE_CBFLAGS_NONE));
	}
	if (names != NULL)
		purple_conv_chat_add_users(chat, names, NULL, flags, late);
	g_list_free(names);
	g_list_free(flags);
}

static void
fill(const PipitAccount *account, PurpleConversation *conversation, const PipitGroup *group)
{
	PurpleConvChat *chat = purple_conversation_get_chat_data(conversation);
	remove_gone(account, chat, group);
	add_new(account, chat, group, purple_conv_chat_get_users(chat) != NULL);
}

static gboolean
on_coming(PurpleConversation *conversation, const char *name, PurpleConvChatBuddyFlags flags,
	  gpointer user_data)
{
	(void)name;
	(void)flags;
	return pipit_room_of(user_data, conversation) != NULL;
}

static gboolean
on_going(PurpleConversation *conversation, const char *name, const char *reason, gpointer user_data)
{
	(void)name;
	(void)reason;
	return pipit_room_of(user_data, conversation) != NULL;
}

/* ---- the window ---- */

static gboolean
is_in(PurpleConversation *conversation)
{
	return conversation != NULL &&
	       !purple_conv_chat_has_left(purple_conversation_get_chat_data(conversation));
}

static void
entitle(const PipitAccount *account, PurpleConversation *conversation, const PipitGroup *group)
{
	g_autofree char *title = pipit_room_list_title(account, group);
	PurpleChat *entry = pipit_room_list_find(account->account, pipit_room_list_id(group->peer));
	const char *shown = entry != NULL ? purple_chat_get_name(entry) : title;
	purple_conversation_set_data(conversation, TITLE, (gpointer)g_intern_string(shown));
	if (!purple_strequal(purple_conversation_get_title(conversation), shown))
		purple_conversation_set_title(conversation, shown);
	/* Pidgin shows the topic below the title: the same twice looks like a mistake. */
	const char *topic = entry != NULL && !purple_strequal(shown, group->name) ? group->name : NULL;
	PurpleConvChat *chat = purple_conversation_get_chat_data(conversation);
	if (!purple_strequal(purple_conv_chat_get_topic(chat), topic))
		purple_conv_chat_set_topic(chat, NULL, topic);
}

/* Pidgin calls a window that can't be written in, or whose account is offline, by its name for libpurple: the UUID. */
static void
on_updated(PurpleConversation *conversation, PurpleConvUpdateType type)
{
	const char *title = purple_conversation_get_data(conversation, TITLE);
	if (type == PURPLE_CONV_UPDATE_TITLE && title != NULL &&
	    purple_strequal(purple_conversation_get_title(conversation),
			    purple_conversation_get_name(conversation)) &&
	    !purple_strequal(title, purple_conversation_get_title(conversation)))
		purple_conversation_set_title(conversation, title);
}

static int handle;

/* Windows outlive connections. When the plugin is loaded, there are no such signals as yet. */
static void
keep_titles(void)
{
	purple_signals_disconnect_by_handle(&handle);
	purple_signal_connect(purple_conversations_get_handle(), "conversation-updated", &handle,
			      PURPLE_CALLBACK(on_updated), NULL);
}

void
pipit_room_unload(void)
{
	purple_signals_disconnect_by_handle(&handle);
}

/* A group without a name is called after its members, as the person calls them. */
static void
on_aliased(PurpleBlistNode *node, const char *old, gpointer user_data)
{
	(void)old;
	PipitAccount *account = user_data;
	if ((!PURPLE_BLIST_NODE_IS_BUDDY(node) && !PURPLE_BLIST_NODE_IS_CONTACT(node)) ||
	    account->client == NULL)
		return;
	g_autoptr(GPtrArray) groups = pipit_client_groups(account->client, NULL);
	for (guint i = 0; groups != NULL && i < groups->len; i++) {
		const PipitGroup *group = groups->pdata[i];
		if (group->name == NULL && group->state == PIPIT_GROUP_IN)
			pipit_room_update(account, group);
	}
}

void
pipit_room_watch(PipitAccount *account)
{
	purple_signal_connect(purple_blist_get_handle(), "blist-node-aliased", account,
			      PURPLE_CALLBACK(on_aliased), account);
	purple_signal_connect(purple_conversations_get_handle(), "chat-buddy-joining", account,
			      PURPLE_CALLBACK(on_coming), account);
	purple_signal_connect(purple_conversations_get_handle(), "chat-buddy-leaving", account,
			      PURPLE_CALLBACK(on_going), account);
	keep_titles();
}

static void
write_line(PurpleConversation *conversation, const char *text, PurpleMessageFlags flags, time_t when)
{
	g_autofree char *marked =
		g_strdup_printf("%s%s", pipit_ui_hides_system_messages() ? "*** " : "", text);
	g_autofree char *html = pipit_html_from_text(marked);
	if (pipit_ui_hides_system_messages())
		purple_conv_chat_write(purple_conversation_get_chat_data(conversation), SPEAKER, html, flags,
				       when);
	else
		purple_conversation_write(conversation, NULL, html, flags, when);
}

static void
write_waiting(Room *room, PurpleConversation *conversation)
{
	for (Line *line; (line = g_queue_pop_head(&room->lines)) != NULL; line_free(line))
		write_line(conversation, line->text, PURPLE_MESSAGE_SYSTEM, line->when);
}

PurpleConversation *
pipit_room_open(PipitAccount *account, const PipitGroup *group)
{
	PurpleConversation *conversation = pipit_room_find(account, group->peer);
	if (is_in(conversation))
		return conversation;
	Room *room = room_of(account, group->peer);
	if (group->state == PIPIT_GROUP_IN)
		pipit_room_list_put(account, group);
	conversation = serv_got_joined_chat(account->gc, room->id, room->window);
	/* After a break of the connection the window is still there, with the members of then. */
	purple_conv_chat_clear_users(purple_conversation_get_chat_data(conversation));
	entitle(account, conversation, group);
	fill(account, conversation, group);
	pipit_room_setting_set(account->account, pipit_room_list_id(group->peer), PIPIT_ROOM_CLOSED, FALSE);
	write_waiting(room, conversation);
	return conversation;
}

/* ---- of a group that one is not in any more ---- */

/* libpurple writes only where one is in the chat, by this list. To join again for a line would have clients tell of that too: Finch
 * lists the members and says that one left. */
static PurpleConversation *
lend(PipitAccount *account, const PipitGroup *group)
{
	PurpleConversation *conversation = pipit_room_find(account, group->peer);
	Room *room = room_of(account, group->peer);
	if (conversation == NULL || is_in(conversation) || room->lent)
		return conversation;
	room->lent = TRUE;
	purple_conv_chat_set_id(purple_conversation_get_chat_data(conversation), room->id);
	account->gc->buddy_chats = g_slist_prepend(account->gc->buddy_chats, conversation);
	return conversation;
}

void
pipit_room_written(PipitAccount *account, const char *peer)
{
	Room *room = room_of(account, peer);
	if (room->lent)
		account->gc->buddy_chats =
			g_slist_remove(account->gc->buddy_chats, pipit_room_find(account, peer));
	room->lent = FALSE;
}

gboolean
pipit_room_is_past(PipitAccount *account, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	return group != NULL && group->state != PIPIT_GROUP_IN && pipit_room_find(account, peer) == NULL;
}

PurpleConversation *
pipit_room_open_as(PipitAccount *account, const PipitGroup *group, const char *typed)
{
	/* bitlbee has made a channel that waits for a window of just this name. */
	if (pipit_ui_names_rooms_as_typed() && typed != NULL &&
	    pipit_room_find(account, group->peer) == NULL) {
		Room *room = room_of(account, group->peer);
		g_free(room->window);
		room->window = g_strdup(typed);
	}
	return pipit_room_open(account, group);
}

gboolean
pipit_room_is_quiet(const PipitAccount *account, const char *peer)
{
	return pipit_room_setting_get(account->account, pipit_room_list_id(peer), PIPIT_ROOM_QUIET);
}

void
pipit_room_set_quiet(PipitAccount *account, const char *peer, gboolean quiet)
{
	pipit_room_setting_set(account->account, pipit_room_list_id(peer), PIPIT_ROOM_QUIET, quiet);
	if (!quiet)
		pipit_client_show_waiting(account->client, peer);
}

PurpleConversation *
pipit_room_open_for_message(PipitAccount *account, const char *peer)
{
	PurpleConversation *conversation = pipit_room_find(account, peer);
	if (is_in(conversation))
		return conversation;
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group == NULL)
		return NULL;
	if (group->state != PIPIT_GROUP_IN)
		return lend(account, group);
	return pipit_room_is_quiet(account, peer) ? NULL : pipit_room_open(account, group);
}

void
pipit_room_update(PipitAccount *account, const PipitGroup *group)
{
	pipit_room_list_put(account, group);
	PurpleConversation *conversation = pipit_room_find(account, group->peer);
	if (!is_in(conversation))
		return;
	entitle(account, conversation, group);
	fill(account, conversation, group);
}

void
pipit_room_shut(PipitAccount *account, const PipitGroup *group)
{
	pipit_room_list_drop(account, group->peer);
	pipit_room_setting_forget(account->account, pipit_room_list_id(group->peer));
	pipit_room_late_end(account, group);
	PurpleConversation *conversation = pipit_room_find(account, group->peer);
	if (!is_in(conversation))
		return;
	/* In IRC one is put out of the channel, and told so. */
	if (pipit_ui_hides_system_messages()) {
		pipit_conversation_close_soon(account, conversation);
		return;
	}
	/* Elsewhere the window stays to be read, with the others in it. */
	fill(account, conversation, group);
	serv_got_chat_left(account->gc, room_of(account, group->peer)->id);
}

static void
keep_line(Room *room, const char *text, time_t when)
{
	Line *line = g_new(Line, 1);
	*line = (Line){.text = g_strdup(text), .when = when};
	g_queue_push_tail(&room->lines, line);
	if (room->lines.length > MAX_LINES)
		line_free(g_queue_pop_head(&room->lines));
}

void
pipit_room_tell(PipitAccount *account, const PipitGroup *group, const char *text, time_t when)
{
	PurpleConversation *conversation =
		group->state == PIPIT_GROUP_IN ? pipit_room_find(account, group->peer) : lend(account, group);
	if (conversation == NULL) {
		keep_line(room_of(account, group->peer), text, when);
		return;
	}
	write_line(conversation, text, PURPLE_MESSAGE_SYSTEM, when);
	pipit_room_written(account, group->peer);
}

void
pipit_room_say(PipitAccount *account, const char *peer, const char *text, PurpleMessageFlags flags)
{
	g_autoptr(PipitGroup) group = pipit_client_group(account->client, peer);
	if (group == NULL)
		return;
	PurpleConversation *conversation =
		group->state == PIPIT_GROUP_IN ? pipit_room_open(account, group) : lend(account, group);
	if (conversation != NULL) {
		write_line(conversation, text, flags, time(NULL));
		pipit_room_written(account, peer);
		return;
	}
	g_autofree char *title = pipit_room_list_title(account, group);
	if (flags & PURPLE_MESSAGE_ERROR)
		purple_notify_error(account->gc, _("Group"), title, text);
	else
		purple_notify_info(account->gc, _("Group"), title, text);
}

void
pipit_room_reopen(PipitAccount *account)
{
	if (!pipit_ui_forgets_buddies())
		return;
	g_autoptr(GPtrArray) groups = pipit_client_groups(account->client, NULL);
	for (guint i = 0; groups != NULL && i < groups->len; i++) {
		const PipitGroup *group = groups->pdata[i];
		if (group->state == PIPIT_GROUP_IN &&
		    !pipit_room_setting_get(account->account, pipit_room_list_id(group->peer),
					    PIPIT_ROOM_CLOSED))
			pipit_room_open(account, group);
	}
}
