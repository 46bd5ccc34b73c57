/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a group takes, of whom, and what that costs a device. */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "protocol/limits.h"
#include "protocol/message.h"
#include "tests/support/group_mind.h"

/* More than 256 by additions that did not know of each other: the same 256 for all. */
static void
test_too_many_members(void)
{
	g_autoptr(PipitMind) one = pipit_mind_begin();
	g_autoptr(PipitMind) two = pipit_group_history_copy(one);
	char *sets[2][256 + 1] = {{NULL}};
	PipitGroupChange *additions[2];
	g_auto(GStrv) heads = pipit_group_history_heads(one);
	for (guint s = 0; s < 2; s++) {
		for (guint i = 0; i < 200; i++)
			sets[s][i] = g_strdup_printf("mailto:p%u-%u@x", s, i);
		additions[s] = pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_ADD,
									  .gid = (char *)pipit_mind_gid(one),
									  .author = (char *)A,
									  .version = 2,
									  .builds_on = heads,
									  .handles = sets[s]});
	}
	pipit_mind_learn(one, additions[0]);
	pipit_mind_learn(one, additions[1]);
	pipit_mind_learn(two, additions[1]);
	pipit_mind_learn(two, additions[0]);
	g_autofree char *members = g_strjoinv(" ", (char **)pipit_group_history_members(one));
	g_assert_cmpuint(g_strv_length((char **)pipit_group_history_members(one)), ==, 256);
	pipit_mind_assert_members(two, members);
	for (guint s = 0; s < 2; s++) {
		pipit_group_change_unref(additions[s]);
		for (guint i = 0; i < 200; i++)
			g_free(sets[s][i]);
	}
}

/* So many names, beside each other. Returns how many were taken. */
static guint
fill(PipitMind *mind, const char *author, guint count)
{
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	guint taken = 0;
	for (guint i = 0; i < count; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_autoptr(PipitGroupChange) change =
			pipit_mind_act_on(beginning, PIPIT_GROUP_NAME, author, NULL, name);
		taken += pipit_group_history_take(mind, change, 1) == PIPIT_GROUP_TAKEN ? 1 : 0;
		g_assert_true(pipit_group_history_advance(mind) == NULL || taken > 0);
	}
	return taken;
}

static void
assert_room(PipitMind *mind, PipitGroupChangeKind kind, const char *author, const char *handle,
	    PipitGroupTaking expected)
{
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	g_autoptr(PipitGroupHistory) copy = pipit_group_history_copy(mind);
	g_autoptr(PipitGroupChange) change = pipit_mind_act_on(beginning, kind, author, handle, "news");
	g_assert_cmpint(pipit_group_history_take(copy, change, 1), ==, expected);
}

#define OF_AN_AUTHOR (PIPIT_GROUP_AUTHOR_MAX_CHANGES - PIPIT_GROUP_AUTHOR_EXIT_CHANGES)

/* One member can't fill a group up, and can still be put out, and go. */
static void
test_a_flood(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_assert_cmpuint(fill(mind, B, OF_AN_AUTHOR + 10), ==, OF_AN_AUTHOR);
	assert_room(mind, PIPIT_GROUP_NAME, A, NULL, PIPIT_GROUP_TAKEN);
	assert_room(mind, PIPIT_GROUP_REMOVE, A, B, PIPIT_GROUP_TAKEN);
	assert_room(mind, PIPIT_GROUP_REMOVE, B, A, PIPIT_GROUP_TAKEN);
	assert_room(mind, PIPIT_GROUP_LEAVE, B, NULL, PIPIT_GROUP_TAKEN);
}

/* D has joined, and then the group was filled up, with the help of what is forged. */
static PipitMind *
begin_full(void)
{
	PipitMind *mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	g_autoptr(PipitGroupChange) addition = pipit_mind_act_on(beginning, PIPIT_GROUP_ADD, A, D, NULL);
	pipit_mind_learn(mind, addition);
	fill(mind, A, OF_AN_AUTHOR);
	fill(mind, B, OF_AN_AUTHOR);
	fill(mind, C, OF_AN_AUTHOR);
	fill(mind, E, OF_AN_AUTHOR);
	g_assert_cmpuint(pipit_group_history_size(mind), ==,
			 PIPIT_GROUP_MAX_CHANGES - PIPIT_GROUP_EXIT_CHANGES);
	return mind;
}

