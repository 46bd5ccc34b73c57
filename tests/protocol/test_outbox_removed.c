/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is removed from a group gets nothing more of a text that is on its way there, however far it has come. */
#include <string.h>

#include "protocol/group_letter.h"
#include "protocol/outbox.h"
#include "protocol/store_groups.h"
#include "protocol/store_private.h"
#include "tests/support/group_scene.h"
#include "tests/support/sent.h"

#define ALL "mailto:alice@example.org()mailto:bob@example.org(2)mailto:carol@example.org(3)"
#define WITHOUT_CAROL "mailto:alice@example.org()mailto:bob@example.org(2)"
#define BLOB_URI "/v1/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE-_"

typedef struct {
	PipitGroupScene scene;
	PipitOutbox *outbox;
	PipitOutboxItem *item; /* a text of Alice's to the group of hers, Bob and Carol; at work */
} Fixture;

static void
know(Fixture *f, const char *handle, PipitDeviceRecord *device)
{
	g_autoptr(PipitLookupAnswer) answer = pipit_actor_answer(NOW, handle, device, NULL);
	g_assert_true(pipit_directory_digest(f->scene.directory, answer, NOW, NULL));
}

static void
take_up(Fixture *f)
{
	gint64 due = 0;
	g_autoptr(GError) error = NULL;
	g_clear_pointer(&f->item, pipit_outbox_item_free);
	pipit_outbox_wake(f->outbox);
	f->item = pipit_outbox_next(f->outbox, NOW, &due, &error);
	g_assert_no_error(error);
	g_assert_nonnull(f->item);
}

static void
set_up(Fixture *f, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	pipit_group_scene_set_up(&f->scene, unused);
	pipit_group_scene_begin_and_tell(&f->scene);
	know(f, ALICE, pipit_actor_record(pipit_group_scene_alice(), 0));
	f->outbox = pipit_outbox_new(f->scene.store, f->scene.directory);
	g_autofree char *id =
		pipit_outbox_append(f->outbox, ALICE, f->scene.peer, "Hello", NULL, NOW, &error);
	g_assert_no_error(error);
	take_up(f);
}

static void
tear_down(Fixture *f, gconstpointer unused)
{
	g_clear_pointer(&f->item, pipit_outbox_item_free);
	pipit_outbox_free(f->outbox);
	pipit_group_scene_tear_down(&f->scene, unused);
}

/* Alice hears from Bob that Carol is out. */
static void
remove_carol(Fixture *f)
{
	PipitGroupScene *scene = &f->scene;
	PipitGroupChange *removal = pipit_group_scene_change(scene, PIPIT_GROUP_REMOVE, BOB, CAROL, NULL);
	g_autoptr(GPtrArray) shown = pipit_group_scene_tell(scene, BOB, pipit_group_scene_just(removal));
	pipit_group_scene_assert_members(scene, ALICE " " BOB);
}

/* ---- the steps of the text ---- */

static void
assert_prepares(Fixture *f, PipitOutboxStep expected)
{
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, f->item, NOW, &error), ==, expected);
	g_assert_no_error(error);
}

static void
seal(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	pipit_outbox_seal(f->item);
	g_assert_cmpint(pipit_outbox_sealed(f->outbox, f->item, NOW, &error), ==, PIPIT_OUTBOX_SEND);
	g_assert_no_error(error);
}

static void
assert_composed(Fixture *f, PipitOutboxStep expected)
{
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_composed(f->outbox, f->item, NOW, &error), ==, expected);
	g_assert_no_error(error);
}

static void
post(Fixture *f, const char *expected)
{
	pipit_outbox_compose(f->item);
	assert_composed(f, PIPIT_OUTBOX_POST);
	g_autofree char *description = pipit_sent_describe(pipit_outbox_request(f->item));
	g_assert_cmpstr(description, ==, expected);
}

#define ACCEPTED(to) "{\"to\":\"" to "\",\"status\":\"accepted\"}"
#define STALE(to) "{\"to\":\"" to "\",\"status\":\"stale\"}"
#define REFUSED(to) "{\"to\":\"" to "\",\"status\":\"refused\",\"code\":\"unreachable\"}"

static void
assert_answered(Fixture *f, const char *results, PipitOutboxStep expected)
{
	g_autofree char *json = g_strdup_printf("{\"time\":1764000000000,\"results\":[%s]}", results);
	g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_answered(f->outbox, f->item, body, NOW, &error), ==, expected);
	g_assert_no_error(error);
}

static void
assert_goes_to_the_others(Fixture *f)
{
	post(f, WITHOUT_CAROL);
	assert_answered(f, ACCEPTED(ALICE) "," ACCEPTED(BOB), PIPIT_OUTBOX_DONE);
}

/* ---- tests ---- */

