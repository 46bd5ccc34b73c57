/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a message says of files, and of a content that lies elsewhere. */
#include "protocol/message.h"

#include <string.h>

#include "protocol/gzip.h"
#include "protocol/limits.h"

#define ID "7b0c1111-2222-4333-8444-555566667777"
#define URI "/v1/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE-_"
#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SHA1 "AAECAwQFBgcICQoLDA0ODxAREhM="
#define BLOB "\"uri\":\"" URI "\",\"key\":\"" KEY "\",\"size\":5,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY "\""

/* A message with these members besides. */
static PipitMessage *
read_with(const char *type, const char *members, GError **error)
{
	g_autofree char *json = g_strdup_printf("{\"v\":1,\"type\":\"%s\",\"id\":\"" ID
						"\",\"from\":\"mailto:a@b.c\",\"to\":["
						"\"mailto:d@e.f\"],\"sent_at\":17,%s}",
						type, members);
	g_autoptr(GBytes) plain = g_bytes_new(json, strlen(json));
	g_autoptr(GBytes) packed = pipit_gzip(plain);

	return pipit_message_unpack(packed, error);
}

static void
test_both_ways(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitMessage) message = read_with("message",
						    "\"text\":\"\",\"attachments\":[{" BLOB
						    ",\"name\":\"a\\u202eb\",\"type\":\"image/png\","
						    "\"width\":3,\"height\":4},{" BLOB "}]",
						    &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) packed = pipit_message_pack(message);
	g_autoptr(PipitMessage) again = pipit_message_unpack(packed, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(again->attachments->len, ==, 2);
	const PipitMessageAttachment *first = again->attachments->pdata[0];
	const PipitMessageAttachment *second = again->attachments->pdata[1];
	g_assert_cmpstr(first->blob.uri, ==, URI);
	g_assert_cmpint(first->blob.size, ==, 5);
	g_assert_cmpuint(first->blob.digests.sha1[19], ==, 19);
	g_assert_cmpuint(first->blob.digests.sha256[31], ==, 31);
	g_assert_cmpuint(g_bytes_get_size(first->blob.key), ==, 32);
	g_assert_cmpstr(first->name, ==,
			"a\xe2\x80\xae"
			"b");
	g_assert_cmpstr(first->type, ==, "image/png");
	g_assert_cmpuint(first->width, ==, 3);
	g_assert_cmpuint(first->height, ==, 4);
	g_assert_null(second->name);
	g_assert_null(second->type);
	g_assert_cmpuint(second->width, ==, 0);
}

static void
assert_refused(const char *type, const char *members)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(read_with(type, members, &error));
	g_assert_error(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_INVALID);
}

static void
test_refused(void)
{
	static const char *const blobs[] = {
		"",
		"\"uri\":\"" URI "\"",
		"\"uri\":\"https://elsewhere" URI "\",\"key\":\"" KEY "\",\"size\":5,\"sha1\":\"" SHA1
		"\",\"sha256\":\"" KEY "\"",
		"\"uri\":\"" URI "x\",\"key\":\"" KEY "\",\"size\":5,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY
		"\"",
		"\"uri\":\"/v1/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE/.\",\"key\":\"" KEY
		"\",\"size\":5,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY "\"",
		"\"uri\":\"/v2/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE-_\",\"key\":\"" KEY
		"\",\"size\":5,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY "\"",
		"\"uri\":\"" URI "\",\"key\":\"" SHA1 "\",\"size\":5,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY
		"\"",
		"\"uri\":\"" URI "\",\"key\":\"" KEY "\",\"size\":-1,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY
		"\"",
		"\"uri\":\"" URI "\",\"key\":\"" KEY "\",\"size\":1e3,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY
		"\"",
		"\"uri\":\"" URI "\",\"key\":\"" KEY "\",\"size\":9000000000000000000,\"sha1\":\"" SHA1
		"\",\"sha256\":\"" KEY "\"",
		"\"uri\":\"" URI "\",\"key\":\"" KEY "\",\"size\":5,\"sha1\":\"" SHA1 "\"",
		BLOB ",\"name\":7",
		BLOB ",\"width\":-3",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(blobs); i++) {
		g_autofree char *attachments =
			g_strdup_printf("\"text\":\"\",\"attachments\":[{%s}]", blobs[i]);
		assert_refused("message", attachments);
	}
	assert_refused("message", "\"text\":\"\",\"attachments\":[]");
	assert_refused("message", "\"text\":\"\",\"attachments\":{}");
	assert_refused("message", "\"text\":\"\",\"attachments\":[7]");
	assert_refused("message", "\"attachments\":[{" BLOB "}]");
	g_autoptr(GString) many = g_string_new("\"text\":\"\",\"attachments\":[{" BLOB "}");
	for (guint i = 0; i < PIPIT_MESSAGE_MAX_ATTACHMENTS; i++)
		g_string_append(many, ",{" BLOB "}");
	g_string_append_c(many, ']');
	assert_refused("message", many->str);
}

