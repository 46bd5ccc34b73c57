/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers and members can't get out of Alice's device by way of a group, however often they try. */
#include <glib.h>
#include <string.h>

#include "protocol/group_letter.h"
#include "protocol/group_telling.h"
#include "protocol/group_update.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/store_groups.h"
#include "protocol/store_private.h"
#include "protocol/uuid.h"
#include "tests/support/group_scene.h"

/* Somebody who floods her with what can't be told yet fills a little, and no more. */
static void
test_a_flood(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupChange) fake =
		pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_ADD, BOB, MALLORY, NULL);
	for (guint i = 0; i < 300; i++)
		pipit_group_scene_assert_nothing(pipit_group_scene_say_at(f, MALLORY, theirs, "x", NOW));
	guint count = 0;
	guint all = 0;
	g_assert_true(pipit_store_count_waiting(f->store, f->gid, &count, &all, NULL));
	g_assert_cmpuint(count, ==, 256);
	pipit_group_scene_assert_written(f, "ask " BOB "\nask " CAROL "\n");
}

/* Who pretends to have something else each time is not answered each time. */
static void
test_a_flood_of_questions(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	for (guint i = 0; i < 20; i++) {
		g_autofree char *hash = pipit_group_hash(&i, sizeof i);
		PipitMessage message = {.type = PIPIT_MESSAGE_GROUP_ASK,
					.from = (char *)BOB,
					.to = (char *[]){NULL},
					.group = {.gid = f->gid, .version = 7}};
		message.group.state = g_strdupv((char *[]){hash, NULL});
		pipit_group_scene_assert_nothing(pipit_group_scene_receive(f, &message, NOW));
	}
	g_autofree char *written = pipit_group_scene_take_written(f);
	g_auto(GStrv) answers = g_strsplit(written, "changes", -1);
	g_assert_cmpuint(g_strv_length(answers) - 1, ==, 4);
}

/* Who comes in hears what she changed beside; who has been in it for long does not hear it again, whatever comes. */
static void
test_newcomers(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupChange) hers = pipit_group_scene_change(f, PIPIT_GROUP_NAME, ALICE, NULL, "hers");
	g_autoptr(GPtrArray) quiet =
		pipit_group_scene_tell(f, BOB, pipit_group_scene_just(pipit_group_change_ref(hers)));
	PipitGroupChange *addition =
		pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_ADD, CAROL, DAVE, NULL);
	g_autofree char *before = pipit_group_scene_take_written(f);
	g_autoptr(GPtrArray) changes = pipit_group_scene_just(addition);
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, CAROL, g_ptr_array_ref(changes)),
				      PIPIT_GROUP_NEWS_ADDED, CAROL);
	pipit_group_scene_assert_written(f, "changes " DAVE " 1\n");
	g_ptr_array_add(changes,
			pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_NAME, CAROL, NULL, "theirs"));
	g_autoptr(GPtrArray) named = pipit_group_scene_tell(f, CAROL, g_ptr_array_ref(changes));
	pipit_group_scene_assert_written(f, "");
}

/* Mallory makes one group after the other with Alice in it. Returns how many she is asked about. */
static guint
invite_often(PipitGroupScene *f, guint times)
{
	char *nobody[] = {NULL};
	char *members[] = {(char *)ALICE, NULL};
	guint asked = 0;
	for (guint i = 0; i < times; i++) {
		g_autofree char *nonce = pipit_uuid_new();
		g_autoptr(GPtrArray) changes = pipit_group_scene_just(
			pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_CREATE,
								   .author = (char *)MALLORY,
								   .version = 1,
								   .nonce = nonce,
								   .builds_on = nobody,
								   .at = NOW,
								   .handles = members}));
		const PipitGroupChange *beginning = changes->pdata[0];
		PipitMessage message = {.type = PIPIT_MESSAGE_GROUP,
					.from = (char *)MALLORY,
					.to = nobody,
					.group = {.gid = beginning->gid, .version = 1, .changes = changes}};
		message.group.state = g_strdupv((char *[]){beginning->hash, NULL});
		g_autoptr(GPtrArray) shown = pipit_group_scene_receive(f, &message, NOW);
		asked += shown->len;
	}
	return asked;
}

