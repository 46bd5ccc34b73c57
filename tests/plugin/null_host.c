/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A libpurple client without a window: commands on stdin, what a person would see on stdout, both a JSON object a
 * line. It connects again by itself, as Pidgin does.
 *
 * usage: null_host USER_DIR PLUGIN_DIR [UI]
 * Commands: {"do": "login" | "register", "account", "password", "server"?, "ca-file"?, "invite"?, "device-name"?,
 *   "register"?: bool}; {"do": "send", "to", "text" | "markup"}; {"do": "open", "to"};
 *   {"do": "buddy", "address", "alias"?, "contact"?: the address of a buddy whose contact it joins};
 *   {"do": "focus", "to"}: the person looks at that conversation from now on, and at no other; {"do": "typing", "to",
 *   "typing": bool}; {"do": "command", "to", "text"}: what one types behind a slash; {"do": "menu", "address", "label"};
 *   {"do": "alias", "address", "alias"}; {"do": "unbuddy", "address"}; {"do": "info", "who"}; {"do": "action", "label"}; {"do": "logout"}; {"do": "quit"};
 *   {"do": "fill", …}: what is typed into the forms that come. For questions and files see null_files.h.
 *   "to" is an address, or the title of a group's window. Of groups alone: {"do": "join", components…};
 *   {"do": "close" | "look", "to"}; {"do": "invite", "to", "who"}; {"do": "topic", "to", "text"};
 *   {"do": "list" | "rooms"}: the groups in the buddy list, those that one can join.
 * Events: {"event": "ready" | "progress" | "online" | "offline" | "error" | "im" | "chat" | "conversation" | "buddy" |
 *   "notify" | "userinfo" | "typing" | "unseen" | "form" | "window" |
 *   "group" (its members changed) | "look" | "list" | "rooms", …}. A form is filled in with its first choice and confirmed. */
#include <string.h>
#include <unistd.h>

#include "tests/plugin/null_files.h"
#include "tests/plugin/null_host_view.h"
#include "tests/plugin/null_tell.h"
#include "tests/support/null_host.h"

static GMainLoop *loop;

/* ---- commands ---- */

static PurpleAccount *
set_up_account(JsonObject *command)
{
	static const char *const options[] = {"server", "ca-file", "invite", "device-name"};
	PurpleAccount *account = purple_accounts_find(null_member(command, "account"), "prpl-pipit");
	if (account == NULL) {
		account = purple_account_new(null_member(command, "account"), "prpl-pipit");
		purple_accounts_add(account);
	}
	purple_account_set_password(account, null_member(command, "password"));
	purple_account_set_remember_password(account, TRUE);
	for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
		if (null_member(command, options[i]) != NULL)
			purple_account_set_string(account, options[i], null_member(command, options[i]));
	if (json_object_has_member(command, "read-receipts"))
		purple_account_set_bool(account, "read-receipts",
					json_object_get_boolean_member(command, "read-receipts"));
	purple_account_set_bool(account, "register",
				json_object_get_boolean_member_with_default(command, "register", FALSE));
	return account;
}

static void
do_login(JsonObject *command)
{
	PurpleAccount *account = set_up_account(command);
	purple_account_set_enabled(account, purple_core_get_ui(), TRUE);
	purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
}

static void
do_register(JsonObject *command)
{
	purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
	purple_account_register(set_up_account(command));
}

static void
do_logout(JsonObject *command)
{
	(void)command;
	purple_account_set_enabled(null_account(), purple_core_get_ui(), FALSE);
}

static void
do_open(JsonObject *command)
{
	purple_conversation_new(PURPLE_CONV_TYPE_IM, null_account(), null_member(command, "to"));
}

static void
do_send(JsonObject *command)
{
	const char *to = null_member(command, "to");
	if (purple_account_get_connection(null_account()) == NULL) {
		null_tell("notify", "type", "error", "title", "not sent", "primary", "not signed on", NULL);
		return;
	}
	g_autofree char *markup = null_member(command, "markup") != NULL
					  ? g_strdup(null_member(command, "markup"))
					  : purple_markup_escape_text(null_member(command, "text"), -1);
	PurpleConversation *conversation = null_conversation(to);
	if (purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT)
		purple_conv_chat_send(purple_conversation_get_chat_data(conversation), markup);
	else
		purple_conv_im_send(purple_conversation_get_im_data(conversation), markup);
}

static void
do_focus(JsonObject *command)
{
	const char *to = null_member(command, "to");
	null_host_look_at(to != NULL ? null_conversation(to) : NULL);
}

static void
do_typing(JsonObject *command)
{
	serv_send_typing(purple_account_get_connection(null_account()), null_member(command, "to"),
			 json_object_get_boolean_member(command, "typing") ? PURPLE_TYPING
									   : PURPLE_NOT_TYPING);
}

