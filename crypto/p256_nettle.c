/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P-256 by nettle's hogweed, whose arithmetic on secret scalars has no branch or address that depends on them. Scalars
 * go straight into limbs on our stack: nettle's own containers live on the heap and are freed unwiped, and its mpz
 * imports look at secret bits. */
#include "crypto/p256.h"

#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <string.h>

#include "crypto/secret.h"

#define LIMBS (PIPIT_P256_SCALAR_LEN / sizeof(mp_limb_t))

G_STATIC_ASSERT(GMP_NAIL_BITS == 0);

typedef mp_limb_t Number[LIMBS]; /* 256 bits, least significant limb first */

static void
number_read(Number number, const guint8 bytes[static PIPIT_P256_SCALAR_LEN])
{
	memset(number, 0, sizeof(Number));
	for (gsize i = 0; i < PIPIT_P256_SCALAR_LEN; i++) {
		gsize place = PIPIT_P256_SCALAR_LEN - 1 - i;
		number[place / sizeof(mp_limb_t)] |= (mp_limb_t)bytes[i] << (8 * (place % sizeof(mp_limb_t)));
	}
}

static void
number_write(const mp_limb_t *number, guint8 bytes[static PIPIT_P256_SCALAR_LEN])
{
	for (gsize i = 0; i < PIPIT_P256_SCALAR_LEN; i++) {
		gsize place = PIPIT_P256_SCALAR_LEN - 1 - i;
		bytes[i] = (guint8)(number[place / sizeof(mp_limb_t)] >> (8 * (place % sizeof(mp_limb_t))));
	}
}

static gboolean
number_is_zero(const Number number)
{
	mp_limb_t any = 0;
	for (gsize i = 0; i < LIMBS; i++)
		any |= number[i];
	return any == 0;
}

static void
mpz_read(mpz_t z, const guint8 bytes[static PIPIT_P256_COORDINATE_LEN])
{
	nettle_mpz_set_str_256_u(z, PIPIT_P256_COORDINATE_LEN, bytes);
}

/* @limbs: room for both coordinates, which @point then refers to. FALSE if it is not a point on the curve. */
static gboolean
point_read(struct ecc_point *point, mp_limb_t limbs[static 2 * LIMBS],
	   const guint8 bytes[static PIPIT_P256_POINT_LEN])
{
	if (bytes[0] != 0x04)
		return FALSE;
	point->ecc = nettle_get_secp_256r1();
	point->p = limbs;
	mpz_t x;
	mpz_t y;
	mpz_init(x);
	mpz_init(y);
	mpz_read(x, bytes + 1);
	mpz_read(y, bytes + 1 + PIPIT_P256_COORDINATE_LEN);
	gboolean on_curve = ecc_point_set(point, x, y) != 0;
	mpz_clear(x);
	mpz_clear(y);
	return on_curve;
}

const char *
pipit_p256_backend(void)
{
	return "nettle";
}

gboolean
pipit_p256_public(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
		  guint8 point[static PIPIT_P256_POINT_LEN])
{
	if (!pipit_p256_scalar_valid(scalar))
		return FALSE;
	Number secret;
	mp_limb_t product[2 * LIMBS];
	number_read(secret, scalar);
	struct ecc_scalar factor = {nettle_get_secp_256r1(), secret};
	struct ecc_point result = {nettle_get_secp_256r1(), product};
	ecc_point_mul_g(&result, &factor);
	point[0] = 0x04;
	number_write(product, point + 1);
	number_write(product + LIMBS, point + 1 + PIPIT_P256_COORDINATE_LEN);
	pipit_wipe(secret, sizeof secret);
	return TRUE;
}

gboolean
pipit_p256_point_valid(const guint8 point[static PIPIT_P256_POINT_LEN])
{
	struct ecc_point read;
	mp_limb_t limbs[2 * LIMBS];
	return point_read(&read, limbs, point);
}

