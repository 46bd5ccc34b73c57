/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 30 digits are about 99 bits: enough that no second key with the same ones can be found, few enough to read out. */
#include "crypto/fingerprint.h"

#include <nettle/sha2.h>
#include <string.h>

#define PREFIX "PipitFingerprint1"
#define ROUNDS 5200 /* makes each guess of a look-alike key that many times dearer, and takes milliseconds */
#define GROUPS 6
#define GROUP_BYTES 5
#define GROUP_RANGE 100000

static void
fingerprint_hash(const guint8 key[static PIPIT_COMPACT_KEY_LEN], guint8 digest[static SHA256_DIGEST_SIZE])
{
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, strlen(PREFIX), (const guint8 *)PREFIX);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, key);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
	for (guint i = 1; i < ROUNDS; i++) {
		sha256_update(&hash, SHA256_DIGEST_SIZE, digest);
		sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, key);
		sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
	}
}

char *
pipit_fingerprint(const guint8 device_key[static PIPIT_COMPACT_KEY_LEN])
{
	guint8 digest[SHA256_DIGEST_SIZE];
	fingerprint_hash(device_key, digest);
	GString *digits = g_string_new(NULL);
	for (guint group = 0; group < GROUPS; group++) {
		guint64 number = 0;
		for (guint i = 0; i < GROUP_BYTES; i++)
			number = number << 8 | digest[group * GROUP_BYTES + i];
		g_string_append_printf(digits, "%s%05u", group == 0 ? "" : " ",
				       (guint)(number % GROUP_RANGE));
	}
	return g_string_free(digits, FALSE);
}