static void
do_command(JsonObject *command)
{
	const char *text = null_member(command, "text");
	g_autofree char *error = NULL;
	PurpleCmdStatus status =
		purple_cmd_do_command(null_conversation(null_member(command, "to")), text, text, &error);
	if (status != PURPLE_CMD_STATUS_OK)
		null_tell("notify", "type", "error", "title", "no command", "primary", error, NULL);
}

static PurpleChat *
entry_called(const char *title)
{
	for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL;
	     node = purple_blist_node_next(node, TRUE))
		if (PURPLE_BLIST_NODE_IS_CHAT(node) &&
		    purple_strequal(purple_chat_get_name(PURPLE_CHAT(node)), title))
			return PURPLE_CHAT(node);
	return NULL;
}

static void
do_menu(JsonObject *command)
{
	PurpleBlistNode *node = null_member(command, "group") != NULL
					? PURPLE_BLIST_NODE(entry_called(null_member(command, "group")))
					: PURPLE_BLIST_NODE(purple_find_buddy(
						  null_account(), null_member(command, "address")));
	PurplePlugin *plugin = purple_connection_get_prpl(purple_account_get_connection(null_account()));
	GList *items = PURPLE_PLUGIN_PROTOCOL_INFO(plugin)->blist_node_menu(node);
	for (GList *i = items; i != NULL; i = i->next) {
		PurpleMenuAction *item = i->data;
		if (purple_strequal(item->label, null_member(command, "label")))
			((void (*)(PurpleBlistNode *, gpointer))item->callback)(node, item->data);
		purple_menu_action_free(item);
	}
	g_list_free(items);
}

static void
do_buddy(JsonObject *command)
{
	PurpleContact *contact = NULL;
	if (null_member(command, "contact") != NULL)
		contact = purple_buddy_get_contact(
			purple_find_buddy(null_account(), null_member(command, "contact")));
	PurpleBuddy *buddy = purple_buddy_new(null_account(), null_member(command, "address"),
					      null_member(command, "alias"));
	purple_blist_add_buddy(buddy, contact, NULL, NULL);
	purple_account_add_buddy(null_account(), buddy);
}

static void
do_alias(JsonObject *command)
{
	purple_blist_alias_buddy(purple_find_buddy(null_account(), null_member(command, "address")),
				 null_member(command, "alias"));
}

static void
do_unbuddy(JsonObject *command)
{
	PurpleBuddy *buddy = purple_find_buddy(null_account(), null_member(command, "address"));
	purple_account_remove_buddy(null_account(), buddy, purple_buddy_get_group(buddy));
	purple_blist_remove_buddy(buddy);
}

static void
do_info(JsonObject *command)
{
	serv_get_info(purple_account_get_connection(null_account()), null_member(command, "who"));
}

static void
do_action(JsonObject *command)
{
	PurpleConnection *gc = purple_account_get_connection(null_account());
	PurplePlugin *plugin = purple_connection_get_prpl(gc);
	GList *actions = PURPLE_PLUGIN_ACTIONS(plugin, gc);
	for (GList *i = actions; i != NULL; i = i->next) {
		PurplePluginAction *action = i->data;
		action->plugin = plugin;
		action->context = gc;
		if (purple_strequal(action->label, null_member(command, "label")))
			action->callback(action);
	}
	g_list_free_full(actions, (GDestroyNotify)purple_plugin_action_free);
}

/* ---- groups ---- */

static void
do_join(JsonObject *command)
{
	g_autoptr(GHashTable) components = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const PurpleChat *entry =
		null_member(command, "entry") != NULL ? entry_called(null_member(command, "entry")) : NULL;
	g_autoptr(GList) names = json_object_get_members(command);
	for (GList *i = names; i != NULL; i = i->next)
		g_hash_table_insert(components, g_strdup(i->data), g_strdup(null_member(command, i->data)));
	serv_join_chat(purple_account_get_connection(null_account()),
		       entry != NULL ? entry->components : components);
}

static void
do_close(JsonObject *command)
{
	purple_conversation_destroy(null_conversation(null_member(command, "to")));
}

static void
do_look(JsonObject *command)
{
	null_host_tell_group("look", null_conversation(null_member(command, "to")));
}

static int
chat_id(JsonObject *command)
{
	return purple_conv_chat_get_id(
		purple_conversation_get_chat_data(null_conversation(null_member(command, "to"))));
}

static void
do_invite(JsonObject *command)
{
	serv_chat_invite(purple_account_get_connection(null_account()), chat_id(command), "Join us",
			 null_member(command, "who"));
}

