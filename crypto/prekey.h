/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prekeys: the P-256 keys that a device replaces every week, and the signed record by which the directory shows one
 * (docs/sealed-messages.md, "Prekey record"). */
#pragma once

#include <glib.h>

#include "crypto/compact_key.h"
#include "crypto/device_secrets.h"
#include "crypto/keys_error.h"

/* One prekey with its private half. Immutable, reference counted (atomically). */
typedef struct PipitPrekeySecret PipitPrekeySecret;

/* What a record says, after its signature was checked. */
typedef struct {
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	guint8 point[PIPIT_P256_POINT_LEN]; /* the same, decoded */
	double timestamp;                   /* Unix seconds, finite */
} PipitPrekey;

/** Generates a prekey; @timestamp is Unix seconds. */
PipitPrekeySecret *pipit_prekey_secret_generate(double timestamp);

/**
 * Makes a prekey from a private scalar in 1 .. n-1; one whose public Y is the larger is accepted and negated.
 * Returns: (transfer full) NULL with PIPIT_KEYS_ERROR_INVALID for another scalar or a @timestamp that is not finite.
 */
PipitPrekeySecret *pipit_prekey_secret_new(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
					   double timestamp, GError **error);
PipitPrekeySecret *pipit_prekey_secret_ref(PipitPrekeySecret *prekey);
void pipit_prekey_secret_unref(PipitPrekeySecret *prekey);

/** Copies the private scalar out (for a key file). Wipe it after use. */
void pipit_prekey_secret_scalar(const PipitPrekeySecret *prekey, guint8 scalar[static PIPIT_P256_SCALAR_LEN]);
const guint8 *pipit_prekey_secret_key(const PipitPrekeySecret *prekey); /* compact, 32 bytes */
double pipit_prekey_secret_timestamp(const PipitPrekeySecret *prekey);

/** Writes the X coordinate of the prekey times @point; FALSE if @point is not on the curve. Wipe @x after use. */
gboolean pipit_prekey_secret_ecdh(const PipitPrekeySecret *prekey,
				  const guint8 point[static PIPIT_P256_POINT_LEN],
				  guint8 x[static PIPIT_P256_COORDINATE_LEN]);

/** Returns: (transfer full) the prekey record that the directory shows, signed by @secrets' device key. */
GBytes *pipit_prekey_record_new(const PipitPrekeySecret *prekey, const PipitDeviceSecrets *secrets);

/**
 * Reads a prekey record and checks it.
 * @device_point: the device key that must have signed it.
 * Returns: FALSE with PIPIT_KEYS_ERROR_INVALID for a malformed record, PIPIT_KEYS_ERROR_SIGNATURE for a wrong signature.
 */
gboolean pipit_prekey_record_read(GBytes *record, const guint8 device_point[static PIPIT_P256_POINT_LEN],
				  PipitPrekey *prekey, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitPrekeySecret, pipit_prekey_secret_unref)
