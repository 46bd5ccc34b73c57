/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the directory's answers are good for, how long, and what no answer can undo. */
#include <glib.h>
#include <string.h>

#include "protocol/directory.h"
#include "protocol/limits.h"
#include "protocol/store_directory.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define BOB "mailto:bob@example.org"
#define NOW 1764000000000 /* both clocks */
#define MINUTE G_GINT64_CONSTANT(60000)
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitActor *bob;
} Fixture;

static PipitActor *phone; /* a second device of Bob's */

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	f->folder = pipit_test_folder_new();
	f->store = pipit_store_open(f->folder, "mailto:alice@example.org", &error);
	g_assert_no_error(error);
	f->directory = pipit_directory_new(f->store);
	f->bob = pipit_actor_new(1, PREKEY_TIME);
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_actor_free(f->bob);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

static void
reopen(Fixture *f)
{
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	f->store = pipit_store_open(f->folder, "mailto:alice@example.org", NULL);
	f->directory = pipit_directory_new(f->store);
}

static void
digest(Fixture *f, PipitLookupAnswer *taken, gint64 now)
{
	g_autoptr(PipitLookupAnswer) answer = taken;
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_directory_digest(f->directory, answer, now, &error));
	g_assert_no_error(error);
}

static void
digest_bob(Fixture *f, gint64 now)
{
	digest(f, pipit_actor_answer(now, BOB, pipit_actor_record(f->bob, 0), NULL), now);
}

static void
assert_must_look_up(Fixture *f, gint64 now)
{
	g_assert_null(pipit_directory_devices(f->directory, BOB, now));
}

static guint
count_devices(Fixture *f, gint64 now)
{
	g_autoptr(GPtrArray) devices = pipit_directory_devices(f->directory, BOB, now);
	g_assert_nonnull(devices);
	return devices->len;
}

static void
assert_prekey(Fixture *f, gint64 now, const PipitPrekeySecret *prekey)
{
	g_autoptr(GPtrArray) devices = pipit_directory_devices(f->directory, BOB, now);
	g_assert_nonnull(devices);
	g_assert_cmpuint(devices->len, ==, 1);
	const PipitDeviceRecord *device = devices->pdata[0];
	g_assert_nonnull(pipit_device_public_prekey(device->keys));
	g_assert_cmpint(memcmp(pipit_device_public_prekey(device->keys), pipit_prekey_secret_key(prekey),
			       PIPIT_COMPACT_KEY_LEN),
			==, 0);
}

static void
test_how_long_it_lasts(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_must_look_up(f, NOW);
	digest_bob(f, NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 1);
	g_assert_cmpuint(count_devices(f, NOW + 10 * MINUTE - 1), ==, 1);
	assert_must_look_up(f, NOW + 10 * MINUTE);
	assert_must_look_up(f, NOW - 1);
	pipit_directory_outdated(f->directory, BOB);
	assert_must_look_up(f, NOW);
	digest_bob(f, NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 1);
}

/* Who registers meanwhile can be written to at once. */
static void
test_nobody_does_not_last(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, NULL), NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 0);
	assert_must_look_up(f, NOW + 10000);
	digest_bob(f, NOW + 10000);
	g_assert_cmpuint(count_devices(f, NOW + 10000), ==, 1);
}

static void
test_it_is_kept(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest_bob(f, NOW);
	reopen(f);
	assert_prekey(f, NOW, f->bob->prekey);
}

static void
test_nobody_there(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, NULL), NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 0);
	reopen(f);
	g_assert_cmpuint(count_devices(f, NOW), ==, 0);
}

static void
test_removed_devices_get_nothing(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f,
	       pipit_actor_answer(NOW, BOB, pipit_actor_record(f->bob, 0), pipit_actor_record(phone, NOW - 5),
				  NULL),
	       NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 1);
	/* A device that the next answer does not name is gone as well. */
	digest(f, pipit_actor_answer(NOW, BOB, NULL), NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 0);
}

static void
test_no_rollback(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	PipitDeviceRecord *old = pipit_actor_record(f->bob, 0);
	pipit_actor_new_prekey(f->bob, PREKEY_TIME + 60);
	digest_bob(f, NOW);
	digest(f, pipit_actor_answer(NOW, BOB, old, NULL), NOW);
	assert_prekey(f, NOW, f->bob->prekey);
	reopen(f);
	assert_prekey(f, NOW, f->bob->prekey);
	/* Not even after the handle was empty for a while. */
	g_autoptr(PipitPrekeySecret) newest = pipit_prekey_secret_ref(f->bob->prekey);
	digest(f, pipit_actor_answer(NOW, BOB, NULL), NOW);
	pipit_actor_new_prekey(f->bob, PREKEY_TIME + 30);
	digest_bob(f, NOW);
	assert_prekey(f, NOW, newest);
	pipit_actor_new_prekey(f->bob, PREKEY_TIME + 61);
	digest_bob(f, NOW);
	assert_prekey(f, NOW, f->bob->prekey);
}

