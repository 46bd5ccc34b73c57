/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/random.h"
#include "crypto/rsa.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/secret.h"
#include "tests/crypto/kept.h"

static PipitRsaPrivate *
load(const char *name)
{
	PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
	g_autofree char *pem = kept_private_string(name, "pair_rsa");
	g_assert_true(pipit_rsa_private_from_pem(key, pem));
	return key;
}

static void
check_raw(const char *name, gsize size)
{
	guint8 in[PIPIT_RSA_MAX_LEN];
	guint8 out[PIPIT_RSA_MAX_LEN];
	guint8 back[PIPIT_RSA_MAX_LEN];
	PipitRsaPrivate *key = load(name);
	g_assert_cmpuint(key->public_half.size, ==, size);
	pipit_random(in, size);
	in[0] = 0;
	g_assert_true(pipit_rsa_public_raw(&key->public_half, in, out));
	g_assert_true(pipit_rsa_private_raw(key, out, back));
	kept_assert_equal(back, size, in, size);
	memset(in, 0, size); /* 0 and 1 go to themselves */
	g_assert_true(pipit_rsa_private_raw(key, in, back));
	kept_assert_equal(back, size, in, size);
	in[size - 1] = 1;
	g_assert_true(pipit_rsa_private_raw(key, in, back));
	kept_assert_equal(back, size, in, size);
	pipit_secret_free(key);
}

static void
test_raw(void)
{
	check_raw("rsa1280", 160);
	check_raw("rsa2048", 256);
	check_raw("rsa4096", 512);
}

static void
test_range_is_checked_first(void)
{
	guint8 in[PIPIT_RSA_MAX_LEN];
	guint8 out[PIPIT_RSA_MAX_LEN];
	PipitRsaPrivate *key = load("rsa1280");
	gsize size = key->public_half.size;
	memcpy(in, key->public_half.modulus, size); /* n */
	g_assert_false(pipit_rsa_private_raw(key, in, out));
	g_assert_false(pipit_rsa_public_raw(&key->public_half, in, out));
	in[size - 1]--; /* n - 1; n is odd */
	g_assert_true(pipit_rsa_private_raw(key, in, out));
	g_assert_true(pipit_rsa_public_raw(&key->public_half, in, out));
	memset(in, 0xff, size);
	g_assert_false(pipit_rsa_private_raw(key, in, out));
	g_assert_false(pipit_rsa_public_raw(&key->public_half, in, out));
	pipit_secret_free(key);
}

static void
test_faulty_computation_is_noticed(void)
{
	guint8 in[PIPIT_RSA_MAX_LEN] = {0};
	guint8 out[PIPIT_RSA_MAX_LEN];
	PipitRsaPrivate *key = load("rsa1280");
	in[100] = 7;
	key->dp[sizeof key->dp - 1] ^= 2;
	g_assert_false(pipit_rsa_private_raw(key, in, out));
	pipit_secret_free(key);
}

static void
check_generated(guint bits)
{
	PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
	guint8 in[PIPIT_RSA_MAX_LEN] = {0};
	guint8 out[PIPIT_RSA_MAX_LEN];
	guint8 back[PIPIT_RSA_MAX_LEN];
	pipit_rsa_generate(key, bits);
	g_assert_true(pipit_rsa_private_valid(key));
	g_assert_cmpuint(key->public_half.size, ==, (bits + 7) / 8);
	in[key->public_half.size - 1] = 42;
	g_assert_true(pipit_rsa_public_raw(&key->public_half, in, out));
	g_assert_true(pipit_rsa_private_raw(key, out, back));
	kept_assert_equal(back, key->public_half.size, in, key->public_half.size);
	pipit_secret_free(key);
}

static void
test_generate(void)
{
	check_generated(PIPIT_RSA_MIN_BITS);
	check_generated(PIPIT_RSA_BITS);
}

static gboolean
modulus_accepted(guint bits, guint8 last)
{
	PipitRsaPublic key;
	guint8 modulus[PIPIT_RSA_MAX_LEN + 1] = {0};
	gsize size = (bits + 7) / 8;
	modulus[0] = (guint8)(1 << (bits - 1) % 8);
	modulus[size - 1] |= last;
	return pipit_rsa_public_set(&key, modulus, size);
}

static void
test_sizes(void)
{
	g_assert_false(modulus_accepted(1024, 1));
	g_assert_false(modulus_accepted(1279, 1));
	g_assert_true(modulus_accepted(1280, 1));
	g_assert_true(modulus_accepted(1281, 1));
	g_assert_true(modulus_accepted(4096, 1));
	g_assert_false(modulus_accepted(4097, 1));
	g_assert_false(modulus_accepted(2048, 2)); /* even */
	PipitRsaPublic key;
	g_assert_false(pipit_rsa_public_set(&key, (const guint8 *)"", 0));
	guint8 padded[PIPIT_RSA_MAX_LEN] = {[1] = 0x80, [PIPIT_RSA_MAX_LEN - 1] = 1};
	g_assert_false(pipit_rsa_public_set(&key, padded, sizeof padded));
}

/* Each number of a private key is changed in turn. */
static void
test_private_numbers_must_belong_together(void)
{
	PipitRsaPrivate *key = load("rsa1280");
	struct {
		guint8 *number;
		gsize size;
	} numbers[] = {
		{key->public_half.modulus, key->public_half.size},
		{key->d, sizeof key->d},
		{key->p, sizeof key->p},
		{key->q, sizeof key->q},
		{key->dp, sizeof key->dp},
		{key->dq, sizeof key->dq},
		{key->qinv, sizeof key->qinv},
	};
	g_assert_true(pipit_rsa_private_valid(key));
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		guint8 *changed = &numbers[i].number[numbers[i].size - 2];
		*changed ^= 4;
		g_assert_false(pipit_rsa_private_valid(key));
		*changed ^= 4;
		g_autofree guint8 *kept = g_memdup2(numbers[i].number, numbers[i].size);
		memset(numbers[i].number, 0, numbers[i].size);
		g_assert_false(pipit_rsa_private_valid(key));
		memcpy(numbers[i].number, kept, numbers[i].size);
	}
	g_assert_true(pipit_rsa_private_valid(key));
	pipit_secret_free(key);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rsa/raw", test_raw);
	g_test_add_func("/rsa/range-is-checked-first", test_range_is_checked_first);
	g_test_add_func("/rsa/faulty-computation-is-noticed", test_faulty_computation_is_noticed);
	g_test_add_func("/rsa/generate", test_generate);
	g_test_add_func("/rsa/sizes", test_sizes);
	g_test_add_func("/rsa/private-numbers-must-belong-together",
			test_private_numbers_must_belong_together);
	return g_test_run();
}
