/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One text for one value (RFC 4648, section 10 and 3.5). */
#include <glib.h>

#include "protocol/base64.h"

static void
test_vectors(void)
{
	const char *cases[][2] = {{"", ""},
				  {"f", "Zg=="},
				  {"fo", "Zm8="},
				  {"foo", "Zm9v"},
				  {"foob", "Zm9vYg=="},
				  {"fooba", "Zm9vYmE="},
				  {"foobar", "Zm9vYmFy"}};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GBytes) plain = g_bytes_new(cases[i][0], strlen(cases[i][0]));
		g_autofree char *text = pipit_base64_encode(plain);
		g_assert_cmpstr(text, ==, cases[i][1]);
		g_autoptr(GBytes) back = pipit_base64_decode(text, 0, 6);
		g_assert_nonnull(back);
		g_assert_true(g_bytes_equal(back, plain));
	}
}

static void
test_other_spellings(void)
{
	const char *cases[] = {
		"Zg",       "Zg=",  "Zh==", "Zm9=",  "Zm9v\n", " Zm9v",      "Zm9v====",   "Z-9_",
		"Zg==Zm9v", "====", "=m9v", "Zm9v=", "Z",      "Zm\n9vYg==", "Zm9\xc3\xa4"};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_null(pipit_base64_decode(cases[i], 0, 64));
}

static void
test_sizes(void)
{
	g_assert_null(pipit_base64_decode("Zm9v", 4, 9));
	g_assert_null(pipit_base64_decode("Zm9v", 0, 2));
	g_assert_null(pipit_base64_decode("", 1, 2));
	g_autoptr(GBytes) exact = pipit_base64_decode("Zm9v", 3, 3);
	g_assert_nonnull(exact);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base64/vectors", test_vectors);
	g_test_add_func("/base64/other-spellings", test_other_spellings);
	g_test_add_func("/base64/sizes", test_sizes);
	return g_test_run();
}
