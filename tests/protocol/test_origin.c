/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts as a server's address: everything else could send a password to the wrong place, or in the clear. */
#include "protocol/origin.h"

typedef struct {
	const char *typed;
	const char *origin; /* NULL: refused */
} Case;

static void
test_parse(void)
{
	const Case cases[] = {
		{"https://pipit.example.org", "https://pipit.example.org"},
		{"https://Pipit.Example.ORG/", "https://pipit.example.org"},
		{" https://pipit.example.org ", "https://pipit.example.org"},
		{"pipit.example.org", "https://pipit.example.org"},
		{"pipit.example.org:8443", "https://pipit.example.org:8443"},
		{"https://pipit.example.org:443", "https://pipit.example.org"},
		{"https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"},
		{"https://bücher.example", "https://xn--bcher-kva.example"},
		{"http://127.0.0.1:8470", "http://127.0.0.1:8470"},
		{"http://127.9.9.9", "http://127.9.9.9"},
		{"http://localhost:1", "http://localhost:1"},
		{"http://[::1]:8470", "http://[::1]:8470"},
		{"http://pipit.example.org", NULL},
		{"http://127.0.0.1.example.org", NULL},
		{"http://localhost.example.org", NULL},
		{"http://127.1", NULL},
		{"example%3A", NULL},
		{"http://0177.0.0.1", NULL},
		{"http://2130706433", NULL},
		{"http://128.0.0.1", NULL},
		{"http://[::ffff:127.0.0.1]", NULL},
		{"http://127.0.0.1@evil.example", NULL},
		{"https://user:secret@pipit.example.org", NULL},
		{"https://pipit.example.org/path", NULL},
		{"https://pipit.example.org?query", NULL},
		{"https://pipit.example.org#part", NULL},
		{"https://pipit.example.org:0", NULL},
		{"https://pipit.example.org:65536", NULL},
		{"https://", NULL},
		{"https://pipit example.org", NULL},
		{"https://pipit.example.org\r\nHost: evil", NULL},
		{"ftp://pipit.example.org", NULL},
		{"file:///etc/passwd", NULL},
		{"javascript:alert(1)", NULL},
		{"", NULL},
		{NULL, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *origin = pipit_origin_parse(cases[i].typed);
		g_test_message("%s", cases[i].typed);
		g_assert_cmpstr(origin, ==, cases[i].origin);
	}
}

static void
test_loopback(void)
{
	g_assert_true(pipit_origin_is_loopback("http://127.0.0.1:8470/v1"));
	g_assert_true(pipit_origin_is_loopback("https://localhost/.well-known/pipit"));
	g_assert_false(pipit_origin_is_loopback("https://pipit.example.org"));
	g_assert_true(pipit_origin_allows("https://pipit.example.org/v1"));
	g_assert_true(pipit_origin_allows("http://[::1]/v1"));
	g_assert_false(pipit_origin_allows("http://pipit.example.org/v1"));
	g_assert_false(pipit_origin_allows("file:///etc/passwd"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/origin/parse", test_parse);
	g_test_add_func("/origin/loopback", test_loopback);
	return g_test_run();
}
