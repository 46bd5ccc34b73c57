/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One plaintext for one device and for many: each copy opens where it belongs. */
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/sealing.h"
#include "tests/support/actor.h"

#define MANY 203

static GBytes *
plaintext_new(void)
{
	return g_bytes_new_static("good news for all", 17);
}

static GPtrArray *
sealings_for(PipitDeviceRecord *record, guint n)
{
	GPtrArray *sealings = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_sealing_free);
	for (guint i = 0; i < n; i++) {
		PipitSealing *sealing = pipit_sealing_new("mailto:bob@example.org", record);
		sealing->counter = 1000 + i;
		g_ptr_array_add(sealings, sealing);
	}
	return sealings;
}

static void
assert_opens(const PipitSealing *sealing, PipitActor *bob, PipitDeviceRecord *alice_record)
{
	PipitPairEcOpened opened;
	g_autoptr(GBytes) plaintext = plaintext_new();
	g_assert_no_error(sealing->error);
	g_autoptr(GBytes) back = pipit_pair_ec_open(bob->secrets, &bob->prekey, 1, alice_record->keys,
						    sealing->payload, &opened, NULL);
	g_assert_nonnull(back);
	g_assert_true(g_bytes_equal(back, plaintext));
	g_assert_cmpuint(opened.counter, ==, sealing->counter);
}

static void
test_for_many(void)
{
	g_autoptr(PipitActor) alice = pipit_actor_new(1, 1000);
	g_autoptr(PipitActor) bob = pipit_actor_new(2, 1000);
	g_autoptr(PipitDeviceRecord) alice_record = pipit_actor_record(alice, 0);
	g_autoptr(PipitDeviceRecord) bob_record = pipit_actor_record(bob, 0);
	g_autoptr(GBytes) plaintext = plaintext_new();
	const guint sizes[] = {0, 1, 15, 16, 17, MANY};
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GPtrArray) sealings = sealings_for(bob_record, sizes[i]);
		pipit_sealing_run_all(sealings, alice->secrets, plaintext);
		for (guint j = 0; j < sealings->len; j++)
			assert_opens(sealings->pdata[j], bob, alice_record);
	}
}

static void
test_suite(void)
{
	g_autoptr(PipitActor) alice = pipit_actor_new(1, 1000);
	g_autoptr(PipitDeviceRecord) record = pipit_actor_record(alice, 0);
	g_autoptr(PipitDeviceRecord) bare = pipit_actor_bare_record(alice);
	g_autoptr(PipitSealing) with_prekey = pipit_sealing_new("mailto:alice@example.org", record);
	g_autoptr(PipitSealing) without = pipit_sealing_new("mailto:alice@example.org", bare);
	g_autoptr(GBytes) plaintext = plaintext_new();
	g_assert_cmpint(pipit_sealing_suite(with_prekey), ==, PIPIT_SUITE_PAIR_EC);
	g_assert_cmpint(pipit_sealing_suite(without), ==, PIPIT_SUITE_PAIR);
	pipit_sealing_run(without, alice->secrets, plaintext);
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	g_autoptr(GBytes) back =
		pipit_pair_open(alice->secrets, record->keys, without->payload, replay, NULL);
	g_assert_true(back != NULL && g_bytes_equal(back, plaintext));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sealing/for-many-devices", test_for_many);
	g_test_add_func("/sealing/suite", test_suite);
	return g_test_run();
}
