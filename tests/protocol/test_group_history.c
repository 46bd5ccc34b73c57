/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule of groups, case by case: what a few people do, some of it at once, and who is in the group then. */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "protocol/group_history.h"
#include "protocol/limits.h"
#include "protocol/message.h"

#define NONCE "7b0c1111-2222-4333-8444-555566667777"
#define A "mailto:a@x"
#define B "mailto:b@x"
#define C "mailto:c@x"
#define D "mailto:d@x"
#define E "mailto:e@x"

/* What one person knows. */
typedef PipitGroupHistory Mind;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mind, pipit_group_history_free)

static char *gid;

static PipitGroupChange *
create_with(const char *const *handles)
{
	char *nobody[] = {NULL};
	return pipit_group_change_new(&(PipitGroupChange){
		.kind = PIPIT_GROUP_CREATE,
		.author = (char *)A,
		.version = 1,
		.nonce = (char *)NONCE,
		.builds_on = nobody,
		.handles = (char **)handles,
		.name = (char *)"us",
	});
}

static void
learn(Mind *mind, PipitGroupChange *change)
{
	g_assert_cmpint(pipit_group_history_take(mind, change, 1), !=, PIPIT_GROUP_REFUSED);
	while (pipit_group_history_advance(mind) != NULL)
		;
}

/* A has made a group with B and C. */
static Mind *
begin(void)
{
	const char *const handles[] = {B, C, NULL};
	g_autoptr(PipitGroupChange) change = create_with(handles);
	g_free(gid);
	gid = g_strdup(change->gid);
	Mind *mind = pipit_group_history_new(gid);
	learn(mind, change);
	return mind;
}

/* @author, who knows what @mind knows, does something. */
static PipitGroupChange *
act(Mind *mind, PipitGroupChangeKind kind, const char *author, const char *handle, const char *name)
{
	char *some[] = {(char *)handle, NULL};
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	PipitGroupChange *change = pipit_group_change_new(&(PipitGroupChange){
		.kind = kind,
		.gid = gid,
		.author = (char *)author,
		.version = pipit_group_history_version_of(mind, (const char *const *)heads) + 1,
		.builds_on = heads,
		.handles = some,
		.name = (char *)name,
	});
	g_assert_nonnull(change);
	return change;
}

static PipitGroupChange *
act_and_learn(Mind *mind, PipitGroupChangeKind kind, const char *author, const char *handle, const char *name)
{
	PipitGroupChange *change = act(mind, kind, author, handle, name);
	learn(mind, change);
	return change;
}

static void
assert_members(Mind *mind, const char *expected)
{
	g_autofree char *members = g_strjoinv(" ", (char **)pipit_group_history_members(mind));
	g_assert_cmpstr(members, ==, expected);
}

static void
test_one_after_the_other(void)
{
	g_autoptr(Mind) mind = begin();
	assert_members(mind, A " " B " " C);
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "us");
	g_autoptr(PipitGroupChange) add = act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	assert_members(mind, A " " B " " C " " D);
	g_autoptr(PipitGroupChange) name = act_and_learn(mind, PIPIT_GROUP_NAME, D, NULL, "them");
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "them");
	g_autoptr(PipitGroupChange) removal = act_and_learn(mind, PIPIT_GROUP_REMOVE, D, B, NULL);
	g_autoptr(PipitGroupChange) leave = act_and_learn(mind, PIPIT_GROUP_LEAVE, C, NULL, NULL);
	assert_members(mind, A " " D);
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
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) stranger = act_and_learn(mind, PIPIT_GROUP_ADD, D, D, NULL);
	g_autoptr(PipitGroupChange) again = act_and_learn(mind, PIPIT_GROUP_REMOVE, D, A, NULL);
	assert_members(mind, A " " B " " C);
	g_autoptr(PipitGroupChange) removal = act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) later = act_and_learn(mind, PIPIT_GROUP_REMOVE, B, A, NULL);
	g_autoptr(PipitGroupChange) back = act_and_learn(mind, PIPIT_GROUP_ADD, B, B, NULL);
	assert_members(mind, A " " C);
}