static void
test_too_many_invitations(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	f->knows_nobody = TRUE;
	g_assert_cmpuint(invite_often(f, 20), ==, 16);
	pipit_group_scene_assert_written(f, "");
	f->knows_nobody = FALSE;
	g_assert_cmpuint(invite_often(f, 1), ==, 1);
}

/* It is a stranger's invitation, though a friend who is in the group too passes it on. */
static void
test_an_invitation_passed_on(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin(f);
	g_autoptr(PipitGroupChange) out = pipit_group_scene_change(f, PIPIT_GROUP_REMOVE, BOB, ALICE, NULL);
	g_autoptr(PipitGroupChange) in = pipit_group_scene_change(f, PIPIT_GROUP_ADD, CAROL, ALICE, NULL);
	f->stranger = CAROL;
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)),
				      PIPIT_GROUP_NEWS_ASKED, CAROL);
}

/* A stranger who speaks of a group that nobody knows gets no answer, and does not take all the places. */
static void
test_out_of_the_blue(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	guint count = 0;
	guint all = 0;
	pipit_group_scene_begin(f);
	f->stranger = MALLORY;
	g_autofree char *known = g_steal_pointer(&f->gid);
	for (guint i = 0; i < 520; i++) {
		f->gid = pipit_uuid_new();
		pipit_group_scene_assert_nothing(pipit_group_scene_say(f, MALLORY, "Psst"));
		g_free(g_steal_pointer(&f->gid));
	}
	f->gid = g_steal_pointer(&known);
	g_assert_true(pipit_store_count_waiting(f->store, f->gid, &count, &all, NULL));
	g_assert_cmpuint(all, ==, 512);
	pipit_group_scene_assert_written(f, "");
	pipit_group_scene_assert_nothing(pipit_group_scene_say(f, BOB, "Did you hear?"));
	g_assert_true(pipit_store_count_waiting(f->store, f->gid, &count, &all, NULL));
	g_assert_cmpuint(count, ==, 1);
	pipit_group_scene_assert_written(f, "ask " BOB "\n");
}

/* Who names as many heads as can be named may have more: they are not taken for behind. */
static void
test_as_many_heads_as_can_be(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_auto(GStrv) heads = pipit_group_history_heads(f->history);
	g_autoptr(GPtrArray) names =
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_NAME, CAROL, NULL, "0"));
	char *nobody[] = {NULL};
	for (guint i = 1; i <= PIPIT_GROUP_MAX_HEADS; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		PipitGroupChange *one = pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_NAME,
										   .gid = f->gid,
										   .author = (char *)CAROL,
										   .version = 2,
										   .builds_on = heads,
										   .at = NOW,
										   .handles = nobody,
										   .name = name});
		g_ptr_array_add(names, one);
		pipit_group_history_take(f->history, one, NOW);
		g_assert_nonnull(pipit_group_history_advance(f->history));
	}
	g_autoptr(GPtrArray) shown = pipit_group_scene_tell(f, CAROL, g_ptr_array_ref(names));
	pipit_group_scene_assert_text(
		pipit_group_scene_say_at(f, BOB, f->history, "Hello", NOW + 10 * MINUTE), BOB, "Hello");
	pipit_group_scene_assert_written(f, "");
}

/* Another own device brings that one of one's handles leaves. */
static void
leave_elsewhere(PipitGroupScene *f, const char *handle, PipitGroupState expected)
{
	g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	PipitGroupUpdate update = {
		.gid = f->gid, .from = handle, .at = NOW, .known_at = NOW, .own = TRUE, .told = told};
	g_autoptr(GPtrArray) changes =
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_LEAVE, handle, NULL, NULL));
	g_assert_true(pipit_group_update(f->store, &update, changes, NULL, NULL));
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	g_assert_true(pipit_store_read_standing(f->store, f->gid, &standing, NULL));
	g_assert_cmpint(standing, ==, expected);
}

