/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time to seal and to open for one device, beside the primitives that the format can't do without: by nettle, which ours
 * calls, by libgcrypt and by OpenSSL's libcrypto. All are measured in one run, in short turns. */
#include <stdio.h>
#include <time.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "crypto/random.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/secret.h"
#include "tests/bench/primitives.h"

#define ROUNDS 31
#define TURN_NS 2000000

static const BenchLibrary *const libraries[] = {&bench_nettle, &bench_gcrypt, &bench_openssl};
enum {
	NETTLE,
	GCRYPT,
	OPENSSL,
	N_LIBRARIES
};

static const char *const names[BENCH_N] = {
	"P-256 key pair",  "P-256 ECDH",       "P-256 sign",  "P-256 verify", "compact key",
	"RSA-2048 public", "RSA-2048 private", "HKDF-SHA256", "AES-128",      "AES-256",
	"SHA-256",         "HMAC-SHA256",      "SHA-1",       "MGF1-SHA-1",
};

typedef struct {
	PipitDeviceSecrets *alice;
	PipitDeviceSecrets *bob;
	PipitPrekeySecret *prekey;
	PipitDevicePublic *alice_public;
	PipitDevicePublic *bob_public;
	GBytes *plaintext;
	GBytes *pair;
	GBytes *pair_ec;
	BenchKeys keys;
} Bench;

static Bench bench;

static void
require(GBytes *bytes)
{
	if (bytes == NULL)
		g_error("what was sealed here does not open");
	g_bytes_unref(bytes);
}

static void
seal_pair(void)
{
	require(pipit_pair_seal(bench.alice, bench.bob_public, bench.plaintext, NULL));
}

static void
open_pair(void)
{
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	require(pipit_pair_open(bench.bob, bench.alice_public, bench.pair, replay, NULL));
}

static void
seal_pair_ec(void)
{
	require(pipit_pair_ec_seal(bench.alice, bench.bob_public, 1, bench.plaintext, NULL));
}

static void
open_pair_ec(void)
{
	PipitPairEcOpened opened;
	require(pipit_pair_ec_open(bench.bob, &bench.prekey, 1, bench.alice_public, bench.pair_ec, &opened,
				   NULL));
}

/* What each operation is made of; pair's HMAC and pair-ec's HKDF are counted once however often they are called. */
static const struct {
	const char *name;
	void (*run)(void);
	BenchPrimitive parts[6];
} operations[] = {
	{"seal pair-ec",
	 seal_pair_ec,
	 {BENCH_GENERATE, BENCH_ECDH, BENCH_HKDF, BENCH_AES256, BENCH_SHA256, BENCH_SIGN}},
	{"open pair-ec",
	 open_pair_ec,
	 {BENCH_DECODE, BENCH_ECDH, BENCH_SHA256, BENCH_VERIFY, BENCH_HKDF, BENCH_AES256}},
	{"seal pair",
	 seal_pair,
	 {BENCH_HMAC, BENCH_AES128, BENCH_MGF1, BENCH_RSA_PUBLIC, BENCH_SHA1, BENCH_SIGN}},
	{"open pair",
	 open_pair,
	 {BENCH_SHA1, BENCH_VERIFY, BENCH_RSA_PRIVATE, BENCH_MGF1, BENCH_AES128, BENCH_HMAC}},
};

#define N_OPERATIONS G_N_ELEMENTS(operations)
#define N_STEPS (N_OPERATIONS + (gsize)BENCH_N * N_LIBRARIES)

static void
bench_init(void)
{
	guint8 message[BENCH_MESSAGE];
	BenchKeys *keys = &bench.keys;
	pipit_random(message, sizeof message);
	bench.alice = pipit_device_secrets_generate();
	bench.bob = pipit_device_secrets_generate();
	bench.prekey = pipit_prekey_secret_generate(1);
	bench.alice_public = pipit_device_public_of(bench.alice, NULL);
	bench.bob_public = pipit_device_public_of(bench.bob, bench.prekey);
	bench.plaintext = g_bytes_new(message, sizeof message);
	bench.pair = pipit_pair_seal(bench.alice, bench.bob_public, bench.plaintext, NULL);
	bench.pair_ec = pipit_pair_ec_seal(bench.alice, bench.bob_public, 1, bench.plaintext, NULL);

	char *pem = pipit_device_secrets_rsa_pem(bench.bob);
	keys->rsa = pipit_secret_new(sizeof *keys->rsa);
	if (!pipit_rsa_private_from_pem(keys->rsa, pem))
		g_error("the key that was made here is none");
	pipit_secret_string_free(pem);
	pipit_p256_generate(keys->scalar, keys->point);
	pipit_random(keys->digest, sizeof keys->digest);
	pipit_random(keys->block, sizeof keys->block);
	keys->block[0] = 0;
	pipit_p256_sign(keys->scalar, keys->digest, sizeof keys->digest, keys->signature);
	for (gsize i = 0; i < N_LIBRARIES; i++)
		libraries[i]->begin(keys);
}

