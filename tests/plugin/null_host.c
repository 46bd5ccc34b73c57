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
 *   {"do": "unbuddy", "address"}; {"do": "info", "who"}; {"do": "action", "label"}; {"do": "logout"}; {"do": "quit"}.
 * Events: {"event": "ready" | "progress" | "online" | "offline" | "error" | "im" | "conversation" | "buddy" |
 *   "notify" | "userinfo" | "typing" | "unseen" | "form", …}; for files see null_files.h. A form is filled in with its first choice and confirmed. */
#include <string.h>
#include <unistd.h>

#include <json-glib/json-glib.h>
#include <purple.h>

#include "tests/plugin/null_files.h"
#include "tests/plugin/null_tell.h"
#include "tests/support/null_host.h"

#define RECONNECT_MS 500

static GMainLoop *loop;
static PurpleConversation *focused;

/* ---- events ---- */

static const char *
kind_of(PurpleMessageFlags flags)
{
	if (flags & PURPLE_MESSAGE_ERROR)
		return "error";
	if (flags & PURPLE_MESSAGE_SEND)
		return flags & PURPLE_MESSAGE_REMOTE_SEND ? "sent elsewhere" : "sent";
	return flags & PURPLE_MESSAGE_RECV ? "received" : "system";
}

/* Counts as Pidgin and Finch do. */
static int
unseen(PurpleConversation *conversation)
{
	return GPOINTER_TO_INT(purple_conversation_get_data(conversation, "unseen-count"));
}

static void
set_unseen(PurpleConversation *conversation, int count)
{
	purple_conversation_set_data(conversation, "unseen-count", GINT_TO_POINTER(count));
	purple_conversation_update(conversation, PURPLE_CONV_UPDATE_UNSEEN);
}

static void
on_conversation_updated(PurpleConversation *conversation, PurpleConvUpdateType type)
{
	if (type != PURPLE_CONV_UPDATE_UNSEEN)
		return;
	g_autofree char *count = g_strdup_printf("%d", unseen(conversation));
	null_tell("unseen", "with", purple_conversation_get_name(conversation), "count", count, NULL);
}

static gboolean
has_focus(PurpleConversation *conversation)
{
	return conversation == focused;
}

static void
on_typing(PurpleAccount *account, const char *name)
{
	(void)account;
	null_tell("typing", "who", name, "state", "begun", NULL);
}

static void
on_typing_stopped(PurpleAccount *account, const char *name)
{
	(void)account;
	null_tell("typing", "who", name, "state", "stopped", NULL);
}

static void
write_conv(PurpleConversation *conversation, const char *who, const char *alias, const char *message,
	   PurpleMessageFlags flags, time_t when)
{
	g_autofree char *broken = purple_strdup_withhtml(message);
	g_autofree char *text = purple_markup_strip_html(broken);
	g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)when);
	if (flags & PURPLE_MESSAGE_RECV && conversation != focused)
		set_unseen(conversation, unseen(conversation) + 1);
	null_tell("im", "kind", kind_of(flags), "with", purple_conversation_get_name(conversation), "title",
		  purple_conversation_get_title(conversation), "from", who, "alias", alias, "text", text,
		  "html", message, "time", seconds, "delayed", flags & PURPLE_MESSAGE_DELAYED ? "yes" : NULL,
		  NULL);
	null_files_tell_pictures(conversation, message);
}

static void
present(PurpleConversation *conversation)
{
	null_tell("conversation", "with", purple_conversation_get_name(conversation), "title",
		  purple_conversation_get_title(conversation), NULL);
}

static PurpleConversationUiOps conversation_ops = {
	.write_conv = write_conv,
	.present = present,
	.has_focus = has_focus,
};

static void
on_progress(PurpleConnection *gc, const char *text, size_t step, size_t steps)
{
	(void)gc;
	(void)step;
	(void)steps;
	null_tell("progress", "text", text, NULL);
}

static void
on_connected(PurpleConnection *gc)
{
	null_tell("online", "account", purple_account_get_username(purple_connection_get_account(gc)), "name",
		  purple_connection_get_display_name(gc), NULL);
}

static void
on_disconnected(PurpleConnection *gc)
{
	null_tell("offline", "account", purple_account_get_username(purple_connection_get_account(gc)), NULL);
}

static gboolean
reconnect(gpointer user_data)
{
	PurpleAccount *account = user_data;
	if (g_list_find(purple_accounts_get_all(), account) != NULL &&
	    purple_account_is_disconnected(account))
		purple_account_connect(account);
	return G_SOURCE_REMOVE;
}

