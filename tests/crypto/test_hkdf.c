/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/hkdf.h"
#include "tests/crypto/kept.h"

static PipitHkdfInput
input(GBytes *bytes)
{
	return (PipitHkdfInput){g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)};
}

/* RFC 5869, appendix A.1 */
static void
test_rfc5869(void)
{
	guint8 key[42];
	g_autoptr(GBytes) secret = kept_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	g_autoptr(GBytes) salt = kept_hex("000102030405060708090a0b0c");
	g_autoptr(GBytes) context = kept_hex("f0f1f2f3f4f5f6f7f8f9");
	g_autoptr(GBytes) expected = kept_hex(
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
	g_assert_true(pipit_hkdf_sha256(input(secret), input(salt), input(context), key, sizeof key));
	kept_assert_equal(key, sizeof key, g_bytes_get_data(expected, NULL), g_bytes_get_size(expected));
}

static void
test_no_more_than_255_blocks(void)
{
	g_autofree guint8 *key = g_malloc(PIPIT_HKDF_MAX + 1);
	g_autoptr(GBytes) secret = kept_hex("0b");
	g_assert_true(pipit_hkdf_sha256(input(secret), input(secret), input(secret), key, PIPIT_HKDF_MAX));
	g_assert_false(
		pipit_hkdf_sha256(input(secret), input(secret), input(secret), key, PIPIT_HKDF_MAX + 1));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hkdf/rfc5869", test_rfc5869);
	g_test_add_func("/hkdf/no-more-than-255-blocks", test_no_more_than_255_blocks);
	return g_test_run();
}
