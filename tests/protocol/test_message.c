/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sealed plaintext: there and back, and every way in which it is none. */
#include <glib.h>
#include <string.h>

#include "protocol/gzip.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/uuid.h"

#define ID "7b0c1111-2222-4333-8444-555566667777"
#define HEAD                                                                                                 \
	"\"v\":1,\"type\":\"message\",\"id\":\"" ID "\",\"from\":\"mailto:a@x\",\"sent_at\":1764000000000"

static PipitMessage *
unpack(const char *json, GError **error)
{
	g_autoptr(GBytes) plain = g_bytes_new(json, strlen(json));
	g_autoptr(GBytes) packed = pipit_gzip(plain);
	return pipit_message_unpack(packed, error);
}

static void
test_there_and_back(void)
{
	char *to[] = {(char *)"mailto:b@x", (char *)"tel:+15551234567", NULL};
	PipitMessage message = {
		.id = (char *)ID,
		.from = (char *)"mailto:a@x",
		.to = to,
		.sent_at = 1764000000000,
		.text = (char *)"<b>&amp; %n\n\xf0\x9f\x90\xa6 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \"\\\x7f",
		.html = (char *)"<b>x</b>",
	};
	g_autoptr(GBytes) packed = pipit_message_pack(&message);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitMessage) back = pipit_message_unpack(packed, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(back->id, ==, message.id);
	g_assert_cmpstr(back->from, ==, message.from);
	g_assert_true(g_strv_equal((const char *const *)back->to, (const char *const *)to));
	g_assert_cmpint(back->sent_at, ==, message.sent_at);
	g_assert_cmpstr(back->text, ==, message.text);
	g_assert_cmpstr(back->html, ==, message.html);
	g_assert_true(pipit_message_is_to(back, "tel:+15551234567"));
	g_assert_false(pipit_message_is_to(back, "mailto:a@x"));
}

/* IRC's formatting codes, and all else that a keyboard can make. */
static void
test_control_characters(void)
{
	char text[0x20] = "";
	for (char c = 1; c < 0x20; c++)
		text[c - 1] = c;
	char *to[] = {(char *)"mailto:b@x", NULL};
	const PipitMessage message = {.id = (char *)ID,
				      .from = (char *)"mailto:a@x",
				      .to = to,
				      .sent_at = 1764000000000,
				      .text = text};
	g_autoptr(GBytes) packed = pipit_message_pack(&message);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitMessage) back = pipit_message_unpack(packed, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(back->text, ==, text);
}

static PipitMessage *
there_and_back(const PipitMessage *message)
{
	g_autoptr(GBytes) packed = pipit_message_pack(message);
	g_autoptr(GError) error = NULL;
	PipitMessage *back = pipit_message_unpack(packed, &error);
	g_assert_no_error(error);
	g_assert_cmpint(back->type, ==, message->type);
	g_assert_null(back->text);
	return back;
}

static void
test_other_types(void)
{
	char *to[] = {(char *)"mailto:b@x", NULL};
	char *ids[] = {(char *)ID, (char *)"00000000-2222-4333-8444-555566667777", NULL};
	PipitMessage message = {.id = (char *)ID, .from = (char *)"mailto:a@x", .to = to, .sent_at = 1};
	const PipitMessageType receipts[] = {PIPIT_MESSAGE_DELIVERED, PIPIT_MESSAGE_READ};
	for (gsize i = 0; i < G_N_ELEMENTS(receipts); i++) {
		message.type = receipts[i];
		message.ids = ids;
		g_autoptr(PipitMessage) back = there_and_back(&message);
		g_assert_true(g_strv_equal((const char *const *)back->ids, (const char *const *)ids));
		g_assert_cmpint(pipit_message_class(back->type), ==, PIPIT_CLASS_STORED);
	}
	message.type = PIPIT_MESSAGE_TYPING;
	message.typing = TRUE;
	g_autoptr(PipitMessage) typing = there_and_back(&message);
	g_assert_true(typing->typing);
	g_assert_null(typing->ids);
	g_assert_cmpint(pipit_message_class(typing->type), ==, PIPIT_CLASS_EPHEMERAL);
	message.type = PIPIT_MESSAGE_DEVICE;
	pipit_message_free(there_and_back(&message));
}

