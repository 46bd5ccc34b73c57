/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P-256 keys in each of the forms that Wycheproof's ECDH files have them in. */
#pragma once

#include "crypto/p256.h"
#include "tests/crypto/vectors.h"

typedef enum {
	VECTOR_ENCODING_POINT, /* SEC 1, and the scalar, in hexadecimal digits */
	VECTOR_ENCODING_SPKI,  /* DER SubjectPublicKeyInfo, and the scalar, in hexadecimal digits */
	VECTOR_ENCODING_PEM,   /* SubjectPublicKeyInfo; PKCS #8, or SEC 1 ("EC PRIVATE KEY") */
	VECTOR_ENCODING_JWK,   /* objects */
	VECTOR_ENCODING_OTHER,
} VectorEncoding;

/** @name: a group's "encoding". */
VectorEncoding vector_encoding_parse(const char *name);

/** TRUE for each name that P-256 goes by in these files. */
gboolean vector_is_p256(const char *curve);

/** Returns: (transfer full) the point in the member "public", whatever it has for one; NULL if that is no key for P-256. */
GBytes *vector_key_public(JsonObject *test, VectorEncoding encoding);

/** Reads the scalar in the member "private", in range or not; FALSE if that is no key for P-256. */
gboolean vector_key_private(JsonObject *test, VectorEncoding encoding,
			    guint8 scalar[static PIPIT_P256_SCALAR_LEN]);
