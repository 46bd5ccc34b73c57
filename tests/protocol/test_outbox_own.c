/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One's own other devices: they get a copy of what one sends, and if they can't, the other person gets it all the same. */
#include <glib.h>
#include <string.h>

#include "protocol/outbox.h"
#include "protocol/store_keys.h"
#include "tests/support/actor.h"
#include "tests/support/sent.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define NOW 1764000000000 /* both clocks */
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitOutbox *outbox;
} Fixture;

static PipitActor *alice;
static PipitActor *laptop;
static PipitActor *bob;

static void
digest(Fixture *f, PipitLookupAnswer *taken)
{
	g_autoptr(PipitLookupAnswer) answer = taken;
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

/* The laptop is listed, or is there and shows keys that do not check. */
static void
list_laptop(Fixture *f, gboolean has_good_keys)
{
	PipitLookupAnswer *answer =
		pipit_actor_answer(NOW, ALICE, pipit_actor_record(alice, 0),
				   has_good_keys ? pipit_actor_record(laptop, 0) : NULL, NULL);
	PipitLookupResult *result = answer->results->pdata[0];
	result->dropped = has_good_keys ? 0 : 1;
	digest(f, answer);
}

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	f->folder = pipit_test_folder_new();
	f->store = pipit_store_open(f->folder, ALICE, NULL);
	g_assert_nonnull(f->store);
	f->directory = pipit_directory_new(f->store);
	f->outbox = pipit_outbox_new(f->store, f->directory);
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token,
						 (const char *const[]){ALICE, NULL}, NULL));
	digest(f, pipit_actor_answer(NOW, ALICE, pipit_actor_record(alice, 0), NULL));
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL));
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_outbox_free(f->outbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

/* Writes to @peer and takes that up. */
static PipitOutboxItem *
write_to(Fixture *f, const char *peer)
{
	gint64 due = 0;
	g_autofree char *id = pipit_outbox_append(f->outbox, ALICE, peer, "Hello", NULL, NOW, NULL);
	g_assert_nonnull(id);
	return pipit_outbox_next(f->outbox, NOW, &due, NULL);
}

static void
make_ready(Fixture *f, PipitOutboxItem *item)
{
	PipitOutboxStep step = pipit_outbox_prepare(f->outbox, item, NOW, NULL);
	if (step == PIPIT_OUTBOX_SEAL) {
		pipit_outbox_seal(item);
		step = pipit_outbox_sealed(f->outbox, item, NOW, NULL);
	}
	g_assert_cmpint(step, ==, PIPIT_OUTBOX_SEND);
	pipit_outbox_compose(item);
	g_assert_cmpint(pipit_outbox_composed(f->outbox, item, NOW, NULL), ==, PIPIT_OUTBOX_POST);
}

static void
assert_request(const PipitOutboxItem *item, const char *expected)
{
	g_autofree char *description = pipit_sent_describe(pipit_outbox_request(item));
	g_assert_cmpstr(description, ==, expected);
}

static PipitOutboxStep
answer(Fixture *f, PipitOutboxItem *item, const char *results)
{
	g_autofree char *json = g_strdup_printf("{\"time\":1764000000000,\"results\":[%s]}", results);
	g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
	g_autoptr(GError) error = NULL;
	PipitOutboxStep step = pipit_outbox_answered(f->outbox, item, body, NOW, &error);
	g_assert_no_error(error);
	return step;
}

#define ACCEPTED(to) "{\"to\":\"" to "\",\"status\":\"accepted\"}"
#define STALE(to) "{\"to\":\"" to "\",\"status\":\"stale\"}"
#define REFUSED(to, code) "{\"to\":\"" to "\",\"status\":\"refused\",\"code\":\"" code "\"}"

static void
assert_nothing_left(Fixture *f)
{
	gint64 due = 0;
	g_assert_null(pipit_outbox_next(f->outbox, NOW, &due, NULL));
	g_assert_cmpint(due, ==, 0);
}

static void
test_they_get_a_copy(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	list_laptop(f, TRUE);
	g_autoptr(PipitOutboxItem) item = write_to(f, BOB);
	make_ready(f, item);
	assert_request(item, "mailto:alice@example.org(2)mailto:bob@example.org(3)");
	g_assert_cmpint(answer(f, item, ACCEPTED(ALICE) "," ACCEPTED(BOB)), ==, PIPIT_OUTBOX_DONE);
	g_assert_null(pipit_outbox_item_own_trouble(item));
	assert_nothing_left(f);
}

static void
assert_goes_without(Fixture *f, PipitOutboxItem *item, const char *why)
{
	g_assert_nonnull(pipit_outbox_item_own_trouble(item));
	g_assert_nonnull(strstr(pipit_outbox_item_own_trouble(item), why));
	assert_nothing_left(f);
}

/* They may go without: it is Bob that counts. */
static void
test_they_are_refused(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	list_laptop(f, TRUE);
	g_autoptr(PipitOutboxItem) full = write_to(f, BOB);
	make_ready(f, full);
	g_assert_cmpint(answer(f, full, REFUSED(ALICE, "queue-full") "," ACCEPTED(BOB)), ==,
			PIPIT_OUTBOX_DONE);
	assert_goes_without(f, full, "too many messages wait");
	g_autoptr(PipitOutboxItem) other = write_to(f, BOB);
	make_ready(f, other);
	g_assert_cmpint(answer(f, other, REFUSED(ALICE, "of-a-later-version") "," ACCEPTED(BOB)), ==,
			PIPIT_OUTBOX_DONE);
	assert_goes_without(f, other, "did not take it");
}

/* It is listed, so the relay wants a copy, and its keys do not check, so there can be none. Bob has his. */
static void
test_one_can_not_be_sealed_for(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(PipitOutboxItem) item = write_to(f, BOB);
	make_ready(f, item);
	PipitOutboxStep step = answer(f, item, STALE(ALICE) "," ACCEPTED(BOB));
	for (guint i = 0; i < 100 && step == PIPIT_OUTBOX_LOOK_UP; i++) {
		list_laptop(f, FALSE);
		make_ready(f, item);
		assert_request(item, "mailto:alice@example.org()");
		step = answer(f, item, STALE(ALICE));
	}
	g_assert_cmpint(step, ==, PIPIT_OUTBOX_DONE);
	assert_goes_without(f, item, "keys that can't be trusted");
}

static void
test_a_note_to_oneself(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(PipitOutboxItem) alone = write_to(f, ALICE);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, alone, NOW, &error), ==, PIPIT_OUTBOX_FAILED);
	g_assert_error(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_UNREACHABLE);
	list_laptop(f, TRUE);
	g_autoptr(PipitOutboxItem) item = write_to(f, ALICE);
	make_ready(f, item);
	assert_request(item, "mailto:alice@example.org(2)");
	g_assert_cmpint(answer(f, item, ACCEPTED(ALICE)), ==, PIPIT_OUTBOX_DONE);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	laptop = pipit_actor_new(2, PREKEY_TIME);
	bob = pipit_actor_new(3, PREKEY_TIME);
	ADD("/outbox-own/they-get-a-copy", test_they_get_a_copy);
	ADD("/outbox-own/they-are-refused", test_they_are_refused);
	ADD("/outbox-own/one-can-not-be-sealed-for", test_one_can_not_be_sealed_for);
	ADD("/outbox-own/a-note-to-oneself", test_a_note_to_oneself);
	int result = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(laptop);
	pipit_actor_free(bob);
	return result;
}
