/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs what touches secrets with the secrets marked undefined: under valgrind, memcheck then reports each branch and each
 * address that depends on one. test_secret_timing.py runs it; what may be reported is in secret_timing.supp. */
#include <string.h>
#include <valgrind/memcheck.h>

#include "crypto/compact_key.h"
#include "crypto/oaep.h"
#include "crypto/p256.h"
#include "crypto/random.h"
#include "crypto/secret.h"

#define HIDE(secret) ((void)VALGRIND_MAKE_MEM_UNDEFINED(&(secret), sizeof(secret)))
#define SHOW(output) ((void)VALGRIND_MAKE_MEM_DEFINED(&(output), sizeof(output)))

/* These two stand in for crypto/random.c, so that nonces and fresh keys are secrets as well. */
void
pipit_random(gpointer buffer, gsize size)
{
	static guint32 state = 1;
	guint8 *bytes = buffer;
	for (gsize i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (guint8)(state >> 24);
	}
	(void)VALGRIND_MAKE_MEM_UNDEFINED(buffer, size);
}

void
pipit_random_nettle(G_GNUC_UNUSED void *context, size_t size, uint8_t *buffer)
{
	pipit_random(buffer, size);
}

static void
check_oaep(guint8 first, gsize flipped)
{
	guint8 block[256];
	const guint8 *message = NULL;
	pipit_oaep_encode((const guint8 *)"message", 7, "", 0, block, sizeof block);
	block[0] = first;
	block[flipped] ^= flipped != 0;
	HIDE(block);
	gssize size = pipit_oaep_decode(block, sizeof block, "", 0, &message);
	SHOW(size);
	gboolean whole = first == 0 && flipped == 0;
	g_assert_true(size == (whole ? 7 : -1));
}

static void
check_equal(void)
{
	guint8 tag[5] = {1, 2, 3, 4, 5};
	guint8 other[5] = {1, 2, 9, 4, 5};
	HIDE(tag);
	HIDE(other);
	gboolean equal = pipit_equal_constant_time(tag, other, sizeof tag);
	SHOW(equal);
	g_assert_false(equal);
}

static void
check_p256(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 shared[PIPIT_P256_COORDINATE_LEN];
	guint8 digest[32] = {7};
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	pipit_p256_generate(scalar, point);
	SHOW(point);
	g_assert_true(pipit_p256_point_valid(point));
	HIDE(scalar);
	g_assert_true(pipit_p256_ecdh(scalar, point, shared));
	g_assert_true(pipit_p256_sign(scalar, digest, sizeof digest, signature));
	SHOW(signature);
	g_assert_true(pipit_p256_verify(point, digest, sizeof digest, signature));
	pipit_p256_negate(scalar);
}

static void
check_compact_key(void)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	pipit_compact_key_generate(scalar, key);
	SHOW(key);
	guint8 point[PIPIT_P256_POINT_LEN];
	g_assert_true(pipit_p256_decompress(key, point));
}

/* A branch that depends on a secret, which must be reported: otherwise nothing here means anything. */
static int
leak(void)
{
	static volatile int taken;
	guint8 secret = 1;
	HIDE(secret);
	if (secret != 0)
		taken = 1;
	return taken;
}

int
main(int argc, char **argv)
{
	if (RUNNING_ON_VALGRIND == 0)
		g_error("this means nothing outside of valgrind");
	if (argc > 1 && strcmp(argv[1], "leak") == 0)
		return leak() == 1 ? 0 : 1;
	check_oaep(0, 0);
	check_oaep(1, 0);
	check_oaep(0, 5);
	check_oaep(0, 200);
	check_equal();
	for (guint i = 0; i < 4; i++) {
		check_p256();
		check_compact_key();
	}
	g_print("checked with P-256 by %s\n", pipit_p256_backend());
	return 0;
}
