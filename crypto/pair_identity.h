/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The public half of a device's `pair` keys, its directory blob and its hash (docs/sealed-messages.md, "Pair
 * identity"). */
#pragma once

#include <glib.h>

#include "crypto/keys_error.h"
#include "crypto/p256.h"
#include "crypto/rsa.h"

#define PIPIT_PAIR_IDENTITY_HASH_LEN 32

typedef struct {
	guint8 signing[PIPIT_P256_POINT_LEN]; /* on the curve */
	PipitRsaPublic rsa;
	guint8 hash[PIPIT_PAIR_IDENTITY_HASH_LEN]; /* SHA-256(sig || enc) */
} PipitPairIdentity;

/** Puts @signing (a point on the curve) and @rsa together and computes the hash. */
void pipit_pair_identity_set(PipitPairIdentity *identity, const guint8 signing[static PIPIT_P256_POINT_LEN],
			     const PipitRsaPublic *rsa);

/** Reads a directory blob strictly; FALSE with PIPIT_KEYS_ERROR_INVALID if a byte of it is not as it must be. */
gboolean pipit_pair_identity_decode(PipitPairIdentity *identity, GBytes *blob, GError **error);

/** Returns: (transfer full) the directory blob. */
GBytes *pipit_pair_identity_encode(const PipitPairIdentity *identity);