static void
on_error(PurpleConnection *gc, PurpleConnectionError reason, const char *text)
{
	g_autofree char *number = g_strdup_printf("%d", reason);
	gboolean fatal = purple_connection_error_is_fatal(reason);
	null_tell("error", "reason", number, "text", text, "fatal", fatal ? "yes" : "no", NULL);
	if (!fatal)
		g_timeout_add(RECONNECT_MS, reconnect, purple_connection_get_account(gc));
}

static PurpleConnectionUiOps connection_ops = {
	.connect_progress = on_progress,
	.connected = on_connected,
	.disconnected = on_disconnected,
	.report_disconnect_reason = on_error,
};

static void *
on_notify(PurpleNotifyMsgType type, const char *title, const char *primary, const char *secondary)
{
	null_tell("notify", "type", type == PURPLE_NOTIFY_MSG_ERROR ? "error" : "info", "title", title,
		  "primary", primary, "secondary", secondary, NULL);
	return NULL;
}

static void *
on_formatted(const char *title, const char *primary, const char *secondary, const char *text)
{
	null_tell("notify", "type", "formatted", "title", title, "primary", primary, "secondary", secondary,
		  "text", text, NULL);
	return NULL;
}

static void *
on_userinfo(PurpleConnection *gc, const char *who, PurpleNotifyUserInfo *notes)
{
	(void)gc;
	g_autofree char *text = purple_notify_user_info_get_text_with_newline(notes, "\n");
	null_tell("userinfo", "who", who, "text", text, NULL);
	return NULL;
}

static void *
on_form(const char *title, const char *primary, const char *secondary, PurpleRequestFields *fields,
	const char *ok_text, GCallback ok, const char *cancel_text, GCallback cancel, PurpleAccount *account,
	const char *who, PurpleConversation *conversation, void *user_data)
{
	(void)secondary;
	(void)ok_text;
	(void)cancel_text;
	(void)cancel;
	(void)account;
	(void)who;
	(void)conversation;
	null_tell("form", "title", title, "primary", primary, NULL);
	((PurpleRequestFieldsCb)ok)(user_data, fields);
	purple_request_fields_destroy(fields);
	return NULL;
}

static PurpleRequestUiOps request_ops = {.request_fields = on_form};

static PurpleNotifyUiOps notify_ops = {
	.notify_message = on_notify,
	.notify_formatted = on_formatted,
	.notify_userinfo = on_userinfo,
};

static void
on_buddy_status(PurpleBuddy *buddy)
{
	gboolean online = purple_presence_is_online(purple_buddy_get_presence(buddy));
	null_tell("buddy", "address", purple_buddy_get_name(buddy), "alias", purple_buddy_get_alias(buddy),
		  "status", online ? "online" : "offline", NULL);
}

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
	purple_conv_im_send(purple_conversation_get_im_data(null_conversation(to)), markup);
}

static void
do_focus(JsonObject *command)
{
	focused = null_member(command, "to") != NULL ? null_conversation(null_member(command, "to")) : NULL;
	if (focused != NULL)
		set_unseen(focused, 0);
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

static void
do_menu(JsonObject *command)
{
	PurpleBlistNode *node =
		PURPLE_BLIST_NODE(purple_find_buddy(null_account(), null_member(command, "address")));
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
		{"command", do_command}, {"menu", do_menu},
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

static void
set_ops(void)
{
	purple_conversations_set_ui_ops(&conversation_ops);
	purple_connections_set_ui_ops(&connection_ops);
	purple_notify_set_ui_ops(&notify_ops);
	null_files_set_ops(&request_ops);
	purple_request_set_ui_ops(&request_ops);
	static int handle;
	purple_signal_connect(purple_blist_get_handle(), "buddy-signed-on", &handle,
			      PURPLE_CALLBACK(on_buddy_status), NULL);
	purple_signal_connect(purple_conversations_get_handle(), "conversation-updated", &handle,
			      PURPLE_CALLBACK(on_conversation_updated), NULL);
	purple_signal_connect(purple_conversations_get_handle(), "buddy-typing", &handle,
			      PURPLE_CALLBACK(on_typing), NULL);
	purple_signal_connect(purple_conversations_get_handle(), "buddy-typing-stopped", &handle,
			      PURPLE_CALLBACK(on_typing_stopped), NULL);
	purple_signal_connect(purple_blist_get_handle(), "buddy-signed-off", &handle,
			      PURPLE_CALLBACK(on_buddy_status), NULL);
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
	set_ops();
	loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GIOChannel) input = g_io_channel_unix_new(STDIN_FILENO);
	g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_readable, NULL);
	null_tell("ready", NULL);
	g_main_loop_run(loop);
	pipit_null_host_stop();
	g_main_loop_unref(loop);
	return 0;
}