/* What is full can be left, and members be put out; nothing else gets in, whoever says it. */
static void
test_full(void)
{
	g_autoptr(PipitMind) mind = begin_full();
	assert_room(mind, PIPIT_GROUP_NAME, A, NULL, PIPIT_GROUP_REFUSED);
	assert_room(mind, PIPIT_GROUP_ADD, A, E, PIPIT_GROUP_REFUSED);
	assert_room(mind, PIPIT_GROUP_PICTURE, A, NULL, PIPIT_GROUP_REFUSED);
	assert_room(mind, PIPIT_GROUP_REMOVE, A, B, PIPIT_GROUP_TAKEN);
	assert_room(mind, PIPIT_GROUP_LEAVE, B, NULL, PIPIT_GROUP_TAKEN);
	assert_room(mind, PIPIT_GROUP_REMOVE, A, E, PIPIT_GROUP_REFUSED);
	assert_room(mind, PIPIT_GROUP_REMOVE, E, A, PIPIT_GROUP_REFUSED);
	assert_room(mind, PIPIT_GROUP_LEAVE, E, NULL, PIPIT_GROUP_REFUSED);
}

/* Two who put the same one out at the same moment are both heard: what builds on either is understood by all. */
static void
test_full_and_two_at_once(void)
{
	g_autoptr(PipitMind) mind = begin_full();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	g_autoptr(PipitGroupChange) one = pipit_mind_act_on(beginning, PIPIT_GROUP_REMOVE, A, B, NULL);
	g_autoptr(PipitGroupChange) other = pipit_mind_act_on(beginning, PIPIT_GROUP_REMOVE, C, B, NULL);
	pipit_mind_learn(mind, one);
	pipit_mind_learn(mind, other);
	g_assert_cmpint(pipit_group_history_waiting(mind), ==, 0);
	pipit_mind_assert_members(mind, A " " C " " D);
}

/* Room is not given to what builds on something unknown: it might never be understood. */
static void
test_full_and_unconnected(void)
{
	g_autoptr(PipitMind) mind = begin_full();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	g_autoptr(PipitGroupChange) unknown =
		pipit_mind_act_on(beginning, PIPIT_GROUP_NAME, A, NULL, "never heard of");
	g_autoptr(PipitGroupChange) going = pipit_mind_act_on(unknown, PIPIT_GROUP_LEAVE, B, NULL, NULL);
	g_assert_cmpint(pipit_group_history_take(mind, going, 1), ==, PIPIT_GROUP_REFUSED);
}

/* All that is known, as who comes in would get it. */
static void
assert_fits_in_one_message(PipitMind *mind)
{
	char *nobody[] = {NULL};
	g_auto(GStrv) state = pipit_group_history_heads(mind);
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, (const char *const *)nobody);
	const PipitMessage message = {
		.type = PIPIT_MESSAGE_GROUP,
		.id = (char *)NONCE,
		.from = (char *)A,
		.to = nobody,
		.group = {.gid = (char *)pipit_mind_gid(mind), .version = 2, .state = state, .changes = all}};
	g_autoptr(GBytes) packed = pipit_message_pack(&message);
	g_assert_nonnull(packed);
}

/* Where even that room is used up, one's own going is kept. */
static void
test_full_to_the_brim(void)
{
	g_autoptr(PipitMind) mind = begin_full();
	const char *const nothing[] = {NULL};
	g_autoptr(GPtrArray) all = pipit_group_history_since(mind, nothing);
	guint taken = 0;
	for (guint i = 1; i <= PIPIT_GROUP_EXIT_CHANGES; i++) {
		g_autoptr(PipitGroupChange) going =
			pipit_mind_act_on(all->pdata[i], PIPIT_GROUP_LEAVE, B, NULL, NULL);
		taken += pipit_group_history_take(mind, going, 1) == PIPIT_GROUP_TAKEN ? 1 : 0;
		pipit_group_history_advance(mind);
	}
	g_assert_cmpuint(taken, >, PIPIT_GROUP_MAX_MEMBERS);
	g_autoptr(PipitGroupChange) own = pipit_mind_act_on(all->pdata[1], PIPIT_GROUP_LEAVE, D, NULL, NULL);
	g_assert_cmpint(pipit_group_history_take(mind, own, 1), ==, PIPIT_GROUP_REFUSED);
	g_assert_cmpint(pipit_group_history_keep(mind, own, 1), ==, PIPIT_GROUP_TAKEN);
	g_assert_true(pipit_group_history_advance(mind) == own);
	pipit_mind_assert_members(mind, A " " C);
	assert_fits_in_one_message(mind);
}