/* y = (x^3 - 3x + b)^((p+1)/4), which is a root where there is one since p = 3 mod 4; then the smaller of y and p - y. */
static void
smaller_root(mpz_t y, const mpz_t x)
{
	mpz_t p;
	mpz_t b;
	mpz_t exponent;
	mpz_init_set_str(p, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
	mpz_init_set_str(b, "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b", 16);
	mpz_init(exponent);
	mpz_mul(y, x, x);
	mpz_sub_ui(y, y, 3);
	mpz_mul(y, y, x);
	mpz_add(y, y, b);
	mpz_add_ui(exponent, p, 1);
	mpz_fdiv_q_2exp(exponent, exponent, 2);
	mpz_powm(y, y, exponent, p);
	mpz_sub(p, p, y);
	if (mpz_cmp(y, p) > 0)
		mpz_swap(y, p);
	mpz_clear(exponent);
	mpz_clear(b);
	mpz_clear(p);
}

gboolean
pipit_p256_decompress(const guint8 x[static PIPIT_P256_COORDINATE_LEN],
		      guint8 point[static PIPIT_P256_POINT_LEN])
{
	guint8 candidate[PIPIT_P256_POINT_LEN] = {0x04};
	mpz_t root;
	mpz_t abscissa;
	mpz_init(root);
	mpz_init(abscissa);
	mpz_read(abscissa, x);
	smaller_root(root, abscissa);
	memcpy(candidate + 1, x, PIPIT_P256_COORDINATE_LEN);
	nettle_mpz_get_str_256(PIPIT_P256_COORDINATE_LEN, candidate + 1 + PIPIT_P256_COORDINATE_LEN, root);
	mpz_clear(abscissa);
	mpz_clear(root);
	if (!pipit_p256_point_valid(candidate)) /* x >= p, or no root */
		return FALSE;
	memcpy(point, candidate, sizeof candidate);
	return TRUE;
}

gboolean
pipit_p256_ecdh(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
		const guint8 point[static PIPIT_P256_POINT_LEN], guint8 x[static PIPIT_P256_COORDINATE_LEN])
{
	struct ecc_point base;
	mp_limb_t base_limbs[2 * LIMBS];
	if (!pipit_p256_scalar_valid(scalar) || !point_read(&base, base_limbs, point))
		return FALSE;
	Number secret;
	mp_limb_t product[2 * LIMBS];
	number_read(secret, scalar);
	struct ecc_scalar factor = {nettle_get_secp_256r1(), secret};
	struct ecc_point result = {nettle_get_secp_256r1(), product};
	ecc_point_mul(&result, &factor, &base);
	number_write(product, x);
	pipit_wipe(secret, sizeof secret);
	pipit_wipe(product, sizeof product);
	return TRUE;
}

gboolean
pipit_p256_sign(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], const guint8 *digest, gsize digest_size,
		guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	if (!pipit_p256_scalar_valid(scalar))
		return FALSE;
	const struct ecc_curve *curve = nettle_get_secp_256r1();
	gsize scratch_size = (gsize)ecc_ecdsa_sign_itch(curve) * sizeof(mp_limb_t);
	mp_limb_t *scratch = g_malloc(scratch_size);
	guint8 nonce_bytes[PIPIT_P256_SCALAR_LEN];
	Number secret;
	Number nonce;
	Number r;
	Number s;
	number_read(secret, scalar);
	do {
		pipit_p256_scalar_random(nonce_bytes);
		number_read(nonce, nonce_bytes);
		ecc_ecdsa_sign(curve, secret, nonce, digest_size, digest, r, s, scratch);
	} while (number_is_zero(r) || number_is_zero(s));
	number_write(r, signature);
	number_write(s, signature + PIPIT_P256_SCALAR_LEN);
	pipit_wipe(nonce_bytes, sizeof nonce_bytes);
	pipit_wipe(nonce, sizeof nonce);
	pipit_wipe(secret, sizeof secret);
	pipit_wipe(scratch, scratch_size);
	g_free(scratch);
	return TRUE;
}

