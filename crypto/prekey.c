/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record proves that the device key stands behind a prekey: one whose signature does not verify is nothing at all. */
#include "crypto/prekey.h"

#include <math.h>
#include <nettle/sha2.h>
#include <string.h>

#include "crypto/bignum.h"
#include "crypto/i18n.h"
#include "crypto/protobuf.h"
#include "crypto/secret.h"

#define SIGNED_PREFIX "NGMPrekeySignature"

enum {
	FIELD_KEY = 1,
	FIELD_SIGNATURE = 2,
	FIELD_TIMESTAMP = 3,
};

G_STATIC_ASSERT(sizeof(double) == sizeof(guint64));

struct PipitPrekeySecret {
	gatomicrefcount references;
	guint8 *scalar; /* pipit_secret_new() memory; its public Y is the smaller one */
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	double timestamp;
};

static PipitPrekeySecret *
prekey_new(double timestamp)
{
	PipitPrekeySecret *prekey = g_new0(PipitPrekeySecret, 1);
	pipit_bignum_wipe_freed();
	g_atomic_ref_count_init(&prekey->references);
	prekey->scalar = pipit_secret_new(PIPIT_P256_SCALAR_LEN);
	prekey->timestamp = timestamp;
	return prekey;
}

PipitPrekeySecret *
pipit_prekey_secret_generate(double timestamp)
{
	PipitPrekeySecret *prekey = prekey_new(timestamp);
	if (!pipit_compact_key_generate(prekey->scalar, prekey->key))
		g_error("there is no memory for a prekey");
	pipit_wipe_stack();
	return prekey;
}

PipitPrekeySecret *
pipit_prekey_secret_new(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], double timestamp, GError **error)
{
	g_autoptr(PipitPrekeySecret) prekey = prekey_new(timestamp);
	memcpy(prekey->scalar, scalar, PIPIT_P256_SCALAR_LEN);
	if (!isfinite(timestamp) || !pipit_compact_key_of(prekey->scalar, prekey->key)) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("The prekey is not valid."));
		return NULL;
	}
	pipit_wipe_stack();
	return g_steal_pointer(&prekey);
}

PipitPrekeySecret *
pipit_prekey_secret_ref(PipitPrekeySecret *prekey)
{
	g_atomic_ref_count_inc(&prekey->references);
	return prekey;
}

void
pipit_prekey_secret_unref(PipitPrekeySecret *prekey)
{
	if (!g_atomic_ref_count_dec(&prekey->references))
		return;
	pipit_secret_free(prekey->scalar);
	g_free(prekey);
}

void
pipit_prekey_secret_scalar(const PipitPrekeySecret *prekey, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	memcpy(scalar, prekey->scalar, PIPIT_P256_SCALAR_LEN);
}

const guint8 *
pipit_prekey_secret_key(const PipitPrekeySecret *prekey)
{
	return prekey->key;
}

double
pipit_prekey_secret_timestamp(const PipitPrekeySecret *prekey)
{
	return prekey->timestamp;
}

gboolean
pipit_prekey_secret_ecdh(const PipitPrekeySecret *prekey, const guint8 point[static PIPIT_P256_POINT_LEN],
			 guint8 x[static PIPIT_P256_COORDINATE_LEN])
{
	return pipit_p256_ecdh(prekey->scalar, point, x);
}

static guint64
bits_of_double(double value)
{
	guint64 bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static double
double_of_bits(guint64 bits)
{
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Hashes what the device key signs: a prefix, the key, and the timestamp as a little-endian double. */
static void
record_digest(const guint8 key[static PIPIT_COMPACT_KEY_LEN], guint64 timestamp_bits,
	      guint8 digest[static SHA256_DIGEST_SIZE])
{
	guint64 little_endian = GUINT64_TO_LE(timestamp_bits);
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, strlen(SIGNED_PREFIX), (const guint8 *)SIGNED_PREFIX);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, key);
	sha256_update(&hash, sizeof little_endian, (const guint8 *)&little_endian);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
}

GBytes *
pipit_prekey_record_new(const PipitPrekeySecret *prekey, const PipitDeviceSecrets *secrets)
{
	guint8 digest[SHA256_DIGEST_SIZE];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	guint64 timestamp_bits = bits_of_double(prekey->timestamp);
	record_digest(prekey->key, timestamp_bits, digest);
	if (!pipit_device_secrets_sign_digest(secrets, digest, signature))
		g_error("there is no memory for a prekey's signature");

	GByteArray *record = g_byte_array_new();
	pipit_protobuf_append_bytes(record, FIELD_KEY, prekey->key, sizeof prekey->key);
	pipit_protobuf_append_bytes(record, FIELD_SIGNATURE, signature, sizeof signature);
	pipit_protobuf_append_fixed64(record, FIELD_TIMESTAMP, timestamp_bits);
	return g_byte_array_free_to_bytes(record);
}

gboolean
pipit_prekey_record_read(GBytes *record, const guint8 device_point[static PIPIT_P256_POINT_LEN],
			 PipitPrekey *prekey, GError **error)
{
	PipitProtobufField fields[] = {
		{.number = FIELD_KEY, .type = PIPIT_PROTOBUF_BYTES},
		{.number = FIELD_SIGNATURE, .type = PIPIT_PROTOBUF_BYTES},
		{.number = FIELD_TIMESTAMP, .type = PIPIT_PROTOBUF_FIXED64},
	};
	const PipitProtobufField *key = &fields[0];
	const PipitProtobufField *signature = &fields[1];
	const PipitProtobufField *timestamp = &fields[2];
	PipitPrekey read;
	gboolean valid = pipit_protobuf_parse(g_bytes_get_data(record, NULL), g_bytes_get_size(record),
					      fields, G_N_ELEMENTS(fields)) &&
			 pipit_protobuf_has_bytes(key, PIPIT_COMPACT_KEY_LEN) &&
			 pipit_protobuf_has_bytes(signature, PIPIT_P256_SIGNATURE_LEN) &&
			 timestamp->present && isfinite(double_of_bits(timestamp->value)) &&
			 pipit_p256_decompress(key->bytes, read.point);
	if (!valid) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("The device's prekey record is not valid."));
		return FALSE;
	}
	guint8 digest[SHA256_DIGEST_SIZE];
	record_digest(key->bytes, timestamp->value, digest);
	if (!pipit_p256_verify(device_point, digest, sizeof digest, signature->bytes)) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_SIGNATURE,
				    _("The device's prekey record is not signed by its device key."));
		return FALSE;
	}
	memcpy(read.key, key->bytes, sizeof read.key);
	read.timestamp = double_of_bits(timestamp->value);
	*prekey = read;
	return TRUE;
}