/* With two handles in it, a no comes in two messages, of which the first is no yes. */
static void
test_declined_elsewhere(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const own[] = {ALICE, DAVE, NULL};
	g_assert_true(pipit_store_set_registered(f->store, pipit_group_scene_alice()->push_token, own, NULL));
	pipit_group_scene_begin(f);
	g_autoptr(PipitGroupChange) addition = pipit_group_scene_change(f, PIPIT_GROUP_ADD, BOB, DAVE, NULL);
	f->knows_nobody = TRUE;
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_all_of(f->history)),
				      PIPIT_GROUP_NEWS_ASKED, BOB);
	leave_elsewhere(f, ALICE, PIPIT_GROUP_ASKED);
	leave_elsewhere(f, DAVE, PIPIT_GROUP_LEFT);
}

/* "ADDED by carol: dave" */
static char *
words_of(const PipitReceived *received)
{
	static const char *const kinds[] = {
		[PIPIT_GROUP_NEWS_ADDED] = "added",       [PIPIT_GROUP_NEWS_REMOVED] = "removed",
		[PIPIT_GROUP_NEWS_LEFT] = "left",         [PIPIT_GROUP_NEWS_NAMED] = "named",
		[PIPIT_GROUP_NEWS_PICTURED] = "pictured",
	};
	g_autoptr(PipitGroupTold) told = pipit_group_told_parse(received->text);
	g_autofree char *handles = g_strjoinv(" ", told->handles);
	return g_strdup_printf("%s by %s (%s): %s%s", kinds[told->kind], received->from, told->told_by,
			       handles, told->name != NULL ? told->name : "");
}

static void
assert_words(const PipitReceived *received, const char *expected)
{
	g_autofree char *words = words_of(received);
	g_assert_cmpstr(words, ==, expected);
}

/* Of very many changes in one message, the last ones are told by what they come to, and still by whom. */
static void
test_many_changes_at_once(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(GPtrArray) changes =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	for (guint i = 0; i < 100; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_NAME, CAROL, NULL, name));
	}
	g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_ADD, CAROL, DAVE, NULL));
	g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_ADD, CAROL, MALLORY, NULL));
	g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_NAME, DAVE, NULL, "Dave's"));
	g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_REMOVE, DAVE, MALLORY, NULL));
	g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_LEAVE, CAROL, NULL, NULL));
	g_autoptr(GPtrArray) shown = pipit_group_scene_tell(f, BOB, g_ptr_array_ref(changes));
	g_assert_cmpuint(shown->len, ==, 16 + 3);
	assert_words(shown->pdata[15], "named by " CAROL " (" BOB "): 15");
	assert_words(shown->pdata[16], "left by " CAROL " (" BOB "): ");
	assert_words(shown->pdata[17], "added by " CAROL " (" BOB "): " DAVE);
	assert_words(shown->pdata[18], "named by " DAVE " (" BOB "): Dave's");
	pipit_group_scene_assert_members(f, ALICE " " BOB " " DAVE);
}

/* Among many changes that come at once is one that puts her out. */
static void
test_removed_among_many(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(GPtrArray) changes =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
	for (guint i = 0; i < 50; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);
		g_ptr_array_add(changes, pipit_group_scene_change(f, PIPIT_GROUP_NAME, BOB, NULL, name));
		if (i == 30)
			g_ptr_array_add(changes,
					pipit_group_scene_change(f, PIPIT_GROUP_REMOVE, CAROL, ALICE, NULL));
	}
	g_autoptr(GPtrArray) shown = pipit_group_scene_tell(f, BOB, g_ptr_array_ref(changes));
	g_assert_cmpuint(shown->len, ==, 16 + 1);
	assert_words(shown->pdata[16], "removed by " CAROL " (" BOB "): " ALICE);
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	g_assert_true(pipit_store_read_standing(f->store, f->gid, &standing, NULL));
	g_assert_cmpint(standing, ==, PIPIT_GROUP_REMOVED);
}