/* @factor times @base, or times the generator where that is NULL; for public numbers in 1 .. n-1. */
static void
public_product(const mpz_t factor, const struct ecc_point *base, mp_limb_t product[static 2 * LIMBS])
{
	guint8 bytes[PIPIT_P256_SCALAR_LEN];
	Number number;
	nettle_mpz_get_str_256(sizeof bytes, bytes, factor);
	number_read(number, bytes);
	struct ecc_scalar scalar = {nettle_get_secp_256r1(), number};
	struct ecc_point result = {nettle_get_secp_256r1(), product};
	if (base == NULL)
		ecc_point_mul_g(&result, &scalar);
	else
		ecc_point_mul(&result, &scalar, base);
}

/* TRUE if u1 G and u2 Q are the same point and twice that gives r. */
static gboolean
doubling_gives_r(const mpz_t u1, const mpz_t u2, const struct ecc_point *key, const mpz_t r, const mpz_t n)
{
	mp_limb_t sum[2 * LIMBS];
	mp_limb_t left[2 * LIMBS];
	mp_limb_t right[2 * LIMBS];
	mpz_t x;
	mpz_t twice;
	mpz_init(twice);
	mpz_mul_2exp(twice, u1, 1);
	mpz_fdiv_r(twice, twice, n);
	public_product(twice, NULL, sum);
	gboolean same = mpz_congruent_p(mpz_roinit_n(x, sum, LIMBS), r, n) != 0;
	if (same) {
		public_product(u1, NULL, left);
		public_product(u2, key, right);
		same = memcmp(left, right, sizeof left) == 0;
	}
	mpz_clear(twice);
	return same;
}

/* nettle adds u1 G and u2 Q by a formula that fails where the two are the same point, and so refuses a valid signature.
 * That can't happen by accident, but what P-256 verifies must not depend on the library. */
static gboolean
verify_same_point(const struct ecc_point *key, const guint8 *digest, gsize digest_size,
		  const struct dsa_signature *signature)
{
	mpz_t n;
	mpz_t u1;
	mpz_t u2;
	mpz_init_set_str(n, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
	mpz_init(u1);
	mpz_init(u2);
	gboolean in_range = mpz_sgn(signature->r) > 0 && mpz_cmp(signature->r, n) < 0 &&
			    mpz_sgn(signature->s) > 0 && mpz_cmp(signature->s, n) < 0;
	gboolean valid = FALSE;
	if (in_range) {
		nettle_mpz_set_str_256_u(u1, MIN(digest_size, PIPIT_P256_SCALAR_LEN), digest);
		mpz_invert(u2, signature->s, n);
		mpz_mul(u1, u1, u2);
		mpz_fdiv_r(u1, u1, n);
		mpz_mul(u2, u2, signature->r);
		mpz_fdiv_r(u2, u2, n);
		valid = mpz_sgn(u1) != 0 && doubling_gives_r(u1, u2, key, signature->r, n);
	}
	mpz_clear(u2);
	mpz_clear(u1);
	mpz_clear(n);
	return valid;
}

gboolean
pipit_p256_verify(const guint8 point[static PIPIT_P256_POINT_LEN], const guint8 *digest, gsize digest_size,
		  const guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	struct ecc_point key;
	mp_limb_t limbs[2 * LIMBS];
	if (!point_read(&key, limbs, point))
		return FALSE;
	struct dsa_signature pair;
	dsa_signature_init(&pair);
	mpz_read(pair.r, signature);
	mpz_read(pair.s, signature + PIPIT_P256_SCALAR_LEN);
	/* Both check the range of r and s. */
	gboolean valid = ecdsa_verify(&key, digest_size, digest, &pair) ||
			 verify_same_point(&key, digest, digest_size, &pair);
	dsa_signature_clear(&pair);
	return valid;
}
