/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what a client would hand to the relay. */
#include "tests/support/sent.h"

#include "protocol/json_reader.h"
#include "protocol/limits.h"

static JsonObject *
parse(GBytes *request)
{
	g_autoptr(GError) error = NULL;
	JsonObject *object = pipit_json_parse_bytes(request, PIPIT_SEND_REQUEST_MAX, &error);
	g_assert_no_error(error);
	return object;
}

static GBytes *
copy_bytes(JsonArray *copies, guint i, const char *name)
{
	GError *bad = NULL;
	GBytes *bytes =
		pipit_json_bytes(json_array_get_object_element(copies, i), name, 1, PIPIT_MESSAGE_MAX, &bad);
	g_assert_no_error(bad);
	return bytes;
}

static void
describe_copies(GString *text, JsonArray *copies)
{
	for (guint i = 0; i < json_array_get_length(copies); i++) {
		g_autoptr(GBytes) token = copy_bytes(copies, i, "push_token");
		const guint8 *first = g_bytes_get_data(token, NULL);
		g_string_append_printf(text, "%s%d", i > 0 ? " " : "", *first);
	}
}

char *
pipit_sent_describe(GBytes *request)
{
	g_autoptr(JsonObject) object = parse(request);
	JsonArray *recipients = json_object_get_array_member(object, "recipients");
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < json_array_get_length(recipients); i++) {
		JsonObject *recipient = json_array_get_object_element(recipients, i);
		g_string_append_printf(text, "%s(", json_object_get_string_member(recipient, "to"));
		describe_copies(text, json_object_get_array_member(recipient, "copies"));
		g_string_append_c(text, ')');
	}
	return g_string_free(text, FALSE);
}

GBytes *
pipit_sent_payload(GBytes *request)
{
	g_autoptr(JsonObject) object = parse(request);
	JsonArray *recipients = json_object_get_array_member(object, "recipients");
	for (guint i = 0; i < json_array_get_length(recipients); i++) {
		JsonObject *recipient = json_array_get_object_element(recipients, i);
		JsonArray *copies = json_object_get_array_member(recipient, "copies");
		if (json_array_get_length(copies) > 0)
			return copy_bytes(copies, 0, "payload");
	}
	g_assert_not_reached();
}
