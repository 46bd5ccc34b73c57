/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a directory claims is decoded and checked here, once, so that sealing to a device costs no second look. */
#include "crypto/device_public.h"

#include <nettle/sha2.h>
#include <string.h>

#include "crypto/i18n.h"

struct PipitDevicePublic {
	gatomicrefcount references;
	PipitPairIdentity identity;
	guint8 device_key[PIPIT_COMPACT_KEY_LEN];
	guint8 device_point[PIPIT_P256_POINT_LEN];
	gboolean has_prekey;
	PipitPrekey prekey; /* if there is one */
};

static PipitDevicePublic *
device_new(void)
{
	PipitDevicePublic *device = g_new0(PipitDevicePublic, 1);
	g_atomic_ref_count_init(&device->references);
	return device;
}

static gboolean
read_device_key(PipitDevicePublic *device, GBytes *device_key, GError **error)
{
	gsize size = 0;
	const guint8 *key = g_bytes_get_data(device_key, &size);
	if (size != PIPIT_COMPACT_KEY_LEN || !pipit_p256_decompress(key, device->device_point)) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("The device key is not valid."));
		return FALSE;
	}
	memcpy(device->device_key, key, sizeof device->device_key);
	return TRUE;
}

PipitDevicePublic *
pipit_device_public_new(GBytes *pair_identity, GBytes *device_key, GBytes *prekey_record, GError **error)
{
	g_autoptr(PipitDevicePublic) device = device_new();
	if (!pipit_pair_identity_decode(&device->identity, pair_identity, error))
		return NULL;
	if (!read_device_key(device, device_key, error))
		return NULL;
	device->has_prekey = prekey_record != NULL;
	if (device->has_prekey &&
	    !pipit_prekey_record_read(prekey_record, device->device_point, &device->prekey, error))
		return NULL;
	return g_steal_pointer(&device);
}

static void
decompress_own(const guint8 key[static PIPIT_COMPACT_KEY_LEN], guint8 point[static PIPIT_P256_POINT_LEN])
{
	if (!pipit_p256_decompress(key, point))
		g_assert_not_reached(); /* it is the X of a point */
}

PipitDevicePublic *
pipit_device_public_of(const PipitDeviceSecrets *secrets, const PipitPrekeySecret *prekey)
{
	PipitDevicePublic *device = device_new();
	device->identity = *pipit_device_secrets_identity(secrets);
	memcpy(device->device_key, pipit_device_secrets_device_key(secrets), sizeof device->device_key);
	decompress_own(device->device_key, device->device_point);
	device->has_prekey = prekey != NULL;
	if (device->has_prekey) {
		memcpy(device->prekey.key, pipit_prekey_secret_key(prekey), sizeof device->prekey.key);
		decompress_own(device->prekey.key, device->prekey.point);
		device->prekey.timestamp = pipit_prekey_secret_timestamp(prekey);
	}
	return device;
}

PipitDevicePublic *
pipit_device_public_ref(PipitDevicePublic *device)
{
	g_atomic_ref_count_inc(&device->references);
	return device;
}

void
pipit_device_public_unref(PipitDevicePublic *device)
{
	if (g_atomic_ref_count_dec(&device->references))
		g_free(device);
}

gboolean
pipit_device_public_has_prekey(const PipitDevicePublic *device)
{
	return device->has_prekey;
}

const guint8 *
pipit_device_public_device_key(const PipitDevicePublic *device)
{
	return device->device_key;
}

const guint8 *
pipit_device_public_device_point(const PipitDevicePublic *device)
{
	return device->device_point;
}

const guint8 *
pipit_device_public_prekey(const PipitDevicePublic *device)
{
	return device->has_prekey ? device->prekey.key : NULL;
}

const guint8 *
pipit_device_public_prekey_point(const PipitDevicePublic *device)
{
	return device->has_prekey ? device->prekey.point : NULL;
}

double
pipit_device_public_prekey_timestamp(const PipitDevicePublic *device)
{
	return device->prekey.timestamp;
}

const guint8 *
pipit_device_public_pair_signing(const PipitDevicePublic *device)
{
	return device->identity.signing;
}

const guint8 *
pipit_device_public_identity_hash(const PipitDevicePublic *device)
{
	return device->identity.hash;
}

const PipitPairIdentity *
pipit_device_public_identity(const PipitDevicePublic *device)
{
	return &device->identity;
}

gboolean
pipit_device_public_verify(const PipitDevicePublic *device, gconstpointer message, gsize size,
			   const guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	guint8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, size, message);
	sha256_digest(&hash, sizeof digest, digest);
	return pipit_p256_verify(device->device_point, digest, sizeof digest, signature);
}
