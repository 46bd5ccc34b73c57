/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/pair_identity.h"
#include "tests/crypto/kept.h"

static const char *const devices[] = {"rsa1280", "rsa2048", "rsa4096"};

static void
test_encode_is_what_was_decoded(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(devices); i++) {
		g_autoptr(GError) error = NULL;
		PipitPairIdentity identity;
		g_autoptr(GBytes) blob = kept_public_bytes(devices[i], "pair_identity");
		g_assert_true(pipit_pair_identity_decode(&identity, blob, &error));
		g_assert_no_error(error);
		g_autoptr(GBytes) again = pipit_pair_identity_encode(&identity);
		kept_assert_equal(g_bytes_get_data(again, NULL), g_bytes_get_size(again),
				  g_bytes_get_data(blob, NULL), g_bytes_get_size(blob));
	}
}

static void
test_hash_covers_sig_and_enc(void)
{
	PipitPairIdentity identity;
	g_autoptr(GBytes) blob = kept_public_bytes("rsa1280", "pair_identity");
	const guint8 *bytes = g_bytes_get_data(blob, NULL);
	guint8 hash[PIPIT_PAIR_IDENTITY_HASH_LEN];
	gsize size = sizeof hash;
	g_assert_true(pipit_pair_identity_decode(&identity, blob, NULL));
	g_assert_cmpuint(g_bytes_get_size(blob), ==, 249);
	/* 30 81F6 81 43 <67> 82 81AE <174> */
	g_autoptr(GChecksum) sha256 = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sha256, bytes + 5, 67);
	g_checksum_update(sha256, bytes + 75, 174);
	g_checksum_get_digest(sha256, hash, &size);
	kept_assert_equal(identity.hash, sizeof identity.hash, hash, size);
}

static gboolean
accepted(const guint8 *bytes, gsize size)
{
	g_autoptr(GError) error = NULL;
	PipitPairIdentity identity;
	g_autoptr(GBytes) blob = g_bytes_new(bytes, size);
	gboolean decoded = pipit_pair_identity_decode(&identity, blob, &error);
	if (!decoded)
		g_assert_error(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID);
	return decoded;
}

static void
test_truncation_and_trailing_bytes(void)
{
	g_autoptr(GBytes) blob = kept_public_bytes("rsa1280", "pair_identity");
	gsize size = g_bytes_get_size(blob);
	for (gsize shorter = 0; shorter < size; shorter++)
		g_assert_false(accepted(g_bytes_get_data(blob, NULL), shorter));
	g_autofree guint8 *longer = g_malloc0(size + 1);
	memcpy(longer, g_bytes_get_data(blob, NULL), size);
	g_assert_true(accepted(longer, size));
	g_assert_false(accepted(longer, size + 1));
}

/* Whatever single bit changes, the blob is refused or is another key: one inside the modulus alone makes another, except
 * where it makes it even, negative or written with a needless zero. */
static void
test_every_bit_counts(void)
{
	g_autoptr(GBytes) blob = kept_public_bytes("rsa1280", "pair_identity");
	gsize size = g_bytes_get_size(blob);
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(blob, NULL), size);
	const gsize sign = 5 + 67 + 3 + 2 + 3 + 3; /* the zero byte before the modulus */
	const gsize last = sign + 160;
	for (gsize bit = 0; bit < 8 * size; bit++) {
		gsize at = bit / 8;
		gboolean top = bit % 8 == 7;
		gboolean other_modulus =
			at >= sign && at <= last && bit != 8 * last && !(top && at <= sign + 1);
		bytes[at] ^= (guint8)(1 << bit % 8);
		g_test_message("bit %" G_GSIZE_FORMAT, bit);
		g_assert_cmpint(accepted(bytes, size), ==, other_modulus);
		bytes[at] ^= (guint8)(1 << bit % 8);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pair-identity/encode-is-what-was-decoded", test_encode_is_what_was_decoded);
	g_test_add_func("/pair-identity/hash-covers-sig-and-enc", test_hash_covers_sig_and_enc);
	g_test_add_func("/pair-identity/truncation-and-trailing-bytes", test_truncation_and_trailing_bytes);
	g_test_add_func("/pair-identity/every-bit-counts", test_every_bit_counts);
	return g_test_run();
}