static void
assert_refused_ids(const char *ids)
{
	g_autofree char *json = g_strdup_printf("{\"v\":1,\"type\":\"read\",\"id\":\"" ID
						"\",\"from\":\"mailto:a@x\",\"sent_at\":1,"
						"\"to\":[\"mailto:b@x\"]%s}",
						ids);
	g_autoptr(GError) error = NULL;
	if (unpack(json, &error) != NULL)
		g_error("taken: %.100s", ids);
	g_assert_error(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_INVALID);
}

static void
test_receipts_that_are_none(void)
{
	const char *cases[] = {"",
			       ",\"ids\":[]",
			       ",\"ids\":null",
			       ",\"ids\":\"" ID "\"",
			       ",\"ids\":[1]",
			       ",\"ids\":[\"x\"]",
			       ",\"ids\":[\"" ID "\",\"" ID "0\"]"};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_refused_ids(cases[i]);
	/* As many as a message can hold, and one more than may be. */
	const guint counts[] = {PIPIT_RECEIPT_MAX_IDS + 1, 26000};
	for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
		g_autoptr(GString) many = g_string_new(",\"ids\":[\"" ID "\"");
		for (guint n = 1; n < counts[i]; n++)
			g_string_append(many, ",\"" ID "\"");
		g_string_append(many, "]");
		assert_refused_ids(many->str);
	}
}

static void
test_unknown_members_are_skipped(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitMessage) message =
		unpack("{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":\"\",\"later\":[{\"a\":null}]}", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(message->text, ==, "");
	g_assert_null(message->html);
}

static void
test_later_versions_and_types(void)
{
	const char *cases[] = {"{\"v\":2,\"type\":\"message\"}", "{\"v\":1,\"type\":\"wave\",\"id\":5}"};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(unpack(cases[i], &error));
		g_assert_error(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_UNKNOWN);
	}
}

static void
test_refused(void)
{
	const char *cases[] = {
		"",
		"[]",
		"{}",
		"{\"v\":\"1\",\"type\":\"message\"}",
		"{\"v\":1}",
		"{" HEAD ",\"text\":\"a\"}",
		"{" HEAD ",\"to\":[],\"text\":\"a\"}",
		"{" HEAD ",\"to\":[\"b@x\"],\"text\":\"a\"}",
		"{" HEAD ",\"to\":\"mailto:b@x\",\"text\":\"a\"}",
		"{" HEAD ",\"to\":[\"mailto:b@x\"]}",
		"{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":1}",
		"{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":\"a\",\"html\":null}",
		"{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":\"a\",\"text\":\"b\"}",
		"{\"v\":1,\"type\":\"message\",\"id\":\"7B0C1111-2222-4333-8444-555566667777\",\"from\":"
		"\"mailto:a@x\","
		"\"sent_at\":1,\"to\":[\"mailto:b@x\"],\"text\":\"a\"}",
		"{\"v\":1,\"type\":\"message\",\"id\":\"" ID "\",\"from\":\"mailto:a@x\","
		"\"sent_at\":-1,\"to\":[\"mailto:b@x\"],\"text\":\"a\"}",
		"{\"v\":1,\"type\":\"message\",\"id\":\"" ID "\",\"from\":\"mailto:A@x\","
		"\"sent_at\":1,\"to\":[\"mailto:b@x\"],\"text\":\"a\"}",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		if (unpack(cases[i], &error) != NULL)
			g_error("taken: %s", cases[i]);
		g_assert_error(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_INVALID);
	}
}

static void
test_limits(void)
{
	g_autofree char *text = g_strnfill(PIPIT_TEXT_MAX + 1, 'x');
	g_autofree char *long_text =
		g_strdup_printf("{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":\"%s\"}", text);
	g_autoptr(GError) error = NULL;
	g_assert_null(unpack(long_text, &error));
	g_assert_error(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_INVALID);
	g_autofree char *just_right =
		g_strdup_printf("{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":\"%s\"}", text + 1);
	g_autoptr(PipitMessage) message = unpack(just_right, NULL);
	g_assert_nonnull(message);
	GString *many = g_string_new("{" HEAD ",\"text\":\"\",\"to\":[\"mailto:b@x\"");
	for (guint i = 0; i < PIPIT_MESSAGE_MAX_TO; i++)
		g_string_append(many, ",\"mailto:b@x\"");
	g_string_append(many, "]}");
	g_assert_null(unpack(many->str, NULL));
	g_string_free(many, TRUE);
	g_autofree char *padding = g_strnfill(PIPIT_MESSAGE_MAX, ' ');
	g_autofree char *bomb =
		g_strdup_printf("{" HEAD ",\"to\":[\"mailto:b@x\"],\"text\":\"\"}%s", padding);
	g_assert_null(unpack(bomb, NULL));
}

