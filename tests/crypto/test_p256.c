/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/p256.h"
#include "crypto/random.h"
#include "tests/crypto/kept.h"

#define N "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define N_MINUS_1 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
#define P "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define P_MINUS_1 "ffffffff00000001000000000000000000000000fffffffffffffffffffffffe"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"
#define ALL_ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define GX "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define GY "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define MINUS_GY "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a"

static void
from_hex(guint8 *bytes, gsize size, const char *hex)
{
	g_autoptr(GBytes) read = kept_hex(hex);
	g_assert_cmpuint(g_bytes_get_size(read), ==, size);
	memcpy(bytes, g_bytes_get_data(read, NULL), size);
}

static gboolean
scalar_valid(const char *hex)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	from_hex(scalar, sizeof scalar, hex);
	return pipit_p256_scalar_valid(scalar);
}

static void
test_scalar_range(void)
{
	g_assert_false(scalar_valid(ZERO));
	g_assert_true(scalar_valid(ONE));
	g_assert_true(scalar_valid(N_MINUS_1));
	g_assert_false(scalar_valid(N));
	g_assert_false(scalar_valid(ALL_ONES));
	g_assert_true(scalar_valid("8000000000000000000000000000000000000000000000000000000000000000"));
}

static void
assert_public(const char *scalar_hex, const char *point_hex)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 expected[PIPIT_P256_POINT_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	from_hex(scalar, sizeof scalar, scalar_hex);
	from_hex(expected, sizeof expected, point_hex);
	g_assert_true(pipit_p256_public(scalar, point));
	kept_assert_equal(point, sizeof point, expected, sizeof expected);
}

