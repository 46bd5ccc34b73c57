/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <string.h>

#include "crypto/device_keys.h"
#include "tests/crypto/kept.h"

static PipitKeysError
read_fails(GBytes *record, const guint8 *device_point)
{
	g_autoptr(GError) error = NULL;
	PipitPrekey prekey;
	g_assert_false(pipit_prekey_record_read(record, device_point, &prekey, &error));
	g_assert_true(error->domain == PIPIT_KEYS_ERROR);
	return (PipitKeysError)error->code;
}

static void
test_record_round_trip(void)
{
	static const double timestamps[] = {0, 1764000000, 1764000000.1234567, 5e-324, -1.5, 1e300};
	g_autoptr(PipitDeviceSecrets) secrets = kept_secrets("sender");
	g_autoptr(PipitDevicePublic) seen = kept_public("sender");
	for (gsize i = 0; i < G_N_ELEMENTS(timestamps); i++) {
		g_autoptr(GError) error = NULL;
		PipitPrekey read;
		g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(timestamps[i]);
		g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, secrets);
		g_assert_cmpuint(g_bytes_get_size(record), ==, 34 + 66 + 9);
		g_assert_true(pipit_prekey_record_read(record, pipit_device_public_device_point(seen), &read,
						       &error));
		g_assert_no_error(error);
		g_assert_true(read.timestamp == timestamps[i]);
		kept_assert_equal(read.key, sizeof read.key, pipit_prekey_secret_key(prekey),
				  PIPIT_COMPACT_KEY_LEN);
	}
}

static void
test_record_of_another_program(void)
{
	g_autoptr(GError) error = NULL;
	PipitPrekey read;
	g_autoptr(GBytes) record = kept_public_bytes("rsa4096", "prekey_record");
	g_autoptr(PipitDevicePublic) device = kept_public("rsa4096");
	g_assert_true(
		pipit_prekey_record_read(record, pipit_device_public_device_point(device), &read, &error));
	g_assert_true(read.timestamp == 1764000000.1);
}

static void
test_bad_signature_is_refused(void)
{
	g_autoptr(GBytes) record = kept_public_bytes("sender", "prekey_record");
	g_autoptr(PipitDevicePublic) other = kept_public("rsa2048");
	g_assert_cmpint(read_fails(record, pipit_device_public_device_point(other)), ==,
			PIPIT_KEYS_ERROR_SIGNATURE);
}

/* A signature for an old timestamp or another key does not carry over; no bit may change. */
static void
test_every_bit_and_truncation_counts(void)
{
	g_autoptr(GBytes) record = kept_public_bytes("sender", "prekey_record");
	g_autoptr(PipitDevicePublic) device = kept_public("sender");
	const guint8 *point = pipit_device_public_device_point(device);
	gsize size = g_bytes_get_size(record);
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(record, NULL), size);
	for (gsize bit = 0; bit < 8 * size; bit++) {
		bytes[bit / 8] ^= (guint8)(1 << bit % 8);
		g_autoptr(GBytes) changed = g_bytes_new(bytes, size);
		read_fails(changed, point);
		bytes[bit / 8] ^= (guint8)(1 << bit % 8);
	}
	for (gsize shorter = 0; shorter < size; shorter++) {
		g_autoptr(GBytes) cut = g_bytes_new(bytes, shorter);
		g_assert_cmpint(read_fails(cut, point), ==, PIPIT_KEYS_ERROR_INVALID);
	}
}

static void
test_timestamp_must_be_finite(void)
{
	static const guint8 one[PIPIT_P256_SCALAR_LEN] = {[31] = 1};
	const double bad[] = {NAN, INFINITY, -INFINITY};
	g_autoptr(PipitDeviceSecrets) secrets = kept_secrets("sender");
	g_autoptr(PipitDevicePublic) seen = kept_public("sender");
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(pipit_prekey_secret_new(one, bad[i], &error));
		g_assert_error(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID);
		g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(bad[i]);
		g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, secrets);
		g_assert_cmpint(read_fails(record, pipit_device_public_device_point(seen)), ==,
				PIPIT_KEYS_ERROR_INVALID);
	}
}

static void
test_scalar_out_of_range_is_refused(void)
{
	static const guint8 zero[PIPIT_P256_SCALAR_LEN] = {0};
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_prekey_secret_new(zero, 1, &error));
	g_assert_error(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID);
}

static void
test_scalar_comes_out_again(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(1.25);
	pipit_prekey_secret_scalar(prekey, scalar);
	g_autoptr(PipitPrekeySecret) again = pipit_prekey_secret_new(scalar, 1.25, NULL);
	kept_assert_equal(pipit_prekey_secret_key(again), PIPIT_COMPACT_KEY_LEN,
			  pipit_prekey_secret_key(prekey), PIPIT_COMPACT_KEY_LEN);
	g_assert_true(pipit_prekey_secret_timestamp(again) == 1.25);
}

static void
test_ecdh_refuses_a_bad_point(void)
{
	guint8 point[PIPIT_P256_POINT_LEN] = {0x04};
	guint8 x[PIPIT_P256_COORDINATE_LEN];
	g_autoptr(PipitPrekeySecret) prekey = pipit_prekey_secret_generate(1);
	g_assert_false(pipit_prekey_secret_ecdh(prekey, point, x));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/prekey/record-round-trip", test_record_round_trip);
	g_test_add_func("/prekey/record-of-another-program", test_record_of_another_program);
	g_test_add_func("/prekey/bad-signature-is-refused", test_bad_signature_is_refused);
	g_test_add_func("/prekey/every-bit-and-truncation-counts", test_every_bit_and_truncation_counts);
	g_test_add_func("/prekey/timestamp-must-be-finite", test_timestamp_must_be_finite);
	g_test_add_func("/prekey/scalar-out-of-range-is-refused", test_scalar_out_of_range_is_refused);
	g_test_add_func("/prekey/scalar-comes-out-again", test_scalar_comes_out_again);
	g_test_add_func("/prekey/ecdh-refuses-a-bad-point", test_ecdh_refuses_a_bad_point);
	return g_test_run();
}
