/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening `pair-ec` payloads with valid keys. The first byte says how far in the input begins: bytes as they come, fields
 * around a payload that is right, or what is encrypted and signed. */
#include "crypto/pair_ec.h"

#include <nettle/sha2.h>
#include <string.h>

#include "crypto/aes_ctr.h"
#include "crypto/hkdf.h"
#include "crypto/protobuf.h"
#include "tests/fuzz/fuzz.h"

enum {
	RAW,
	FIELDS_AROUND,
	PADDED,
	INNER,
	SEALED,
	WAYS
};

#define SALT "LastPawn-MessageKeys"

static FuzzDevice sender;
static FuzzDevice recipient;
static PipitPrekeySecret *prekeys[2]; /* the newest first: the one that is sealed for is the second */
static guint8 ephemeral_scalar[PIPIT_P256_SCALAR_LEN];
static guint8 ephemeral[PIPIT_COMPACT_KEY_LEN];
static guint8 shared[PIPIT_P256_COORDINATE_LEN];

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	sender = fuzz_device("sender");
	recipient = fuzz_device("rsa1280");
	prekeys[0] = sender.prekey;
	prekeys[1] = recipient.prekey;
	pipit_compact_key_generate(ephemeral_scalar, ephemeral);
	fuzz_require(
		pipit_p256_ecdh(ephemeral_scalar, pipit_device_public_prekey_point(recipient.shown), shared));
	return 0;
}

static void
encrypt(guint8 *bytes, gsize size)
{
	guint8 key[PIPIT_AES256_KEY_LEN + PIPIT_AES_BLOCK_LEN];
	PipitHkdfInput secret = {shared, sizeof shared};
	PipitHkdfInput salt = {SALT, strlen(SALT)};
	PipitHkdfInput context = {"", 0};
	pipit_hkdf_sha256(secret, salt, context, key, sizeof key);
	pipit_aes256_ctr(key, key + PIPIT_AES256_KEY_LEN, bytes, size);
}

static void
sign(const guint8 *ciphertext, gsize size, guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	guint8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, sizeof shared, shared);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, pipit_device_public_prekey(recipient.shown));
	sha256_update(&hash, sizeof ephemeral, ephemeral);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, pipit_device_public_device_key(recipient.shown));
	sha256_update(&hash, size, ciphertext);
	sha256_digest(&hash, sizeof digest, digest);
	pipit_device_secrets_sign_digest(sender.secrets, digest, signature);
}

/* Makes a payload of @padded as a sender would who pads, and writes the inner message, in a way of its own. */
static GBytes *
seal_padded(GByteArray *padded)
{
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	guint8 validator[7] = {0, 0, 0, 0, 0, 0, 0x0c};
	memcpy(validator, pipit_device_public_device_key(sender.shown), 2);
	memcpy(validator + 2, pipit_device_public_device_key(recipient.shown), 2);
	memcpy(validator + 4, pipit_device_public_prekey(recipient.shown), 2);
	encrypt(padded->data, padded->len);
	sign(padded->data, padded->len, signature);
	GByteArray *payload = g_byte_array_new();
	pipit_protobuf_append_bytes(payload, 1, padded->data, padded->len);
	pipit_protobuf_append_bytes(payload, 2, ephemeral, sizeof ephemeral);
	pipit_protobuf_append_bytes(payload, 3, signature, sizeof signature);
	pipit_protobuf_append_bytes(payload, 99, validator, sizeof validator);
	return g_byte_array_free_to_bytes(payload);
}

static GBytes *
seal_inner(FuzzInput *input)
{
	guint8 zeros[20] = {0};
	g_autoptr(GByteArray) padded = g_byte_array_new();
	g_byte_array_append(padded, input->at, (guint)input->left);
	guint8 pad = (guint8)((16 - padded->len % 16) % 16);
	g_byte_array_append(padded, zeros, pad);
	zeros[0] = pad;
	g_byte_array_append(padded, zeros, 4);
	return seal_padded(padded);
}

/* A payload that is right, with the input put before and behind it. */
static GBytes *
fields_around(FuzzInput *input)
{
	g_autoptr(GBytes) before = fuzz_bytes(input, fuzz_byte(input));
	g_autoptr(GBytes) plaintext = g_bytes_new_static("Hello", 5);
	g_autoptr(GBytes) payload = pipit_pair_ec_seal(sender.secrets, recipient.shown, 1, plaintext, NULL);
	GByteArray *around = g_byte_array_new();
	g_byte_array_append(around, g_bytes_get_data(before, NULL), (guint)g_bytes_get_size(before));
	g_byte_array_append(around, g_bytes_get_data(payload, NULL), (guint)g_bytes_get_size(payload));
	g_byte_array_append(around, input->at, (guint)input->left);
	return g_byte_array_free_to_bytes(around);
}

static GBytes *
open_payload(GBytes *payload, PipitPairEcOpened *opened)
{
	g_autoptr(GError) error = NULL;
	GBytes *plaintext = pipit_pair_ec_open(recipient.secrets, prekeys, G_N_ELEMENTS(prekeys),
					       sender.shown, payload, opened, &error);
	fuzz_require((plaintext == NULL) ==
		     g_error_matches(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED));
	return plaintext;
}

static void
seal_and_open(FuzzInput *input)
{
	guint32 counter = (guint32)fuzz_u16(input) << 16 | fuzz_u16(input);
	g_autoptr(GBytes) plaintext = fuzz_rest(input);
	g_autoptr(GBytes) payload =
		pipit_pair_ec_seal(sender.secrets, recipient.shown, counter, plaintext, NULL);
	PipitPairEcOpened opened;
	g_autoptr(GBytes) again = open_payload(payload, &opened);
	fuzz_require(again != NULL && opened.counter == counter && opened.prekey == 1);
	fuzz_require_equal(plaintext, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(GBytes) payload = NULL;
	g_autoptr(GByteArray) padded = g_byte_array_new();
	PipitPairEcOpened opened;
	fuzz_random_reset();
	switch (fuzz_byte(&input) % WAYS) {
	case RAW:
		payload = fuzz_rest(&input);
		break;
	case FIELDS_AROUND:
		payload = fields_around(&input);
		break;
	case PADDED:
		g_byte_array_append(padded, input.at, (guint)input.left);
		payload = seal_padded(padded);
		break;
	case INNER:
		payload = seal_inner(&input);
		break;
	default:
		seal_and_open(&input);
		return 0;
	}
	g_autoptr(GBytes) plaintext = open_payload(payload, &opened);
	return 0;
}
