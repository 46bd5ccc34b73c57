/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The send request as docs/protocol.md shows it, and the relay's answer recipient by recipient. */
#include <glib.h>
#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/send_request.h"

#define ID "7b0c1111-2222-4333-8444-555566667777"
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static GPtrArray *
two_recipients(void)
{
	static const guint8 zeros[32];
	g_autoptr(GBytes) key = g_bytes_new_static(zeros, sizeof zeros);
	g_autoptr(GBytes) payload = g_bytes_new_static("\1\2\3", 3);
	GPtrArray *recipients = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	PipitRecipient *bob = pipit_recipient_new("mailto:b@x");
	g_ptr_array_add(bob->copies, pipit_copy_new(key, PIPIT_SUITE_PAIR_EC, key, payload));
	g_ptr_array_add(bob->copies, pipit_copy_new(key, PIPIT_SUITE_PAIR, NULL, payload));
	g_ptr_array_add(recipients, bob);
	g_ptr_array_add(recipients, pipit_recipient_new("mailto:a@x"));
	return recipients;
}

static void
test_a_request(void)
{
	g_autoptr(GPtrArray) recipients = two_recipients();
	g_autoptr(GBytes) body = pipit_send_request(ID, "mailto:a@x", PIPIT_CLASS_STORED, recipients);
	const char expected[] =
		"{\"id\":\"" ID "\",\"from\":\"mailto:a@x\",\"class\":\"stored\",\"recipients\":["
		"{\"to\":\"mailto:b@x\",\"copies\":["
		"{\"push_token\":\"" TOKEN "\",\"suite\":\"pair-ec\",\"prekey\":\"" TOKEN
		"\",\"payload\":\"AQID\"},"
		"{\"push_token\":\"" TOKEN "\",\"suite\":\"pair\",\"payload\":\"AQID\"}]},"
		"{\"to\":\"mailto:a@x\",\"copies\":[]}]}";
	g_autofree char *text = g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
	g_assert_cmpstr(text, ==, expected);
}

static GPtrArray *
parse(const char *results, GError **error)
{
	const char *const handles[] = {"mailto:b@x", "mailto:a@x", NULL};
	g_autofree char *json = g_strdup_printf("{\"time\":1764000000123,\"results\":[%s]}", results);
	g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
	gint64 time = 0;
	GPtrArray *parsed = pipit_send_answer_parse(body, handles, &time, error);
	g_assert_cmpint(time, ==, parsed != NULL ? 1764000000123 : 0);
	return parsed;
}

static void
test_an_answer(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) results =
		parse("{\"to\":\"mailto:b@x\",\"status\":\"stale\",\"missing\":[\"" TOKEN "\"],\"gone\":[]},"
		      "{\"to\":\"mailto:a@x\",\"status\":\"refused\",\"code\":\"unreachable\"}",
		      &error);
	g_assert_no_error(error);
	const PipitSendResult *stale = results->pdata[0];
	g_assert_cmpint(stale->status, ==, PIPIT_SEND_STALE);
	g_assert_cmpuint(stale->missing->len, ==, 1);
	g_assert_cmpuint(stale->gone->len, ==, 0);
	g_assert_cmpuint(stale->old_prekey->len, ==, 0);
	const PipitSendResult *refused = results->pdata[1];
	g_assert_cmpint(refused->status, ==, PIPIT_SEND_REFUSED);
	g_assert_cmpstr(refused->code, ==, "unreachable");
}

static void
test_what_is_no_answer(void)
{
	const char *bad[] = {
		"",
		"{\"to\":\"mailto:b@x\",\"status\":\"accepted\"}",
		"{\"to\":\"mailto:a@x\",\"status\":\"accepted\"},{\"to\":\"mailto:b@x\",\"status\":"
		"\"accepted\"}",
		"{\"to\":\"mailto:b@x\",\"status\":\"lost\"},{\"to\":\"mailto:a@x\",\"status\":\"accepted\"}",
		"{\"to\":\"mailto:b@x\"},{\"to\":\"mailto:a@x\",\"status\":\"accepted\"}",
		"{\"to\":\"mailto:b@x\",\"status\":\"refused\"},{\"to\":\"mailto:a@x\",\"status\":"
		"\"accepted\"}",
		"{\"to\":\"mailto:b@x\",\"status\":\"stale\",\"gone\":[\"x\"]},"
		"{\"to\":\"mailto:a@x\",\"status\":\"accepted\"}",
		"{\"to\":\"mailto:b@x\",\"status\":\"accepted\"},{\"to\":\"mailto:a@x\",\"status\":"
		"\"accepted\"},"
		"{\"to\":\"mailto:a@x\",\"status\":\"accepted\"}",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(parse(bad[i], &error));
		g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/send-request/a-request", test_a_request);
	g_test_add_func("/send-request/an-answer", test_an_answer);
	g_test_add_func("/send-request/what-is-no-answer", test_what_is_no_answer);
	return g_test_run();
}