/* What is no media type is left out; the file is not. */
static void
test_odd_types(void)
{
	static const char *const types[] = {"",       "/",           "text",  "text/",
					    "/plain", "text/pl ain", "a/b/c", "text/<b>"};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		g_autofree char *members = g_strdup_printf(
			"\"text\":\"\",\"attachments\":[{" BLOB ",\"type\":\"%s\"}]", types[i]);
		g_autoptr(PipitMessage) message = read_with("message", members, NULL);
		const PipitMessageAttachment *attachment = message->attachments->pdata[0];
		g_assert_null(attachment->type);
	}
}

static void
test_content(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitMessage) outer = read_with("message", "\"content\":{" BLOB "}", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(outer->content->uri, ==, URI);
	g_assert_null(outer->text);
	g_autoptr(PipitMessage) receipt = read_with("read", "\"content\":{" BLOB "}", &error);
	g_assert_no_error(error);
	g_assert_null(receipt->ids);
	assert_refused("typing", "\"content\":{" BLOB "}");
	assert_refused("message", "\"content\":{}");
	assert_refused("message", "\"content\":7");
	assert_refused("message", "\"content\":{\"uri\":\"" URI "\",\"key\":\"" KEY
				  "\",\"size\":1048577,\"sha1\":\"" SHA1 "\",\"sha256\":\"" KEY "\"}");
	/* It is the message that was announced, or none. */
	g_autoptr(PipitMessage) same = read_with("message", "\"text\":\"Hello\"", NULL);
	g_autoptr(PipitMessage) nested = read_with("message", "\"content\":{" BLOB "}", NULL);
	g_assert_true(pipit_message_is_content_of(same, outer));
	g_assert_false(pipit_message_is_content_of(same, receipt));
	g_assert_false(pipit_message_is_content_of(nested, outer));
	same->sent_at++;
	g_assert_false(pipit_message_is_content_of(same, outer));
	same->sent_at--;
	same->id[0] = '0';
	g_assert_false(pipit_message_is_content_of(same, outer));
	same->id[0] = outer->id[0];
	same->from[7] = 'x';
	g_assert_false(pipit_message_is_content_of(same, outer));
	same->from[7] = outer->from[7];
	same->to[0][7] = 'x';
	g_assert_false(pipit_message_is_content_of(same, outer));
}

/* Nobody would read more than 1 MiB, so nobody sends it. */
static void
test_too_large(void)
{
	g_autofree char *text = g_strnfill(PIPIT_TEXT_MAX, '\1');
	g_autoptr(PipitMessage) message = read_with("message", "\"text\":\"Hello\"", NULL);

	g_free(message->text);
	message->text = g_steal_pointer(&text);
	g_assert_null(pipit_message_pack(message));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/message-attachment/both-ways", test_both_ways);
	g_test_add_func("/message-attachment/refused", test_refused);
	g_test_add_func("/message-attachment/odd-types", test_odd_types);
	g_test_add_func("/message-attachment/content", test_content);
	g_test_add_func("/message-attachment/too-large", test_too_large);
	return g_test_run();
}