static void
test_public(void)
{
	assert_public(ONE, "04" GX GY);
	assert_public(N_MINUS_1, "04" GX MINUS_GY);
	/* RFC 6979, appendix A.2.5 */
	assert_public("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
		      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	from_hex(scalar, sizeof scalar, ZERO);
	g_assert_false(pipit_p256_public(scalar, point));
	from_hex(scalar, sizeof scalar, N);
	g_assert_false(pipit_p256_public(scalar, point));
}

static void
test_negate(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 expected[PIPIT_P256_SCALAR_LEN];
	from_hex(scalar, sizeof scalar, ONE);
	from_hex(expected, sizeof expected, N_MINUS_1);
	pipit_p256_negate(scalar);
	kept_assert_equal(scalar, sizeof scalar, expected, sizeof expected);
	pipit_p256_negate(scalar);
	from_hex(expected, sizeof expected, ONE);
	kept_assert_equal(scalar, sizeof scalar, expected, sizeof expected);
}

static gboolean
point_valid(const char *hex)
{
	guint8 point[PIPIT_P256_POINT_LEN];
	from_hex(point, sizeof point, hex);
	return pipit_p256_point_valid(point);
}

static void
test_point_valid(void)
{
	g_assert_true(point_valid("04" GX GY));
	g_assert_true(point_valid("04" GX MINUS_GY));
	g_assert_false(point_valid("04" GX GX));
	g_assert_false(point_valid("02" GX GY));
	g_assert_false(point_valid("00" GX GY));
	g_assert_false(point_valid("04" ZERO ZERO));
	g_assert_false(point_valid("04" P ZERO));
	/* x = 5 is on the curve; x = 5 + p is the same number, but not the same bytes. */
	g_assert_false(point_valid("04ffffffff00000001000000000000000000000001000000000000000000000004"
				   "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"));
}

static gboolean
decompress(const char *x_hex, guint8 point[static PIPIT_P256_POINT_LEN])
{
	guint8 x[PIPIT_P256_COORDINATE_LEN];
	from_hex(x, sizeof x, x_hex);
	return pipit_p256_decompress(x, point);
}

static void
test_decompress(void)
{
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 expected[PIPIT_P256_POINT_LEN];
	g_assert_true(decompress(GX, point));
	from_hex(expected, sizeof expected, "04" GX GY);
	kept_assert_equal(point, sizeof point, expected, sizeof expected);
	/* x = 0: y^2 = b has a root; the smaller one is taken. */
	g_assert_true(decompress(ZERO, point));
	g_assert_true(pipit_p256_point_valid(point));
	g_assert_cmpuint(point[33], <, 0x80);

	memset(point, 0x55, sizeof point);
	g_assert_false(decompress(P, point));
	g_assert_false(decompress(ALL_ONES, point));
	g_assert_false(decompress(P_MINUS_1, point)); /* off the curve */
	g_assert_false(decompress("0000000000000000000000000000000000000000000000000000000000000007", point));
	g_assert_cmpuint(point[0], ==, 0x55);
}

static void
test_ecdh(void)
{
	guint8 a[PIPIT_P256_SCALAR_LEN];
	guint8 b[PIPIT_P256_SCALAR_LEN];
	guint8 point_a[PIPIT_P256_POINT_LEN];
	guint8 point_b[PIPIT_P256_POINT_LEN];
	guint8 x1[PIPIT_P256_COORDINATE_LEN];
	guint8 x2[PIPIT_P256_COORDINATE_LEN];
	pipit_p256_generate(a, point_a);
	pipit_p256_generate(b, point_b);
	g_assert_true(pipit_p256_ecdh(a, point_b, x1));
	g_assert_true(pipit_p256_ecdh(b, point_a, x2));
	kept_assert_equal(x1, sizeof x1, x2, sizeof x2);
	pipit_p256_negate(b);
	g_assert_true(pipit_p256_ecdh(b, point_a, x2));
	kept_assert_equal(x1, sizeof x1, x2, sizeof x2);

	from_hex(a, sizeof a, ZERO);
	g_assert_false(pipit_p256_ecdh(a, point_b, x1));
	from_hex(a, sizeof a, N);
	g_assert_false(pipit_p256_ecdh(a, point_b, x1));
	point_a[40] ^= 1;
	g_assert_false(pipit_p256_ecdh(b, point_a, x1));
}

static void
test_generate_draws_anew(void)
{
	guint8 a[PIPIT_P256_SCALAR_LEN];
	guint8 b[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 again[PIPIT_P256_POINT_LEN];
	pipit_p256_generate(a, point);
	g_assert_true(pipit_p256_public(a, again));
	kept_assert_equal(point, sizeof point, again, sizeof again);
	pipit_p256_generate(b, again);
	g_assert_true(memcmp(a, b, sizeof a) != 0);
}

static void
test_sign(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	guint8 second[PIPIT_P256_SIGNATURE_LEN];
	guint8 digest[32];
	pipit_random(digest, sizeof digest);
	pipit_p256_generate(scalar, point);
	for (gsize size = 20; size <= 32; size += 12) {
		g_assert_true(pipit_p256_sign(scalar, digest, size, signature));
		g_assert_true(pipit_p256_verify(point, digest, size, signature));
		digest[3] ^= 1;
		g_assert_false(pipit_p256_verify(point, digest, size, signature));
		signature[40] ^= 1;
		g_assert_false(pipit_p256_verify(point, digest, size, signature));
	}
	g_assert_true(pipit_p256_sign(scalar, digest, 32, signature));
	g_assert_true(pipit_p256_sign(scalar, digest, 32, second));
	g_assert_true(memcmp(signature, second, 32) != 0); /* a nonce of its own each time */
	from_hex(scalar, sizeof scalar, ZERO);
	g_assert_false(pipit_p256_sign(scalar, digest, 32, signature));
	from_hex(scalar, sizeof scalar, N);
	g_assert_false(pipit_p256_sign(scalar, digest, 32, signature));
}

static void
test_verify_refuses_numbers_out_of_range(void)
{
	static const char *const bad[] = {ZERO, N, P, ALL_ONES};
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 digest[32] = {0};
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	from_hex(point, sizeof point, "04" GX GY);
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		from_hex(signature, 32, bad[i]);
		from_hex(signature + 32, 32, ONE);
		g_assert_false(pipit_p256_verify(point, digest, sizeof digest, signature));
		from_hex(signature, 32, GX);
		from_hex(signature + 32, 32, bad[i]);
		g_assert_false(pipit_p256_verify(point, digest, sizeof digest, signature));
	}
	/* z = 0 and r = s = X of Q verify for any Q: it is the range, not luck, that was refused above. */
	from_hex(signature, 32, GX);
	from_hex(signature + 32, 32, GX);
	g_assert_true(pipit_p256_verify(point, digest, sizeof digest, signature));
	point[1] ^= 1;
	g_assert_false(pipit_p256_verify(point, digest, sizeof digest, signature));
}

/* The digests are made so that u1 G and u2 Q are the same point, or each other's negative: their sum is at infinity then. */
static void
test_verify_where_both_points_meet(void)
{
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 same[32];
	guint8 opposite[32];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	from_hex(point, sizeof point,
		 "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
		 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	from_hex(signature, 32, "3988322ab9f52c7f11d5d1aa92a2ac0b00275bcad8e934682257323fda672482");
	from_hex(signature + 32, 32, "161b0d8996315ed241f61e0c9275b69ff30cd78291c58e324c4a2ca871516092");
	from_hex(same, sizeof same, "8ecf77518321f411db85343880639ced59522273a52bbaade389d91c8e7b0ee1");
	from_hex(opposite, sizeof opposite,
		 "713088ad7cde0bef247acbc77f9c63126394d83a01ebe3d7102ff1a66de81670");
	g_assert_true(pipit_p256_verify(point, same, sizeof same, signature));
	g_assert_false(pipit_p256_verify(point, opposite, sizeof opposite, signature));
	same[0] ^= 1;
	g_assert_false(pipit_p256_verify(point, same, sizeof same, signature));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_message("P-256 by %s", pipit_p256_backend());
	g_test_add_func("/p256/scalar-range", test_scalar_range);
	g_test_add_func("/p256/public", test_public);
	g_test_add_func("/p256/negate", test_negate);
	g_test_add_func("/p256/point-valid", test_point_valid);
	g_test_add_func("/p256/decompress", test_decompress);
	g_test_add_func("/p256/ecdh", test_ecdh);
	g_test_add_func("/p256/generate-draws-anew", test_generate_draws_anew);
	g_test_add_func("/p256/sign", test_sign);
	g_test_add_func("/p256/verify-refuses-numbers-out-of-range",
			test_verify_refuses_numbers_out_of_range);
	g_test_add_func("/p256/verify-where-both-points-meet", test_verify_where_both_points_meet);
	return g_test_run();
}
