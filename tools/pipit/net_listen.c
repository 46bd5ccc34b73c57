/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit listen`: each message that comes as one line of JSON. */
#include <json-glib/json-glib.h>

#include "protocol/i18n.h"
#include "protocol/json_reader.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/session.h"

typedef struct {
	int count; /* 0: without end */
	int timeout;
	int seen;
	gboolean news; /* of groups too */
} Listen;

static JsonObject *
object_of(const PipitAttachment *attachment)
{
	JsonObject *object = json_object_new();

	json_object_set_int_member(object, "number", attachment->number);
	json_object_set_string_member(object, "name", attachment->name);
	json_object_set_int_member(object, "size", attachment->size);
	if (attachment->type != NULL)
		json_object_set_string_member(object, "type", attachment->type);
	if (attachment->width > 0) {
		json_object_set_int_member(object, "width", attachment->width);
		json_object_set_int_member(object, "height", attachment->height);
	}
	return object;
}

static void
set_attachments(JsonObject *object, const PipitIncoming *incoming)
{
	JsonArray *attachments = json_array_new();

	for (guint i = 0; i < incoming->n_attachments; i++)
		json_array_add_object_element(attachments, object_of(&incoming->attachments[i]));
	json_object_set_array_member(object, "attachments", attachments);
}

static GBytes *
end_line(JsonObject *object)
{
	g_autoptr(GBytes) json = pipit_json_print(object);
	gsize size;
	const char *text = g_bytes_get_data(json, &size);
	char *line = g_strdup_printf("%.*s\n", (int)size, text);

	return g_bytes_new_take(line, size + 1);
}

static GBytes *
line_of(const PipitIncoming *incoming)
{
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "id", incoming->id);
	json_object_set_string_member(object, "peer", incoming->peer);
	json_object_set_string_member(object, "from", incoming->from);
	json_object_set_boolean_member(object, "own", incoming->own);
	json_object_set_string_member(object, "text", incoming->text);
	if (incoming->html != NULL)
		json_object_set_string_member(object, "html", incoming->html);
	json_object_set_int_member(object, "sent_at", incoming->sent_at);
	json_object_set_int_member(object, "received_at", incoming->received_at);
	json_object_set_boolean_member(object, "delayed", incoming->delayed);
	if (incoming->n_attachments > 0)
		set_attachments(object, incoming);
	return end_line(object);
}

static const char *
kind_of(const PipitGroupNews *news)
{
	static const char *const words[] = {
		[PIPIT_GROUP_NEWS_JOINED] = "joined",     [PIPIT_GROUP_NEWS_ASKED] = "asked",
		[PIPIT_GROUP_NEWS_ADDED] = "added",       [PIPIT_GROUP_NEWS_REMOVED] = "removed",
		[PIPIT_GROUP_NEWS_LEFT] = "left",         [PIPIT_GROUP_NEWS_NAMED] = "named",
		[PIPIT_GROUP_NEWS_PICTURED] = "pictured",
	};

	return words[news->kind];
}

static GBytes *
line_of_news(const PipitGroupNews *news)
{
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "news", kind_of(news));
	json_object_set_string_member(object, "peer", news->peer);
	json_object_set_string_member(object, "by", news->by);
	if (news->told_by != NULL)
		json_object_set_string_member(object, "told_by", news->told_by);
	json_object_set_boolean_member(object, "own", news->own);
	pipit_json_set_strings(object, "handles", news->handles);
	if (news->group->name != NULL)
		json_object_set_string_member(object, "name", news->group->name);
	pipit_json_set_strings(object, "members", (const char *const *)news->group->members);
	json_object_set_int_member(object, "at", news->at);
	return end_line(object);
}

static gboolean
write_line(PipitToolSession *session, Listen *listen, GBytes *line)
{
	g_autoptr(GError) error = NULL;
	gsize size;
	gconstpointer bytes = g_bytes_get_data(line, &size);

	if (!pipit_stdout_write(bytes, size, &error)) {
		pipit_tool_session_fail(session, error);
		return FALSE;
	}
	listen->seen++;
	if (listen->seen == listen->count)
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
	return TRUE;
}

static gboolean
on_group(PipitToolSession *session, gpointer command, const PipitGroupNews *news)
{
	Listen *listen = command;
	g_autoptr(GBytes) line = line_of_news(news);

	return listen->news ? write_line(session, listen, line) : FALSE;
}

static gboolean
on_message(PipitToolSession *session, gpointer command, const PipitIncoming *incoming)
{
	g_autoptr(GBytes) line = line_of(incoming);

	return write_line(session, command, line);
}

int
pipit_command_listen(int argc, char **argv)
{
	const PipitToolEvents events = {.message = on_message, .group = on_group};
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;
	Listen listen = {0};
	const GOptionEntry entries[] = {
		{"count", 'n', 0, G_OPTION_ARG_INT, &listen.count, N_("End after this many messages"),
		 N_("N")},
		{"groups", 0, 0, G_OPTION_ARG_NONE, &listen.news, N_("Also what changes in groups"), NULL},
		{"timeout", 't', 0, G_OPTION_ARG_INT, &listen.timeout, N_("End after this time"),
		 N_("SECONDS")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(
		    &options, NULL, _("Writes each message that comes as a line of JSON to standard output."),
		    entries, argc, argv, &error) ||
	    !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	g_autoptr(PipitToolSession) session = pipit_tool_session_new(
		&options, NULL, FALSE, TRUE, (guint)MAX(listen.timeout, 0), &events, &listen, &error);
	if (session == NULL)
		return pipit_command_fail(error);
	int status = pipit_tool_session_run(session);
	/* Without a number to wait for, the end of the time, or a signal, is how it is meant to end. */
	return status == PIPIT_EXIT_NOT_YET && listen.count == 0 ? PIPIT_EXIT_OK : status;
}