static gint64
count_changes_on_disk(PipitGroupScene *f)
{
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(f->store, NULL, "SELECT count(*) FROM group_change", "");
	g_assert_cmpint(pipit_store_step(f->store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int64(row, 0);
}

/* What is wrong in itself leaves nothing on the disk, however often it is said. */
static void
test_wrong_changes(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_auto(GStrv) heads = pipit_group_history_heads(f->history);
	char *nobody[] = {NULL};
	for (guint i = 0; i < 10; i++) {
		PipitGroupChange *proud = pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_NAME,
										     .gid = f->gid,
										     .author = (char *)BOB,
										     .version = 9,
										     .builds_on = heads,
										     .at = i,
										     .handles = nobody});
		pipit_group_scene_assert_nothing(
			pipit_group_scene_tell(f, BOB, pipit_group_scene_just(proud)));
	}
	g_assert_cmpint(count_changes_on_disk(f), ==, 1);
}

/* Who was put out and does not know it yet is heard a little, not as often as they like: in one message no more than in many. */
static void
test_the_late_removed(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	g_autoptr(PipitGroupChange) removal =
		pipit_group_scene_change(f, PIPIT_GROUP_REMOVE, CAROL, BOB, NULL);
	g_autoptr(GPtrArray) removed =
		pipit_group_scene_tell(f, CAROL, pipit_group_scene_just(pipit_group_change_ref(removal)));
	g_auto(GStrv) heads = pipit_group_history_heads(theirs);
	char *nobody[] = {NULL};
	for (guint count = 17; count >= 16; count--) {
		GPtrArray *late = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_group_change_unref);
		for (guint i = 0; i < count; i++)
			g_ptr_array_add(
				late, pipit_group_change_new(&(PipitGroupChange){.kind = PIPIT_GROUP_PICTURE,
										 .gid = f->gid,
										 .author = (char *)BOB,
										 .version = 2,
										 .builds_on = heads,
										 .at = i,
										 .handles = nobody}));
		pipit_group_scene_assert_nothing(pipit_group_scene_tell_at(f, BOB, late, NOW + MINUTE));
		g_assert_cmpint(count_changes_on_disk(f), ==, count == 17 ? 2 : 2 + 16);
	}
}

/* What waits is opened again when that is there for which it waits, not whenever anything is said. */
static void
test_what_waits_is_left_alone(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	PipitGroupChange *addition =
		pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_ADD, CAROL, DAVE, NULL);
	pipit_group_scene_assert_nothing(pipit_group_scene_say_at(f, DAVE, theirs, "Hello", NOW));
	PipitGroupChange *name = pipit_group_scene_change(f, PIPIT_GROUP_NAME, BOB, NULL, "new");
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, BOB, pipit_group_scene_just(name)),
				      PIPIT_GROUP_NEWS_NAMED, BOB);
	g_assert_false(pipit_inbox_take_released(f->inbox));
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, CAROL, pipit_group_scene_just(addition)),
				      PIPIT_GROUP_NEWS_ADDED, CAROL);
	pipit_group_scene_assert_text(pipit_group_scene_receive_released(f), DAVE, "Hello");
}

/* It need not be all there: a member is believed. */
static void
test_what_waits_for_a_member(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autoptr(PipitGroupHistory) theirs = pipit_group_history_copy(f->history);
	PipitGroupChange *addition =
		pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_ADD, CAROL, DAVE, NULL);
	g_autoptr(PipitGroupChange) lost =
		pipit_group_scene_change_in(theirs, f->gid, PIPIT_GROUP_NAME, CAROL, NULL, "lost");
	pipit_group_scene_assert_nothing(pipit_group_scene_say_at(f, DAVE, theirs, "Hello", NOW));
	pipit_group_scene_assert_news(pipit_group_scene_tell(f, CAROL, pipit_group_scene_just(addition)),
				      PIPIT_GROUP_NEWS_ADDED, CAROL);
	pipit_group_scene_assert_text(pipit_group_scene_receive_released(f), DAVE, "Hello");
}

