/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which spellings are one handle, and which are none. */
#include <glib.h>

#include "protocol/handle.h"
#include "protocol/limits.h"

static void
test_typed(void)
{
	const char *cases[][2] = {
		{"Alice@Example.ORG", "mailto:alice@example.org"},
		{"  bob@localhost\t", "mailto:bob@localhost"},
		{"MAILTO:x@y", "mailto:x@y"},
		{"o'neil+news`{|}~@a-1.b", "mailto:o'neil+news`{|}~@a-1.b"},
		{"+1 (555) 123-45.67", "tel:+15551234567"},
		{"tel:+4930123456", "tel:+4930123456"},
		{"TEL:+49 30 123456", "tel:+4930123456"},
		{"", NULL},
		{"alice", NULL},
		{"mailto:", NULL},
		{"a@b@c", NULL},
		{".a@b", NULL},
		{"a.@b", NULL},
		{"a..b@c", NULL},
		{"a b@c", NULL},
		{"a@", NULL},
		{"@b", NULL},
		{"a@-b", NULL},
		{"a@b-", NULL},
		{"a@b..c", NULL},
		{"a@b.", NULL},
		{"a@b_c", NULL},
		{"j\xc3\xbcrgen@example.org", NULL},
		{"mailto:+15551234567", NULL},
		{"tel:alice@example.org", NULL},
		{"15551234567", NULL},
		{"+05551234567", NULL},
		{"+123456", NULL},
		{"+1234567", "tel:+1234567"},
		{"+123456789012345", "tel:+123456789012345"},
		{"+1234567890123456", NULL},
		{"+1555x1234567", NULL},
		{"http:a@b", NULL},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *handle = pipit_handle_parse(cases[i][0]);
		g_assert_cmpstr(handle, ==, cases[i][1]);
		if (handle != NULL)
			g_assert_true(pipit_handle_valid(handle));
	}
}

static void
test_lengths(void)
{
	g_autofree char *local = g_strnfill(64, 'a');
	g_autofree char *label = g_strnfill(63, 'b');
	g_autofree char *longest = g_strdup_printf("mailto:%s@%s.%s.%.61s", local, label, label, label);
	g_assert_cmpuint(strlen(longest), ==, PIPIT_HANDLE_MAX);
	g_assert_true(pipit_handle_valid(longest));
	g_autofree char *one_more = g_strdup_printf("mailto:%s@%s.%s.%.62s", local, label, label, label);
	g_assert_false(pipit_handle_valid(one_more));
	g_autofree char *long_local = g_strdup_printf("mailto:%sa@b", local);
	g_assert_false(pipit_handle_valid(long_local));
	g_autofree char *long_label = g_strdup_printf("mailto:a@%sb", label);
	g_assert_false(pipit_handle_valid(long_label));
}

static void
test_normal_form_alone_is_valid(void)
{
	const char *others[] = {"mailto:Alice@example.org",
				"alice@example.org",
				"MAILTO:a@b",
				"tel:+1 5551234567",
				"tel:15551234567",
				"mailto: a@b",
				"mailto:a@b ",
				"sip:a@b",
				""};
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_false(pipit_handle_valid(others[i]));
}

static void
test_parts(void)
{
	g_assert_cmpstr(pipit_handle_display("mailto:alice@example.org"), ==, "alice@example.org");
	g_assert_cmpstr(pipit_handle_display("tel:+15551234567"), ==, "+15551234567");
	g_assert_cmpstr(pipit_handle_domain("mailto:alice@example.org"), ==, "example.org");
	g_assert_null(pipit_handle_domain("tel:+15551234567"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/handle/typed", test_typed);
	g_test_add_func("/handle/lengths", test_lengths);
	g_test_add_func("/handle/normal-form-alone-is-valid", test_normal_form_alone_is_valid);
	g_test_add_func("/handle/parts", test_parts);
	return g_test_run();
}
