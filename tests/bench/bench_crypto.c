/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time to seal and to open for one device, beside the sum of the primitives that the format can't do without, called on
 * their libraries directly and measured in the same run, turn and turn about. */
#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "crypto/random.h"

#define MESSAGE 300 /* bytes, as a short message has after gzip */
#define BATCHES 41
#define BATCH_NS 20000000

/* Everything that sealing and opening need, and the same keys as the library wants them. */
typedef struct {
	PipitDeviceSecrets *alice;
	PipitDeviceSecrets *bob;
	PipitPrekeySecret *prekey;
	PipitDevicePublic *alice_public;
	PipitDevicePublic *bob_public;
	GBytes *plaintext;
	GBytes *pair;
	GBytes *pair_ec;
	struct ecc_scalar scalar;
	struct ecc_point point;
	struct dsa_signature signature;
	struct rsa_public_key rsa_public;
	struct rsa_private_key rsa_private;
	mpz_t rsa_block;
	guint8 digest[SHA256_DIGEST_SIZE];
} Bench;

typedef void (*Step)(Bench *bench);

static void
bench_init(Bench *bench)
{
	const struct ecc_curve *curve = nettle_get_secp_256r1();
	guint8 message[MESSAGE];
	pipit_random(message, sizeof message);
	bench->alice = pipit_device_secrets_generate();
	bench->bob = pipit_device_secrets_generate();
	bench->prekey = pipit_prekey_secret_generate(1);
	bench->alice_public = pipit_device_public_of(bench->alice, NULL);
	bench->bob_public = pipit_device_public_of(bench->bob, bench->prekey);
	bench->plaintext = g_bytes_new(message, sizeof message);
	bench->pair = pipit_pair_seal(bench->alice, bench->bob_public, bench->plaintext, NULL);
	bench->pair_ec = pipit_pair_ec_seal(bench->alice, bench->bob_public, 1, bench->plaintext, NULL);

	ecc_scalar_init(&bench->scalar, curve);
	ecc_point_init(&bench->point, curve);
	ecdsa_generate_keypair(&bench->point, &bench->scalar, NULL, pipit_random_nettle);
	dsa_signature_init(&bench->signature);
	pipit_random(bench->digest, sizeof bench->digest);
	ecdsa_sign(&bench->scalar, NULL, pipit_random_nettle, sizeof bench->digest, bench->digest,
		   &bench->signature);
	rsa_public_key_init(&bench->rsa_public);
	rsa_private_key_init(&bench->rsa_private);
	mpz_set_ui(bench->rsa_public.e, PIPIT_RSA_EXPONENT);
	rsa_generate_keypair(&bench->rsa_public, &bench->rsa_private, NULL, pipit_random_nettle, NULL, NULL,
			     PIPIT_RSA_BITS, 0);
	mpz_init(bench->rsa_block);
	nettle_mpz_random(bench->rsa_block, NULL, pipit_random_nettle, bench->rsa_public.n);
}

static void
bench_clear(Bench *bench)
{
	mpz_clear(bench->rsa_block);
	rsa_private_key_clear(&bench->rsa_private);
	rsa_public_key_clear(&bench->rsa_public);
	dsa_signature_clear(&bench->signature);
	ecc_point_clear(&bench->point);
	ecc_scalar_clear(&bench->scalar);
	g_bytes_unref(bench->pair_ec);
	g_bytes_unref(bench->pair);
	g_bytes_unref(bench->plaintext);
	pipit_device_public_unref(bench->bob_public);
	pipit_device_public_unref(bench->alice_public);
	pipit_prekey_secret_unref(bench->prekey);
	pipit_device_secrets_unref(bench->bob);
	pipit_device_secrets_unref(bench->alice);
}

static void
require(GBytes *bytes)
{
	if (bytes == NULL)
		g_error("what was sealed here does not open");
	g_bytes_unref(bytes);
}

static void
pair_seal(Bench *bench)
{
	require(pipit_pair_seal(bench->alice, bench->bob_public, bench->plaintext, NULL));
}

static void
pair_open(Bench *bench)
{
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	require(pipit_pair_open(bench->bob, bench->alice_public, bench->pair, replay, NULL));
}