static void
test_no_second_prekey_of_the_same_time(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest_bob(f, NOW);
	g_autoptr(PipitPrekeySecret) first = pipit_prekey_secret_ref(f->bob->prekey);
	/* The same prekey signed again is the same. */
	digest_bob(f, NOW);
	assert_prekey(f, NOW, first);
	pipit_actor_new_prekey(f->bob, PREKEY_TIME);
	digest_bob(f, NOW);
	assert_prekey(f, NOW, first);
}

static void
test_no_stripping(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest_bob(f, NOW);
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_bare_record(f->bob), NULL), NOW);
	assert_prekey(f, NOW, f->bob->prekey);
	/* Under whatever handle it is shown. */
	digest(f, pipit_actor_answer(NOW, "mailto:b@x", pipit_actor_bare_record(f->bob), NULL), NOW);
	g_autoptr(GPtrArray) devices = pipit_directory_devices(f->directory, "mailto:b@x", NOW);
	const PipitDeviceRecord *device = devices->pdata[0];
	g_assert_true(pipit_device_public_has_prekey(device->keys));
}

static void
test_a_device_without_a_prekey(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_bare_record(f->bob), NULL), NOW);
	g_autoptr(GPtrArray) devices = pipit_directory_devices(f->directory, BOB, NOW);
	g_assert_cmpuint(devices->len, ==, 1);
	const PipitDeviceRecord *device = devices->pdata[0];
	g_assert_false(pipit_device_public_has_prekey(device->keys));
}

static void
test_an_old_prekey(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const double day = 86400;
	pipit_actor_new_prekey(f->bob, 1764000000 - 46 * day);
	digest_bob(f, NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 1);
	g_assert_cmpuint(count_devices(f, NOW + MINUTE - 1), ==, 1);
	assert_must_look_up(f, NOW + MINUTE);
	g_assert_cmpuint(pipit_directory_unusable(f->directory, BOB, NOW), ==, 0);
	/* Held back by us, it is not confirmed by any look-up. */
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_bare_record(f->bob), NULL), NOW);
	g_assert_cmpuint(count_devices(f, NOW), ==, 0);
	g_assert_cmpuint(pipit_directory_unusable(f->directory, BOB, NOW), ==, 1);
}

static void
assert_sender(Fixture *f, const PipitActor *actor, gint64 received_at, PipitSenderFound expected)
{
	g_autoptr(PipitDeviceRecord) device = NULL;
	g_assert_cmpint(pipit_directory_sender(f->directory, BOB, actor->push_token, received_at, &device),
			==, expected);
	g_assert_true((device != NULL) == (expected == PIPIT_SENDER_FOUND));
}

static void
test_who_sent_it(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_sender(f, f->bob, NOW, PIPIT_SENDER_LOOK_UP);
	digest_bob(f, NOW);
	assert_sender(f, f->bob, NOW - 5 * PIPIT_DAY_MS, PIPIT_SENDER_FOUND);
	assert_sender(f, f->bob, NOW + 60 * MINUTE, PIPIT_SENDER_FOUND);
	/* It may have been removed since. */
	assert_sender(f, f->bob, NOW + 60 * MINUTE + 1, PIPIT_SENDER_LOOK_UP);
	/* Somebody else's device, and one that may have come since. */
	assert_sender(f, phone, NOW, PIPIT_SENDER_UNKNOWN);
	assert_sender(f, phone, NOW + 1, PIPIT_SENDER_LOOK_UP);
}

static void
test_what_a_removed_device_sent(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(phone, NOW - 100), NULL), NOW);
	assert_sender(f, phone, NOW - 101, PIPIT_SENDER_FOUND);
	assert_sender(f, phone, NOW - 100, PIPIT_SENDER_UNKNOWN);
	assert_sender(f, phone, NOW + 1, PIPIT_SENDER_UNKNOWN);
	reopen(f);
	assert_sender(f, phone, NOW - 101, PIPIT_SENDER_FOUND);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

static guint
count_news(Fixture *f)
{
	g_autoptr(GPtrArray) handles = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) keys = pipit_store_read_new_devices(f->store, BOB, handles, NULL);
	g_assert_nonnull(keys);
	for (guint i = 0; i < keys->len; i++)
		g_assert_true(pipit_store_remove_new_device(f->store, BOB, keys->pdata[i], NULL));
	return keys->len;
}

static void
test_a_new_device_is_news_once(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest_bob(f, NOW);
	g_assert_cmpuint(count_news(f), ==, 0);
	reopen(f);
	digest(f,
	       pipit_actor_answer(NOW, BOB, pipit_actor_record(f->bob, 0), pipit_actor_record(phone, 0),
				  NULL),
	       NOW);
	reopen(f);
	g_assert_cmpuint(count_news(f), ==, 1);
	/* A new prekey makes no new device, nor does its removal, or one that was removed before it was seen. */
	pipit_actor_new_prekey(f->bob, PREKEY_TIME + 60);
	digest(f,
	       pipit_actor_answer(NOW, BOB, pipit_actor_record(f->bob, 0), pipit_actor_record(phone, NOW),
				  NULL),
	       NOW);
	g_assert_cmpuint(count_news(f), ==, 0);
	g_autoptr(PipitActor) gone = pipit_actor_new(9, PREKEY_TIME);
	digest(f,
	       pipit_actor_answer(NOW, BOB, pipit_actor_record(f->bob, 0), pipit_actor_record(gone, NOW),
				  NULL),
	       NOW);
	g_assert_cmpuint(count_news(f), ==, 0);
}

