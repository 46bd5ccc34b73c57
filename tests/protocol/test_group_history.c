/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule of groups, case by case: what a few people do, some of it at once, and who is in the group then. */
#include <glib.h>
#include <string.h>

#include "tests/support/group_mind.h"

static void
test_one_after_the_other(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	pipit_mind_assert_members(mind, A " " B " " C);
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "us");
	g_autoptr(PipitGroupChange) add = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	pipit_mind_assert_members(mind, A " " B " " C " " D);
	g_autoptr(PipitGroupChange) name = pipit_mind_act_and_learn(mind, PIPIT_GROUP_NAME, D, NULL, "them");
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "them");
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, D, B, NULL);
	g_autoptr(PipitGroupChange) leave = pipit_mind_act_and_learn(mind, PIPIT_GROUP_LEAVE, C, NULL, NULL);
	pipit_mind_assert_members(mind, A " " D);
	/* What B did before still stands, and so does what they name. */
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "them");
	g_assert_true(pipit_group_history_reason(mind, D) == add);
	g_assert_true(pipit_group_history_reason(mind, B) == removal);
	g_assert_null(pipit_group_history_reason(mind, E));
}

/* Who is none does nothing, nor does who is none any more. */
static void
test_no_member(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) stranger = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, D, D, NULL);
	g_autoptr(PipitGroupChange) again = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, D, A, NULL);
	pipit_mind_assert_members(mind, A " " B " " C);
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) later = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, B, A, NULL);
	g_autoptr(PipitGroupChange) back = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, B, B, NULL);
	pipit_mind_assert_members(mind, A " " C);
}

/* A removal beats what the one who is removed does beside it, and what those do whom they put in. */
static void
test_removal_beats(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitMind) beside = pipit_group_history_copy(mind);
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) add = pipit_mind_act_and_learn(beside, PIPIT_GROUP_ADD, B, D, NULL);
	g_autoptr(PipitGroupChange) name =
		pipit_mind_act_and_learn(beside, PIPIT_GROUP_NAME, B, NULL, "mine");
	g_autoptr(PipitGroupChange) chain = pipit_mind_act_and_learn(beside, PIPIT_GROUP_ADD, D, E, NULL);
	g_autoptr(PipitGroupChange) end = pipit_mind_act_and_learn(beside, PIPIT_GROUP_NAME, E, NULL, "ours");
	pipit_mind_assert_members(beside, A " " B " " C " " D " " E);
	pipit_mind_learn(mind, add);
	pipit_mind_learn(mind, name);
	pipit_mind_learn(mind, chain);
	pipit_mind_learn(mind, end);
	pipit_mind_assert_members(mind, A " " C);
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "us");
	/* D can be told why: by what put B out. */
	const char *const nothing[] = {NULL};
	g_autoptr(GPtrArray) exit = pipit_group_history_exit(mind, D, nothing);
	g_assert_cmpuint(exit->len, ==, 2);
	g_assert_true(exit->pdata[1] == removal);
	g_assert_cmpuint(pipit_group_history_idle_of(mind, B), ==, 2);
}

/* But what they did before, and the remover knew of, stays. */
static void
test_before_the_removal(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) add = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	pipit_mind_assert_members(mind, A " " C " " D);
}

static void
test_both_out(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) of_b = pipit_mind_act(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) of_a = pipit_mind_act(mind, PIPIT_GROUP_REMOVE, B, A, NULL);
	pipit_mind_learn(mind, of_b);
	pipit_mind_learn(mind, of_a);
	pipit_mind_assert_members(mind, C);
}

/* Put in again by somebody who knows of the removal; not by somebody who did not. */
static void
test_in_again(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beside = pipit_mind_act(mind, PIPIT_GROUP_ADD, C, B, NULL);
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	pipit_mind_learn(mind, beside);
	pipit_mind_assert_members(mind, A " " C);
	g_autoptr(PipitGroupChange) back = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, C, B, NULL);
	pipit_mind_assert_members(mind, A " " C " " B);
	g_autoptr(PipitGroupChange) name = pipit_mind_act_and_learn(mind, PIPIT_GROUP_NAME, B, NULL, "back");
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "back");
}

