/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/pair_ec.h"
#include "tests/crypto/kept.h"

/* Alice writes to Bob, who has three prekeys, the last of them current; Carol is somebody else. */
typedef struct {
	PipitDeviceSecrets *alice;
	PipitDeviceSecrets *bob;
	PipitPrekeySecret *prekeys[3];
	PipitDevicePublic *alice_public;
	PipitDevicePublic *bob_public;
	PipitDevicePublic *carol_public;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	fixture->alice = kept_secrets("larger_y");
	fixture->bob = kept_secrets("rsa1280");
	fixture->prekeys[0] = pipit_prekey_secret_generate(1);
	fixture->prekeys[1] = pipit_prekey_secret_generate(2);
	fixture->prekeys[2] = kept_prekey("rsa1280");
	fixture->alice_public = kept_public("larger_y");
	fixture->bob_public = kept_public("rsa1280");
	fixture->carol_public = kept_public("rsa2048");
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_device_secrets_unref(fixture->alice);
	pipit_device_secrets_unref(fixture->bob);
	for (gsize i = 0; i < G_N_ELEMENTS(fixture->prekeys); i++)
		pipit_prekey_secret_unref(fixture->prekeys[i]);
	pipit_device_public_unref(fixture->alice_public);
	pipit_device_public_unref(fixture->bob_public);
	pipit_device_public_unref(fixture->carol_public);
}

static GBytes *
seal(Fixture *fixture, guint32 counter, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) plaintext = kept_plaintext(size);
	GBytes *payload = pipit_pair_ec_seal(fixture->alice, fixture->bob_public, counter, plaintext, &error);
	g_assert_no_error(error);
	return payload;
}

static GBytes *
open_from(Fixture *fixture, const PipitDevicePublic *sender, GBytes *payload, PipitPairEcOpened *opened,
	  GError **error)
{
	return pipit_pair_ec_open(fixture->bob, fixture->prekeys, G_N_ELEMENTS(fixture->prekeys), sender,
				  payload, opened, error);
}

static void
assert_refused_from(Fixture *fixture, const PipitDevicePublic *sender, const guint8 *bytes, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) same = NULL;
	PipitPairEcOpened opened;
	PipitPairEcOpened untouched;
	memset(&opened, 0x77, sizeof opened);
	memset(&untouched, 0x77, sizeof untouched);
	g_autoptr(GBytes) payload = g_bytes_new(bytes, size);
	g_assert_null(open_from(fixture, sender, payload, &opened, &error));
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED);
	pipit_seal_refuse(&same);
	g_assert_cmpstr(error->message, ==, same->message);
	kept_assert_equal(&opened, sizeof opened, &untouched, sizeof untouched);
}

static void
assert_refused(Fixture *fixture, const guint8 *bytes, gsize size)
{
	assert_refused_from(fixture, fixture->alice_public, bytes, size);
}

static void
test_round_trip(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	static const gsize large[] = {99, 100, 101, 126, 127, 128, 4096, 16000, 16384, 100000};
	for (gsize i = 0; i < 40 + G_N_ELEMENTS(large);
	     i++) { /* 40 sizes in a row: every pad, more than twice */
		gsize size = i < 40 ? i : large[i - 40];
		g_autoptr(GError) error = NULL;
		PipitPairEcOpened opened;
		g_autoptr(GBytes) expected = kept_plaintext(size);
		g_autoptr(GBytes) payload = seal(fixture, (guint32)i, size);
		g_autoptr(GBytes) plaintext =
			open_from(fixture, fixture->alice_public, payload, &opened, &error);
		g_assert_no_error(error);
		g_assert_true(g_bytes_equal(plaintext, expected));
		g_assert_cmpuint(opened.counter, ==, i);
		g_assert_cmpuint(opened.prekey, ==, 2);
	}
}

static void
test_counters(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	static const guint32 counters[] = {0, 1, 127, 128, 16384, 0x80000000, G_MAXUINT32};
	for (gsize i = 0; i < G_N_ELEMENTS(counters); i++) {
		PipitPairEcOpened opened;
		g_autoptr(GBytes) payload = seal(fixture, counters[i], 5);
		g_autoptr(GBytes) plaintext =
			open_from(fixture, fixture->alice_public, payload, &opened, NULL);
		g_assert_nonnull(plaintext);
		g_assert_cmpuint(opened.counter, ==, counters[i]);
	}
}