static void
do_topic(JsonObject *command)
{
	PurpleConnection *gc = purple_account_get_connection(null_account());
	PURPLE_PLUGIN_PROTOCOL_INFO(purple_connection_get_prpl(gc))
		->set_chat_topic(gc, chat_id(command), null_member(command, "text"));
}

/* What Pidgin asks for in the tooltip of an entry, where it should tell. */
static const char *
lacking_in(PurpleChat *chat)
{
	PurpleConnection *gc = purple_account_get_connection(null_account());
	PurplePlugin *plugin = gc != NULL ? purple_connection_get_prpl(gc) : NULL;
	GList *fields = plugin != NULL ? PURPLE_PLUGIN_PROTOCOL_INFO(plugin)->chat_info(gc) : NULL;
	const char *lacking = NULL;
	for (GList *i = fields; i != NULL; i = i->next) {
		const struct proto_chat_entry *field = i->data;
		if (!g_hash_table_contains(purple_chat_get_components(chat), field->identifier))
			lacking = field->label;
	}
	g_list_free_full(fields, g_free);
	return lacking;
}

static void
do_list(JsonObject *command)
{
	(void)command;
	for (PurpleBlistNode *node = purple_blist_get_root(); node != NULL;
	     node = purple_blist_node_next(node, TRUE))
		if (PURPLE_BLIST_NODE_IS_CHAT(node))
			null_tell("list", "title", purple_chat_get_name(PURPLE_CHAT(node)), "picture",
				  purple_buddy_icons_node_has_custom_icon(node) ? "yes" : NULL, "lacks",
				  lacking_in(PURPLE_CHAT(node)), NULL);
	null_tell("list", "end", "yes", NULL);
}

static void
do_rooms(JsonObject *command)
{
	(void)command;
	PurpleRoomlist *list = purple_roomlist_get_list(purple_account_get_connection(null_account()));
	purple_roomlist_unref(list);
}

static void
do_fill(JsonObject *command)
{
	null_host_type(command);
}

static void
do_quit(JsonObject *command)
{
	(void)command;
	g_main_loop_quit(loop);
}

static void
run_command(const char *line)
{
	static const struct {
		const char *name;
		void (*run)(JsonObject *command);
	} commands[] = {
		{"login", do_login},     {"register", do_register}, {"logout", do_logout},
		{"open", do_open},       {"send", do_send},         {"buddy", do_buddy},
		{"unbuddy", do_unbuddy}, {"info", do_info},         {"action", do_action},
		{"quit", do_quit},       {"focus", do_focus},       {"typing", do_typing},
		{"command", do_command}, {"menu", do_menu},         {"join", do_join},
		{"close", do_close},     {"look", do_look},         {"invite", do_invite},
		{"topic", do_topic},     {"list", do_list},         {"rooms", do_rooms},
		{"fill", do_fill},       {"alias", do_alias},
	};
	g_autoptr(JsonNode) node = json_from_string(line, NULL);
	if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
		null_tell("notify", "type", "error", "title", "not a command", "primary", line, NULL);
		return;
	}
	JsonObject *command = json_node_get_object(node);
	if (null_files_run(command))
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		if (purple_strequal(commands[i].name, null_member(command, "do")))
			commands[i].run(command);
}

static gboolean
on_input(GIOChannel *input, GIOCondition condition, gpointer user_data)
{
	(void)condition;
	(void)user_data;
	g_autofree char *line = NULL;
	if (g_io_channel_read_line(input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
		g_main_loop_quit(loop);
		return G_SOURCE_REMOVE;
	}
	run_command(line);
	return G_SOURCE_CONTINUE;
}

/* A watch wakes for new bytes, not for further lines that the channel has read already. */
static gboolean
on_readable(GIOChannel *input, GIOCondition condition, gpointer user_data)
{
	do {
		if (!on_input(input, condition, user_data))
			return G_SOURCE_REMOVE;
	} while (g_io_channel_get_buffer_condition(input) & G_IO_IN);
	return G_SOURCE_CONTINUE;
}
int
main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: null_host USER_DIR PLUGIN_DIR [UI]\n", stderr);
		return 2;
	}
	if (!pipit_null_host_start(argc > 3 ? argv[3] : "null-host", argv[1], argv[2])) {
		fputs("null_host: libpurple did not start with prpl-pipit\n", stderr);
		return 1;
	}
	null_host_view_start();
	loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GIOChannel) input = g_io_channel_unix_new(STDIN_FILENO);
	g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_readable, NULL);
	null_tell("ready", NULL);
	g_main_loop_run(loop);
	pipit_null_host_stop();
	null_host_type(NULL);
	g_main_loop_unref(loop);
	return 0;
}
