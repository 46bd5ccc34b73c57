/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/oaep.h"
#include "tests/crypto/kept.h"

#define BLOCK 160
#define ROOM (BLOCK - PIPIT_OAEP_OVERHEAD)

static void
check_round_trip(gsize size, const char *label)
{
	guint8 block[BLOCK];
	const guint8 *message = NULL;
	g_autoptr(GBytes) plaintext = kept_plaintext(size);
	pipit_oaep_encode(g_bytes_get_data(plaintext, NULL), size, label, strlen(label), block, sizeof block);
	g_assert_cmpuint(block[0], ==, 0);
	gssize decoded = pipit_oaep_decode(block, sizeof block, label, strlen(label), &message);
	g_assert_cmpint(decoded, ==, (gssize)size);
	kept_assert_equal(message, size, g_bytes_get_data(plaintext, NULL), size);
}

static void
test_round_trip(void)
{
	for (gsize size = 0; size <= ROOM; size++)
		check_round_trip(size, "");
	check_round_trip(20, "label");
}

/* Undoes the masks, changes one byte of the padded message, and masks it again with the same seed. */
static gssize
decode_with(gsize at, guint8 value, gsize size)
{
	guint8 block[BLOCK];
	guint8 plain[BLOCK];
	const guint8 *message = NULL;
	g_autoptr(GBytes) plaintext = kept_plaintext(size);
	pipit_oaep_encode(g_bytes_get_data(plaintext, NULL), size, "", 0, block, sizeof block);
	memcpy(plain, block, sizeof plain);
	g_assert_cmpint(pipit_oaep_decode(plain, sizeof plain, "", 0, &message), ==, (gssize)size);
	/* The masked seed depends on the whole data block: mask it anew over the changed one. */
	block[at] ^= plain[at] ^ value;
	guint8 seeded[BLOCK];
	memcpy(seeded, block, sizeof seeded);
	memset(seeded + 1, 0, PIPIT_OAEP_HASH_LEN);
	/* Decoding a block with a zero seed field leaves in it the mask that the data block makes. */
	pipit_oaep_decode(seeded, sizeof seeded, "", 0, &message);
	for (gsize i = 1; i <= PIPIT_OAEP_HASH_LEN; i++)
		block[i] = seeded[i] ^ plain[i];
	return pipit_oaep_decode(block, sizeof block, "", 0, &message);
}

static void
test_padding_must_be_zeros_and_a_one(void)
{
	const gsize data = 1 + PIPIT_OAEP_HASH_LEN;
	const gsize padding = data + PIPIT_OAEP_HASH_LEN;
	const gsize one = BLOCK - 1 - 20;
	g_assert_cmpint(decode_with(padding + 5, 0, 20), ==,
			20); /* nothing changed: the helper itself works */
	g_assert_cmpint(decode_with(one, 2, 20), ==, -1);
	g_assert_cmpint(decode_with(one, 0x81, 20), ==, -1);
	g_assert_cmpint(decode_with(padding, 2, 20), ==, -1);
	g_assert_cmpint(decode_with(padding + 30, 0xff, 20), ==, -1);
	g_assert_cmpint(decode_with(padding, 1, 20), ==, BLOCK - 1 - (gssize)padding);
	for (gsize i = 0; i < PIPIT_OAEP_HASH_LEN; i++) /* each byte of the label's hash counts */
		g_assert_cmpint(decode_with(data + i, 1, 20), ==, -1);
}

static void
test_no_one_at_all(void)
{
	g_assert_cmpint(decode_with(BLOCK - 1, 0, 0), ==, -1);
}

static void
test_first_byte_must_be_zero(void)
{
	guint8 block[BLOCK];
	const guint8 *message = NULL;
	for (guint bit = 0; bit < 8; bit++) {
		pipit_oaep_encode((const guint8 *)"abc", 3, "", 0, block, sizeof block);
		block[0] = (guint8)(1 << bit);
		g_assert_cmpint(pipit_oaep_decode(block, sizeof block, "", 0, &message), ==, -1);
	}
}

static void
test_other_label_is_refused(void)
{
	guint8 block[BLOCK];
	const guint8 *message = NULL;
	pipit_oaep_encode((const guint8 *)"abc", 3, "one", 3, block, sizeof block);
	g_assert_cmpint(pipit_oaep_decode(block, sizeof block, "two", 3, &message), ==, -1);
}

static void
test_block_too_small(void)
{
	guint8 block[PIPIT_OAEP_OVERHEAD] = {0};
	const guint8 *message = NULL;
	g_assert_cmpint(pipit_oaep_decode(block, PIPIT_OAEP_OVERHEAD - 1, "", 0, &message), ==, -1);
	pipit_oaep_encode(NULL, 0, "", 0, block, PIPIT_OAEP_OVERHEAD);
	g_assert_cmpint(pipit_oaep_decode(block, PIPIT_OAEP_OVERHEAD, "", 0, &message), ==, 0);
}

static void
test_seed_is_drawn_anew(void)
{
	guint8 one[BLOCK];
	guint8 two[BLOCK];
	pipit_oaep_encode((const guint8 *)"abc", 3, "", 0, one, sizeof one);
	pipit_oaep_encode((const guint8 *)"abc", 3, "", 0, two, sizeof two);
	g_assert_true(memcmp(one, two, sizeof one) != 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/oaep/round-trip", test_round_trip);
	g_test_add_func("/oaep/padding-must-be-zeros-and-a-one", test_padding_must_be_zeros_and_a_one);
	g_test_add_func("/oaep/no-one-at-all", test_no_one_at_all);
	g_test_add_func("/oaep/first-byte-must-be-zero", test_first_byte_must_be_zero);
	g_test_add_func("/oaep/other-label-is-refused", test_other_label_is_refused);
	g_test_add_func("/oaep/block-too-small", test_block_too_small);
	g_test_add_func("/oaep/seed-is-drawn-anew", test_seed_is_drawn_anew);
	return g_test_run();
}