/* A removal beats what the one who is removed does beside it, and what those do whom they put in. */
static void
test_removal_beats(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(Mind) beside = pipit_group_history_copy(mind);
	g_autoptr(PipitGroupChange) removal = act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) add = act_and_learn(beside, PIPIT_GROUP_ADD, B, D, NULL);
	g_autoptr(PipitGroupChange) name = act_and_learn(beside, PIPIT_GROUP_NAME, B, NULL, "mine");
	g_autoptr(PipitGroupChange) chain = act_and_learn(beside, PIPIT_GROUP_ADD, D, E, NULL);
	g_autoptr(PipitGroupChange) end = act_and_learn(beside, PIPIT_GROUP_NAME, E, NULL, "ours");
	assert_members(beside, A " " B " " C " " D " " E);
	learn(mind, add);
	learn(mind, name);
	learn(mind, chain);
	learn(mind, end);
	assert_members(mind, A " " C);
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
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) add = act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	g_autoptr(PipitGroupChange) removal = act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	assert_members(mind, A " " C " " D);
}

static void
test_both_out(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) of_b = act(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) of_a = act(mind, PIPIT_GROUP_REMOVE, B, A, NULL);
	learn(mind, of_b);
	learn(mind, of_a);
	assert_members(mind, C);
}

/* Put in again by somebody who knows of the removal; not by somebody who did not. */
static void
test_in_again(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) beside = act(mind, PIPIT_GROUP_ADD, C, B, NULL);
	g_autoptr(PipitGroupChange) removal = act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	learn(mind, beside);
	assert_members(mind, A " " C);
	g_autoptr(PipitGroupChange) back = act_and_learn(mind, PIPIT_GROUP_ADD, C, B, NULL);
	assert_members(mind, A " " C " " B);
	g_autoptr(PipitGroupChange) name = act_and_learn(mind, PIPIT_GROUP_NAME, B, NULL, "back");
	g_assert_cmpstr(pipit_group_history_name(mind), ==, "back");
}

/* Two names at once: all take the same one, and whoever names it next, knowing both, has the last word. */
static void
test_two_names(void)
{
	g_autoptr(Mind) one = begin();
	g_autoptr(Mind) two = pipit_group_history_copy(one);
	g_autoptr(PipitGroupChange) first = act(one, PIPIT_GROUP_NAME, A, NULL, "first");
	g_autoptr(PipitGroupChange) second = act(one, PIPIT_GROUP_NAME, B, NULL, "second");
	learn(one, first);
	learn(one, second);
	learn(two, second);
	learn(two, first);
	const char *expected = strcmp(first->hash, second->hash) > 0 ? "first" : "second";
	g_assert_cmpstr(pipit_group_history_name(one), ==, expected);
	g_assert_cmpstr(pipit_group_history_name(two), ==, expected);
	g_autoptr(PipitGroupChange) last = act_and_learn(one, PIPIT_GROUP_NAME, C, NULL, NULL);
	g_assert_null(pipit_group_history_name(one));
}

