/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hostile JSON is refused whole, and what is read has the type and size that the reader asked for. */
#include <glib.h>
#include <string.h>

#include "protocol/json_reader.h"

static void
assert_refused(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse(text, strlen(text), 4096, &error);
	if (object != NULL)
		g_error("taken: %s", text);
	g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX);
}

/* As an empty body comes. */
static void
test_nothing(void)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_json_parse(NULL, 0, 4096, &error));
	g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX);
}

static JsonObject *
parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	JsonObject *object = pipit_json_parse(text, strlen(text), 1 << 20, &error);
	g_assert_no_error(error);
	return object;
}

static void
test_what_is_no_json(void)
{
	const char *cases[] = {
		"",
		" ",
		"[]",
		"1",
		"\"a\"",
		"null",
		"{",
		"}",
		"{}{}",
		"{} x",
		"{]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,}",
		"{\"a\":[1,]}",
		"{\"a\" 1}",
		"{a:1}",
		"{'a':1}",
		"{\"a\":'b'}",
		"var x = {}",
		"{\"a\":1} // x",
		"/* x */ {}",
		"{\"a\":/**/1}",
		"# x\n{}",
		"{\"a\":01}",
		"{\"a\":0x10}",
		"{\"a\":+1}",
		"{\"a\":.5}",
		"{\"a\":5.}",
		"{\"a\":1e}",
		"{\"a\":-}",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":True}",
		"{\"a\":truex}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\\u0000b\":1}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\udc00\"}",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"a\":\"b}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xc0\xaf\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":1234567890123456789}",
		"{\"a\":99999999999999999999}",
		"\xef\xbb\xbf{}",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_refused(cases[i]);
}

static void
test_a_repeated_member(void)
{
	assert_refused("{\"a\":1,\"a\":1}");
	assert_refused("{\"a\":1,\"b\":2,\"\\u0061\":3}");
	assert_refused("{\"x\":[{\"a\":{\"b\":1,\"c\":{},\"b\":2}}]}");
	assert_refused("{\"x\":{\"y\":1},\"x\":{\"y\":1}}");
	g_autoptr(JsonObject) odd = parse("{\"\":1e999,\"a\":-0,\"b\":1E-5}");
	g_assert_cmpuint(json_object_get_size(odd), ==, 3);
	g_autoptr(JsonObject) apart = parse("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"b\":{\"a\":{}}}");
	g_assert_nonnull(apart);
}

static void
test_an_embedded_nul(void)
{
	const char text[] = "{\"a\":\"b\0c\"}";
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_json_parse(text, sizeof text - 1, 4096, &error));
	g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX);
}

static char *
nested(guint depth)
{
	GString *text = g_string_new("{\"a\":");
	for (guint i = 1; i < depth; i++)
		g_string_append_c(text, '[');
	for (guint i = 1; i < depth; i++)
		g_string_append_c(text, ']');
	g_string_append_c(text, '}');
	return g_string_free(text, FALSE);
}

static void
test_depth(void)
{
	g_autofree char *deepest = nested(PIPIT_JSON_MAX_DEPTH);
	g_autoptr(JsonObject) object = parse(deepest);
	g_assert_nonnull(object);
	g_autofree char *deeper = nested(PIPIT_JSON_MAX_DEPTH + 1);
	assert_refused(deeper);
	g_autofree char *abyss = g_strnfill(1000000, '[');
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_json_parse(abyss, 1000000, 1000000, &error));
	g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX);
}

static void
test_size(void)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_json_parse("{\"a\":1}", 7, 6, &error));
	g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SIZE);
	g_autoptr(JsonObject) object = pipit_json_parse("{\"a\":1}", 7, 7, NULL);
	g_assert_nonnull(object);
}

static void
test_reading(void)
{
	g_autoptr(JsonObject) object = parse(
		"{\"s\":\"gr\\u00fc\\ud83d\\udc26\",\"i\":-7,\"t\":true,\"b\":\"AAEC\",\"n\":null,\"f\":1.0,"
		"\"big\":999999999999999999,\"h\":[\"mailto:a@b\",\"tel:+15551234567\"],\"o\":[{\"x\":1}]}");
	GError *bad = NULL;
	g_assert_cmpstr(pipit_json_string(object, "s", 8, &bad), ==, "gr\xc3\xbc\xf0\x9f\x90\xa6");
	g_assert_cmpint(pipit_json_int(object, "i", -7, -7, &bad), ==, -7);
	g_assert_cmpint(pipit_json_int(object, "big", 0, G_MAXINT64, &bad), ==,
			G_GINT64_CONSTANT(999999999999999999));
	g_assert_true(pipit_json_bool(object, "t", &bad));
	g_autoptr(GBytes) bytes = pipit_json_bytes(object, "b", 3, 3, &bad);
	g_autoptr(GBytes) expected = g_bytes_new_static("\0\1\2", 3);
	g_assert_true(g_bytes_equal(bytes, expected));
	g_auto(GStrv) handles = pipit_json_handles(object, "h", 1, 2, &bad);
	g_assert_cmpstr(handles[1], ==, "tel:+15551234567");
	JsonArray *array = pipit_json_array(object, "o", 1, 1, &bad);
	g_assert_cmpint(pipit_json_int(pipit_json_element_object(array, 0, "o", &bad), "x", 0, 1, &bad), ==,
			1);
	g_assert_null(pipit_json_string_or_null(object, "none", 8, &bad));
	g_assert_cmpint(pipit_json_int_or(object, "none", 0, 9, 5, &bad), ==, 5);
	g_assert_true(pipit_json_bool_or(object, "none", TRUE, &bad));
	g_assert_null(pipit_json_bytes_or_null(object, "none", 0, 9, &bad));
	g_assert_null(pipit_json_array_or_null(object, "none", 0, 9, &bad));
	g_assert_no_error(bad);
}