static void
test_looked_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_directory_outdated(f->scene.directory, CAROL);
	assert_prepares(f, PIPIT_OUTBOX_LOOK_UP);
	g_assert_cmpstr(pipit_outbox_item_handles(f->item)[0], ==, CAROL);
	remove_carol(f);
	/* And her devices, which nobody looks for any more, hold nobody up. */
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	assert_goes_to_the_others(f);
}

static gint64
count_copies(Fixture *f, const char *handle)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		f->scene.store, NULL, "SELECT count(*) FROM outbox_copy WHERE handle = ?", "s", handle);
	g_assert_cmpint(pipit_store_step(f->scene.store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int64(row, 0);
}

static void
test_sealed(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	remove_carol(f);
	seal(f);
	/* What was sealed for her is kept nowhere. */
	g_assert_cmpint(count_copies(f, BOB), ==, 1);
	g_assert_cmpint(count_copies(f, CAROL), ==, 0);
	assert_goes_to_the_others(f);
}

static void
test_composed(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	pipit_outbox_compose(f->item);
	remove_carol(f);
	assert_composed(f, PIPIT_OUTBOX_SEND);
	assert_goes_to_the_others(f);
}

static void
test_put_back(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	post(f, ALL);
	pipit_outbox_postpone(f->outbox, f->item, NOW, 0);
	remove_carol(f);
	take_up(f);
	assert_prepares(f, PIPIT_OUTBOX_SEND);
	assert_goes_to_the_others(f);
}

/* It may have reached her, or not: the answer is read as what it is, and nothing comes of what it says of her. */
static void
assert_in_the_air(Fixture *f, const char *of_carol, const char *of_bob, PipitOutboxStep expected)
{
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	post(f, ALL);
	remove_carol(f);
	g_autofree char *results = g_strjoin(",", ACCEPTED(ALICE), of_bob, of_carol, NULL);
	assert_answered(f, results, expected);
}

static void
test_accepted(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_in_the_air(f, ACCEPTED(CAROL), ACCEPTED(BOB), PIPIT_OUTBOX_DONE);
}

static void
test_stale(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_in_the_air(f, STALE(CAROL), ACCEPTED(BOB), PIPIT_OUTBOX_DONE);
}

static void
test_refused(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_in_the_air(f, REFUSED(CAROL), ACCEPTED(BOB), PIPIT_OUTBOX_DONE);
	g_assert_null(pipit_outbox_item_unreached(f->item, 0));
}

static void
test_stale_with_others(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_in_the_air(f, STALE(CAROL), STALE(BOB), PIPIT_OUTBOX_LOOK_UP);
	const char *const only_bob[] = {BOB, NULL};
	g_assert_true(g_strv_equal(pipit_outbox_item_handles(f->item), only_bob));
}

/* Nobody is told that it did not reach somebody who was not to get it. */
static void
test_unreached(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(PipitLookupAnswer) none = pipit_actor_answer(NOW, CAROL, NULL);
	g_assert_true(pipit_directory_digest(f->scene.directory, none, NOW, NULL));
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	post(f, WITHOUT_CAROL);
	g_assert_cmpstr(pipit_outbox_item_unreached(f->item, 0), ==, CAROL);
	remove_carol(f);
	assert_answered(f, ACCEPTED(ALICE) "," ACCEPTED(BOB), PIPIT_OUTBOX_DONE);
	g_assert_null(pipit_outbox_item_unreached(f->item, 0));
}

/* Its content is at the server by then, but what opens it goes to the others alone. */
static void
test_uploaded(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const PipitAttachmentDigests digests = {{1}, {2}};
	pipit_outbox_set_relay_cap(f->outbox, 800);
	assert_prepares(f, PIPIT_OUTBOX_UPLOAD);
	g_auto(GStrv) before = pipit_outbox_item_recipients(f->item);
	g_assert_true(g_strv_contains((const char *const *)before, CAROL));
	g_assert_true(pipit_outbox_upload_begun(f->outbox, f->item, BLOB_URI, NULL));
	remove_carol(f);
	g_assert_true(pipit_outbox_uploaded(f->outbox, f->item, &digests, NOW, NULL));
	pipit_outbox_set_relay_cap(f->outbox, 16384);
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	assert_goes_to_the_others(f);
}

/* Who may fetch it is named when it begins. */
static void
test_before_upload(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_outbox_set_relay_cap(f->outbox, 800);
	pipit_directory_outdated(f->scene.directory, CAROL);
	assert_prepares(f, PIPIT_OUTBOX_LOOK_UP);
	remove_carol(f);
	assert_prepares(f, PIPIT_OUTBOX_UPLOAD);
	g_auto(GStrv) named = pipit_outbox_item_recipients(f->item);
	g_assert_true(g_strv_equal((const char *const *)named, (const char *const[]){ALICE, BOB, NULL}));
}

static void
append_removal(Fixture *f)
{
	const PipitGroupLetter letter = {.gid = f->scene.gid, .from = ALICE, .now = NOW};
	g_autoptr(GPtrArray) changes = pipit_group_scene_all_of(f->scene.history);
	const char *const members[] = {BOB, CAROL, NULL};
	g_assert_true(pipit_group_letter_spread(
		f->scene.store, &letter, "7b0c1111-2222-4333-8444-555566667777", members, changes, NULL));
}

/* She is to hear that she is out. */
static void
test_removal_itself(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_assert_true(pipit_outbox_fail(f->outbox, f->item, "No.", NULL));
	append_removal(f);
	take_up(f);
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	remove_carol(f);
	seal(f);
	post(f, "mailto:bob@example.org(2)mailto:carol@example.org(3)");
	assert_answered(f, ACCEPTED(BOB) "," ACCEPTED(CAROL), PIPIT_OUTBOX_DONE);
}

/* Who leaves had written it before: their other devices see that they did. */
static void
test_oneself(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	PipitGroupScene *scene = &f->scene;
	PipitGroupChange *removal = pipit_group_scene_change(scene, PIPIT_GROUP_REMOVE, BOB, ALICE, NULL);
	g_autoptr(GPtrArray) shown = pipit_group_scene_tell(scene, BOB, pipit_group_scene_just(removal));
	pipit_group_scene_assert_members(scene, BOB " " CAROL);
	seal(f);
	post(f, ALL);
}

/* ---- a store that can't be read ---- */

static void
assert_put_back(PipitOutboxStep step, GError **error)
{
	g_assert_cmpint(step, ==, PIPIT_OUTBOX_LATER);
	g_assert_error(*error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IO);
	g_clear_error(error);
}

static void
hide_recipients(Fixture *f, gboolean hidden)
{
	const char *sql = hidden ? "ALTER TABLE outbox_recipient RENAME TO hidden"
				 : "ALTER TABLE hidden RENAME TO outbox_recipient";
	g_assert_cmpint(sqlite3_exec(f->scene.store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
}

#define ALL_ACCEPTED ACCEPTED(ALICE) "," ACCEPTED(BOB) "," ACCEPTED(CAROL)

static void
test_unreadable(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const char answer[] = "{\"time\":1,\"results\":[" ALL_ACCEPTED "]}";
	g_autoptr(GBytes) body = g_bytes_new_static(answer, sizeof answer - 1);
	GError *error = NULL;
	hide_recipients(f, TRUE);
	assert_put_back(pipit_outbox_prepare(f->outbox, f->item, NOW, &error), &error);
	hide_recipients(f, FALSE);
	take_up(f);
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	pipit_outbox_seal(f->item);
	hide_recipients(f, TRUE);
	assert_put_back(pipit_outbox_sealed(f->outbox, f->item, NOW, &error), &error);
	hide_recipients(f, FALSE);
	take_up(f);
	assert_prepares(f, PIPIT_OUTBOX_SEAL);
	seal(f);
	pipit_outbox_compose(f->item);
	hide_recipients(f, TRUE);
	assert_put_back(pipit_outbox_composed(f->outbox, f->item, NOW, &error), &error);
	hide_recipients(f, FALSE);
	take_up(f);
	assert_prepares(f, PIPIT_OUTBOX_SEND);
	post(f, ALL);
	hide_recipients(f, TRUE);
	assert_put_back(pipit_outbox_answered(f->outbox, f->item, body, NOW, &error), &error);
	hide_recipients(f, FALSE);
	/* Nothing of it is lost. */
	take_up(f);
	assert_prepares(f, PIPIT_OUTBOX_SEND);
	post(f, ALL);
	assert_answered(f, ALL_ACCEPTED, PIPIT_OUTBOX_DONE);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/outbox-removed/while-looked-up", test_looked_up);
	ADD("/outbox-removed/while-sealed", test_sealed);
	ADD("/outbox-removed/while-composed", test_composed);
	ADD("/outbox-removed/while-put-back", test_put_back);
	ADD("/outbox-removed/in-the-air-and-accepted", test_accepted);
	ADD("/outbox-removed/in-the-air-and-stale", test_stale);
	ADD("/outbox-removed/in-the-air-and-refused", test_refused);
	ADD("/outbox-removed/in-the-air-and-stale-with-others", test_stale_with_others);
	ADD("/outbox-removed/who-was-not-reached", test_unreached);
	ADD("/outbox-removed/while-uploaded", test_uploaded);
	ADD("/outbox-removed/before-an-upload", test_before_upload);
	ADD("/outbox-removed/the-removal-itself", test_removal_itself);
	ADD("/outbox-removed/oneself", test_oneself);
	ADD("/outbox-removed/a-store-that-can-not-be-read", test_unreadable);
	return pipit_group_scene_run();
}
