/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RSAES-OAEP (RFC 8017, section 7.1) with SHA-1 and MGF1-SHA-1: SHA-1 is the format's choice, and OAEP does not
 * rely on its collision resistance. */
#pragma once

#include <glib.h>

#include "crypto/rsa.h"

#define PIPIT_OAEP_HASH_LEN 20
#define PIPIT_OAEP_OVERHEAD (2 * PIPIT_OAEP_HASH_LEN + 2)

/**
 * Pads @message into a @block_size byte encoded message.
 * @size: at most @block_size - PIPIT_OAEP_OVERHEAD.
 */
void pipit_oaep_encode(const guint8 *message, gsize size, gconstpointer label, gsize label_size,
		       guint8 *block, gsize block_size);

/**
 * Takes the padding off, in time that depends on nothing but the sizes until all of it was checked (Manger's attack).
 * @block: the encoded message of @block_size bytes; overwritten. Wipe it after use.
 * @message: (out) points into @block.
 * Returns: the size of the message, or -1: one answer for whatever is wrong.
 */
gssize pipit_oaep_decode(guint8 *block, gsize block_size, gconstpointer label, gsize label_size,
			 const guint8 **message);

/**
 * Pads @message and encrypts it for @key.
 * @size: at most key->size - PIPIT_OAEP_OVERHEAD. @block: room for key->size bytes.
 */
void pipit_oaep_encrypt(const PipitRsaPublic *key, const guint8 *message, gsize size, gconstpointer label,
			gsize label_size, guint8 *block);

/**
 * Decrypts @block, which must have exactly the size of the modulus and stand for a number below it.
 * @message: room for as many bytes; on success its first bytes are the message. Wipe it after use.
 * Returns: the size of the message, or -1: one answer for whatever is wrong.
 */
gssize pipit_oaep_decrypt(const PipitRsaPrivate *key, const guint8 *block, gsize block_size,
			  gconstpointer label, gsize label_size, guint8 *message);