/* All orders of five changes, some of which are beside each other, come to the same. */
static void
test_in_any_order(void)
{
	g_autoptr(Mind) mind = begin();
	const char *const nothing[] = {NULL};
	g_autoptr(PipitGroupChange) beside = act(mind, PIPIT_GROUP_NAME, C, NULL, "c");
	g_autoptr(PipitGroupChange) add = act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	g_autoptr(PipitGroupChange) other = act(mind, PIPIT_GROUP_REMOVE, D, C, NULL);
	g_autoptr(PipitGroupChange) removal = act_and_learn(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	learn(mind, beside);
	learn(mind, other);
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, nothing);
	g_autofree char *expected = g_strjoinv(" ", (char **)pipit_group_history_members(mind));
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	g_assert_cmpuint(all->len, ==, 5);
	for (guint order = 0; order < 120; order++) {
		g_autoptr(Mind) late = pipit_group_history_new(gid);
		g_autoptr(GPtrArray) left = g_ptr_array_copy(all, NULL, NULL);
		for (guint n = 5, rest = order; n > 0; rest /= n--) {
			PipitGroupChange *next = g_ptr_array_index(left, rest % n);
			g_ptr_array_set_free_func(left, NULL);
			g_ptr_array_remove_index(left, rest % n);
			learn(late, next);
			learn(late, next);
		}
		assert_members(late, expected);
		g_assert_cmpstr(pipit_group_history_name(late), ==, pipit_group_history_name(mind));
		g_assert_true(pipit_group_history_knows(late, (const char *const *)heads));
		g_assert_cmpuint(pipit_group_history_waiting(late), ==, 0);
	}
}

/* A change waits for what it builds on, and then is in force with it. */
static void
test_waiting(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(Mind) other = pipit_group_history_copy(mind);
	g_autoptr(PipitGroupChange) first = act_and_learn(mind, PIPIT_GROUP_ADD, A, D, NULL);
	g_autoptr(PipitGroupChange) second = act_and_learn(mind, PIPIT_GROUP_NAME, D, NULL, "d");
	learn(other, second);
	g_assert_cmpuint(pipit_group_history_waiting(other), ==, 1);
	g_assert_cmpint(pipit_group_history_take(other, second, 1), ==, PIPIT_GROUP_KNOWN);
	assert_members(other, A " " B " " C);
	learn(other, first);
	g_assert_cmpuint(pipit_group_history_waiting(other), ==, 0);
	g_assert_cmpstr(pipit_group_history_name(other), ==, "d");
}

/* What somebody lacks, and nothing else. */
static void
test_since(void)
{
	g_autoptr(Mind) mind = begin();
	g_auto(GStrv) before = pipit_group_history_heads(mind);
	g_autoptr(PipitGroupChange) beside = act(mind, PIPIT_GROUP_NAME, C, NULL, "c");
	g_autoptr(PipitGroupChange) add = act_and_learn(mind, PIPIT_GROUP_ADD, B, D, NULL);
	learn(mind, beside);
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

/* More than 256 by additions that did not know of each other: the same 256 for all. */
static void
test_too_many_members(void)
{
	g_autoptr(Mind) one = begin();
	g_autoptr(Mind) two = pipit_group_history_copy(one);
	char *sets[2][256 + 1] = {{NULL}};
	PipitGroupChange *additions[2];
	g_auto(GStrv) heads = pipit_group_history_heads(one);
	for (guint s = 0; s < 2; s++) {
		for (guint i = 0; i < 200; i++)
			sets[s][i] = g_strdup_printf("mailto:p%u-%u@x", s, i);
		additions[s] = pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_ADD,
									  .gid = gid,
									  .author = (char *)A,
									  .version = 2,
									  .builds_on = heads,
									  .handles = sets[s]});
	}
	learn(one, additions[0]);
	learn(one, additions[1]);
	learn(two, additions[1]);
	learn(two, additions[0]);
	g_autofree char *members = g_strjoinv(" ", (char **)pipit_group_history_members(one));
	g_assert_cmpuint(g_strv_length((char **)pipit_group_history_members(one)), ==, 256);
	assert_members(two, members);
	for (guint s = 0; s < 2; s++) {
		pipit_group_change_unref(additions[s]);
		for (guint i = 0; i < 200; i++)
			g_free(sets[s][i]);
	}
}

