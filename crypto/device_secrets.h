/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The three keys that live as long as a device does, private halves and all: the pair signing key, the RSA key and the
 * compact device key. */
#pragma once

#include <glib.h>

#include "crypto/compact_key.h"
#include "crypto/keys_error.h"
#include "crypto/p256.h"
#include "crypto/pair_identity.h"

/* Private halves in locked memory; immutable, reference counted (atomically: workers may hold one). */
typedef struct PipitDeviceSecrets PipitDeviceSecrets;

/** Generates a device's keys. Takes up to seconds (RSA): never call it on a client's main loop. */
PipitDeviceSecrets *pipit_device_secrets_generate(void);
PipitDeviceSecrets *pipit_device_secrets_ref(PipitDeviceSecrets *secrets);
void pipit_device_secrets_unref(PipitDeviceSecrets *secrets);

/**
 * Makes a device's secrets from private keys that came from elsewhere.
 * @pair_rsa_pem: PKCS#1 "RSA PRIVATE KEY", 1280 to 4096 bits, e = 65537, checked for consistency.
 * @device: any scalar in 1 .. n-1; one whose public Y is the larger is accepted and negated.
 * Returns: (transfer full) NULL with PIPIT_KEYS_ERROR_INVALID if any of the three is not such a key.
 */
PipitDeviceSecrets *pipit_device_secrets_new(const guint8 pair_signing[static PIPIT_P256_SCALAR_LEN],
					     const guint8 device[static PIPIT_P256_SCALAR_LEN],
					     const char *pair_rsa_pem, GError **error);

/** Copies the private scalars out (for a key file). Wipe them after use. */
void pipit_device_secrets_scalars(const PipitDeviceSecrets *secrets,
				  guint8 pair_signing[static PIPIT_P256_SCALAR_LEN],
				  guint8 device[static PIPIT_P256_SCALAR_LEN]);

/** Returns: (transfer full) the RSA key as PKCS#1 PEM; free with pipit_secret_string_free(). */
char *pipit_device_secrets_rsa_pem(const PipitDeviceSecrets *secrets);

/** Signs SHA-256(@message) with the compact device key, raw r || s. Used for requests. Aborts if the library behind
 * crypto/p256.h fails, as g_malloc() does. */
void pipit_device_secrets_sign(const PipitDeviceSecrets *secrets, gconstpointer message, gsize size,
			       guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

/** Signs a SHA-256 digest with the compact device key, raw r || s. FALSE if the library behind crypto/p256.h fails. */
gboolean pipit_device_secrets_sign_digest(const PipitDeviceSecrets *secrets, const guint8 digest[static 32],
					  guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

/** Signs a SHA-1 digest with the pair signing key, raw r || s. FALSE if the library behind crypto/p256.h fails. */
gboolean pipit_device_secrets_pair_sign_digest(const PipitDeviceSecrets *secrets,
					       const guint8 digest[static 20],
					       guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

/** Returns: the size of the RSA modulus in bytes, which is that of every RSA block for this device. */
gsize pipit_device_secrets_rsa_size(const PipitDeviceSecrets *secrets);

/**
 * RSAES-OAEP decryption with the RSA key (SHA-1, empty label).
 * @block: pipit_device_secrets_rsa_size() bytes.
 * @message: room for as many bytes; holds what was decrypted on success. Wipe it after use.
 * Returns: the size of the message, or -1: one answer for whatever is wrong with @block.
 */
gssize pipit_device_secrets_rsa_decrypt(const PipitDeviceSecrets *secrets, const guint8 *block,
					guint8 *message);

/** Returns: (transfer none) the compact public device key, 32 bytes. */
const guint8 *pipit_device_secrets_device_key(const PipitDeviceSecrets *secrets);

/** Returns: (transfer none) what others see of the pair keys. */
const PipitPairIdentity *pipit_device_secrets_identity(const PipitDeviceSecrets *secrets);

/** Returns: (transfer full) the directory blob of the pair identity. */
GBytes *pipit_device_secrets_pair_identity(const PipitDeviceSecrets *secrets);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDeviceSecrets, pipit_device_secrets_unref)