/* Who makes a change leaves some room for what the others make at the same moment. */
static void
test_room_to_spare(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	g_autoptr(PipitGroupChange) name = pipit_mind_act_on(beginning, PIPIT_GROUP_NAME, D, NULL, "D");
	g_autoptr(PipitGroupChange) leave = pipit_mind_act_on(beginning, PIPIT_GROUP_LEAVE, B, NULL, NULL);
	fill(mind, A, OF_AN_AUTHOR);
	fill(mind, B, OF_AN_AUTHOR);
	fill(mind, C, OF_AN_AUTHOR);
	fill(mind, E, OF_AN_AUTHOR - PIPIT_GROUP_MAX_MEMBERS - 1);
	g_assert_true(pipit_group_history_has_room(mind, name));
	fill(mind, E, OF_AN_AUTHOR - PIPIT_GROUP_MAX_MEMBERS);
	g_assert_false(pipit_group_history_has_room(mind, name));
	g_assert_true(pipit_group_history_has_room(mind, leave));
	assert_room(mind, PIPIT_GROUP_NAME, D, NULL, PIPIT_GROUP_TAKEN);
}

/* What is wrong in itself takes no room, and is named once. */
static void
test_dropped(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	char *heads[] = {beginning->hash, NULL};
	char *nobody[] = {NULL};
	g_autoptr(PipitGroupChange) proud =
		pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_NAME,
							   .gid = beginning->gid,
							   .author = (char *)A,
							   .version = 9,
							   .builds_on = heads,
							   .handles = nobody});
	pipit_mind_learn(mind, proud);
	g_autofree char *dropped = pipit_group_history_next_dropped(mind);
	g_assert_cmpstr(dropped, ==, proud->hash);
	g_assert_null(pipit_group_history_next_dropped(mind));
	g_assert_cmpuint(pipit_group_history_size(mind), ==, 1);
}

/* Somebody is put in so often at most, and who would do it once more is told before. */
static void
test_too_many_additions(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	for (guint i = 0; i < PIPIT_GROUP_MAX_ADDITIONS + 10; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_autoptr(PipitGroupChange) named =
			pipit_mind_act_on(beginning, PIPIT_GROUP_NAME, B, NULL, name);
		g_autoptr(PipitGroupChange) change = pipit_mind_act_on(named, PIPIT_GROUP_ADD, A, D, NULL);
		pipit_mind_learn(mind, named);
		pipit_mind_learn(mind, change);
	}
	g_assert_cmpuint(pipit_group_history_size(mind), ==,
			 1 + PIPIT_GROUP_MAX_ADDITIONS + 10 + PIPIT_GROUP_MAX_ADDITIONS);
	pipit_mind_assert_members(mind, A " " B " " C " " D);
	g_autoptr(PipitGroupChange) once_more = pipit_mind_act_on(beginning, PIPIT_GROUP_ADD, C, D, NULL);
	g_autoptr(PipitGroupChange) other = pipit_mind_act_on(beginning, PIPIT_GROUP_ADD, C, E, NULL);
	g_assert_false(pipit_group_history_has_room(mind, once_more));
	g_assert_true(pipit_group_history_has_room(mind, other));
}

