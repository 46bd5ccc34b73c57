/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both versions of P-256 in one program: the one that the build chose, and the other one, included under other names. */
#define pipit_p256_backend other_backend
#define pipit_p256_public other_public
#define pipit_p256_point_valid other_point_valid
#define pipit_p256_decompress other_decompress
#define pipit_p256_ecdh other_ecdh
#define pipit_p256_sign other_sign
#define pipit_p256_verify other_verify
#ifndef OTHER_P256 /* the build says which; nettle is what it chooses unless told otherwise */
#define OTHER_P256 "crypto/p256_gcrypt.c"
#endif
#include OTHER_P256 /* NOLINT(bugprone-suspicious-include) */
#undef pipit_p256_backend
#undef pipit_p256_public
#undef pipit_p256_point_valid
#undef pipit_p256_decompress
#undef pipit_p256_ecdh
#undef pipit_p256_sign
#undef pipit_p256_verify

#include "crypto/random.h"
#include "tests/crypto/kept.h"

__typeof__(other_backend) pipit_p256_backend;
__typeof__(other_public) pipit_p256_public;
__typeof__(other_point_valid) pipit_p256_point_valid;
__typeof__(other_decompress) pipit_p256_decompress;
__typeof__(other_ecdh) pipit_p256_ecdh;
__typeof__(other_sign) pipit_p256_sign;
__typeof__(other_verify) pipit_p256_verify;

#define ROUNDS 30

/* Scalars and coordinates at the edges: small ones, and those around p and n. Each is also tried one bit away. */
static const guint8 edges[][32] = {
	{0},
	{[31] = 1},
	{[31] = 2},
	{[31] = 5},
	{[0] = 0x80},
	{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x50},
	{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51},
	{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe},
	{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
};

typedef void (*Check)(const guint8 bytes[static 32]);

static void
each_input(Check check)
{
	guint8 bytes[32];
	for (gsize i = 0; i < G_N_ELEMENTS(edges); i++) {
		check(edges[i]);
		for (guint bit = 0; bit < 256; bit += 85) {
			memcpy(bytes, edges[i], sizeof bytes);
			bytes[bit / 8] ^= (guint8)(1 << bit % 8);
			check(bytes);
		}
	}
	for (guint i = 0; i < ROUNDS; i++) {
		pipit_random(bytes, sizeof bytes);
		check(bytes);
	}
}

static void
test_are_two(void)
{
	g_assert_cmpstr(pipit_p256_backend(), !=, other_backend());
}

static void
check_public(const guint8 scalar[static 32])
{
	guint8 ours[PIPIT_P256_POINT_LEN] = {0};
	guint8 theirs[PIPIT_P256_POINT_LEN] = {0};
	g_assert_cmpint(pipit_p256_public(scalar, ours), ==, other_public(scalar, theirs));
	kept_assert_equal(ours, sizeof ours, theirs, sizeof theirs);
}

static void
test_public(void)
{
	each_input(check_public);
}

static void
check_decompress(const guint8 x[static 32])
{
	guint8 ours[PIPIT_P256_POINT_LEN] = {0};
	guint8 theirs[PIPIT_P256_POINT_LEN] = {0};
	gboolean on_curve = pipit_p256_decompress(x, ours);
	g_assert_cmpint(on_curve, ==, other_decompress(x, theirs));
	kept_assert_equal(ours, sizeof ours, theirs, sizeof theirs);
	g_assert_cmpint(pipit_p256_point_valid(ours), ==, on_curve);
	g_assert_cmpint(other_point_valid(ours), ==, on_curve);
}

static void
test_decompress(void)
{
	each_input(check_decompress);
}

static void
check_point_valid(const guint8 coordinate[static 32])
{
	guint8 point[PIPIT_P256_POINT_LEN] = {0x04};
	for (gsize i = 0; i < G_N_ELEMENTS(edges); i++) {
		memcpy(point + 1, coordinate, 32);
		memcpy(point + 33, edges[i], 32);
		g_assert_cmpint(pipit_p256_point_valid(point), ==, other_point_valid(point));
		memcpy(point + 1, edges[i], 32);
		memcpy(point + 33, coordinate, 32);
		g_assert_cmpint(pipit_p256_point_valid(point), ==, other_point_valid(point));
	}
}

static void
test_point_valid(void)
{
	each_input(check_point_valid);
}

static void
check_ecdh(const guint8 scalar[static 32])
{
	guint8 unused[32];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 ours[32] = {0};
	guint8 theirs[32] = {0};
	pipit_p256_generate(unused, point);
	g_assert_cmpint(pipit_p256_ecdh(scalar, point, ours), ==, other_ecdh(scalar, point, theirs));
	kept_assert_equal(ours, sizeof ours, theirs, sizeof theirs);
	point[64] ^= 1;
	g_assert_false(pipit_p256_ecdh(scalar, point, ours));
	g_assert_false(other_ecdh(scalar, point, theirs));
}

static void
test_ecdh(void)
{
	each_input(check_ecdh);
}

static void
check_signatures(const guint8 digest[static 32])
{
	guint8 scalar[32];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	pipit_p256_generate(scalar, point);
	for (gsize size = 20; size <= 32; size += 12) {
		g_assert_true(pipit_p256_sign(scalar, digest, size, signature));
		g_assert_true(other_verify(point, digest, size, signature));
		g_assert_true(other_sign(scalar, digest, size, signature));
		g_assert_true(pipit_p256_verify(point, digest, size, signature));
		signature[5] ^= 4;
		g_assert_false(pipit_p256_verify(point, digest, size, signature));
		g_assert_false(other_verify(point, digest, size, signature));
	}
}

static void
test_signatures(void)
{
	each_input(check_signatures);
}

static void
check_forged(const guint8 number[static 32])
{
	static const guint8 digest[32] = {0};
	guint8 scalar[32];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	pipit_p256_generate(scalar, point);
	for (gsize i = 0; i < G_N_ELEMENTS(edges); i++) {
		memcpy(signature, number, 32);
		memcpy(signature + 32, edges[i], 32);
		g_assert_cmpint(pipit_p256_verify(point, digest, 32, signature), ==,
				other_verify(point, digest, 32, signature));
	}
}

static void
test_forged_signatures(void)
{
	each_input(check_forged);
}

/* SEC 1 writes it as one zero byte, of which 65 could be made; no form of it is a point. */
static void
test_infinity_is_no_point(void)
{
	guint8 point[PIPIT_P256_POINT_LEN] = {0};
	guint8 x[PIPIT_P256_COORDINATE_LEN];
	for (guint first = 0; first < 8; first++) {
		point[0] = (guint8)first;
		g_assert_false(pipit_p256_point_valid(point));
		g_assert_false(other_point_valid(point));
		g_assert_false(pipit_p256_ecdh(edges[1], point, x));
		g_assert_false(other_ecdh(edges[1], point, x));
	}
}

/* Under the key G, of which the private half is 1, a digest of -r makes (z + r) / s times G: infinity, which has no X. */
static void
check_infinite_sum(const guint8 r[static 32])
{
	guint8 generator[PIPIT_P256_POINT_LEN];
	guint8 digest[PIPIT_P256_SCALAR_LEN];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	if (!pipit_p256_scalar_valid(r))
		return;
	g_assert_true(pipit_p256_public(edges[1], generator));
	memcpy(digest, r, sizeof digest);
	pipit_p256_negate(digest);
	memcpy(signature, r, sizeof digest);
	memcpy(signature + sizeof digest, edges[3], sizeof digest);
	g_assert_false(pipit_p256_verify(generator, digest, sizeof digest, signature));
	g_assert_false(other_verify(generator, digest, sizeof digest, signature));
}

static void
test_an_infinite_sum_is_no_signature(void)
{
	each_input(check_infinite_sum);
}

/* Twice the same point, and a point and its negative, are edges of adding: u1 G + u2 Q with Q = G or -G, and with u1 = u2. */
static void
check_sums_of_the_generator(const guint8 digest[static 32])
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	memcpy(scalar, edges[1], sizeof scalar);
	for (guint i = 0; i < 2; i++) {
		g_assert_true(pipit_p256_public(scalar, point));
		g_assert_true(pipit_p256_sign(scalar, digest, 32, signature));
		g_assert_true(other_verify(point, digest, 32, signature));
		memcpy(signature, digest, 32); /* r = z, so that u1 = u2 */
		g_assert_cmpint(pipit_p256_verify(point, digest, 32, signature), ==,
				other_verify(point, digest, 32, signature));
		pipit_p256_negate(scalar);
	}
}

