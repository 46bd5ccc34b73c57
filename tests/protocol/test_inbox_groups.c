/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes to Alice in a group of hers, from those who are in it, from those who are not, and in an order that nobody wished for;
 * and what her device writes to the others for it. */
#include <glib.h>
#include <string.h>

#include "protocol/group_telling.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/store_groups.h"
#include "tests/support/group_scene.h"

static void
test_members_talk(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroup) group = NULL;
	g_assert_true(pipit_store_read_group(f->store, f->gid, &group, NULL));
	/* Text, whatever it looks like. */
	g_assert_cmpstr(group->name, ==, "<b>us</b>");
	pipit_group_scene_assert_text(pipit_group_scene_say(f, BOB, "Hello"), BOB, "Hello");
	pipit_group_scene_assert_text(pipit_group_scene_say(f, CAROL, "Hi"), CAROL, "Hi");
	pipit_group_scene_assert_nothing(pipit_group_scene_say(f, MALLORY, "Me too"));
	pipit_group_scene_assert_written(f, "");
}

/* Who is no member changes nothing, under whatever name. */
static void
test_a_change_by_a_stranger(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, MALLORY,
				       pipit_group_scene_just(pipit_group_scene_change_in(
					       theirs, f->gid, PIPIT_GROUP_ADD, MALLORY, MALLORY, NULL))));
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, MALLORY,
				       pipit_group_scene_just(pipit_group_scene_change_in(
					       theirs, f->gid, PIPIT_GROUP_ADD, BOB, MALLORY, NULL))));
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, MALLORY,
				       pipit_group_scene_just(pipit_group_scene_change_in(
					       theirs, f->gid, PIPIT_GROUP_NAME, BOB, NULL, "mine"))));
	pipit_group_scene_assert_members(f, AT_BEGINNING);
	/* Nor does a member in somebody else's name before it counts that that one is in it. */
	g_autoptr(PipitGroupHistory) forged = pipit_group_history_copy(f->history);
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, CAROL,
				       pipit_group_scene_just(pipit_group_scene_change_in(
					       forged, f->gid, PIPIT_GROUP_ADD, MALLORY, MALLORY, NULL))));
	pipit_group_scene_assert_members(f, AT_BEGINNING);
}

/* Who invites is in the group that they invite to. */
static void
test_an_invitation_to_others_group(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin(f);
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, MALLORY, pipit_group_scene_all_of(f->history)));
	pipit_group_scene_assert_members(f, "");
	g_autoptr(PipitGroupChange) removal =
		pipit_group_scene_change(f, PIPIT_GROUP_REMOVE, BOB, ALICE, NULL);
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)));
	pipit_group_scene_assert_members(f, "");
}

static void
test_asked(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin(f);
	f->knows_nobody = TRUE;
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)),
				      PIPIT_GROUP_NEWS_ASKED, BOB);
	pipit_group_scene_assert_nothing(pipit_group_scene_say(f, BOB, "Hello"));
	pipit_group_scene_assert_nothing(pipit_group_scene_tell(
		f, CAROL,
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_NAME, CAROL, NULL, "all"))));
	pipit_group_scene_assert_nothing(pipit_group_scene_ask(f, CAROL, f->history));
	pipit_group_scene_assert_written(f, "");
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 1);
	g_assert_true(((const PipitReceived *)unshown->pdata[0])->asks);
}

/* A text before the change that puts its writer in: it is kept, somebody is asked, and then it is shown. */
static void
test_a_text_before_the_change(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	GPtrArray *addition =
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL));
	pipit_group_scene_assert_nothing(pipit_group_scene_say(f, DAVE, "I am new"));
	pipit_group_scene_assert_written(f, "ask " BOB "\n");
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, CAROL, addition), PIPIT_GROUP_NEWS_ADDED,
				      CAROL);
	pipit_group_scene_assert_text(pipit_group_scene_receive_released(f), DAVE, "I am new");
}

/* What somebody else changes beside may come before that which puts one in. */
static void
test_an_overtaken_invitation(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell(f, CAROL,
				       pipit_group_scene_just(pipit_group_scene_change_in(
					       theirs, f->gid, PIPIT_GROUP_NAME, CAROL, NULL, "beside"))));
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)),
				      PIPIT_GROUP_NEWS_JOINED, BOB);
	pipit_group_scene_assert_news(pipit_group_scene_receive_released(f), PIPIT_GROUP_NEWS_NAMED, CAROL);
	pipit_group_scene_assert_written(f, "");
}

