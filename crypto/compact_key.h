/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P-256 keys in 32 bytes: the X coordinate alone stands for the point with the smaller Y (docs/sealed-messages.md,
 * "Compact keys"). Decoding one is pipit_p256_decompress(). */
#pragma once

#include <glib.h>

#include "crypto/p256.h"

#define PIPIT_COMPACT_KEY_LEN 32

/** Draws a key pair whose public half has a compact form. Wipe @scalar after use. FALSE if the library fails. */
gboolean pipit_compact_key_generate(guint8 scalar[static PIPIT_P256_SCALAR_LEN],
				    guint8 key[static PIPIT_COMPACT_KEY_LEN]);

/**
 * Computes the compact public key of @scalar. Where its Y is the larger one, @scalar is replaced by n - @scalar, the
 * private half of what the compact form decodes to.
 * Returns: FALSE if @scalar is not in 1 .. n-1.
 */
gboolean pipit_compact_key_of(guint8 scalar[static PIPIT_P256_SCALAR_LEN],
			      guint8 key[static PIPIT_COMPACT_KEY_LEN]);
