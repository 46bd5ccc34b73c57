/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The written forms of RSA keys (PKCS#1, RFC 8017, appendix A.1), read strictly. */
#pragma once

#include <glib.h>

#include "crypto/rsa.h"

#define PIPIT_RSA_PUBLIC_DER_MAX (PIPIT_RSA_MAX_LEN + 16)

/** Writes the RSAPublicKey of @key. Returns: its size. */
gsize pipit_rsa_public_to_der(const PipitRsaPublic *key, guint8 der[static PIPIT_RSA_PUBLIC_DER_MAX]);

/** Reads an RSAPublicKey of exactly @size bytes; FALSE if it is malformed or no key we accept. */
gboolean pipit_rsa_public_from_der(PipitRsaPublic *key, const guint8 *der, gsize size);

/** Returns: (transfer full) the key as PEM, "RSA PRIVATE KEY"; free with pipit_secret_string_free(). */
char *pipit_rsa_private_to_pem(const PipitRsaPrivate *key);

/**
 * Reads a PEM "RSA PRIVATE KEY", alone but for white space around it, not encrypted; FALSE if it is malformed or no
 * key we accept. @key: in pipit_secret_new() memory; not to be used after FALSE.
 */
gboolean pipit_rsa_private_from_pem(PipitRsaPrivate *key, const char *pem);