static void
test_sums_of_the_generator(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(edges); i++)
		check_sums_of_the_generator(edges[i]);
}

static void
test_invalid_scalars_do_not_sign(void)
{
	static const guint8 digest[32] = {1};
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	for (gsize i = 0; i < G_N_ELEMENTS(edges); i++) {
		gboolean valid = pipit_p256_scalar_valid(edges[i]);
		g_assert_cmpint(pipit_p256_sign(edges[i], digest, 32, signature), ==, valid);
		g_assert_cmpint(other_sign(edges[i], digest, 32, signature), ==, valid);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/p256-backends/are-two", test_are_two);
	g_test_add_func("/p256-backends/public", test_public);
	g_test_add_func("/p256-backends/decompress", test_decompress);
	g_test_add_func("/p256-backends/point-valid", test_point_valid);
	g_test_add_func("/p256-backends/ecdh", test_ecdh);
	g_test_add_func("/p256-backends/signatures", test_signatures);
	g_test_add_func("/p256-backends/forged-signatures", test_forged_signatures);
	g_test_add_func("/p256-backends/infinity-is-no-point", test_infinity_is_no_point);
	g_test_add_func("/p256-backends/an-infinite-sum-is-no-signature",
			test_an_infinite_sum_is_no_signature);
	g_test_add_func("/p256-backends/sums-of-the-generator", test_sums_of_the_generator);
	g_test_add_func("/p256-backends/invalid-scalars-do-not-sign", test_invalid_scalars_do_not_sign);
	return g_test_run();
}