static void
pair_ec_seal(Bench *bench)
{
	require(pipit_pair_ec_seal(bench->alice, bench->bob_public, 1, bench->plaintext, NULL));
}

static void
pair_ec_open(Bench *bench)
{
	PipitPairEcOpened opened;
	require(pipit_pair_ec_open(bench->bob, &bench->prekey, 1, bench->alice_public, bench->pair_ec,
				   &opened, NULL));
}

static void
primitive_sign(Bench *bench, gsize digest_size)
{
	ecdsa_sign(&bench->scalar, NULL, pipit_random_nettle, digest_size, bench->digest, &bench->signature);
}

static void
primitive_verify(Bench *bench, gsize digest_size)
{
	if (!ecdsa_verify(&bench->point, digest_size, bench->digest, &bench->signature))
		g_error("nettle does not verify what it signed");
}

static void
primitive_ecdh(Bench *bench)
{
	struct ecc_point product;
	ecc_point_init(&product, nettle_get_secp_256r1());
	ecc_point_mul(&product, &bench->scalar, &bench->point);
	ecc_point_clear(&product);
}

static void
primitive_generate(void)
{
	struct ecc_scalar scalar;
	struct ecc_point point;
	ecc_scalar_init(&scalar, nettle_get_secp_256r1());
	ecc_point_init(&point, nettle_get_secp_256r1());
	ecdsa_generate_keypair(&point, &scalar, NULL, pipit_random_nettle);
	ecc_point_clear(&point);
	ecc_scalar_clear(&scalar);
}

/* The root that decoding a compact key takes. */
static void
primitive_square_root(void)
{
	mpz_t p;
	mpz_t exponent;
	mpz_t root;
	mpz_init_set_str(p, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16);
	mpz_init(exponent);
	mpz_init_set_ui(root, 12345);
	mpz_add_ui(exponent, p, 1);
	mpz_fdiv_q_2exp(exponent, exponent, 2);
	mpz_mul(root, p, root);
	mpz_sub_ui(root, root, 98765);
	mpz_powm(root, root, exponent, p);
	mpz_clear(root);
	mpz_clear(exponent);
	mpz_clear(p);
}

static void
primitive_sha256(gsize size)
{
	guint8 bytes[MESSAGE + 256] = {0};
	guint8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, size, bytes);
	sha256_digest(&hash, sizeof digest, digest);
}

static void
primitive_sha1(gsize size)
{
	guint8 bytes[MESSAGE + 256] = {0};
	guint8 digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx hash;
	sha1_init(&hash);
	sha1_update(&hash, size, bytes);
	sha1_digest(&hash, sizeof digest, digest);
}

static void
primitive_hmac(gsize size)
{
	guint8 bytes[MESSAGE + 256] = {0};
	struct hmac_sha256_ctx hmac;
	hmac_sha256_set_key(&hmac, 11, bytes);
	hmac_sha256_update(&hmac, size, bytes);
	hmac_sha256_digest(&hmac, 5, bytes);
}

static void
primitive_aes256(void)
{
	guint8 bytes[MESSAGE + 20] = {0};
	guint8 counter[AES_BLOCK_SIZE] = {0};
	struct aes256_ctx aes;
	aes256_set_encrypt_key(&aes, bytes);
	ctr_crypt(&aes, (nettle_cipher_func *)aes256_encrypt, AES_BLOCK_SIZE, counter, sizeof bytes, bytes,
		  bytes);
}

static void
primitive_aes128(void)
{
	guint8 bytes[MESSAGE] = {0};
	guint8 counter[AES_BLOCK_SIZE] = {0};
	struct aes128_ctx aes;
	aes128_set_encrypt_key(&aes, bytes);
	ctr_crypt(&aes, (nettle_cipher_func *)aes128_encrypt, AES_BLOCK_SIZE, counter, sizeof bytes, bytes,
		  bytes);
}

/* HKDF-SHA256 of 48 bytes: one extraction and two blocks. */
static void
primitive_hkdf(void)
{
	primitive_hmac(32);
	primitive_hmac(1);
	primitive_hmac(33);
}