/* One member can't fill a group up. */
static void
test_a_flood(void)
{
	g_autoptr(Mind) mind = begin();
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	char *nobody[] = {NULL};
	guint taken = 0;
	for (guint i = 0; i < PIPIT_GROUP_AUTHOR_MAX_CHANGES + 10; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_autoptr(PipitGroupChange) change =
			pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_NAME,
								   .gid = gid,
								   .author = (char *)B,
								   .version = 2,
								   .builds_on = heads,
								   .handles = nobody,
								   .name = name});
		taken += pipit_group_history_take(mind, change, 1) == PIPIT_GROUP_TAKEN ? 1 : 0;
	}
	g_assert_cmpuint(taken, ==, PIPIT_GROUP_AUTHOR_MAX_CHANGES);
	g_autoptr(PipitGroupChange) removal = act(mind, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_assert_cmpint(pipit_group_history_take(mind, removal, 1), ==, PIPIT_GROUP_TAKEN);
}

/* @author does something that builds on @before alone. */
static PipitGroupChange *
act_on(PipitGroupChange *before, PipitGroupChangeKind kind, const char *author, const char *handle,
       const char *name)
{
	char *some[] = {(char *)handle, NULL};
	char *heads[] = {before->hash, NULL};
	return pipit_group_change_new(&(PipitGroupChange){.kind = kind,
							  .gid = gid,
							  .author = (char *)author,
							  .version = before->version + 1,
							  .builds_on = heads,
							  .handles = some,
							  .name = (char *)name});
}

static PipitGroupChange *
first_of(Mind *mind)
{
	const char *const nothing[] = {NULL};
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, nothing);
	return pipit_group_change_ref(all->pdata[0]);
}

/* Somebody is put in 64 times, however often they are added. */
static void
test_too_many_additions(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) beginning = first_of(mind);
	for (guint i = 0; i < PIPIT_GROUP_MAX_ADDITIONS + 10; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_autoptr(PipitGroupChange) named = act_on(beginning, PIPIT_GROUP_NAME, B, NULL, name);
		g_autoptr(PipitGroupChange) change = act_on(named, PIPIT_GROUP_ADD, A, D, NULL);
		learn(mind, named);
		learn(mind, change);
	}
	g_assert_cmpuint(pipit_group_history_size(mind), ==,
			 1 + PIPIT_GROUP_MAX_ADDITIONS + 10 + PIPIT_GROUP_MAX_ADDITIONS);
	assert_members(mind, A " " B " " C " " D);
}

/* With more heads than a change can name, what somebody does still counts: their own addition is behind one of them. */
static void
test_too_many_heads(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) beginning = first_of(mind);
	char *guests[100];
	for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
		guests[i] = g_strdup_printf("mailto:%u@x", i);
		g_autoptr(PipitGroupChange) addition = act_on(beginning, PIPIT_GROUP_ADD, A, guests[i], NULL);
		learn(mind, addition);
	}
	for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
		g_auto(GStrv) heads = pipit_group_history_heads_of(mind, guests[i]);
		g_assert_cmpuint(g_strv_length(heads), ==, PIPIT_GROUP_MAX_HEADS);
		g_assert_true(pipit_group_history_was_member(mind, guests[i], (const char *const *)heads));
		g_free(guests[i]);
	}
}

/* As dear a web as the limits allow: somebody is put in and out by many, again and again, and does much besides. */
static void
test_a_costly_web(void)
{
	g_autoptr(Mind) mind = begin();
	g_autoptr(PipitGroupChange) last = first_of(mind);
	const char *const authors[] = {A, C};
	clock_t start = clock();
	for (guint i = 0; i < 2 * 1000; i++) {
		PipitGroupChangeKind kind = i % 2 == 0     ? PIPIT_GROUP_ADD
					    : i % 40 == 39 ? PIPIT_GROUP_ADD
							   : PIPIT_GROUP_REMOVE;
		g_autofree char *guest = g_strdup_printf("mailto:%u@x", i);
		PipitGroupChange *next =
			act_on(last, kind, i % 2 == 0 ? B : authors[i / 2 % 2], i % 2 == 0 ? guest : B, NULL);
		pipit_group_change_unref(last);
		last = next;
		if (pipit_group_history_take(mind, last, 1) == PIPIT_GROUP_REFUSED)
			break;
	}
	while (pipit_group_history_advance(mind) != NULL)
		;
	g_assert_cmpuint(pipit_group_history_size(mind), >, 1900);
	g_assert_true(pipit_group_history_is_member(mind, A));
	g_test_message("%.1f s", (double)(clock() - start) / CLOCKS_PER_SEC);
	g_assert_cmpint((clock() - start) / CLOCKS_PER_SEC, <, 10);
}

