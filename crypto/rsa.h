/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RSA as the `pair` format uses it: keys of 1280 to 4096 bits with e = 65537 that rest as bytes, and the raw operations.
 * Padding is crypto/oaep.h's, written forms are crypto/rsa_pkcs1.h's. */
#pragma once

#include <glib.h>

#define PIPIT_RSA_BITS 2048     /* what we generate */
#define PIPIT_RSA_MIN_BITS 1280 /* what we accept */
#define PIPIT_RSA_MAX_BITS 4096
#define PIPIT_RSA_MAX_LEN (PIPIT_RSA_MAX_BITS / 8)
#define PIPIT_RSA_PRIME_LEN (PIPIT_RSA_MAX_LEN / 2)
#define PIPIT_RSA_EXPONENT 65537

/* Made by the functions below or in crypto/rsa_pkcs1.h alone: the operations rely on its checks. */
typedef struct {
	gsize size;                        /* bytes of the modulus */
	guint8 modulus[PIPIT_RSA_MAX_LEN]; /* the first @size bytes */
} PipitRsaPublic;

/* Belongs in pipit_secret_new() memory. Each number is right-aligned in its field. */
typedef struct {
	PipitRsaPublic public_half;
	guint8 d[PIPIT_RSA_MAX_LEN];
	guint8 p[PIPIT_RSA_PRIME_LEN];
	guint8 q[PIPIT_RSA_PRIME_LEN];
	guint8 dp[PIPIT_RSA_PRIME_LEN];
	guint8 dq[PIPIT_RSA_PRIME_LEN];
	guint8 qinv[PIPIT_RSA_PRIME_LEN];
} PipitRsaPrivate;

/** Generates a key of @bits bits. Takes up to seconds. */
void pipit_rsa_generate(PipitRsaPrivate *key, guint bits);

/** TRUE if the @size bytes (no leading zero) are a modulus we accept; fills in @key. */
gboolean pipit_rsa_public_set(PipitRsaPublic *key, const guint8 *modulus, gsize size);

/** TRUE if all the numbers of @key belong together (RFC 8017, section 3.2) and both primes are odd. */
gboolean pipit_rsa_private_valid(const PipitRsaPrivate *key);

/** @out = @in ^ e mod n, both key->size bytes; FALSE if @in >= n. */
gboolean pipit_rsa_public_raw(const PipitRsaPublic *key, const guint8 *in, guint8 *out);

/**
 * @out = @in ^ d mod n, both as long as the modulus; blinded, and the result checked against a faulty computation.
 * Returns: FALSE if @in >= n or the check fails. Wipe @out after use.
 */
gboolean pipit_rsa_private_raw(const PipitRsaPrivate *key, const guint8 *in, guint8 *out);
