/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/seal.h"

static void
test_suite_names(void)
{
	PipitSuite suite = PIPIT_SUITE_PAIR;
	g_assert_cmpstr(pipit_suite_name(PIPIT_SUITE_PAIR), ==, "pair");
	g_assert_cmpstr(pipit_suite_name(PIPIT_SUITE_PAIR_EC), ==, "pair-ec");
	g_assert_true(pipit_suite_parse("pair-ec", &suite));
	g_assert_cmpint(suite, ==, PIPIT_SUITE_PAIR_EC);
	g_assert_true(pipit_suite_parse("pair", &suite));
	g_assert_cmpint(suite, ==, PIPIT_SUITE_PAIR);
	g_assert_false(pipit_suite_parse("Pair", &suite));
	g_assert_false(pipit_suite_parse("pair-", &suite));
	g_assert_false(pipit_suite_parse("", &suite));
}

static void
test_refusal(void)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_seal_refuse(NULL));
	g_assert_null(pipit_seal_refuse(&error));
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/seal/suite-names", test_suite_names);
	g_test_add_func("/seal/refusal", test_refusal);
	return g_test_run();
}
