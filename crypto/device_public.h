/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device as the directory shows it. One that exists is checked: nothing that it returns needs a second look. */
#pragma once

#include <glib.h>

#include "crypto/compact_key.h"
#include "crypto/device_secrets.h"
#include "crypto/keys_error.h"
#include "crypto/pair_identity.h"
#include "crypto/prekey.h"

/* Immutable, reference counted (atomically). */
typedef struct PipitDevicePublic PipitDevicePublic;

/**
 * Checks everything that a directory (or anybody) says of a device.
 * @pair_identity: the directory blob. @device_key: 32 bytes. @prekey_record: NULL for a device without one.
 * Returns: (transfer full) NULL with PIPIT_KEYS_ERROR if any part is not acceptable.
 */
PipitDevicePublic *pipit_device_public_new(GBytes *pair_identity, GBytes *device_key, GBytes *prekey_record,
					   GError **error);

/** What others see of @secrets, with @prekey, or NULL for a device that shows none. */
PipitDevicePublic *pipit_device_public_of(const PipitDeviceSecrets *secrets, const PipitPrekeySecret *prekey);

PipitDevicePublic *pipit_device_public_ref(PipitDevicePublic *device);
void pipit_device_public_unref(PipitDevicePublic *device);

gboolean pipit_device_public_has_prekey(const PipitDevicePublic *device);
const guint8 *pipit_device_public_device_key(const PipitDevicePublic *device);   /* compact, 32 bytes */
const guint8 *pipit_device_public_device_point(const PipitDevicePublic *device); /* the same, 65-byte point */
const guint8 *pipit_device_public_prekey(const PipitDevicePublic *device); /* compact, 32 bytes, or NULL */
const guint8 *pipit_device_public_prekey_point(const PipitDevicePublic *device); /* 65-byte point, or NULL */
double
pipit_device_public_prekey_timestamp(const PipitDevicePublic *device); /* Unix seconds, 0 without one */
const guint8 *pipit_device_public_pair_signing(const PipitDevicePublic *device);  /* 65-byte point */
const guint8 *pipit_device_public_identity_hash(const PipitDevicePublic *device); /* SHA-256(sig || enc) */

/** Returns: (transfer none) the public pair keys. */
const PipitPairIdentity *pipit_device_public_identity(const PipitDevicePublic *device);

/** Verifies what pipit_device_secrets_sign() made. */
gboolean pipit_device_public_verify(const PipitDevicePublic *device, gconstpointer message, gsize size,
				    const guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDevicePublic, pipit_device_public_unref)
