/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often somebody is asked or told something about a group. */
#include "protocol/group_pauses.h"

#define GID "7b0c1111-2222-4333-8444-555566667777"
#define OTHER_GID "8b0c1111-2222-4333-8444-555566667777"
#define ANN "mailto:ann@example.org"
#define BEN "mailto:ben@example.org"
#define SECONDS(n) ((gint64)(n)*G_USEC_PER_SEC)

static void
test_questions(void)
{
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	g_assert_true(pipit_group_pauses_may_ask(pauses, ANN, GID, SECONDS(0)));
	g_assert_false(pipit_group_pauses_may_ask(pauses, ANN, GID, SECONDS(29)));
	g_assert_true(pipit_group_pauses_may_ask(pauses, BEN, GID, SECONDS(29)));
	g_assert_true(pipit_group_pauses_may_ask(pauses, ANN, OTHER_GID, SECONDS(29)));
	g_assert_true(pipit_group_pauses_may_ask(pauses, ANN, GID, SECONDS(30)));
}

static void
answer_four(PipitGroupPauses *pauses, gint64 now)
{
	static const char *const occasions[] = {"a", "b", "c", "d"};
	for (guint i = 0; i < G_N_ELEMENTS(occasions); i++)
		g_assert_true(pipit_group_pauses_may_answer(pauses, occasions[i], ANN, GID, now));
}

static void
test_answers(void)
{
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	answer_four(pauses, SECONDS(0));
	g_assert_false(pipit_group_pauses_may_answer(pauses, "a", ANN, GID, SECONDS(1)));
	g_assert_false(pipit_group_pauses_may_answer(pauses, "e", ANN, GID, SECONDS(1)));
	g_assert_true(pipit_group_pauses_may_answer(pauses, "e", BEN, GID, SECONDS(1)));
	g_assert_true(pipit_group_pauses_may_answer(pauses, "e", ANN, OTHER_GID, SECONDS(1)));
	answer_four(pauses, SECONDS(30));
}

/* What was asked once too often was not answered, and can be asked again. */
static void
test_not_answered(void)
{
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	answer_four(pauses, SECONDS(0));
	g_assert_false(pipit_group_pauses_may_answer(pauses, "e", ANN, GID, SECONDS(29)));
	g_assert_true(pipit_group_pauses_may_answer(pauses, "e", ANN, GID, SECONDS(30)));
}

/* However many occasions somebody finds, no more is remembered of them. */
static void
test_a_flood(void)
{
	g_autoptr(PipitGroupPauses) pauses = pipit_group_pauses_new();
	for (guint i = 0; i < 10000; i++) {
		g_autofree char *occasion = g_strdup_printf("%u", i);
		pipit_group_pauses_may_answer(pauses, occasion, ANN, GID, SECONDS(0));
	}
	g_assert_cmpuint(pipit_group_pauses_size(pauses), <=, 8);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/group-pauses/questions", test_questions);
	g_test_add_func("/group-pauses/answers", test_answers);
	g_test_add_func("/group-pauses/not-answered", test_not_answered);
	g_test_add_func("/group-pauses/a-flood", test_a_flood);
	return g_test_run();
}