/* However many are put in that there are not: a group names so many handles at most, and its members can still be put out. */
static void
test_too_many_named(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	char *heads[] = {beginning->hash, NULL};
	for (guint i = 0; i < PIPIT_GROUP_MAX_NAMED / PIPIT_GROUP_MAX_MEMBERS + 10; i++) {
		g_autoptr(GStrvBuilder) guests = g_strv_builder_new();
		for (guint j = 0; j < PIPIT_GROUP_MAX_MEMBERS; j++) {
			g_autofree char *guest = g_strdup_printf("mailto:%u-%u@x", i, j);
			g_strv_builder_add(guests, guest);
		}
		g_auto(GStrv) handles = g_strv_builder_end(guests);
		g_autoptr(PipitGroupChange) addition =
			pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_ADD,
								   .gid = beginning->gid,
								   .author = (char *)A,
								   .version = 2,
								   .builds_on = heads,
								   .handles = handles});
		pipit_mind_learn(mind, addition);
	}
	g_assert_cmpuint(pipit_group_history_size(mind), ==,
			 1 + PIPIT_GROUP_MAX_NAMED / PIPIT_GROUP_MAX_MEMBERS - 1);
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_on(beginning, PIPIT_GROUP_REMOVE, A, B, NULL);
	pipit_mind_learn(mind, removal);
	g_assert_false(pipit_group_history_is_member(mind, B));
}

/* With more heads than a change can name, what somebody does still counts: their own addition is behind one of them. */
static void
test_too_many_heads(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) beginning = pipit_mind_first(mind);
	char *guests[100];
	for (guint i = 0; i < G_N_ELEMENTS(guests); i++) {
		guests[i] = g_strdup_printf("mailto:%u@x", i);
		g_autoptr(PipitGroupChange) addition =
			pipit_mind_act_on(beginning, PIPIT_GROUP_ADD, A, guests[i], NULL);
		pipit_mind_learn(mind, addition);
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
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) last = pipit_mind_first(mind);
	const char *const authors[] = {A, C};
	clock_t start = clock();
	for (guint i = 0; i < 2 * 1000; i++) {
		PipitGroupChangeKind kind = i % 2 == 0     ? PIPIT_GROUP_ADD
					    : i % 40 == 39 ? PIPIT_GROUP_ADD
							   : PIPIT_GROUP_REMOVE;
		g_autofree char *guest = g_strdup_printf("mailto:%u@x", i);
		PipitGroupChange *next = pipit_mind_act_on(last, kind, i % 2 == 0 ? B : authors[i / 2 % 2],
							   i % 2 == 0 ? guest : B, NULL);
		pipit_group_change_unref(last);
		last = next;
		if (pipit_group_history_take(mind, last, 1) == PIPIT_GROUP_REFUSED)
			break;
		pipit_group_history_advance(mind);
	}
	g_assert_cmpuint(pipit_group_history_size(mind), >, 1400);
	g_assert_true(pipit_group_history_is_member(mind, A));
	g_test_message("%.1f s", (double)(clock() - start) / CLOCKS_PER_SEC);
	g_assert_cmpint((clock() - start) / CLOCKS_PER_SEC, <, 1);
}

/* Somebody is put in as often as can be, and out last, and does as much as one may: each deed is held against each addition. */
static void
test_a_costly_member(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) last = pipit_mind_first(mind);
	clock_t start = clock();
	for (guint i = 0; i < 1000; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		PipitGroupChange *next = i < PIPIT_GROUP_MAX_ADDITIONS
						 ? pipit_mind_act_on(last, PIPIT_GROUP_ADD, A, D, NULL)
						 : pipit_mind_act_on(last, PIPIT_GROUP_NAME, D, NULL, name);
		pipit_mind_learn(mind, next);
		pipit_group_change_unref(last);
		last = next;
	}
	g_autoptr(PipitGroupChange) removal = pipit_mind_act_on(last, PIPIT_GROUP_REMOVE, C, D, NULL);
	pipit_mind_learn(mind, removal);
	for (guint i = 0; i < 16; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_autoptr(PipitGroupChange) named =
			pipit_mind_act_on(removal, PIPIT_GROUP_NAME, A, NULL, name);
		pipit_mind_learn(mind, named);
		g_assert_false(pipit_group_history_is_member(mind, D));
	}
	g_test_message("%.2f s", (double)(clock() - start) / CLOCKS_PER_SEC);
	g_assert_cmpint((clock() - start) / CLOCKS_PER_SEC, <, 2);
}

/* Returns (transfer full) a change by B, beside all others, of so many guests and one @more. */
static PipitGroupChange *
change_guests(PipitGroupChange *before, PipitGroupChangeKind kind, guint count, const char *more)
{
	g_autoptr(GStrvBuilder) guests = g_strv_builder_new();
	char *heads[] = {before->hash, NULL};
	for (guint i = 0; i < count; i++) {
		g_autofree char *guest = g_strdup_printf("mailto:g%u@x", i);
		g_strv_builder_add(guests, guest);
	}
	g_strv_builder_add(guests, more);
	g_auto(GStrv) handles = g_strv_builder_end(guests);
	return pipit_group_change_new(&(PipitGroupChange){.kind = kind,
							  .gid = before->gid,
							  .author = (char *)B,
							  .version = before->version + 1,
							  .builds_on = heads,
							  .handles = handles});
}

