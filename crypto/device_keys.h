/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of one device (docs/sealed-messages.md, "Identities of a device"): its own, and what others see of them. */
#pragma once

#include <glib.h>

#include "crypto/p256.h"

#define PIPIT_COMPACT_KEY_LEN 32
#define PIPIT_RSA_BITS 2048     /* what we generate */
#define PIPIT_RSA_MIN_BITS 1280 /* what we accept */
#define PIPIT_RSA_MAX_BITS 4096

#define PIPIT_KEYS_ERROR (pipit_keys_error_quark())
GQuark pipit_keys_error_quark(void);

typedef enum {
	PIPIT_KEYS_ERROR_INVALID,   /* not the bytes of such a key: wrong form, size, point or exponent */
	PIPIT_KEYS_ERROR_SIGNATURE, /* a prekey record whose signature does not verify */
} PipitKeysError;

/* The three keys that live as long as the device: the pair signing key, the RSA key and the compact device key.
 * In locked memory, immutable, reference counted (atomically: workers may hold one). */
typedef struct PipitDeviceSecrets PipitDeviceSecrets;

/* One prekey with its private half. Immutable, reference counted (atomically). */
typedef struct PipitPrekeySecret PipitPrekeySecret;

/* A device as the directory shows it, checked. Immutable, reference counted (atomically). */
typedef struct PipitDevicePublic PipitDevicePublic;

/** Generates a device's keys. Takes up to seconds (RSA): never call it on a client's main loop. */
PipitDeviceSecrets *pipit_device_secrets_generate(void);
PipitDeviceSecrets *pipit_device_secrets_ref(PipitDeviceSecrets *secrets);
void pipit_device_secrets_unref(PipitDeviceSecrets *secrets);

/**
 * Makes a device's secrets from private keys that came from elsewhere.
 * @pair_rsa_pem: PKCS#1 "RSA PRIVATE KEY", 1280 to 4096 bits, e = 65537, checked for consistency.
 * @device: any scalar in 1 .. n-1; one whose public Y is the larger is accepted and negated.
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

/** Signs SHA-256(@message) with the compact device key, raw r || s. Used for prekeys and requests. */
void pipit_device_secrets_sign(const PipitDeviceSecrets *secrets, gconstpointer message, gsize size,
                               guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

/** Returns: (transfer none) the compact public device key. */
const guint8 *pipit_device_secrets_device_key(const PipitDeviceSecrets *secrets);

/** Returns: (transfer full) the directory blob of the pair identity. */
GBytes *pipit_device_secrets_pair_identity(const PipitDeviceSecrets *secrets);

/** Generates a prekey; @timestamp is Unix seconds. */
PipitPrekeySecret *pipit_prekey_secret_generate(double timestamp);
PipitPrekeySecret *pipit_prekey_secret_new(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], double timestamp,
                                           GError **error);
PipitPrekeySecret *pipit_prekey_secret_ref(PipitPrekeySecret *prekey);
void pipit_prekey_secret_unref(PipitPrekeySecret *prekey);
void pipit_prekey_secret_scalar(const PipitPrekeySecret *prekey, guint8 scalar[static PIPIT_P256_SCALAR_LEN]);
const guint8 *pipit_prekey_secret_key(const PipitPrekeySecret *prekey); /* compact, 32 bytes */
double pipit_prekey_secret_timestamp(const PipitPrekeySecret *prekey);

/** Returns: (transfer full) the prekey record that the directory shows, signed by @secrets' device key. */
GBytes *pipit_prekey_record_new(const PipitPrekeySecret *prekey, const PipitDeviceSecrets *secrets);

/**
 * Checks everything that a directory (or anybody) says of a device.
 * @pair_identity: the directory blob. @device_key: 32 bytes. @prekey_record: NULL for a device without one.
 * Returns: (transfer full) NULL with PIPIT_KEYS_ERROR if any part is not acceptable.
 */
PipitDevicePublic *pipit_device_public_new(GBytes *pair_identity, GBytes *device_key, GBytes *prekey_record,
                                           GError **error);

PipitDevicePublic *pipit_device_public_ref(PipitDevicePublic *device);
void pipit_device_public_unref(PipitDevicePublic *device);

/** What others see of @secrets, with @prekey if there is one. */
PipitDevicePublic *pipit_device_public_of(const PipitDeviceSecrets *secrets, const PipitPrekeySecret *prekey);

gboolean pipit_device_public_has_prekey(const PipitDevicePublic *device);
const guint8 *pipit_device_public_device_key(const PipitDevicePublic *device);     /* compact, 32 bytes */
const guint8 *pipit_device_public_prekey(const PipitDevicePublic *device);         /* compact, 32 bytes, or NULL */
double pipit_device_public_prekey_timestamp(const PipitDevicePublic *device);      /* Unix seconds, 0 without one */
const guint8 *pipit_device_public_pair_signing(const PipitDevicePublic *device);   /* 65-byte point */
const guint8 *pipit_device_public_identity_hash(const PipitDevicePublic *device);  /* SHA-256(sig || enc) */

/** Verifies what pipit_device_secrets_sign() made. */
gboolean pipit_device_public_verify(const PipitDevicePublic *device, gconstpointer message, gsize size,
                                    const guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDeviceSecrets, pipit_device_secrets_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitPrekeySecret, pipit_prekey_secret_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDevicePublic, pipit_device_public_unref)