/* Two names at once: all take the same one, and whoever names it next, knowing both, has the last word. */
static void
test_two_names(void)
{
	g_autoptr(PipitMind) one = pipit_mind_begin();
	g_autoptr(PipitMind) two = pipit_group_history_copy(one);
	g_autoptr(PipitGroupChange) first = pipit_mind_act(one, PIPIT_GROUP_NAME, A, NULL, "first");
	g_autoptr(PipitGroupChange) second = pipit_mind_act(one, PIPIT_GROUP_NAME, B, NULL, "second");
	pipit_mind_learn(one, first);
	pipit_mind_learn(one, second);
	pipit_mind_learn(two, second);
	pipit_mind_learn(two, first);
	const char *expected = strcmp(first->hash, second->hash) > 0 ? "first" : "second";
	g_assert_cmpstr(pipit_group_history_name(one), ==, expected);
	g_assert_cmpstr(pipit_group_history_name(two), ==, expected);
	g_autoptr(PipitGroupChange) last = pipit_mind_act_and_learn(one, PIPIT_GROUP_NAME, C, NULL, NULL);
	g_assert_null(pipit_group_history_name(one));
}

/* All orders of five changes, some of which are beside each other, come to the same. */
static void
test_in_any_order(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	const char *const nothing[] = {NULL};
	g_autoptr(PipitGroupChange) beside = pipit_mind_act(mind, PIPIT_GROUP_NAME, C, NULL, "c");
	g_autoptr(PipitGroupChange) add = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	g_autoptr(PipitGroupChange) other = pipit_mind_act(mind, PIPIT_GROUP_REMOVE, D, C, NULL);
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	pipit_mind_learn(mind, beside);
	pipit_mind_learn(mind, other);
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, nothing);
	g_autofree char *expected = g_strjoinv(" ", (char **)pipit_group_history_members(mind));
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	g_assert_cmpuint(all->len, ==, 5);
	for (guint order = 0; order < 120; order++) {
		g_autoptr(PipitMind) late = pipit_group_history_new(pipit_mind_gid(mind));
		g_autoptr(GPtrArray) left = g_ptr_array_copy(all, NULL, NULL);
		for (guint n = 5, rest = order; n > 0; rest /= n--) {
			PipitGroupChange *next = g_ptr_array_index(left, rest % n);
			g_ptr_array_set_free_func(left, NULL);
			g_ptr_array_remove_index(left, rest % n);
			pipit_mind_learn(late, next);
			pipit_mind_learn(late, next);
		}
		pipit_mind_assert_members(late, expected);
		g_assert_cmpstr(pipit_group_history_name(late), ==, pipit_group_history_name(mind));
		g_assert_true(pipit_group_history_knows(late, (const char *const *)heads));
		g_assert_cmpuint(pipit_group_history_waiting(late), ==, 0);
	}
}

/* A change waits for what it builds on, and then is in force with it. */
static void
test_waiting(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitMind) other = pipit_group_history_copy(mind);
	g_autoptr(PipitGroupChange) first = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, A, D, NULL);
	g_autoptr(PipitGroupChange) second = pipit_mind_act_and_learn(mind, PIPIT_GROUP_NAME, D, NULL, "d");
	pipit_mind_learn(other, second);
	g_assert_cmpuint(pipit_group_history_waiting(other), ==, 1);
	g_assert_cmpint(pipit_group_history_take(other, second, 1), ==, PIPIT_GROUP_KNOWN);
	pipit_mind_assert_members(other, A " " B " " C);
	pipit_mind_learn(other, first);
	g_assert_cmpuint(pipit_group_history_waiting(other), ==, 0);
	g_assert_cmpstr(pipit_group_history_name(other), ==, "d");
}

/* What somebody lacks, and nothing else. */
static void
test_since(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_auto(GStrv) before = pipit_group_history_heads(mind);
	g_autoptr(PipitGroupChange) beside = pipit_mind_act(mind, PIPIT_GROUP_NAME, C, NULL, "c");
	g_autoptr(PipitGroupChange) add = pipit_mind_act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	pipit_mind_learn(mind, beside);
	g_autoptr(GPtrArray) lacking = pipit_group_history_since(mind, (const char *const *)before);
	g_assert_cmpuint(lacking->len, ==, 2);
	const char *const one[] = {beside->hash, "unknown", NULL};
	g_autoptr(GPtrArray) rest = pipit_group_history_since(mind, one);
	g_assert_cmpuint(rest->len, ==, 1);
	g_assert_true(rest->pdata[0] == add);
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	g_assert_cmpuint(g_strv_length(heads), ==, 2);
	g_assert_true(pipit_group_history_was_member(mind, D, (const char *const *)heads));
	g_assert_false(pipit_group_history_was_member(mind, D, (const char *const *)before));
}

