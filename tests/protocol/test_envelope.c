/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the relay hands out: envelopes whole, or named so that they can be acknowledged. */
#include <glib.h>
#include <string.h>

#include "protocol/envelope.h"
#include "protocol/json_reader.h"

#define ID "7b0c1111-2222-4333-8444-555566667777"
#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define REST                                                                                                 \
	",\"id\":\"" ID "\",\"from\":\"mailto:a@x\",\"to\":\"mailto:b@x\",\"push_token\":\"" KEY             \
	"\",\"received_at\":1764000000123,\"payload\":\"AAEC\""
#define GOOD "{\"seq\":19" REST ",\"class\":\"stored\",\"suite\":\"pair-ec\",\"prekey\":\"" KEY "\"}"

static PipitPollAnswer *
parse_answer(const char *messages, GError **error)
{
	g_autofree char *json = g_strdup_printf(
		"{\"time\":1764000000456,\"epoch\":\"6f1c\",\"more\":true,\"messages\":[%s]}", messages);
	g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
	return pipit_poll_answer_parse(body, error);
}

static void
test_an_answer(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitPollAnswer) answer = parse_answer(
		GOOD ",{\"seq\":0" REST ",\"class\":\"ephemeral\",\"suite\":\"pair\",\"later\":1}", &error);
	g_assert_no_error(error);
	g_assert_cmpint(answer->time, ==, 1764000000456);
	g_assert_cmpstr(answer->epoch, ==, "6f1c");
	g_assert_true(answer->more);
	g_assert_cmpuint(answer->envelopes->len, ==, 2);
	g_assert_cmpuint(answer->malformed->len, ==, 0);
	const PipitEnvelope *stored = answer->envelopes->pdata[0];
	g_assert_cmpint(stored->seq, ==, 19);
	g_assert_cmpint(stored->suite, ==, PIPIT_SUITE_PAIR_EC);
	g_assert_cmpuint(g_bytes_get_size(stored->prekey), ==, 32);
	g_assert_cmpstr(stored->to, ==, "mailto:b@x");
	const PipitEnvelope *ephemeral = answer->envelopes->pdata[1];
	g_assert_cmpint(ephemeral->class_, ==, PIPIT_CLASS_EPHEMERAL);
	g_assert_null(ephemeral->prekey);
}

static void
test_a_malformed_one_does_not_hold_the_others(void)
{
	const char *bad[] = {
		"{\"seq\":20}",
		"{\"seq\":20" REST ",\"class\":\"stored\",\"suite\":\"rot13\"}",
		"{\"seq\":20" REST ",\"class\":\"urgent\",\"suite\":\"pair\"}",
		"{\"seq\":20" REST ",\"class\":\"stored\",\"suite\":\"pair\",\"prekey\":\"" KEY "\"}",
		"{\"seq\":20" REST ",\"class\":\"stored\",\"suite\":\"pair-ec\"}",
		"{\"seq\":20" REST ",\"class\":\"stored\",\"suite\":\"pair-ec\",\"prekey\":\"AAEC\"}",
		"{\"seq\":20" REST ",\"class\":\"ephemeral\",\"suite\":\"pair\"}",
		"{\"seq\":20,\"id\":\"x\",\"from\":\"mailto:a@x\",\"to\":\"mailto:b@x\",\"push_token\":\"" KEY
		"\",\"received_at\":1,\"payload\":\"AAEC\",\"class\":\"stored\",\"suite\":\"pair\"}",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *messages = g_strdup_printf("%s,%s", bad[i], GOOD);
		g_autoptr(GError) error = NULL;
		g_autoptr(PipitPollAnswer) answer = parse_answer(messages, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(answer->envelopes->len, ==, 1);
		g_assert_cmpuint(answer->malformed->len, ==, 1);
		g_assert_cmpint(g_array_index(answer->malformed, gint64, 0), ==, 20);
	}
}

static void
test_what_is_no_answer(void)
{
	const char *bad[] = {"1", "{}", "{\"seq\":-1}", "{\"seq\":\"20\"}"};
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(parse_answer(bad[i], &error));
		g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER);
	}
	GString *many = g_string_new(GOOD);
	for (guint i = 0; i < 100; i++)
		g_string_append(many, "," GOOD);
	g_autoptr(GError) error = NULL;
	g_assert_null(parse_answer(many->str, &error));
	g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER);
	g_string_free(many, TRUE);
}

static void
test_keeping_one(void)
{
	g_autoptr(PipitPollAnswer) answer = parse_answer(GOOD, NULL);
	g_autoptr(GBytes) kept = pipit_envelope_print(answer->envelopes->pdata[0]);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitEnvelope) envelope = pipit_envelope_parse(kept, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) again = pipit_envelope_print(envelope);
	g_assert_true(g_bytes_equal(kept, again));
	g_assert_cmpint(envelope->received_at, ==, 1764000000123);
}

static void
test_a_poll(void)
{
	const gint64 acks[] = {17, 18};
	g_autoptr(GBytes) body = pipit_poll_request(acks, 2, 18, 50);
	const char expected[] = "{\"ack\":[17,18],\"after\":18,\"wait\":50}";
	g_autoptr(GBytes) wanted = g_bytes_new_static(expected, sizeof expected - 1);
	g_assert_true(g_bytes_equal(body, wanted));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/envelope/an-answer", test_an_answer);
	g_test_add_func("/envelope/a-malformed-one-does-not-hold-the-others",
			test_a_malformed_one_does_not_hold_the_others);
	g_test_add_func("/envelope/what-is-no-answer", test_what_is_no_answer);
	g_test_add_func("/envelope/keeping-one", test_keeping_one);
	g_test_add_func("/envelope/a-poll", test_a_poll);
	return g_test_run();
}
