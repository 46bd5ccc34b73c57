/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON: what is let through to json-glib is JSON for it too, and comes out of it unchanged. */
#include "protocol/json_reader.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define MAX_SIZE 65536
#define PRINTED_MAX ((gsize)8 * MAX_SIZE)

/* json-glib may find a number with an exponent too large, and writes 1e17 as "1e+17.0". Nobody here writes other numbers than
 * integers. */
static gboolean
may_have_fractions(GBytes *text)
{
	gsize size;
	const char *start = g_bytes_get_data(text, &size);
	return memchr(start, '.', size) != NULL || memchr(start, 'e', size) != NULL ||
	       memchr(start, 'E', size) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(GBytes) text = fuzz_rest(&input);
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(text, MAX_SIZE, &error);
	fuzz_require((object == NULL) == (error != NULL));
	if (object == NULL || may_have_fractions(text))
		return 0;
	g_autoptr(GBytes) printed = pipit_json_print(object);
	/* What is written may be longer than what came: "\u0001" for one byte. */
	g_autoptr(JsonObject) again = pipit_json_parse_bytes(printed, PRINTED_MAX, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) printed_again = pipit_json_print(again);
	fuzz_require_equal(printed, printed_again);
	return 0;
}