static void
test_the_first_device_is_no_news(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, NULL), NOW);
	digest_bob(f, NOW);
	g_assert_cmpuint(count_news(f), ==, 0);
}

/* A directory can't hide a device by having shown its keys elsewhere. */
static void
test_a_device_known_from_somebody_else_is_news(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, "mailto:mallory@example.org", pipit_actor_record(phone, 0), NULL),
	       NOW);
	digest_bob(f, NOW);
	digest(f,
	       pipit_actor_answer(NOW, BOB, pipit_actor_record(f->bob, 0), pipit_actor_record(phone, 0),
				  NULL),
	       NOW);
	g_assert_cmpuint(count_news(f), ==, 1);
}

static void
test_ephemera_take_an_older_view(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_assert_null(pipit_directory_devices_for_ephemera(f->directory, BOB, NOW));
	digest_bob(f, NOW);
	g_autoptr(GPtrArray) devices =
		pipit_directory_devices_for_ephemera(f->directory, BOB, NOW + 60 * MINUTE);
	g_assert_cmpuint(devices->len, ==, 1);
	g_assert_null(
		pipit_directory_devices_for_ephemera(f->directory, BOB, NOW + (gint64)25 * 60 * MINUTE));
	pipit_directory_outdated(f->directory, BOB);
	g_assert_null(pipit_directory_devices_for_ephemera(f->directory, BOB, NOW));
}

/* Returns: (transfer full) one answer about @count handles with the numbers from @first on. */
static PipitLookupAnswer *
answer_about(Fixture *f, guint first, guint count)
{
	g_autoptr(PipitDeviceRecord) device = pipit_actor_record(f->bob, 0);
	PipitLookupAnswer *all = NULL;
	for (guint i = first; i < first + count; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:%u@example.org", i);
		PipitLookupAnswer *one =
			pipit_actor_answer(NOW, handle, pipit_device_record_ref(device), NULL);
		if (all == NULL) {
			all = one;
			continue;
		}
		g_ptr_array_add(all->results, g_ptr_array_steal_index(one->results, 0));
		pipit_lookup_answer_free(one);
	}
	return all;
}

/* However many there are, the store has them, and what is in memory stays bounded. */
static void
test_more_than_memory_holds(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const guint many = 640;
	for (guint i = 0; i < many; i += PIPIT_LOOKUP_MAX_HANDLES)
		digest(f, answer_about(f, i, PIPIT_LOOKUP_MAX_HANDLES), NOW);
	g_autoptr(GPtrArray) devices = pipit_directory_devices(f->directory, "mailto:0@example.org", NOW);
	g_assert_cmpuint(devices->len, ==, 1);
	/* What is told to be old is remembered as such, whatever comes then. */
	pipit_directory_outdated(f->directory, "mailto:1@example.org");
	for (guint i = many; i < many + 128; i += PIPIT_LOOKUP_MAX_HANDLES)
		digest(f, answer_about(f, i, PIPIT_LOOKUP_MAX_HANDLES), NOW);
	g_assert_null(pipit_directory_devices(f->directory, "mailto:1@example.org", NOW));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	phone = pipit_actor_new(2, PREKEY_TIME);
	ADD("/directory/how-long-it-lasts", test_how_long_it_lasts);
	ADD("/directory/nobody-does-not-last", test_nobody_does_not_last);
	ADD("/directory/more-than-memory-holds", test_more_than_memory_holds);
	ADD("/directory/it-is-kept", test_it_is_kept);
	ADD("/directory/nobody-there", test_nobody_there);
	ADD("/directory/removed-devices-get-nothing", test_removed_devices_get_nothing);
	ADD("/directory/no-rollback", test_no_rollback);
	ADD("/directory/no-second-prekey-of-the-same-time", test_no_second_prekey_of_the_same_time);
	ADD("/directory/no-stripping", test_no_stripping);
	ADD("/directory/a-device-without-a-prekey", test_a_device_without_a_prekey);
	ADD("/directory/an-old-prekey", test_an_old_prekey);
	ADD("/directory/who-sent-it", test_who_sent_it);
	ADD("/directory/what-a-removed-device-sent", test_what_a_removed_device_sent);
	ADD("/directory/a-new-device-is-news-once", test_a_new_device_is_news_once);
	ADD("/directory/the-first-device-is-no-news", test_the_first_device_is_no_news);
	ADD("/directory/a-device-known-from-somebody-else-is-news",
	    test_a_device_known_from_somebody_else_is_news);
	ADD("/directory/ephemera-take-an-older-view", test_ephemera_take_an_older_view);
	int result = g_test_run();
	pipit_actor_free(phone);
	return result;
}
