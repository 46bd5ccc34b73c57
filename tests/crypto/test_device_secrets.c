/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/device_keys.h"
#include "crypto/secret.h"
#include "tests/crypto/kept.h"

static void
test_generate_and_read_back(void)
{
	g_autoptr(GError) error = NULL;
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 device[PIPIT_P256_SCALAR_LEN];
	g_autoptr(PipitDeviceSecrets) made = pipit_device_secrets_generate();
	pipit_device_secrets_scalars(made, pair_signing, device);
	char *pem = pipit_device_secrets_rsa_pem(made);
	g_autoptr(PipitDeviceSecrets) read = pipit_device_secrets_new(pair_signing, device, pem, &error);
	g_assert_no_error(error);
	pipit_secret_string_free(pem);
	g_autoptr(GBytes) one = pipit_device_secrets_pair_identity(made);
	g_autoptr(GBytes) two = pipit_device_secrets_pair_identity(read);
	g_assert_true(g_bytes_equal(one, two));
	kept_assert_equal(pipit_device_secrets_device_key(read), PIPIT_COMPACT_KEY_LEN,
			  pipit_device_secrets_device_key(made), PIPIT_COMPACT_KEY_LEN);
	g_assert_cmpuint(pipit_device_secrets_rsa_size(made), ==, PIPIT_RSA_BITS / 8);
}

static void
check_against_kept(const char *name)
{
	g_autoptr(PipitDeviceSecrets) secrets = kept_secrets(name);
	g_autoptr(GBytes) identity = pipit_device_secrets_pair_identity(secrets);
	g_autoptr(GBytes) expected = kept_public_bytes(name, "pair_identity");
	g_autoptr(GBytes) device_key = kept_public_bytes(name, "device_key");
	g_assert_true(g_bytes_equal(identity, expected));
	kept_assert_equal(pipit_device_secrets_device_key(secrets), PIPIT_COMPACT_KEY_LEN,
			  g_bytes_get_data(device_key, NULL), g_bytes_get_size(device_key));
}

static void
test_public_half_is_what_others_compute(void)
{
	static const char *const names[] = {"rsa1280", "rsa2048", "rsa4096", "larger_y", "smaller_y"};
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		check_against_kept(names[i]);
}

static void
check_refused(const guint8 *pair_signing, const guint8 *device, const char *pem)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitDeviceSecrets) secrets = pipit_device_secrets_new(pair_signing, device, pem, &error);
	g_assert_null(secrets);
	g_assert_error(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID);
}

static void
test_invalid_keys_are_refused(void)
{
	static const guint8 one[PIPIT_P256_SCALAR_LEN] = {[31] = 1};
	static const guint8 zero[PIPIT_P256_SCALAR_LEN] = {0};
	g_autofree char *pem = kept_private_string("rsa1280", "pair_rsa");
	check_refused(zero, one, pem);
	check_refused(one, zero, pem);
	check_refused(one, one, "");
}

static void
test_signature_verifies_for_others(void)
{
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	g_autoptr(PipitDeviceSecrets) secrets = kept_secrets("larger_y");
	g_autoptr(PipitDevicePublic) seen = kept_public("larger_y");
	g_autoptr(PipitDevicePublic) other = kept_public("smaller_y");
	pipit_device_secrets_sign(secrets, "request", 7, signature);
	g_assert_true(pipit_device_public_verify(seen, "request", 7, signature));
	g_assert_false(pipit_device_public_verify(seen, "requesu", 7, signature));
	g_assert_false(pipit_device_public_verify(other, "request", 7, signature));
	signature[0] ^= 1;
	g_assert_false(pipit_device_public_verify(seen, "request", 7, signature));
	pipit_device_secrets_sign(secrets, NULL, 0, signature);
	g_assert_true(pipit_device_public_verify(seen, NULL, 0, signature));
}

static void
test_references(void)
{
	PipitDeviceSecrets *secrets = kept_secrets("rsa1280");
	g_assert_true(pipit_device_secrets_ref(secrets) == secrets);
	pipit_device_secrets_unref(secrets);
	g_assert_cmpuint(pipit_device_secrets_rsa_size(secrets), ==, 160);
	pipit_device_secrets_unref(secrets);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/device-secrets/generate-and-read-back", test_generate_and_read_back);
	g_test_add_func("/device-secrets/public-half-is-what-others-compute",
			test_public_half_is_what_others_compute);
	g_test_add_func("/device-secrets/invalid-keys-are-refused", test_invalid_keys_are_refused);
	g_test_add_func("/device-secrets/signature-verifies-for-others", test_signature_verifies_for_others);
	g_test_add_func("/device-secrets/references", test_references);
	return g_test_run();
}