static void
bench_clear(void)
{
	for (gsize i = 0; i < N_LIBRARIES; i++)
		libraries[i]->end();
	pipit_secret_free(bench.keys.rsa);
	g_bytes_unref(bench.pair_ec);
	g_bytes_unref(bench.pair);
	g_bytes_unref(bench.plaintext);
	pipit_device_public_unref(bench.bob_public);
	pipit_device_public_unref(bench.alice_public);
	pipit_prekey_secret_unref(bench.prekey);
	pipit_device_secrets_unref(bench.bob);
	pipit_device_secrets_unref(bench.alice);
}

typedef void (*Step)(void);

static Step
step_at(gsize i)
{
	if (i < N_OPERATIONS)
		return operations[i].run;
	i -= N_OPERATIONS;
	return libraries[i / BENCH_N]->steps[i % BENCH_N];
}

static gsize
index_of(gsize library, BenchPrimitive primitive)
{
	return N_OPERATIONS + library * BENCH_N + primitive;
}

/* Microseconds of this thread's own time: what else the machine does is nobody's cost here. */
static double
time_of(Step step, guint n)
{
	struct timespec start;
	struct timespec end;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	for (guint i = 0; i < n; i++)
		step();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / 1e3 / n;
}

/* The least time of each over all rounds: what disturbs only ever adds. Each round takes all of them, one short turn each. */
static void
measure(double least[static N_STEPS])
{
	guint turns[N_STEPS];
	for (gsize i = 0; i < N_STEPS; i++) {
		least[i] = time_of(step_at(i), 3);
		turns[i] = (guint)(TURN_NS / 1e3 / least[i]) + 1;
	}
	for (guint round = 0; round < ROUNDS; round++) {
		for (gsize i = 0; i < N_STEPS; i++)
			least[i] = MIN(least[i], time_of(step_at(i), turns[i]));
	}
}

static double
best_of(const double *least, BenchPrimitive primitive)
{
	double best = least[index_of(0, primitive)];
	for (gsize i = 1; i < N_LIBRARIES; i++)
		best = MIN(best, least[index_of(i, primitive)]);
	return best;
}

static double
sum_of(const double *least, gsize library, gsize operation)
{
	double sum = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(operations[operation].parts); i++)
		sum += least[index_of(library, operations[operation].parts[i])];
	return sum;
}

static double
floor_of(const double *least, gsize operation)
{
	double sum = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(operations[operation].parts); i++)
		sum += best_of(least, operations[operation].parts[i]);
	return sum;
}

static void
print_primitives(const double *least)
{
	printf("%-18s%12s%12s%12s   (µs)\n", "", libraries[NETTLE]->name, libraries[GCRYPT]->name,
	       libraries[OPENSSL]->name);
	for (BenchPrimitive i = 0; i < BENCH_N; i++)
		printf("%-18s%12.1f%12.1f%12.1f\n", names[i], least[index_of(NETTLE, i)],
		       least[index_of(GCRYPT, i)], least[index_of(OPENSSL, i)]);
}

static void
print_operations(const double *least)
{
	printf("\nper device, %u bytes of plaintext, RSA of %u bits, P-256 by %s (aim for pair-ec: 1.15 of "
	       "nettle's "
	       "primitives, 1.3 of OpenSSL's)\n",
	       BENCH_MESSAGE, PIPIT_RSA_BITS, pipit_p256_backend());
	for (gsize i = 0; i < N_OPERATIONS; i++) {
		double nettle = sum_of(least, NETTLE, i);
		double openssl = sum_of(least, OPENSSL, i);
		double best = floor_of(least, i);
		printf("%s %.1f µs: %.2f of nettle's primitives (%.1f), %.2f of OpenSSL's (%.1f), %.2f of "
		       "the best of "
		       "three (%.1f)\n",
		       operations[i].name, least[i], least[i] / nettle, nettle, least[i] / openssl, openssl,
		       least[i] / best, best);
	}
}

int
main(void)
{
	double least[N_STEPS];
	bench_init();
	measure(least);
	print_primitives(least);
	print_operations(least);
	bench_clear();
	return 0;
}