/* 1 = c, 2 = E, 3 = signature, 99 = validator, in this order and with the lengths of the format. */
static void
test_layout(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 5, 10);
	const guint8 *bytes = g_bytes_get_data(payload, NULL);
	const gsize c = 16 + 4; /* inner: 0a 0a <10> 10 05 = 14 bytes, pad 2, trailer 4 */
	g_assert_cmpuint(g_bytes_get_size(payload), ==, 2 + c + 34 + 66 + 3 + 7);
	g_assert_cmpuint(bytes[0], ==, 0x0a);
	g_assert_cmpuint(bytes[1], ==, c);
	kept_assert_equal(bytes + 2 + c, 2, "\x12\x20", 2);
	kept_assert_equal(bytes + 2 + c + 34, 2, "\x1a\x40", 2);
	const guint8 *validator = bytes + 2 + c + 34 + 66;
	kept_assert_equal(validator, 3, "\x9a\x06\x07", 3);
	kept_assert_equal(validator + 3, 2, pipit_device_public_device_key(fixture->alice_public), 2);
	kept_assert_equal(validator + 5, 2, pipit_device_public_device_key(fixture->bob_public), 2);
	kept_assert_equal(validator + 7, 2, pipit_device_public_prekey(fixture->bob_public), 2);
	g_assert_cmpuint(validator[9], ==, 0x0c);
}

static void
test_replay_is_the_hash_of_the_ephemeral_key(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	PipitPairEcOpened opened;
	guint8 expected[PIPIT_PAIR_EC_REPLAY_LEN];
	gsize size = sizeof expected;
	g_autoptr(GBytes) payload = seal(fixture, 5, 10);
	g_autoptr(GBytes) plaintext = open_from(fixture, fixture->alice_public, payload, &opened, NULL);
	g_assert_nonnull(plaintext);
	g_autoptr(GChecksum) sha256 = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sha256, (const guint8 *)g_bytes_get_data(payload, NULL) + 2 + 20 + 2,
			  PIPIT_COMPACT_KEY_LEN);
	g_checksum_get_digest(sha256, expected, &size);
	kept_assert_equal(opened.replay, sizeof opened.replay, expected, sizeof expected);
}

static void
test_no_prekey_to_seal_to(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) plaintext = kept_plaintext(5);
	g_autoptr(PipitDevicePublic) bare = pipit_device_public_of(fixture->bob, NULL);
	g_assert_null(pipit_pair_ec_seal(fixture->alice, bare, 1, plaintext, &error));
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_PREKEY);
}

static void
test_any_of_the_prekeys_opens(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	for (guint i = 0; i < G_N_ELEMENTS(fixture->prekeys); i++) {
		PipitPairEcOpened opened;
		g_autoptr(GBytes) expected = kept_plaintext(5);
		g_autoptr(PipitDevicePublic) bob = pipit_device_public_of(fixture->bob, fixture->prekeys[i]);
		g_autoptr(GBytes) payload = pipit_pair_ec_seal(fixture->alice, bob, 1, expected, NULL);
		g_autoptr(GBytes) plaintext =
			open_from(fixture, fixture->alice_public, payload, &opened, NULL);
		g_assert_true(plaintext != NULL && g_bytes_equal(plaintext, expected));
		g_assert_cmpuint(opened.prekey, ==, i);
	}
}

/* Two prekeys whose first two bytes are the same: among a few hundred there is such a pair (the birthday paradox). */
static void
make_twins(PipitPrekeySecret *twins[static 2])
{
	g_autoptr(GHashTable) by_start =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)pipit_prekey_secret_unref);
	for (;;) {
		PipitPrekeySecret *prekey = pipit_prekey_secret_generate(3);
		const guint8 *key = pipit_prekey_secret_key(prekey);
		gpointer start = GUINT_TO_POINTER((guint)key[0] << 8 | key[1]);
		PipitPrekeySecret *twin = g_hash_table_lookup(by_start, start);
		if (twin != NULL) {
			twins[0] = pipit_prekey_secret_ref(twin);
			twins[1] = prekey;
			return;
		}
		g_hash_table_insert(by_start, start, prekey);
	}
}

static void
test_each_prekey_that_matches_is_tried(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	PipitPrekeySecret *twins[2];
	make_twins(twins);
	for (guint i = 0; i < G_N_ELEMENTS(twins); i++) {
		PipitPairEcOpened opened;
		g_autoptr(GBytes) expected = kept_plaintext(5);
		g_autoptr(PipitDevicePublic) bob = pipit_device_public_of(fixture->bob, twins[i]);
		g_autoptr(GBytes) payload = pipit_pair_ec_seal(fixture->alice, bob, 1, expected, NULL);
		g_autoptr(GBytes) plaintext =
			pipit_pair_ec_open(fixture->bob, twins, G_N_ELEMENTS(twins), fixture->alice_public,
					   payload, &opened, NULL);
		g_assert_true(plaintext != NULL && g_bytes_equal(plaintext, expected));
		g_assert_cmpuint(opened.prekey, ==, i);
	}
	pipit_prekey_secret_unref(twins[0]);
	pipit_prekey_secret_unref(twins[1]);
}

