/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every code survives the way from server to client, and what is no problem document is told apart. */
#include <glib.h>

#include "protocol/problem.h"

static void
test_there_and_back(void)
{
	for (guint i = 0; i < PIPIT_PROBLEM_COUNT; i++) {
		PipitProblem problem = (PipitProblem)i;
		g_assert_nonnull(pipit_problem_code(problem));
		g_assert_nonnull(pipit_problem_title(problem));
		g_autoptr(GBytes) document = pipit_problem_document(problem, "because");
		g_autofree char *detail = NULL;
		g_assert_cmpint(pipit_problem_parse(document, pipit_problem_status(problem), &detail), ==,
				problem);
		g_assert_cmpstr(detail, ==, "because");
	}
}

static void
test_what_is_none(void)
{
	const char *cases[] = {
		"",
		"<html>",
		"{}",
		"{\"code\":1}",
		"{\"code\":\"made-up\"}",
		"{\"code\":\"bad-request\",\"detail\":5}",
		"{\"code\":\"slow-down\"}",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GBytes) body = g_bytes_new(cases[i], strlen(cases[i]));
		char *detail = "unset";
		g_assert_cmpint(pipit_problem_parse(body, 400, &detail), ==, PIPIT_PROBLEM_COUNT);
		g_assert_null(detail);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/problem/there-and-back", test_there_and_back);
	g_test_add_func("/problem/what-is-none", test_what_is_none);
	return g_test_run();
}
