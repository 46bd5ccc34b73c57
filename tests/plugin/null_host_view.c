/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: what libpurple would have a window show becomes a line of JSON. */
#include "tests/plugin/null_host_view.h"

#include "tests/plugin/null_files.h"
#include "tests/plugin/null_tell.h"

#define RECONNECT_MS 500

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
	gboolean is_chat = purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT;
	null_tell(is_chat ? "chat" : "im", "kind", kind_of(flags), "with",
		  purple_conversation_get_name(conversation), "title",
		  purple_conversation_get_title(conversation), "from", who, "alias", alias, "text", text,
		  "html", message, "time", seconds, "delayed", flags & PURPLE_MESSAGE_DELAYED ? "yes" : NULL,
		  NULL);
	null_files_tell_pictures(conversation, message);
}

static void
create(PurpleConversation *conversation)
{
	if (purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT)
		null_tell("window", "with", purple_conversation_get_name(conversation), "title",
			  purple_conversation_get_title(conversation), NULL);
}

static int
compare(const void *one, const void *other)
{
	return g_strcmp0(*(const char *const *)one, *(const char *const *)other);
}

void
null_host_tell_group(const char *event, PurpleConversation *conversation)
{
	PurpleConvChat *chat = purple_conversation_get_chat_data(conversation);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	for (GList *i = purple_conv_chat_get_users(chat); i != NULL; i = i->next)
		g_ptr_array_add(names, ((PurpleConvChatBuddy *)i->data)->alias);
	g_ptr_array_sort(names, compare);
	g_ptr_array_add(names, NULL);
	g_autofree char *members = g_strjoinv(", ", (GStrv)names->pdata);
	null_tell(event, "with", purple_conversation_get_name(conversation), "title",
		  purple_conversation_get_title(conversation), "topic", purple_conv_chat_get_topic(chat),
		  "members", members, "left", purple_conv_chat_has_left(chat) ? "yes" : "no", NULL);
}

static void
on_members(PurpleConversation *conversation, GList *names, gboolean new_arrivals)
{
	(void)names;
	(void)new_arrivals;
	null_host_tell_group("group", conversation);
}

static void
on_members_gone(PurpleConversation *conversation, GList *names)
{
	(void)names;
	null_host_tell_group("group", conversation);
}

static void
on_member_changed(PurpleConversation *conversation, const char *name)
{
	(void)name;
	null_host_tell_group("group", conversation);
}

static void
present(PurpleConversation *conversation)
{
	null_tell("conversation", "with", purple_conversation_get_name(conversation), "title",
		  purple_conversation_get_title(conversation), NULL);
}

static PurpleConversationUiOps conversation_ops = {
	.create_conversation = create,
	.chat_add_users = on_members,
	.chat_remove_users = on_members_gone,
	.chat_update_user = on_member_changed,
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

/* What the person types into the forms that come. */
static JsonObject *to_be_typed;

static const char *
typed(const char *name)
{
	return to_be_typed != NULL && json_object_has_member(to_be_typed, name)
		       ? json_object_get_string_member(to_be_typed, name)
		       : NULL;
}

static void
fill_in(PurpleRequestFields *fields)
{
	static const char *const names[] = {"name", "people"};
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (purple_request_fields_exists(fields, names[i]) && typed(names[i]) != NULL)
			purple_request_field_string_set_value(
				purple_request_fields_get_field(fields, names[i]), typed(names[i]));
}

/* A form that comes while another one is confirmed says what was wrong there: the person gives up. */
static gboolean confirming;

static const char *
value_in(PurpleRequestFields *fields, const char *name)
{
	return purple_request_fields_exists(fields, name) ? purple_request_fields_get_string(fields, name)
							  : NULL;
}

static void *
on_form(const char *title, const char *primary, const char *secondary, PurpleRequestFields *fields,
	const char *ok_text, GCallback ok, const char *cancel_text, GCallback cancel, PurpleAccount *account,
	const char *who, PurpleConversation *conversation, void *user_data)
{
	(void)cancel_text;
	(void)cancel;
	(void)account;
	(void)who;
	(void)conversation;
	null_tell("form", "title", title, "primary", primary, "secondary", secondary, "name",
		  value_in(fields, "name"), "people", value_in(fields, "people"), "ok", ok_text, NULL);
	if (!confirming) {
		confirming = TRUE;
		fill_in(fields);
		((PurpleRequestFieldsCb)ok)(user_data, fields);
		confirming = FALSE;
	}
	purple_request_fields_destroy(fields);
	return NULL;
}

static void *
on_input_form(const char *title, const char *primary, const char *secondary, const char *preset,
	      gboolean multiline, gboolean masked, char *hint, const char *ok_text, GCallback ok,
	      const char *cancel_text, GCallback cancel, PurpleAccount *account, const char *who,
	      PurpleConversation *conversation, void *user_data)
{
	(void)multiline;
	(void)masked;
	(void)hint;
	(void)cancel_text;
	(void)account;
	(void)who;
	(void)conversation;
	null_tell("form", "title", title, "primary", primary, "secondary", secondary, "text", preset, "ok",
		  ok_text, NULL);
	if (confirming) {
		((PurpleRequestInputCb)cancel)(user_data, preset);
		return NULL;
	}
	confirming = TRUE;
	((PurpleRequestInputCb)ok)(user_data, typed("text") != NULL ? typed("text") : preset);
	confirming = FALSE;
	return NULL;
}

static PurpleRequestUiOps request_ops = {.request_fields = on_form, .request_input = on_input_form};

/* ---- rooms ---- */

static void
on_room(PurpleRoomlist *list, PurpleRoomlistRoom *room)
{
	(void)list;
	null_tell("rooms", "title", purple_roomlist_room_get_name(room), "members",
		  g_list_nth_data(purple_roomlist_room_get_fields(room), 1), NULL);
}

static PurpleRoomlistUiOps roomlist_ops = {.add_room = on_room};

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

/* ---- what the person does ---- */

void
null_host_look_at(PurpleConversation *conversation)
{
	focused = conversation;
	if (focused != NULL)
		set_unseen(focused, 0);
}

void
null_host_type(JsonObject *values)
{
	g_clear_pointer(&to_be_typed, json_object_unref);
	to_be_typed = values != NULL ? json_object_ref(values) : NULL;
}

/* With these, empty or not, libpurple keeps the buddy list. bitlbee does not load it. */
static PurpleBlistUiOps blist_ops;

void
null_host_view_start(void)
{
	if (!purple_strequal(purple_core_get_ui(), "BitlBee"))
		purple_blist_set_ui_ops(&blist_ops);
	purple_conversations_set_ui_ops(&conversation_ops);
	purple_connections_set_ui_ops(&connection_ops);
	purple_notify_set_ui_ops(&notify_ops);
	null_files_set_ops(&request_ops);
	purple_request_set_ui_ops(&request_ops);
	purple_roomlist_set_ui_ops(&roomlist_ops);
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