static void
test_the_time_to_show(void)
{
	const gint64 now = 1764000000000;
	const struct {
		gint64 sent_at;
		gint64 shown;
	} cases[] = {
		{now, now},
		{now - 31 * PIPIT_DAY_MS, now - 31 * PIPIT_DAY_MS},
		{now - 31 * PIPIT_DAY_MS - 1, now},
		{now + 300000, now + 300000},
		{now + 300001, now},
		{0, now},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		PipitMessage message = {.sent_at = cases[i].sent_at};
		g_assert_cmpint(pipit_message_shown_time(&message, now), ==, cases[i].shown);
	}
}

static void
test_ids(void)
{
	g_autofree char *one = pipit_uuid_new();
	g_autofree char *two = pipit_uuid_new();
	g_assert_true(pipit_uuid_valid(one));
	g_assert_cmpstr(one, !=, two);
	g_assert_cmpint(one[14], ==, '4');
	const char *others[] = {"",
				"7b0c1111",
				"7b0c1111-2222-4333-8444-5555666677770",
				"7B0C1111-2222-4333-8444-555566667777",
				"7b0c1111-2222-4333-8444_555566667777",
				"{7b0c1111-2222-4333-8444-55556666777}"};
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_false(pipit_uuid_valid(others[i]));
}

#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* What goes to a whole group names nobody, and is nobody's alone; changes are of the group that the message is of. */
static void
test_in_a_group(void)
{
	static const char head[] =
		"{\"v\":1,\"id\":\"" ID "\",\"from\":\"mailto:a@x\",\"sent_at\":1,\"to\":[]";
	static const struct {
		const char *rest;
		gboolean good;
	} cases[] = {
		{"\"type\":\"message\",\"text\":\"x\",\"gid\":\"" ID "\",\"version\":1,\"state\":[\"" HASH
		 "\"]",
		 TRUE},
		{"\"type\":\"group-ask\",\"gid\":\"" ID "\",\"version\":0,\"state\":[]", TRUE},
		{"\"type\":\"message\",\"text\":\"x\"", FALSE},
		{"\"type\":\"message\",\"text\":\"x\",\"gid\":\"x\",\"version\":1,\"state\":[]", FALSE},
		{"\"type\":\"message\",\"text\":\"x\",\"gid\":\"" ID "\",\"version\":1,\"state\":[\"x\"]",
		 FALSE},
		{"\"type\":\"read\",\"ids\":[\"" ID "\"],\"gid\":\"" ID "\",\"version\":1,\"state\":[]",
		 FALSE},
		{"\"type\":\"group-ask\"", FALSE},
		{"\"type\":\"group\",\"gid\":\"" ID "\",\"version\":1,\"state\":[],\"changes\":[]", FALSE},
		{"\"type\":\"group\",\"gid\":\"" ID "\",\"version\":1,\"state\":[],\"changes\":[\"{}\"]",
		 FALSE},
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *json = g_strdup_printf("%s,%s}", head, cases[i].rest);
		g_autoptr(PipitMessage) message = unpack(json, NULL);
		g_assert_true((message != NULL) == cases[i].good);
		if (message == NULL)
			continue;
		g_assert_true(pipit_message_is_to(message, "mailto:b@x"));
		g_autoptr(GBytes) packed = pipit_message_pack(message);
		g_autoptr(PipitMessage) back = pipit_message_unpack(packed, NULL);
		g_assert_cmpstr(back->group.gid, ==, ID);
		g_assert_true(g_strv_equal((const char *const *)back->group.state,
					   (const char *const *)message->group.state));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/message/there-and-back", test_there_and_back);
	g_test_add_func("/message/control-characters", test_control_characters);
	g_test_add_func("/message/other-types", test_other_types);
	g_test_add_func("/message/receipts-that-are-none", test_receipts_that_are_none);
	g_test_add_func("/message/unknown-members-are-skipped", test_unknown_members_are_skipped);
	g_test_add_func("/message/later-versions-and-types", test_later_versions_and_types);
	g_test_add_func("/message/refused", test_refused);
	g_test_add_func("/message/limits", test_limits);
	g_test_add_func("/message/the-time-to-show", test_the_time_to_show);
	g_test_add_func("/message/ids", test_ids);
	g_test_add_func("/message/in-a-group", test_in_a_group);
	return g_test_run();
}
