/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a directory shows of a device: its pair identity, its device key and its prekey record. */
#include "crypto/device_public.h"

#include <math.h>
#include <string.h>

#include "crypto/protobuf.h"
#include "tests/fuzz/fuzz.h"

enum {
	PARTS,
	IDENTITY,
	RECORD,
	SIGNED_RECORD,
	WAYS
};

#define SIGNED "NGMPrekeySignature"

static FuzzDevice device;

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	device = fuzz_device("rsa1280");
	return 0;
}

static void
read_parts(FuzzInput *input)
{
	g_autoptr(GBytes) identity = fuzz_bytes(input, fuzz_u16(input));
	g_autoptr(GBytes) device_key = fuzz_bytes(input, fuzz_byte(input));
	g_autoptr(GBytes) record = input->left > 0 ? fuzz_rest(input) : NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitDevicePublic) read = pipit_device_public_new(identity, device_key, record, &error);
	fuzz_require((read == NULL) == (error != NULL));
	if (read == NULL)
		return;
	fuzz_require(pipit_device_public_has_prekey(read) == (record != NULL));
	fuzz_require(memcmp(pipit_device_public_device_key(read), g_bytes_get_data(device_key, NULL), 32) ==
		     0);
}

/* There is one encoding of each identity. */
static void
read_identity(FuzzInput *input)
{
	PipitPairIdentity identity;
	g_autoptr(GBytes) blob = fuzz_rest(input);
	if (!pipit_pair_identity_decode(&identity, blob, NULL))
		return;
	g_autoptr(GBytes) again = pipit_pair_identity_encode(&identity);
	fuzz_require_equal(blob, again);
}

static void
read_record(GBytes *record)
{
	PipitPrekey prekey;
	g_autoptr(GError) error = NULL;
	const guint8 *point = pipit_device_public_device_point(device.shown);
	gboolean read = pipit_prekey_record_read(record, point, &prekey, &error);
	fuzz_require(read == (error == NULL));
	if (!read)
		return;
	fuzz_require(isfinite(prekey.timestamp));
	fuzz_require(pipit_p256_point_valid(prekey.point));
	fuzz_require(memcmp(prekey.key, prekey.point + 1, PIPIT_COMPACT_KEY_LEN) == 0);
}

/* The device signs whatever it is given; what is left of the input are further fields. */
static GBytes *
signed_record(FuzzInput *input)
{
	guint8 text[sizeof SIGNED - 1 + PIPIT_COMPACT_KEY_LEN + 8] = SIGNED;
	guint8 *key = text + sizeof SIGNED - 1;
	guint8 *timestamp = key + PIPIT_COMPACT_KEY_LEN;
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	guint64 bits;
	fuzz_fill(input, key, PIPIT_COMPACT_KEY_LEN);
	fuzz_fill(input, timestamp, 8);
	if ((key[0] & 1) == 0)
		memcpy(key, pipit_device_public_prekey(device.shown), PIPIT_COMPACT_KEY_LEN);
	memcpy(&bits, timestamp, sizeof bits);
	pipit_device_secrets_sign(device.secrets, text, sizeof text, signature);
	GByteArray *record = g_byte_array_new();
	pipit_protobuf_append_bytes(record, 1, key, PIPIT_COMPACT_KEY_LEN);
	pipit_protobuf_append_bytes(record, 2, signature, sizeof signature);
	pipit_protobuf_append_fixed64(record, 3, GUINT64_FROM_LE(bits));
	g_byte_array_append(record, input->at, (guint)input->left);
	return g_byte_array_free_to_bytes(record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(GBytes) record = NULL;
	fuzz_random_reset();
	switch (fuzz_byte(&input) % WAYS) {
	case PARTS:
		read_parts(&input);
		break;
	case IDENTITY:
		read_identity(&input);
		break;
	case RECORD:
		record = fuzz_rest(&input);
		read_record(record);
		break;
	default:
		record = signed_record(&input);
		read_record(record);
		break;
	}
	return 0;
}