static PipitGroupChange *
parse(const char *kind, const char *rest)
{
	g_autofree char *text = g_strdup_printf(
		"{\"kind\":\"%s\",\"author\":\"" A "\",\"version\":2,\"at\":0,\"gid\":\"" NONCE
		"\",\"builds_on\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]%s}",
		kind, rest);
	return pipit_group_change_parse(text);
}

static void
test_forms(void)
{
	static const char *const bad[][2] = {
		{"add", ""},
		{"add", ",\"handles\":[]"},
		{"add", ",\"handles\":[\"a@x\"]"},
		{"add", ",\"handles\":[\"mailto:A@x\"]"},
		{"create", ",\"handles\":[\"" A "\"]"},
		{"create", ",\"handles\":[\"" A "\"],\"nonce\":\"" NONCE "\""}, /* a version that is not 1 */
		{"name", ",\"name\":\"\""},
		{"name", ",\"name\":\" \""},
		{"name", ",\"name\":\"a\\nb\""},
		{"name", ",\"name\":\"a\\u202eb\""},
		{"name", ",\"name\":\"a\\u2028b\""},
		{"name", ",\"name\":7"},
		{"picture", ",\"picture\":\"x\""},
		{"leave", ",\"quiet\":1"},
	};
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(PipitGroupChange) change = parse(bad[i][0], bad[i][1]);
		g_assert_null(change);
	}
	g_autoptr(PipitGroupChange) plain = parse("name", ",\"name\":\"<b>&amp;</b>\"");
	g_assert_cmpstr(plain->name, ==, "<b>&amp;</b>");
	g_autoptr(PipitGroupChange) later = parse("dance", ",\"handles\":7");
	g_assert_cmpint(later->kind, ==, PIPIT_GROUP_OTHER);
	g_autofree char *long_name = g_strnfill(257, 'x');
	g_assert_false(pipit_group_name_valid(long_name));
	long_name[256] = '\0';
	g_assert_true(pipit_group_name_valid(long_name));
	g_autofree char *much = g_strnfill(1000000, 'x');
	g_autofree char *member = g_strdup_printf(",\"name\":\"%s\"", much);
	g_assert_null(parse("name", member));
	g_autoptr(GString) many = g_string_new(",\"handles\":[");
	for (guint i = 0; i < 100000; i++)
		g_string_append_printf(many, "%s\"mailto:p%u@x\"", i == 0 ? "" : ",", i);
	g_string_append(many, "]");
	g_assert_null(parse("add", many->str));
}

/* Another beginning, or another group's change, does not get in. */
static void
test_of_another_group(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	const char *const handles[] = {D, NULL};
	g_autoptr(PipitGroupChange) beginning = pipit_mind_create_with(handles);
	g_assert_cmpstr(beginning->gid, !=, pipit_mind_gid(mind));
	g_assert_cmpint(pipit_group_history_take(mind, beginning, 1), ==, PIPIT_GROUP_REFUSED);
	g_autoptr(PipitGroupChange) foreign = parse("name", ",\"name\":\"x\"");
	g_assert_cmpint(pipit_group_history_take(mind, foreign, 1), ==, PIPIT_GROUP_REFUSED);
	/* A version that is not one more. */
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	char *nobody[] = {NULL};
	g_autoptr(PipitGroupChange) proud = pipit_group_change_new(&(PipitGroupChange){
		.kind = PIPIT_GROUP_NAME,
		.gid = (char *)pipit_mind_gid(mind),
		.author = (char *)A,
		.version = 9,
		.builds_on = heads,
		.handles = nobody,
	});
	pipit_mind_learn(mind, proud);
	g_assert_cmpuint(pipit_group_history_size(mind), ==, 1);
	g_assert_cmpuint(pipit_group_history_waiting(mind), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/group-history/one-after-the-other", test_one_after_the_other);
	g_test_add_func("/group-history/no-member", test_no_member);
	g_test_add_func("/group-history/removal-beats", test_removal_beats);
	g_test_add_func("/group-history/before-the-removal", test_before_the_removal);
	g_test_add_func("/group-history/both-out", test_both_out);
	g_test_add_func("/group-history/in-again", test_in_again);
	g_test_add_func("/group-history/two-names", test_two_names);
	g_test_add_func("/group-history/in-any-order", test_in_any_order);
	g_test_add_func("/group-history/waiting", test_waiting);
	g_test_add_func("/group-history/since", test_since);
	g_test_add_func("/group-history/forms", test_forms);
	g_test_add_func("/group-history/of-another-group", test_of_another_group);
	return g_test_run();
}