static void
test_no_prekey_matches(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	PipitPairEcOpened opened;
	g_autoptr(GBytes) payload = seal(fixture, 1, 5);
	g_assert_null(pipit_pair_ec_open(fixture->bob, fixture->prekeys, 2, fixture->alice_public, payload,
					 &opened, &error));
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED);
	g_clear_error(&error);
	g_assert_null(
		pipit_pair_ec_open(fixture->bob, NULL, 0, fixture->alice_public, payload, &opened, &error));
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED);
}

static void
test_every_truncation_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 1, 20);
	for (gsize size = 0; size < g_bytes_get_size(payload); size++) {
		/* A copy of the exact size, so that a read past the end is seen. */
		g_autofree guint8 *cut = g_memdup2(g_bytes_get_data(payload, NULL), size);
		assert_refused(fixture, cut, size);
	}
}

static void
test_every_flipped_bit_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 1, 20);
	gsize size = g_bytes_get_size(payload);
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(payload, NULL), size);
	for (gsize bit = 0; bit < 8 * size; bit++) {
		bytes[bit / 8] ^= (guint8)(1 << bit % 8);
		assert_refused(fixture, bytes, size);
		bytes[bit / 8] ^= (guint8)(1 << bit % 8);
	}
}

static void
test_trailing_bytes_are_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 1, 20);
	gsize size = g_bytes_get_size(payload);
	for (guint byte = 0; byte < 0x100; byte++) {
		g_autofree guint8 *longer = g_malloc0(size + 1);
		memcpy(longer, g_bytes_get_data(payload, NULL), size);
		longer[size] = (guint8)byte;
		assert_refused(fixture, longer, size + 1);
	}
}

static void
test_swapped_identities_are_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 1, 20);
	const guint8 *bytes = g_bytes_get_data(payload, NULL);
	gsize size = g_bytes_get_size(payload);
	assert_refused_from(fixture, fixture->carol_public, bytes, size);
	assert_refused_from(fixture, fixture->bob_public, bytes, size);
	/* With a validator that says Carol, the signature still says Alice. */
	g_autofree guint8 *relabelled = g_memdup2(bytes, size);
	memcpy(relabelled + size - 7, pipit_device_public_device_key(fixture->carol_public), 2);
	assert_refused_from(fixture, fixture->carol_public, relabelled, size);
	/* Carol, holding Bob's prekey by accident, is still not Bob. */
	g_autoptr(PipitDeviceSecrets) carol = kept_secrets("rsa2048");
	Fixture elsewhere = *fixture;
	elsewhere.bob = carol;
	memcpy(relabelled, bytes, size);
	memcpy(relabelled + size - 5, pipit_device_public_device_key(fixture->carol_public), 2);
	assert_refused(&elsewhere, relabelled, size);
}

static void
test_sealing_draws_anew(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) one = seal(fixture, 1, 20);
	g_autoptr(GBytes) two = seal(fixture, 1, 20);
	g_assert_true(memcmp((const guint8 *)g_bytes_get_data(one, NULL) + 2,
			     (const guint8 *)g_bytes_get_data(two, NULL) + 2, 20) != 0);
}

static gpointer
worker(gpointer user_data)
{
	Fixture *fixture = user_data;
	for (guint i = 0; i < 40; i++) {
		PipitPairEcOpened opened;
		g_autoptr(GBytes) expected = kept_plaintext(i);
		g_autoptr(GBytes) payload = seal(fixture, i, i);
		g_autoptr(GBytes) plaintext =
			open_from(fixture, fixture->alice_public, payload, &opened, NULL);
		g_assert_true(plaintext != NULL && g_bytes_equal(plaintext, expected));
		g_assert_cmpuint(opened.counter, ==, i);
	}
	return NULL;
}

static void
test_threads_share_keys(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	GThread *threads[4];
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("seal", worker, fixture);
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
}

#define ADD(name, function) g_test_add("/pair-ec/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("round-trip", test_round_trip);
	ADD("counters", test_counters);
	ADD("layout", test_layout);
	ADD("replay-is-the-hash-of-the-ephemeral-key", test_replay_is_the_hash_of_the_ephemeral_key);
	ADD("no-prekey-to-seal-to", test_no_prekey_to_seal_to);
	ADD("any-of-the-prekeys-opens", test_any_of_the_prekeys_opens);
	ADD("each-prekey-that-matches-is-tried", test_each_prekey_that_matches_is_tried);
	ADD("no-prekey-matches", test_no_prekey_matches);
	ADD("every-truncation-is-refused", test_every_truncation_is_refused);
	ADD("every-flipped-bit-is-refused", test_every_flipped_bit_is_refused);
	ADD("trailing-bytes-are-refused", test_trailing_bytes_are_refused);
	ADD("swapped-identities-are-refused", test_swapped_identities_are_refused);
	ADD("sealing-draws-anew", test_sealing_draws_anew);
	ADD("threads-share-keys", test_threads_share_keys);
	return g_test_run();
}