/* A change that builds on one that is not there waits for it. */
static void
test_changes_in_the_wrong_order(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	GPtrArray *first =
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL));
	GPtrArray *second =
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_NAME, CAROL, NULL, "more"));
	pipit_group_scene_assert_nothing(pipit_group_scene_tell(f, CAROL, second));
	pipit_group_scene_assert_written(f, "ask " CAROL "\n");
	g_autoptr(GPtrArray) shown = pipit_group_scene_tell(f, CAROL, first);
	g_assert_cmpuint(shown->len, ==, 2);
	pipit_group_scene_assert_members(f, AT_BEGINNING " " DAVE);
	PipitGroupHistory *history = pipit_store_group_history(f->store, f->gid, NULL);
	g_assert_cmpstr(pipit_group_history_name(history), ==, "more");
}

/* A member's text shows that something was lost; they are asked, and what they answer counts. */
static void
test_a_lost_change(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupChange) lost = pipit_group_scene_change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL);
	pipit_group_scene_assert_text(pipit_group_scene_say(f, BOB, "Hello"), BOB, "Hello");
	pipit_group_scene_assert_text(pipit_group_scene_say(f, BOB, "again"), BOB, "again");
	pipit_group_scene_assert_written(f, "ask " BOB "\n");
	g_autoptr(GPtrArray) shown =
		pipit_group_scene_tell(f, BOB, pipit_group_scene_just(pipit_group_change_ref(lost)));
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_autoptr(PipitGroupTold) told = pipit_group_told_parse(received->text);
	g_assert_cmpstr(received->from, ==, CAROL);
	g_assert_cmpstr(told->told_by, ==, BOB);
	pipit_group_scene_assert_members(f, AT_BEGINNING " " DAVE);
}

/* Who asks gets what they lack; a stranger nothing. */
static void
test_answers(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) before = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupHistory) nothing = pipit_group_history_new(f->gid);
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB,
							     pipit_group_scene_just(pipit_group_scene_change(
								     f, PIPIT_GROUP_NAME, BOB, NULL, "new"))),
				      PIPIT_GROUP_NEWS_NAMED, BOB);
	pipit_group_scene_assert_nothing(pipit_group_scene_ask(f, CAROL, before));
	pipit_group_scene_assert_written(f, "changes " CAROL " 1\n");
	pipit_group_scene_assert_nothing(pipit_group_scene_ask(f, CAROL, nothing));
	pipit_group_scene_assert_written(f, "changes " CAROL " 2\n");
	pipit_group_scene_assert_nothing(pipit_group_scene_ask(f, MALLORY, nothing));
	pipit_group_scene_assert_written(f, "");
	/* Who knows what she does not is asked in turn. */
	g_autoptr(PipitGroupChange) hers =
		pipit_group_scene_change(f, PIPIT_GROUP_NAME, CAROL, NULL, "newer");
	pipit_group_scene_assert_nothing(pipit_group_scene_ask(f, CAROL, f->history));
	pipit_group_scene_assert_written(f, "changes " CAROL " 2\nask " CAROL "\n");
}

/* Who still writes without a change that the relay had ten minutes before did not get it: they are sent it. */
static void
test_a_member_who_lags_behind(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) before = pipit_group_history_copy(f->history);
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB,
							     pipit_group_scene_just(pipit_group_scene_change(
								     f, PIPIT_GROUP_NAME, BOB, NULL, "new"))),
				      PIPIT_GROUP_NEWS_NAMED, BOB);
	pipit_group_scene_assert_text(
		pipit_group_scene_say_at(f, CAROL, before, "It may come", NOW + 10 * MINUTE - 1), CAROL,
		"It may come");
	pipit_group_scene_assert_text(
		pipit_group_scene_say_at(f, BOB, f->history, "I know", NOW + 10 * MINUTE), BOB, "I know");
	pipit_group_scene_assert_written(f, "");
	pipit_group_scene_assert_text(
		pipit_group_scene_say_at(f, CAROL, before, "It is lost", NOW + 10 * MINUTE), CAROL,
		"It is lost");
	pipit_group_scene_assert_written(f, "changes " CAROL " 1\n");
}

/* What somebody did before the relay had their removal counts where it can; what comes later is refused, and they are told. */
static void
test_the_removed(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) before = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	pipit_group_scene_assert_news(
		pipit_group_scene_tell(f, BOB,
				       pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_REMOVE,
										       BOB, CAROL, NULL))),
		PIPIT_GROUP_NEWS_REMOVED, BOB);
	pipit_group_scene_assert_text(pipit_group_scene_say_at(f, CAROL, before, "Oh, and", NOW - MINUTE),
				      CAROL, "Oh, and");
	pipit_group_scene_assert_nothing(pipit_group_scene_say_at(f, CAROL, before, "I stay", NOW + MINUTE));
	pipit_group_scene_assert_written(f, "changes " CAROL " 1\n");
	pipit_group_scene_assert_nothing(pipit_group_scene_say(f, CAROL, "I know, and stay"));
	pipit_group_scene_assert_nothing(
		pipit_group_scene_tell_at(f, CAROL,
					  pipit_group_scene_just(pipit_group_scene_change_in(
						  theirs, f->gid, PIPIT_GROUP_REMOVE, CAROL, BOB, NULL)),
					  NOW + MINUTE));
	pipit_group_scene_assert_members(f, ALICE " " BOB);
	pipit_group_scene_assert_written(f, "");
}

