/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenSSL's primitives, by its lower functions: they are deprecated, and have the least around them. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

#include "tests/bench/primitives.h"

static struct {
	EC_KEY *key;
	const EC_POINT *point;
	ECDSA_SIG *given;
	RSA *rsa;
	BN_CTX *numbers;
	EVP_CIPHER_CTX *cipher;
	guint8 digest[32];
	guint8 block[PIPIT_RSA_BITS / 8];
	guint8 x[32]; /* of a point */
} all;

static void
must(gboolean done)
{
	if (!done)
		g_error("OpenSSL fails");
}

static BIGNUM *
number(const guint8 *bytes, gsize size)
{
	return BN_bin2bn(bytes, (int)size, NULL);
}

static void
begin(const BenchKeys *keys)
{
	const PipitRsaPrivate *rsa = keys->rsa;
	all.numbers = BN_CTX_new();
	all.cipher = EVP_CIPHER_CTX_new();
	all.key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *scalar = number(keys->scalar, sizeof keys->scalar);
	must(EC_KEY_set_private_key(all.key, scalar) == 1);
	must(EC_KEY_oct2key(all.key, keys->point, sizeof keys->point, all.numbers) == 1);
	BN_clear_free(scalar);
	all.point = EC_KEY_get0_public_key(all.key);
	all.given = ECDSA_SIG_new();
	must(ECDSA_SIG_set0(all.given, number(keys->signature, 32), number(keys->signature + 32, 32)) == 1);
	all.rsa = RSA_new();
	BIGNUM *e = BN_new();
	BN_set_word(e, PIPIT_RSA_EXPONENT);
	must(RSA_set0_key(all.rsa, number(rsa->public_half.modulus, rsa->public_half.size), e,
			  number(rsa->d, sizeof rsa->d)) == 1);
	must(RSA_set0_factors(all.rsa, number(rsa->p, sizeof rsa->p), number(rsa->q, sizeof rsa->q)) == 1);
	must(RSA_set0_crt_params(all.rsa, number(rsa->dp, sizeof rsa->dp), number(rsa->dq, sizeof rsa->dq),
				 number(rsa->qinv, sizeof rsa->qinv)) == 1);
	memcpy(all.digest, keys->digest, sizeof all.digest);
	memcpy(all.block, keys->block, sizeof all.block);
	memcpy(all.x, keys->point + 1, sizeof all.x);
}

static void
end(void)
{
	RSA_free(all.rsa);
	ECDSA_SIG_free(all.given);
	EC_KEY_free(all.key);
	EVP_CIPHER_CTX_free(all.cipher);
	BN_CTX_free(all.numbers);
}

static void
generate(void)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	must(EC_KEY_generate_key(key) == 1);
	EC_KEY_free(key);
}

static void
ecdh(void)
{
	guint8 x[32];
	must(ECDH_compute_key(x, sizeof x, all.point, all.key, NULL) == sizeof x);
}

static void
sign(void)
{
	ECDSA_SIG_free(ECDSA_do_sign(all.digest, sizeof all.digest, all.key));
}

static void
verify(void)
{
	must(ECDSA_do_verify(all.digest, sizeof all.digest, all.given, all.key) == 1);
}

static void
decode(void)
{
	const EC_GROUP *group = EC_KEY_get0_group(all.key);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *x = number(all.x, sizeof all.x);
	must(EC_POINT_set_compressed_coordinates(group, point, x, 0, all.numbers) == 1);
	BN_free(x);
	EC_POINT_free(point);
}

static void
rsa_public(void)
{
	guint8 out[sizeof all.block];
	must(RSA_public_encrypt(sizeof all.block, all.block, out, all.rsa, RSA_NO_PADDING) > 0);
}

static void
rsa_private(void)
{
	guint8 out[sizeof all.block];
	must(RSA_private_decrypt(sizeof all.block, all.block, out, all.rsa, RSA_NO_PADDING) > 0);
}

static void
hmac_of(gsize size)
{
	guint8 bytes[BENCH_HASHED] = {0};
	guint8 mac[32];
	must(HMAC(EVP_sha256(), bytes, 32, bytes, size, mac, NULL) != NULL);
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
aes(const EVP_CIPHER *kind)
{
	guint8 bytes[BENCH_MESSAGE] = {0};
	int size = 0;
	must(EVP_EncryptInit_ex(all.cipher, kind, NULL, bytes, bytes) == 1);
	must(EVP_EncryptUpdate(all.cipher, bytes, &size, bytes, sizeof bytes) == 1);
}

static void
aes128(void)
{
	aes(EVP_aes_128_ctr());
}

static void
aes256(void)
{
	aes(EVP_aes_256_ctr());
}

static void
sha256(void)
{
	guint8 bytes[BENCH_HASHED] = {0};
	guint8 digest[32];
	SHA256(bytes, sizeof bytes, digest);
}

static void
sha1_of(gsize size)
{
	guint8 bytes[BENCH_HASHED] = {0};
	guint8 digest[20];
	SHA1(bytes, size, digest);
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

const BenchLibrary bench_openssl = {
	"OpenSSL",
	begin,
	end,
	{generate, ecdh, sign, verify, decode, rsa_public, rsa_private, hkdf, aes128, aes256, sha256, hmac,
	 sha1, mgf1},
};