typedef enum {
	STRING,
	STRING_OR_NULL,
	INT,
	BOOL,
	BYTES,
	ARRAY,
	HANDLES,
	HANDLE
} Kind;

static void
read_as(JsonObject *object, const char *name, Kind kind, GError **bad)
{
	g_autoptr(GBytes) bytes = NULL;
	g_auto(GStrv) handles = NULL;
	switch (kind) {
	case STRING:
		g_assert_null(pipit_json_string(object, name, 3, bad));
		break;
	case STRING_OR_NULL:
		g_assert_null(pipit_json_string_or_null(object, name, 3, bad));
		break;
	case INT:
		g_assert_cmpint(pipit_json_int(object, name, 0, 9, bad), ==, 0);
		break;
	case BOOL:
		g_assert_false(pipit_json_bool(object, name, bad));
		break;
	case BYTES:
		bytes = pipit_json_bytes(object, name, 2, 3, bad);
		g_assert_null(bytes);
		break;
	case ARRAY:
		g_assert_null(pipit_json_array(object, name, 1, 1, bad));
		break;
	case HANDLES:
		handles = pipit_json_handles(object, name, 0, 4, bad);
		g_assert_null(handles);
		break;
	case HANDLE:
		g_assert_null(pipit_json_handle(object, name, bad));
		break;
	}
}

static void
test_refused_members(void)
{
	const struct {
		const char *json;
		Kind kind;
	} cases[] = {
		{"{}", STRING},
		{"{\"x\":1}", STRING},
		{"{\"x\":null}", STRING},
		{"{\"x\":\"1234\"}", STRING},
		{"{\"x\":null}", STRING_OR_NULL},
		{"{\"x\":[]}", STRING_OR_NULL},
		{"{}", INT},
		{"{\"x\":\"1\"}", INT},
		{"{\"x\":1.0}", INT},
		{"{\"x\":1e0}", INT},
		{"{\"x\":10}", INT},
		{"{\"x\":-1}", INT},
		{"{\"x\":true}", INT},
		{"{\"x\":1}", BOOL},
		{"{\"x\":\"true\"}", BOOL},
		{"{\"x\":{}}", BOOL},
		{"{\"x\":\"AA==\"}", BYTES},
		{"{\"x\":\"AAECAw==\"}", BYTES},
		{"{\"x\":\"AAE\"}", BYTES},
		{"{\"x\":\"AAF=\"}", BYTES},
		{"{\"x\":\"AAEC\\n\"}", BYTES},
		{"{\"x\":\"AA-_\"}", BYTES},
		{"{\"x\":\"A=EC\"}", BYTES},
		{"{\"x\":[]}", ARRAY},
		{"{\"x\":[1,2]}", ARRAY},
		{"{\"x\":{\"0\":1}}", ARRAY},
		{"{\"x\":[\"mailto:a@b\",1]}", HANDLES},
		{"{\"x\":[\"a@b\"]}", HANDLES},
		{"{\"x\":\"mailto:A@b\"}", HANDLE},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(JsonObject) object = parse(cases[i].json);
		g_autoptr(GError) bad = NULL;
		read_as(object, "x", cases[i].kind, &bad);
		if (bad == NULL)
			g_error("taken: %s as %d", cases[i].json, (int)cases[i].kind);
		g_assert_error(bad, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER);
	}
}

static void
test_the_first_failure_stays(void)
{
	g_autoptr(JsonObject) object = parse("{\"a\":1,\"b\":\"c\"}");
	g_autoptr(GError) bad = NULL;
	pipit_json_string(object, "a", 9, &bad);
	g_autofree char *first = g_strdup(bad->message);
	g_assert_null(pipit_json_string(object, "b", 9, &bad));
	g_assert_cmpint(pipit_json_int(object, "none", 0, 9, &bad), ==, 0);
	g_assert_null(pipit_json_array_or_null(object, "none", 0, 9, &bad));
	g_assert_cmpstr(bad->message, ==, first);
}

static void
test_writing(void)
{
	g_autoptr(JsonObject) object = json_object_new();
	g_autoptr(GBytes) bytes = g_bytes_new_static("\0\1", 2);
	pipit_json_set_bytes(object, "b", bytes);
	pipit_json_set_bytes(object, "none", NULL);
	pipit_json_set_strings(object, "s", (const char *const[]){"x", "\"\n\x7f", NULL});
	g_autoptr(GBytes) json = pipit_json_print(object);
	g_autoptr(JsonObject) again = pipit_json_parse_bytes(json, 4096, NULL);
	g_assert_cmpuint(json_object_get_size(again), ==, 2);
	g_assert_cmpstr(json_object_get_string_member(again, "b"), ==, "AAE=");
	g_assert_cmpstr(json_array_get_string_element(json_object_get_array_member(again, "s"), 1), ==,
			"\"\n\x7f");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json/nothing", test_nothing);
	g_test_add_func("/json/what-is-no-json", test_what_is_no_json);
	g_test_add_func("/json/a-repeated-member", test_a_repeated_member);
	g_test_add_func("/json/an-embedded-nul", test_an_embedded_nul);
	g_test_add_func("/json/depth", test_depth);
	g_test_add_func("/json/size", test_size);
	g_test_add_func("/json/reading", test_reading);
	g_test_add_func("/json/refused-members", test_refused_members);
	g_test_add_func("/json/the-first-failure-stays", test_the_first_failure_stays);
	g_test_add_func("/json/writing", test_writing);
	return g_test_run();
}
