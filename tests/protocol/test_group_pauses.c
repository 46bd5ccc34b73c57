/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often people are asked and told something. */
#include "protocol/group_pauses.h"

#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define GID "2f9e0000-0000-8000-8000-000000000000"
#define OTHER "2f9e0000-0000-8000-8000-000000000001"

static void
test_asking(void)
{
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	g_assert_true(pipit_group_pauses_may_ask(pauses, BOB, GID));
	g_assert_false(pipit_group_pauses_may_ask(pauses, BOB, GID));
	g_assert_true(pipit_group_pauses_may_ask(pauses, CAROL, GID));
	g_assert_true(pipit_group_pauses_may_ask(pauses, BOB, OTHER));
}

static void
test_answering(void)
{
	static const char *const occasions[] = {"a", "b", "c", "d"};
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	for (guint i = 0; i < G_N_ELEMENTS(occasions); i++) {
		g_assert_true(pipit_group_pauses_may_answer(pauses, occasions[i], BOB, GID));
		g_assert_false(pipit_group_pauses_may_answer(pauses, occasions[i], BOB, GID));
	}
	g_assert_false(pipit_group_pauses_may_answer(pauses, "e", BOB, GID));
	g_assert_true(pipit_group_pauses_may_answer(pauses, "e", CAROL, GID));
	g_assert_true(pipit_group_pauses_may_answer(pauses, "e", BOB, OTHER));
	/* Asking is another matter. */
	g_assert_true(pipit_group_pauses_may_ask(pauses, BOB, GID));
}

/* However many occasions somebody finds, no more is remembered of them. */
static void
test_a_flood(void)
{
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	for (guint i = 0; i < 10000; i++) {
		g_autofree char *occasion = g_strdup_printf("%u", i);
		pipit_group_pauses_may_answer(pauses, occasion, BOB, GID);
	}
	g_assert_cmpuint(pipit_group_pauses_size(pauses), <=, 8);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/group-pauses/asking", test_asking);
	g_test_add_func("/group-pauses/answering", test_answering);
	g_test_add_func("/group-pauses/a-flood", test_a_flood);
	return g_test_run();
}
