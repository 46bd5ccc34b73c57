/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: both halves of the client without a window speak to the test that drives it. */
#include "tests/plugin/null_tell.h"

#include <stdio.h>

void
null_tell(const char *event, ...)
{
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_string_member(object, "event", event);
	va_list pairs;
	va_start(pairs, event);
	for (const char *member = va_arg(pairs, const char *); member != NULL;
	     member = va_arg(pairs, const char *)) {
		const char *value = va_arg(pairs, const char *);
		if (value != NULL)
			json_object_set_string_member(object, member, value);
	}
	va_end(pairs);
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), object);
	g_autofree char *line = json_to_string(node, FALSE);
	puts(line);
	fflush(stdout);
}

const char *
null_member(JsonObject *command, const char *name)
{
	return json_object_has_member(command, name) ? json_object_get_string_member(command, name) : NULL;
}

PurpleAccount *
null_account(void)
{
	GList *accounts = purple_accounts_get_all();
	return accounts != NULL ? accounts->data : NULL;
}

/* The window of a group, the latest if several have that title. */
static PurpleConversation *
window_of(const char *title)
{
	for (GList *i = purple_get_chats(); i != NULL; i = i->next)
		if (purple_strequal(purple_conversation_get_title(i->data), title))
			return i->data;
	return NULL;
}

PurpleConversation *
null_conversation(const char *to)
{
	PurpleConversation *conversation = window_of(to);
	if (conversation == NULL)
		conversation = purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, to, null_account());
	return conversation != NULL ? conversation
				    : purple_conversation_new(PURPLE_CONV_TYPE_IM, null_account(), to);
}