/* Of very many groups not all are kept in memory: they are read again. */
static void
test_many_histories(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	for (guint i = 0; i < 1024; i++) {
		g_autofree char *gid = pipit_uuid_new();
		g_assert_nonnull(pipit_store_group_history(f->store, gid, NULL));
	}
	g_assert_cmpuint(g_hash_table_size(f->store->histories), ==, 1025);
	g_autoptr(PipitGroupChange) name = pipit_group_scene_change(f, PIPIT_GROUP_NAME, BOB, NULL, "new");
	pipit_group_scene_assert_news(
		pipit_group_scene_tell(f, BOB, pipit_group_scene_just(pipit_group_change_ref(name))),
		PIPIT_GROUP_NEWS_NAMED, BOB);
	g_assert_true(f->store->histories == NULL || g_hash_table_size(f->store->histories) < 10);
	pipit_group_scene_assert_text(pipit_group_scene_say(f, BOB, "Hello"), BOB, "Hello");
}

/* The account has lost the handle that is in the group: whatever comes next, one is out. */
static void
test_a_handle_that_is_gone(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const own[] = {DAVE, NULL};
	pipit_group_scene_begin_and_tell(f);
	g_assert_true(pipit_store_set_registered(f->store, pipit_group_scene_alice()->push_token, own, NULL));
	g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_received_free);
	PipitGroupUpdate update = {.gid = f->gid, .from = BOB, .at = NOW, .known_at = NOW, .told = told};
	g_autoptr(GPtrArray) changes =
		pipit_group_scene_just(pipit_group_scene_change(f, PIPIT_GROUP_NAME, BOB, NULL, "new"));
	g_assert_true(pipit_group_update(f->store, &update, changes, NULL, NULL));
	PipitGroupStanding standing = PIPIT_GROUP_UNKNOWN;
	g_assert_true(pipit_store_read_standing(f->store, f->gid, &standing, NULL));
	g_assert_cmpint(standing, ==, PIPIT_GROUP_REMOVED);
}

/* A letter that fits in no message is not written, and that undoes nothing. */
static void
test_a_letter_that_does_not_fit(PipitGroupScene *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_group_scene_begin_and_tell(f);
	g_autofree char *rest = g_strnfill(60000, 'x');
	g_autofree char *text = g_strdup_printf("{\"kind\":\"later\",\"author\":\"" BOB
						"\",\"version\":2,\"at\":0,\"gid\":\"%s\","
						"\"builds_on\":[\"%s\"],\"rest\":\"%s\"}",
						f->gid, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", rest);
	g_autoptr(GPtrArray) much = pipit_group_scene_just(pipit_group_change_parse(text));
	for (guint i = 0; i < 20; i++)
		g_ptr_array_add(much, pipit_group_change_ref(much->pdata[0]));
	const PipitGroupLetter letter = {f->gid, ALICE, NOW};
	g_assert_true(pipit_group_letter_tell(f->store, &letter, BOB, much, NULL));
	pipit_group_scene_assert_written(f, "");
}

#define ADD(name, test)                                                                                      \
	g_test_add("/inbox-group-limits/" name, PipitGroupScene, NULL, pipit_group_scene_set_up, test,       \
		   pipit_group_scene_tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("a-flood", test_a_flood);
	ADD("a-flood-of-questions", test_a_flood_of_questions);
	ADD("newcomers", test_newcomers);
	ADD("too-many-invitations", test_too_many_invitations);
	ADD("an-invitation-passed-on", test_an_invitation_passed_on);
	ADD("out-of-the-blue", test_out_of_the_blue);
	ADD("as-many-heads-as-can-be", test_as_many_heads_as_can_be);
	ADD("declined-elsewhere", test_declined_elsewhere);
	ADD("many-changes-at-once", test_many_changes_at_once);
	ADD("removed-among-many", test_removed_among_many);
	ADD("wrong-changes", test_wrong_changes);
	ADD("the-late-removed", test_the_late_removed);
	ADD("what-waits-is-left-alone", test_what_waits_is_left_alone);
	ADD("what-waits-for-a-member", test_what_waits_for_a_member);
	ADD("many-histories", test_many_histories);
	ADD("a-handle-that-is-gone", test_a_handle_that_is_gone);
	ADD("a-letter-that-does-not-fit", test_a_letter_that_does_not_fit);
	return pipit_group_scene_run();
}
