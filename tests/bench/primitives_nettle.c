/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nettle's primitives, called as its manual says, without anything around them. */
#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/hmac.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "crypto/random.h"
#include "tests/bench/primitives.h"

static struct {
	struct ecc_scalar scalar;
	struct ecc_point point;
	struct dsa_signature made;
	struct dsa_signature given;
	guint8 digest[32];
	struct rsa_public_key rsa_public;
	struct rsa_private_key rsa_private;
	mpz_t block;
	mpz_t p;
	mpz_t quarter; /* (p + 1) / 4 */
} all;

static void
read_number(mpz_t number, const guint8 *bytes, gsize size)
{
	nettle_mpz_set_str_256_u(number, size, bytes);
}

static void
read_rsa(const PipitRsaPrivate *rsa)
{
	rsa_public_key_init(&all.rsa_public);
	rsa_private_key_init(&all.rsa_private);
	mpz_set_ui(all.rsa_public.e, PIPIT_RSA_EXPONENT);
	read_number(all.rsa_public.n, rsa->public_half.modulus, rsa->public_half.size);
	read_number(all.rsa_private.d, rsa->d, sizeof rsa->d);
	read_number(all.rsa_private.p, rsa->p, sizeof rsa->p);
	read_number(all.rsa_private.q, rsa->q, sizeof rsa->q);
	read_number(all.rsa_private.a, rsa->dp, sizeof rsa->dp);
	read_number(all.rsa_private.b, rsa->dq, sizeof rsa->dq);
	read_number(all.rsa_private.c, rsa->qinv, sizeof rsa->qinv);
	all.rsa_public.size = all.rsa_private.size = rsa->public_half.size;
}

static void
begin(const BenchKeys *keys)
{
	const struct ecc_curve *curve = nettle_get_secp_256r1();
	mpz_t x;
	mpz_t y;
	mpz_init(x);
	mpz_init(y);
	read_number(x, keys->scalar, sizeof keys->scalar);
	ecc_scalar_init(&all.scalar, curve);
	ecc_scalar_set(&all.scalar, x);
	read_number(x, keys->point + 1, 32);
	read_number(y, keys->point + 33, 32);
	ecc_point_init(&all.point, curve);
	ecc_point_set(&all.point, x, y);
	dsa_signature_init(&all.made);
	dsa_signature_init(&all.given);
	read_number(all.given.r, keys->signature, 32);
	read_number(all.given.s, keys->signature + 32, 32);
	memcpy(all.digest, keys->digest, sizeof all.digest);
	read_rsa(keys->rsa);
	mpz_init(all.block);
	read_number(all.block, keys->block, sizeof keys->block);
	mpz_init_set_str(all.p, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
	mpz_init(all.quarter);
	mpz_add_ui(all.quarter, all.p, 1);
	mpz_fdiv_q_2exp(all.quarter, all.quarter, 2);
	mpz_clear(y);
	mpz_clear(x);
}

static void
end(void)
{
	mpz_clear(all.quarter);
	mpz_clear(all.p);
	mpz_clear(all.block);
	rsa_private_key_clear(&all.rsa_private);
	rsa_public_key_clear(&all.rsa_public);
	dsa_signature_clear(&all.given);
	dsa_signature_clear(&all.made);
	ecc_point_clear(&all.point);
	ecc_scalar_clear(&all.scalar);
}

static void
generate(void)
{
	struct ecc_scalar scalar;
	struct ecc_point point;
	ecc_scalar_init(&scalar, nettle_get_secp_256r1());
	ecc_point_init(&point, nettle_get_secp_256r1());
	ecdsa_generate_keypair(&point, &scalar, NULL, pipit_random_nettle);
	ecc_point_clear(&point);
	ecc_scalar_clear(&scalar);
}

static void
ecdh(void)
{
	struct ecc_point product;
	ecc_point_init(&product, nettle_get_secp_256r1());
	ecc_point_mul(&product, &all.scalar, &all.point);
	ecc_point_clear(&product);
}

static void
sign(void)
{
	ecdsa_sign(&all.scalar, NULL, pipit_random_nettle, sizeof all.digest, all.digest, &all.made);
}

static void
verify(void)
{
	if (!ecdsa_verify(&all.point, sizeof all.digest, all.digest, &all.given))
		g_error("nettle does not verify");
}

static void
decode(void)
{
	mpz_t root;
	mpz_init(root);
	mpz_sub_ui(root, all.p, 98765);
	mpz_powm(root, root, all.quarter, all.p);
	mpz_clear(root);
}

static void
rsa_public(void)
{
	mpz_t out;
	mpz_init(out);
	mpz_powm(out, all.block, all.rsa_public.e, all.rsa_public.n);
	mpz_clear(out);
}

static void
rsa_private(void)
{
	mpz_t out;
	mpz_init(out);
	if (!rsa_compute_root_tr(&all.rsa_public, &all.rsa_private, NULL, pipit_random_nettle, out,
				 all.block))
		g_error("nettle's RSA fails");
	mpz_clear(out);
}

static void
hmac_of(gsize size)
{
	guint8 bytes[BENCH_HASHED] = {0};
	struct hmac_sha256_ctx hmac;
	hmac_sha256_set_key(&hmac, 32, bytes);
	hmac_sha256_update(&hmac, size, bytes);
	hmac_sha256_digest(&hmac, 32, bytes);
}

static void
hmac(void)
{
	hmac_of(BENCH_MESSAGE + 65);
}

static void
hkdf(void)
{
	hmac_of(32);
	hmac_of(1);
	hmac_of(33);
}

static void
aes128(void)
{
	guint8 bytes[BENCH_MESSAGE] = {0};
	guint8 counter[AES_BLOCK_SIZE] = {0};
	struct aes128_ctx aes;
	aes128_set_encrypt_key(&aes, bytes);
	ctr_crypt(&aes, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE, counter, sizeof bytes, bytes,
		  bytes);
}

static void
aes256(void)
{
	guint8 bytes[BENCH_MESSAGE] = {0};
	guint8 counter[AES_BLOCK_SIZE] = {0};
	struct aes256_ctx aes;
	aes256_set_encrypt_key(&aes, bytes);
	ctr_crypt(&aes, (nettle_cipher_func *)aes256_encrypt, AES_BLOCK_SIZE, counter, sizeof bytes, bytes,
		  bytes);
}

static void
sha256(void)
{
	guint8 bytes[BENCH_HASHED] = {0};
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, sizeof bytes, bytes);
	sha256_digest(&hash, 32, bytes);
}

static void
sha1_of(gsize size)
{
	guint8 bytes[BENCH_HASHED] = {0};
	struct sha1_ctx hash;
	sha1_init(&hash);
	sha1_update(&hash, size, bytes);
	sha1_digest(&hash, 20, bytes);
}

static void
sha1(void)
{
	sha1_of(PIPIT_RSA_BITS / 8 + BENCH_MESSAGE - 100);
}

static void
mgf1(void)
{
	for (guint i = 0; i < (PIPIT_RSA_BITS / 8 - 21 + 19) / 20; i++)
		sha1_of(24);
	sha1_of(PIPIT_RSA_BITS / 8 - 21 + 4);
}

const BenchLibrary bench_nettle = {
	"nettle",
	begin,
	end,
	{generate, ecdh, sign, verify, decode, rsa_public, rsa_private, hkdf, aes128, aes256, sha256, hmac,
	 sha1, mgf1},
};
