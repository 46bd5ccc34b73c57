/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/aes_ctr.h"
#include "tests/crypto/kept.h"

#define COUNTER "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define PLAINTEXT "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"

typedef void (*Cipher)(const guint8 *key, const guint8 *counter, guint8 *bytes, gsize size);

static void
check(Cipher cipher, const char *key_hex, const char *counter_hex, const char *plaintext_hex,
      const char *expected_hex)
{
	g_autoptr(GBytes) key = kept_hex(key_hex);
	g_autoptr(GBytes) counter = kept_hex(counter_hex);
	g_autoptr(GBytes) plaintext = kept_hex(plaintext_hex);
	g_autoptr(GBytes) expected = kept_hex(expected_hex);
	gsize size = g_bytes_get_size(plaintext);
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(plaintext, NULL), size);
	cipher(g_bytes_get_data(key, NULL), g_bytes_get_data(counter, NULL), bytes, size);
	kept_assert_equal(bytes, size, g_bytes_get_data(expected, NULL), g_bytes_get_size(expected));
	cipher(g_bytes_get_data(key, NULL), g_bytes_get_data(counter, NULL), bytes, size);
	kept_assert_equal(bytes, size, g_bytes_get_data(plaintext, NULL), size);
}

/* SP 800-38A, sections F.5.1 and F.5.5, their first two blocks */
static void
test_sp800_38a(void)
{
	check(pipit_aes128_ctr, "2b7e151628aed2a6abf7158809cf4f3c", COUNTER, PLAINTEXT,
	      "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff");
	check(pipit_aes256_ctr, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", COUNTER,
	      PLAINTEXT, "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5");
}

/* The first 48 bytes of what OpenSSL makes of zeros. */
static void
test_the_whole_block_counts(void)
{
	check(pipit_aes128_ctr, "2b7e151628aed2a6abf7158809cf4f3c", "ffffffffffffffffffffffffffffffff",
	      "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	      "00",
	      "8af2860142f786f409307c1a3f7eaaac7df76b0c1ab899b33e42f047b91b546f57127d4034b1bebfaef466b9c7726f"
	      "c6");
}

static void
test_no_bytes(void)
{
	guint8 key[PIPIT_AES256_KEY_LEN] = {0};
	guint8 byte = 0x55;
	pipit_aes256_ctr(key, key, &byte, 0);
	g_assert_cmpuint(byte, ==, 0x55);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/aes-ctr/sp800-38a", test_sp800_38a);
	g_test_add_func("/aes-ctr/the-whole-block-counts", test_the_whole_block_counts);
	g_test_add_func("/aes-ctr/no-bytes", test_no_bytes);
	return g_test_run();
}