/* MGF1 over the seed and the data block, on each side. */
static void
primitive_mgf1(void)
{
	for (guint i = 0; i < (PIPIT_RSA_BITS / 8 - 21 + 19) / 20; i++)
		primitive_sha1(24);
	primitive_sha1(PIPIT_RSA_BITS / 8 - 21 + 4);
}

static void
pair_ec_seal_primitives(Bench *bench)
{
	primitive_generate();
	primitive_ecdh(bench);
	primitive_hkdf();
	primitive_aes256();
	primitive_sha256(128 + MESSAGE + 20);
	primitive_sign(bench, 32);
}

static void
pair_ec_open_primitives(Bench *bench)
{
	primitive_square_root();
	primitive_ecdh(bench);
	primitive_sha256(128 + MESSAGE + 20);
	primitive_verify(bench, 32);
	primitive_hkdf();
	primitive_aes256();
	primitive_sha256(32);
}

static void
pair_seal_primitives(Bench *bench)
{
	mpz_t out;
	primitive_hmac(MESSAGE + 65);
	primitive_aes128();
	primitive_mgf1();
	mpz_init(out);
	mpz_powm(out, bench->rsa_block, bench->rsa_public.e, bench->rsa_public.n);
	mpz_clear(out);
	primitive_sha1(PIPIT_RSA_BITS / 8 + MESSAGE - 100);
	primitive_sign(bench, 20);
}

static void
pair_open_primitives(Bench *bench)
{
	mpz_t out;
	primitive_sha1(PIPIT_RSA_BITS / 8 + MESSAGE - 100);
	primitive_verify(bench, 32);
	mpz_init(out);
	if (!rsa_compute_root_tr(&bench->rsa_public, &bench->rsa_private, NULL, pipit_random_nettle, out,
				 bench->rsa_block))
		g_error("nettle's RSA fails");
	mpz_clear(out);
	primitive_mgf1();
	primitive_aes128();
	primitive_hmac(MESSAGE + 65);
	primitive_sha256(PIPIT_RSA_BITS / 8);
}

/* Nanoseconds of @n calls. */
static gint64
time_of(Step step, Bench *bench, guint n)
{
	gint64 start = g_get_monotonic_time();
	for (guint i = 0; i < n; i++)
		step(bench);
	return (g_get_monotonic_time() - start) * 1000;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

static double
median(double *values, gsize n)
{
	qsort(values, n, sizeof *values, compare);
	return values[n / 2];
}

/* Both are measured in short batches by turns, so that what else the machine does meets both. */
static void
measure(Bench *bench, const char *what, Step whole, Step primitives)
{
	double whole_ms[BATCHES];
	double primitives_ms[BATCHES];
	double ratios[BATCHES];
	primitives(bench); /* a signature of the right kind, warm caches */
	guint n = (guint)(BATCH_NS / (time_of(whole, bench, 3) / 3 + 1)) + 1;
	for (gsize i = 0; i < BATCHES; i++) {
		whole_ms[i] = (double)time_of(whole, bench, n) / n / 1e6;
		primitives_ms[i] = (double)time_of(primitives, bench, n) / n / 1e6;
		ratios[i] = whole_ms[i] / primitives_ms[i];
	}
	printf("%s %.3f ms, primitives %.3f ms, ratio %.2f\n", what, median(whole_ms, BATCHES),
	       median(primitives_ms, BATCHES), median(ratios, BATCHES));
}

int
main(void)
{
	Bench bench = {0};
	bench_init(&bench);
	printf("per device, %u bytes of plaintext, RSA of %u bits, P-256 by %s against nettle's primitives "
	       "(aim: 1.15)\n",
	       MESSAGE, PIPIT_RSA_BITS, pipit_p256_backend());
	/* Opening first: the primitives of sealing leave a signature over 20 bytes of digest behind. */
	measure(&bench, "open pair-ec", pair_ec_open, pair_ec_open_primitives);
	measure(&bench, "open pair", pair_open, pair_open_primitives);
	measure(&bench, "seal pair-ec", pair_ec_seal, pair_ec_seal_primitives);
	measure(&bench, "seal pair", pair_seal, pair_seal_primitives);
	bench_clear(&bench);
	return 0;
}