/* A member gives the group the largest history that a device keeps, of what grows most in a message. */
static void
test_all_fits_in_one_message(void)
{
	g_autoptr(Mind) mind = begin();
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	g_autoptr(GString) padding = g_string_new("\"");
	for (guint i = 0; i < 10000; i++)
		g_string_append(padding, i % 2 == 0 ? "\\\\" : "\177");
	g_string_append_c(padding, '"');
	guint taken = 0;
	for (guint i = 0; i < 100; i++) {
		g_autofree char *text = g_strdup_printf("{\"kind\":\"x%u\",\"author\":\"" B
							"\",\"version\":2,\"at\":0,\"gid\":\"%s\","
							"\"builds_on\":[\"%s\"],\"x\":%s}",
							i, gid, heads[0], padding->str);
		g_autoptr(PipitGroupChange) change = pipit_group_change_parse(text);
		g_assert_nonnull(change);
		taken += pipit_group_history_take(mind, change, 1) == PIPIT_GROUP_TAKEN ? 1 : 0;
	}
	while (pipit_group_history_advance(mind) != NULL)
		;
	g_assert_cmpuint(taken, >, 1);
	g_assert_cmpuint(taken, <, 100);
	char *nobody[] = {NULL};
	g_auto(GStrv) state = pipit_group_history_heads(mind);
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, (const char *const *)nobody);
	const PipitMessage message = {.type = PIPIT_MESSAGE_GROUP,
				      .id = (char *)NONCE,
				      .from = (char *)A,
				      .to = nobody,
				      .group = {.gid = gid, .version = 2, .state = state, .changes = all}};
	g_autoptr(GBytes) packed = pipit_message_pack(&message);
	g_assert_nonnull(packed);
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
	g_autoptr(Mind) mind = begin();
	const char *const handles[] = {D, NULL};
	g_autoptr(PipitGroupChange) beginning = create_with(handles);
	g_assert_cmpstr(beginning->gid, !=, gid);
	g_assert_cmpint(pipit_group_history_take(mind, beginning, 1), ==, PIPIT_GROUP_REFUSED);
	g_autoptr(PipitGroupChange) foreign = parse("name", ",\"name\":\"x\"");
	g_assert_cmpint(pipit_group_history_take(mind, foreign, 1), ==, PIPIT_GROUP_REFUSED);
	/* A version that is not one more. */
	g_auto(GStrv) heads = pipit_group_history_heads(mind);
	char *nobody[] = {NULL};
	g_autoptr(PipitGroupChange) proud = pipit_group_change_new(&(PipitGroupChange){
		.kind = PIPIT_GROUP_NAME,
		.gid = gid,
		.author = (char *)A,
		.version = 9,
		.builds_on = heads,
		.handles = nobody,
	});
	learn(mind, proud);
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
	g_test_add_func("/group-history/too-many-members", test_too_many_members);
	g_test_add_func("/group-history/a-flood", test_a_flood);
	g_test_add_func("/group-history/too-many-additions", test_too_many_additions);
	g_test_add_func("/group-history/too-many-heads", test_too_many_heads);
	g_test_add_func("/group-history/a-costly-web", test_a_costly_web);
	g_test_add_func("/group-history/all-fits-in-one-message", test_all_fits_in_one_message);
	g_test_add_func("/group-history/forms", test_forms);
	g_test_add_func("/group-history/of-another-group", test_of_another_group);
	int status = g_test_run();
	g_free(gid);
	return status;
}