/* What finds no room costs little too: in one message can be many that put nearly all members out, and somebody who is none. */
static void
test_costly_refusals(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
	g_autoptr(PipitGroupChange) last = pipit_mind_first(mind);
	const guint many = PIPIT_GROUP_MAX_MEMBERS - 10;
	for (guint i = 0; i < 63; i++) {
		const PipitGroupChangeKind kinds[] = {PIPIT_GROUP_REMOVE, PIPIT_GROUP_ADD};
		for (guint j = 0; j < G_N_ELEMENTS(kinds); j++) {
			PipitGroupChange *next =
				pipit_mind_act_on(last, kinds[j], i % 2 == 0 ? A : C, B, NULL);
			pipit_group_change_unref(last);
			last = next;
			pipit_mind_learn(mind, last);
		}
	}
	g_autoptr(PipitGroupChange) addition = change_guests(last, PIPIT_GROUP_ADD, many, D);
	pipit_mind_learn(mind, addition);
	fill(mind, A, OF_AN_AUTHOR - 70);
	fill(mind, B, OF_AN_AUTHOR);
	fill(mind, C, OF_AN_AUTHOR - 70);
	fill(mind, D, OF_AN_AUTHOR);
	fill(mind, E, OF_AN_AUTHOR);
	clock_t start = clock();
	for (guint i = 0; i < 200; i++) {
		g_autofree char *stranger = g_strdup_printf("mailto:s%u@x", i);
		g_autoptr(PipitGroupChange) removal =
			change_guests(addition, PIPIT_GROUP_REMOVE, many, stranger);
		g_assert_cmpint(pipit_group_history_take(mind, removal, 1), ==, PIPIT_GROUP_REFUSED);
	}
	g_test_message("%.1f s", (double)(clock() - start) / CLOCKS_PER_SEC);
	g_assert_cmpint((clock() - start) / CLOCKS_PER_SEC, <, 1);
}

/* A member gives the group the largest history that a device keeps, of what grows most in a message. */
static void
test_all_fits_in_one_message(void)
{
	g_autoptr(PipitMind) mind = pipit_mind_begin();
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
							i, pipit_mind_gid(mind), heads[0], padding->str);
		g_autoptr(PipitGroupChange) change = pipit_group_change_parse(text);
		g_assert_nonnull(change);
		taken += pipit_group_history_take(mind, change, 1) == PIPIT_GROUP_TAKEN ? 1 : 0;
	}
	while (pipit_group_history_advance(mind) != NULL)
		;
	g_assert_cmpuint(taken, >, 1);
	g_assert_cmpuint(taken, <, 100);
	assert_fits_in_one_message(mind);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/group-limits/too-many-members", test_too_many_members);
	g_test_add_func("/group-limits/a-flood", test_a_flood);
	g_test_add_func("/group-limits/full", test_full);
	g_test_add_func("/group-limits/full-and-two-at-once", test_full_and_two_at_once);
	g_test_add_func("/group-limits/full-and-unconnected", test_full_and_unconnected);
	g_test_add_func("/group-limits/full-to-the-brim", test_full_to_the_brim);
	g_test_add_func("/group-limits/room-to-spare", test_room_to_spare);
	g_test_add_func("/group-limits/dropped", test_dropped);
	g_test_add_func("/group-limits/too-many-additions", test_too_many_additions);
	g_test_add_func("/group-limits/too-many-named", test_too_many_named);
	g_test_add_func("/group-limits/too-many-heads", test_too_many_heads);
	g_test_add_func("/group-limits/a-costly-web", test_a_costly_web);
	g_test_add_func("/group-limits/a-costly-member", test_a_costly_member);
	g_test_add_func("/group-limits/costly-refusals", test_costly_refusals);
	g_test_add_func("/group-limits/all-fits-in-one-message", test_all_fits_in_one_message);
	return g_test_run();
}
