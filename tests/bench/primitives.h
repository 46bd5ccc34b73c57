/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The primitives that both formats are made of, by each library that has them, on the same keys: what sealing could cost. */
#pragma once

#include <glib.h>

#include "crypto/p256.h"
#include "crypto/rsa.h"

#define BENCH_MESSAGE 300 /* bytes, as a short message has after gzip */
#define BENCH_HASHED 448  /* bytes: what a pair-ec signature is over, about */

typedef enum {
	BENCH_GENERATE, /* a P-256 key pair */
	BENCH_ECDH,
	BENCH_SIGN,
	BENCH_VERIFY,
	BENCH_DECODE, /* a compact key: the root modulo p */
	BENCH_RSA_PUBLIC,
	BENCH_RSA_PRIVATE,
	BENCH_HKDF, /* 48 bytes */
	BENCH_AES128,
	BENCH_AES256,
	BENCH_SHA256,
	BENCH_HMAC,
	BENCH_SHA1,
	BENCH_MGF1, /* over the seed and the data block of an RSA key of 2048 bits */
	BENCH_N,
} BenchPrimitive;

/* What all libraries are given. */
typedef struct {
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 digest[32];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	PipitRsaPrivate *rsa;
	guint8 block[PIPIT_RSA_BITS / 8]; /* below the modulus */
} BenchKeys;

typedef struct {
	const char *name;
	void (*begin)(const BenchKeys *keys);
	void (*end)(void);
	void (*steps[BENCH_N])(void);
} BenchLibrary;

extern const BenchLibrary bench_nettle;
extern const BenchLibrary bench_gcrypt;
extern const BenchLibrary bench_openssl;
