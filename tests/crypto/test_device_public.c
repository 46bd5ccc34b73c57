/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/device_keys.h"
#include "tests/crypto/kept.h"

static void
test_own_view_is_the_others_view(void)
{
	g_autoptr(PipitDeviceSecrets) secrets = kept_secrets("larger_y");
	g_autoptr(PipitPrekeySecret) prekey = kept_prekey("larger_y");
	g_autoptr(PipitDevicePublic) own = pipit_device_public_of(secrets, prekey);
	g_autoptr(PipitDevicePublic) seen = kept_public("larger_y");
	kept_assert_equal(pipit_device_public_device_point(own), PIPIT_P256_POINT_LEN,
			  pipit_device_public_device_point(seen), PIPIT_P256_POINT_LEN);
	kept_assert_equal(pipit_device_public_prekey_point(own), PIPIT_P256_POINT_LEN,
			  pipit_device_public_prekey_point(seen), PIPIT_P256_POINT_LEN);
	kept_assert_equal(pipit_device_public_prekey(own), PIPIT_COMPACT_KEY_LEN,
			  pipit_device_public_prekey(seen), PIPIT_COMPACT_KEY_LEN);
	kept_assert_equal(pipit_device_public_pair_signing(own), PIPIT_P256_POINT_LEN,
			  pipit_device_public_pair_signing(seen), PIPIT_P256_POINT_LEN);
	kept_assert_equal(pipit_device_public_identity_hash(own), PIPIT_PAIR_IDENTITY_HASH_LEN,
			  pipit_device_public_identity_hash(seen), PIPIT_PAIR_IDENTITY_HASH_LEN);
	g_assert_true(pipit_device_public_prekey_timestamp(own) == 1764000002.75);
	g_assert_true(pipit_device_public_prekey_timestamp(seen) == 1764000002.75);
}

static void
test_without_a_prekey(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) identity = kept_public_bytes("rsa1280", "pair_identity");
	g_autoptr(GBytes) device_key = kept_public_bytes("rsa1280", "device_key");
	g_autoptr(PipitDevicePublic) device = pipit_device_public_new(identity, device_key, NULL, &error);
	g_assert_no_error(error);
	g_assert_false(pipit_device_public_has_prekey(device));
	g_assert_null(pipit_device_public_prekey(device));
	g_assert_null(pipit_device_public_prekey_point(device));
	g_assert_true(pipit_device_public_prekey_timestamp(device) == 0);
}

static void
check_refused(GBytes *identity, GBytes *device_key, GBytes *record, PipitKeysError expected)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_device_public_new(identity, device_key, record, &error));
	g_assert_error(error, PIPIT_KEYS_ERROR, (int)expected);
}

static void
test_each_part_is_checked(void)
{
	g_autoptr(GBytes) identity = kept_public_bytes("rsa1280", "pair_identity");
	g_autoptr(GBytes) device_key = kept_public_bytes("rsa1280", "device_key");
	g_autoptr(GBytes) record = kept_public_bytes("rsa1280", "prekey_record");
	g_autoptr(GBytes) other_record = kept_public_bytes("rsa2048", "prekey_record");
	g_autoptr(GBytes) empty = g_bytes_new(NULL, 0);
	g_autoptr(GBytes) beyond_p =
		kept_hex("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	g_autoptr(GBytes) off_curve =
		kept_hex("0000000000000000000000000000000000000000000000000000000000000007");
	g_autoptr(GBytes) longer = kept_hex("0000000000000000000000000000000000000000000000000000000000000000"
					    "05");
	check_refused(empty, device_key, record, PIPIT_KEYS_ERROR_INVALID);
	check_refused(identity, empty, record, PIPIT_KEYS_ERROR_INVALID);
	check_refused(identity, beyond_p, record, PIPIT_KEYS_ERROR_INVALID);
	check_refused(identity, off_curve, record, PIPIT_KEYS_ERROR_INVALID);
	check_refused(identity, longer, record, PIPIT_KEYS_ERROR_INVALID);
	check_refused(identity, device_key, empty, PIPIT_KEYS_ERROR_INVALID);
	check_refused(identity, device_key, other_record, PIPIT_KEYS_ERROR_SIGNATURE);
}

static void
test_references(void)
{
	PipitDevicePublic *device = kept_public("rsa1280");
	g_assert_true(pipit_device_public_ref(device) == device);
	pipit_device_public_unref(device);
	g_assert_true(pipit_device_public_has_prekey(device));
	pipit_device_public_unref(device);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/device-public/own-view-is-the-others-view", test_own_view_is_the_others_view);
	g_test_add_func("/device-public/without-a-prekey", test_without_a_prekey);
	g_test_add_func("/device-public/each-part-is-checked", test_each_part_is_checked);
	g_test_add_func("/device-public/references", test_references);
	return g_test_run();
}
