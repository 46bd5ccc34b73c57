/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own OAEP, since libraries' either leak where the padding broke or take what RFC 8017 refuses. */
#include "crypto/oaep.h"

#include <nettle/sha1.h>
#include <string.h>

#include "crypto/random.h"
#include "crypto/secret.h"

G_STATIC_ASSERT(PIPIT_OAEP_HASH_LEN == SHA1_DIGEST_SIZE);

static void
hash(gconstpointer bytes, gsize size, guint8 digest[static PIPIT_OAEP_HASH_LEN])
{
	struct sha1_ctx context;
	sha1_init(&context);
	sha1_update(&context, size, bytes);
	sha1_digest(&context, PIPIT_OAEP_HASH_LEN, digest);
}

/* XORs the MGF1 mask of @seed over @target (RFC 8017, appendix B.2.1). */
static void
mask(const guint8 *seed, gsize seed_size, guint8 *target, gsize target_size)
{
	guint8 digest[PIPIT_OAEP_HASH_LEN];
	struct sha1_ctx context;
	sha1_init(&context);
	for (guint32 i = 0; target_size > 0; i++) {
		guint8 counter[] = {(guint8)(i >> 24), (guint8)(i >> 16), (guint8)(i >> 8), (guint8)i};
		gsize part = MIN(target_size, sizeof digest);
		sha1_update(&context, seed_size, seed);
		sha1_update(&context, sizeof counter, counter);
		sha1_digest(&context, sizeof digest, digest);
		for (gsize j = 0; j < part; j++)
			target[j] ^= digest[j];
		target += part;
		target_size -= part;
	}
	pipit_wipe(digest, sizeof digest);
	pipit_wipe(&context, sizeof context);
}

void
pipit_oaep_encode(const guint8 *message, gsize size, gconstpointer label, gsize label_size, guint8 *block,
		  gsize block_size)
{
	g_assert(block_size >= PIPIT_OAEP_OVERHEAD && size <= block_size - PIPIT_OAEP_OVERHEAD);
	guint8 *seed = block + 1;
	guint8 *masked = seed + PIPIT_OAEP_HASH_LEN;
	gsize masked_size = block_size - 1 - PIPIT_OAEP_HASH_LEN;
	block[0] = 0;
	pipit_random(seed, PIPIT_OAEP_HASH_LEN);
	hash(label, label_size, masked);
	memset(masked + PIPIT_OAEP_HASH_LEN, 0, masked_size - PIPIT_OAEP_HASH_LEN);
	masked[masked_size - size - 1] = 1;
	if (size > 0)
		memcpy(masked + masked_size - size, message, size);
	mask(seed, PIPIT_OAEP_HASH_LEN, masked, masked_size);
	mask(masked, masked_size, seed, PIPIT_OAEP_HASH_LEN);
}

/* All ones if @x is zero, else zero, without a branch. */
static guint
zero_mask(guint x)
{
	return (((x | (0U - x)) >> (8 * sizeof x - 1)) & 1U) - 1U;
}

/* Looks for zeros and a one behind the label's hash. Returns: the index behind the one; @bad gets bits set otherwise. */
static gsize
find_message(const guint8 *unmasked, gsize size, guint *bad)
{
	guint looking = ~0U;
	guint found = 0;
	for (gsize i = PIPIT_OAEP_HASH_LEN; i < size; i++) {
		guint is_zero = zero_mask(unmasked[i]);
		guint is_one = zero_mask(unmasked[i] ^ 1U);
		found |= looking & is_one & (guint)(i + 1);
		*bad |= looking & ~is_zero & ~is_one;
		looking &= ~is_one;
	}
	*bad |= looking;
	return found;
}

gssize
pipit_oaep_decode(guint8 *block, gsize block_size, gconstpointer label, gsize label_size,
		  const guint8 **message)
{
	if (block_size < PIPIT_OAEP_OVERHEAD)
		return -1;
	guint8 *seed = block + 1;
	guint8 *masked = seed + PIPIT_OAEP_HASH_LEN;
	gsize masked_size = block_size - 1 - PIPIT_OAEP_HASH_LEN;
	guint8 expected[PIPIT_OAEP_HASH_LEN];
	mask(masked, masked_size, seed, PIPIT_OAEP_HASH_LEN);
	mask(seed, PIPIT_OAEP_HASH_LEN, masked, masked_size);
	hash(label, label_size, expected);

	guint bad = block[0];
	for (gsize i = 0; i < sizeof expected; i++)
		bad |= (guint)(masked[i] ^ expected[i]);
	gsize start = find_message(masked, masked_size, &bad);
	*message = masked + start;
	/* The size, or all ones: even the verdict is not branched on here. */
	gsize refused = (gsize)(~zero_mask(bad) & 1);
	return (gssize)((masked_size - start) | (0 - refused));
}

void
pipit_oaep_encrypt(const PipitRsaPublic *key, const guint8 *message, gsize size, gconstpointer label,
		   gsize label_size, guint8 *block)
{
	guint8 padded[PIPIT_RSA_MAX_LEN];
	pipit_oaep_encode(message, size, label, label_size, padded, key->size);
	if (!pipit_rsa_public_raw(key, padded, block))
		g_assert_not_reached(); /* the first byte is zero, so it is less than n */
	pipit_wipe(padded, sizeof padded);
}

gssize
pipit_oaep_decrypt(const PipitRsaPrivate *key, const guint8 *block, gsize block_size, gconstpointer label,
		   gsize label_size, guint8 *message)
{
	guint8 padded[PIPIT_RSA_MAX_LEN];
	const guint8 *inside = NULL;
	gssize size = -1;
	if (block_size == key->public_half.size && pipit_rsa_private_raw(key, block, padded))
		size = pipit_oaep_decode(padded, block_size, label, label_size, &inside);
	if (size > 0)
		memcpy(message, inside, (gsize)size);
	pipit_wipe(padded, sizeof padded);
	return size;
}