/* Two who put each other out at the same moment are both out. */
static void
test_both_out(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	pipit_group_scene_assert_news(
		pipit_group_scene_tell_at(f, BOB,
					  pipit_group_scene_just(pipit_group_scene_change(
						  f, PIPIT_GROUP_REMOVE, BOB, CAROL, NULL)),
					  NOW),
		PIPIT_GROUP_NEWS_REMOVED, BOB);
	pipit_group_scene_assert_news(
		pipit_group_scene_tell(f, CAROL,
				       pipit_group_scene_just(pipit_group_scene_change_in(
					       theirs, f->gid, PIPIT_GROUP_REMOVE, CAROL, BOB, NULL))),
		PIPIT_GROUP_NEWS_REMOVED, CAROL);
	pipit_group_scene_assert_members(f, ALICE);
}

static void
test_out_oneself(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	pipit_group_scene_assert_news(
		pipit_group_scene_tell(f, CAROL,
				       pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_REMOVE,
										       CAROL, ALICE, NULL))),
		PIPIT_GROUP_NEWS_REMOVED, CAROL);
	pipit_group_scene_assert_nothing(pipit_group_scene_say(f, BOB, "About Alice"));
	pipit_group_scene_assert_nothing(pipit_group_scene_tell(
		f, BOB,
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_NAME, BOB, NULL, "without"))));
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	g_assert_true(pipit_store_read_standing(f->store, f->gid, &standing, NULL));
	g_assert_cmpint(standing, ==, PIPIT_GROUP_REMOVED);
	/* And in again. */
	g_autoptr(PipitGroupChange) back = pipit_group_scene_change(f, PIPIT_GROUP_ADD, BOB, ALICE, NULL);
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)),
				      PIPIT_GROUP_NEWS_JOINED, BOB);
}

static void
add_text(PipitGroupScene *f, GPtrArray *envelopes, PipitGroupHistory *theirs, const char *text)
{
	PipitMessage message = pipit_group_scene_message_in(f->gid, PIPIT_MESSAGE_TEXT, DAVE, theirs);
	message.text = (char *)text;
	g_ptr_array_add(envelopes, pipit_group_scene_seal(f, &message, NOW));
}

/* One text waits for a change; the change and the next text come at once: that waits behind the first. */
static void
test_in_order(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	g_autoptr(GPtrArray) changes = pipit_group_scene_just(
		pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_ADD, CAROL, DAVE, NULL));
	pipit_group_scene_assert_nothing(pipit_group_scene_say_at(f, DAVE, theirs, "first", NOW));
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_envelope_unref);
	PipitMessage addition = pipit_group_scene_message_in(f->gid, PIPIT_MESSAGE_GROUP, CAROL, theirs);
	addition.group.changes = changes;
	g_ptr_array_add(envelopes, pipit_group_scene_seal(f, &addition, NOW));
	add_text(f, envelopes, theirs, "second");
	pipit_group_scene_assert_news(pipit_group_scene_receive_all(f, envelopes), PIPIT_GROUP_NEWS_ADDED,
				      CAROL);
	g_autoptr(GPtrArray) shown = pipit_group_scene_receive_released(f);
	g_assert_cmpuint(shown->len, ==, 2);
	g_assert_cmpstr(((const PipitReceived *)shown->pdata[0])->text, ==, "first");
	g_assert_cmpstr(((const PipitReceived *)shown->pdata[1])->text, ==, "second");
}

#define ADD(name, test)                                                                                      \
	g_test_add("/inbox-groups/" name, PipitGroupScene, NULL, pipit_group_scene_set_up, test,             \
		   pipit_group_scene_tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("members-talk", test_members_talk);
	ADD("a-change-by-a-stranger", test_a_change_by_a_stranger);
	ADD("an-invitation-to-others-group", test_an_invitation_to_others_group);
	ADD("asked", test_asked);
	ADD("a-text-before-the-change", test_a_text_before_the_change);
	ADD("an-overtaken-invitation", test_an_overtaken_invitation);
	ADD("changes-in-the-wrong-order", test_changes_in_the_wrong_order);
	ADD("a-lost-change", test_a_lost_change);
	ADD("answers", test_answers);
	ADD("a-member-who-lags-behind", test_a_member_who_lags_behind);
	ADD("the-removed", test_the_removed);
	ADD("both-out", test_both_out);
	ADD("out-oneself", test_out_oneself);
	ADD("in-order", test_in_order);
	return pipit_group_scene_run();
}
