/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ECIES as it stands in docs/sealed-messages.md, "pair-ec": an ephemeral key and the prekey give the message key, and
 * the sender's device key signs both ends of it. */
#include "crypto/pair_ec.h"

#include <nettle/sha2.h>
#include <string.h>

#include "crypto/aes_ctr.h"
#include "crypto/hkdf.h"
#include "crypto/i18n.h"
#include "crypto/protobuf.h"
#include "crypto/random.h"
#include "crypto/secret.h"

#define HKDF_SALT "LastPawn-MessageKeys"
#define PAD_BLOCK 16
#define PAD_TRAILER 4
#define VALIDATOR_LEN 7
#define VALIDATOR_END 0x0c
#define PLAINTEXT_MAX (G_MAXINT32 - 1024) /* a protobuf message holds less than 2 GiB */
#define OUTER_OVERHEAD 160                /* what stands around the plaintext takes less */

enum {
	INNER_MESSAGE = 1,
	INNER_COUNTER = 2,
	OUTER_CIPHERTEXT = 1,
	OUTER_EPHEMERAL = 2,
	OUTER_SIGNATURE = 3,
	OUTER_VALIDATOR = 99,
};

/* The public keys that a payload is bound to. */
typedef struct {
	const guint8 *sender;    /* device key */
	const guint8 *recipient; /* device key */
	const guint8 *prekey;
	const guint8 *ephemeral;
} Keys;

/* XORs the key stream of the shared secret over @bytes: sealing and opening are the same. */
static void
crypt_in_place(const guint8 shared[static PIPIT_P256_COORDINATE_LEN], guint8 *bytes, gsize size)
{
	guint8 key_and_counter[PIPIT_AES256_KEY_LEN + PIPIT_AES_BLOCK_LEN];
	PipitHkdfInput secret = {shared, PIPIT_P256_COORDINATE_LEN};
	PipitHkdfInput salt = {HKDF_SALT, strlen(HKDF_SALT)};
	PipitHkdfInput context = {"", 0};
	pipit_hkdf_sha256(secret, salt, context, key_and_counter, sizeof key_and_counter);
	pipit_aes256_ctr(key_and_counter, key_and_counter + PIPIT_AES256_KEY_LEN, bytes, size);
	pipit_wipe(key_and_counter, sizeof key_and_counter);
}

static void
signed_digest(const guint8 shared[static PIPIT_P256_COORDINATE_LEN], const Keys *keys,
	      const guint8 *ciphertext, gsize size, guint8 digest[static SHA256_DIGEST_SIZE])
{
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, PIPIT_P256_COORDINATE_LEN, shared);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, keys->prekey);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, keys->ephemeral);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, keys->recipient);
	sha256_update(&hash, size, ciphertext);
	sha256_digest(&hash, SHA256_DIGEST_SIZE, digest);
	pipit_wipe(&hash, sizeof hash);
}

static void
make_validator(const Keys *keys, guint8 validator[static VALIDATOR_LEN])
{
	memcpy(validator, keys->sender, 2);
	memcpy(validator + 2, keys->recipient, 2);
	memcpy(validator + 4, keys->prekey, 2);
	validator[6] = VALIDATOR_END;
}

static gsize
inner_size(guint32 counter, gsize message_size)
{
	return 1 + pipit_protobuf_varint_size(message_size) + message_size + 1 +
	       pipit_protobuf_varint_size(counter);
}

static gsize
pad_size(gsize inner)
{
	return (PAD_BLOCK - inner % PAD_BLOCK) % PAD_BLOCK;
}

static void
append_padded_inner(GByteArray *out, guint32 counter, GBytes *plaintext, gsize pad)
{
	guint8 padding[PAD_BLOCK];
	guint32 trailer = GUINT32_TO_LE((guint32)pad);
	pipit_random(padding, pad);
	pipit_protobuf_append_bytes(out, INNER_MESSAGE, g_bytes_get_data(plaintext, NULL),
				    g_bytes_get_size(plaintext));
	pipit_protobuf_append_varint(out, INNER_COUNTER, counter);
	g_byte_array_append(out, padding, (guint)pad);
	g_byte_array_append(out, (const guint8 *)&trailer, PAD_TRAILER);
}

/* The plaintext goes where its ciphertext will stand, and the array has room for all of it from the start: no copy of it
 * is left behind. Returns: where the ciphertext begins. */
static guint8 *
append_ciphertext(GByteArray *out, const guint8 shared[static PIPIT_P256_COORDINATE_LEN], guint32 counter,
		  GBytes *plaintext, gsize *size)
{
	gsize inner = inner_size(counter, g_bytes_get_size(plaintext));
	gsize pad = pad_size(inner);
	*size = inner + pad + PAD_TRAILER;
	pipit_protobuf_append_bytes_header(out, OUTER_CIPHERTEXT, *size);
	guint start = out->len;
	append_padded_inner(out, counter, plaintext, pad);
	g_assert(out->len - start == *size);
	crypt_in_place(shared, out->data + start, *size);
	return out->data + start;
}

/* The recipient's prekey was checked when it came in, so it is the library if this fails. */
static gboolean
agree(const PipitDevicePublic *recipient, guint8 ephemeral[static PIPIT_COMPACT_KEY_LEN],
      guint8 shared[static PIPIT_P256_COORDINATE_LEN])
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	gboolean agreed = pipit_compact_key_generate(scalar, ephemeral) &&
			  pipit_p256_ecdh(scalar, pipit_device_public_prekey_point(recipient), shared);
	pipit_wipe(scalar, sizeof scalar);
	return agreed;
}

GBytes *
pipit_pair_ec_seal(const PipitDeviceSecrets *sender, const PipitDevicePublic *recipient, guint32 counter,
		   GBytes *plaintext, GError **error)
{
	if (!pipit_device_public_has_prekey(recipient)) {
		g_set_error_literal(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_PREKEY,
				    _("The recipient's device has published no prekey."));
		return NULL;
	}
	if (g_bytes_get_size(plaintext) > PLAINTEXT_MAX) {
		g_set_error_literal(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_TOO_LARGE,
				    _("The message is too large to be sealed."));
		return NULL;
	}
	guint8 ephemeral[PIPIT_COMPACT_KEY_LEN];
	guint8 shared[PIPIT_P256_COORDINATE_LEN];
	if (!agree(recipient, ephemeral, shared))
		return pipit_seal_fail(error);

	Keys keys = {
		.sender = pipit_device_secrets_device_key(sender),
		.recipient = pipit_device_public_device_key(recipient),
		.prekey = pipit_device_public_prekey(recipient),
		.ephemeral = ephemeral,
	};
	g_autoptr(GByteArray) payload =
		g_byte_array_sized_new((guint)g_bytes_get_size(plaintext) + OUTER_OVERHEAD);
	gsize size = 0;
	const guint8 *ciphertext = append_ciphertext(payload, shared, counter, plaintext, &size);
	guint8 digest[SHA256_DIGEST_SIZE];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	guint8 validator[VALIDATOR_LEN];
	signed_digest(shared, &keys, ciphertext, size, digest);
	pipit_wipe(shared, sizeof shared);
	pipit_wipe_stack();
	if (!pipit_device_secrets_sign_digest(sender, digest, signature))
		return pipit_seal_fail(error);
	make_validator(&keys, validator);
	pipit_protobuf_append_bytes(payload, OUTER_EPHEMERAL, ephemeral, sizeof ephemeral);
	pipit_protobuf_append_bytes(payload, OUTER_SIGNATURE, signature, sizeof signature);
	pipit_protobuf_append_bytes(payload, OUTER_VALIDATOR, validator, sizeof validator);
	return g_byte_array_free_to_bytes(g_steal_pointer(&payload));
}

/* A payload taken apart; the pointers go into it. */
typedef struct {
	const guint8 *ciphertext;
	gsize size;
	const guint8 *ephemeral;
	guint8 ephemeral_point[PIPIT_P256_POINT_LEN];
	const guint8 *signature;
	const guint8 *validator;
} Outer;

static gboolean
outer_parse(GBytes *payload, Outer *outer)
{
	PipitProtobufField fields[] = {
		{.number = OUTER_CIPHERTEXT, .type = PIPIT_PROTOBUF_BYTES},
		{.number = OUTER_EPHEMERAL, .type = PIPIT_PROTOBUF_BYTES},
		{.number = OUTER_SIGNATURE, .type = PIPIT_PROTOBUF_BYTES},
		{.number = OUTER_VALIDATOR, .type = PIPIT_PROTOBUF_BYTES},
	};
	if (!pipit_protobuf_parse(g_bytes_get_data(payload, NULL), g_bytes_get_size(payload), fields,
				  G_N_ELEMENTS(fields)))
		return FALSE;
	outer->ciphertext = fields[0].bytes;
	outer->size = fields[0].size;
	outer->ephemeral = fields[1].bytes;
	outer->signature = fields[2].bytes;
	outer->validator = fields[3].bytes;
	gboolean padded = fields[0].present && outer->size >= PAD_TRAILER &&
			  (outer->size - PAD_TRAILER) % PAD_BLOCK == 0;
	return padded && pipit_protobuf_has_bytes(&fields[1], PIPIT_COMPACT_KEY_LEN) &&
	       pipit_protobuf_has_bytes(&fields[2], PIPIT_P256_SIGNATURE_LEN) &&
	       pipit_protobuf_has_bytes(&fields[3], VALIDATOR_LEN) &&
	       pipit_p256_decompress(outer->ephemeral, outer->ephemeral_point);
}

/* Takes the pad off @padded, whose size outer_parse() checked. */
static gboolean
unpad(const guint8 *padded, gsize size, gsize *inner)
{
	guint32 pad;
	memcpy(&pad, padded + size - PAD_TRAILER, PAD_TRAILER);
	pad = GUINT32_FROM_LE(pad);
	if (pad >= PAD_BLOCK || pad > size - PAD_TRAILER)
		return FALSE;
	*inner = size - PAD_TRAILER - pad;
	return TRUE;
}

/* @padded: (transfer full) the padded inner message. Returns: the plaintext, inside the same memory, or NULL. */
static GBytes *
read_inner(guint8 *padded, gsize size, guint32 *counter)
{
	PipitProtobufField fields[] = {
		{.number = INNER_MESSAGE, .type = PIPIT_PROTOBUF_BYTES},
		{.number = INNER_COUNTER, .type = PIPIT_PROTOBUF_VARINT},
	};
	gsize inner = 0;
	if (!unpad(padded, size, &inner) ||
	    !pipit_protobuf_parse(padded, inner, fields, G_N_ELEMENTS(fields)) ||
	    fields[1].value > G_MAXUINT32) {
		pipit_scratch_free(padded);
		return NULL;
	}
	*counter = (guint32)fields[1].value;
	return pipit_secret_bytes_take(padded, fields[0].present ? fields[0].bytes : padded, fields[0].size);
}

/* Signature first, so that nothing but what the sender made is ever decrypted. */
static GBytes *
open_with_secret(const guint8 shared[static PIPIT_P256_COORDINATE_LEN], const Keys *keys, const Outer *outer,
		 const PipitDevicePublic *sender, guint32 *counter)
{
	guint8 digest[SHA256_DIGEST_SIZE];
	signed_digest(shared, keys, outer->ciphertext, outer->size, digest);
	if (!pipit_p256_verify(pipit_device_public_device_point(sender), digest, sizeof digest,
			       outer->signature))
		return NULL;
	guint8 *padded = pipit_scratch_new(outer->size);
	memcpy(padded, outer->ciphertext, outer->size);
	crypt_in_place(shared, padded, outer->size);
	return read_inner(padded, outer->size, counter);
}

static GBytes *
open_with_prekey(const PipitDeviceSecrets *recipient, const PipitPrekeySecret *prekey,
		 const PipitDevicePublic *sender, const Outer *outer, guint32 *counter)
{
	Keys keys = {
		.sender = pipit_device_public_device_key(sender),
		.recipient = pipit_device_secrets_device_key(recipient),
		.prekey = pipit_prekey_secret_key(prekey),
		.ephemeral = outer->ephemeral,
	};
	guint8 validator[VALIDATOR_LEN];
	make_validator(&keys, validator);
	if (memcmp(validator, outer->validator, VALIDATOR_LEN) != 0)
		return NULL;
	guint8 shared[PIPIT_P256_COORDINATE_LEN];
	GBytes *plaintext = NULL;
	if (pipit_prekey_secret_ecdh(prekey, outer->ephemeral_point, shared))
		plaintext = open_with_secret(shared, &keys, outer, sender, counter);
	pipit_wipe(shared, sizeof shared);
	pipit_wipe_stack();
	return plaintext;
}

static void
ephemeral_hash(const guint8 ephemeral[static PIPIT_COMPACT_KEY_LEN],
	       guint8 replay[static PIPIT_PAIR_EC_REPLAY_LEN])
{
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, PIPIT_COMPACT_KEY_LEN, ephemeral);
	sha256_digest(&hash, PIPIT_PAIR_EC_REPLAY_LEN, replay);
}

GBytes *
pipit_pair_ec_open(const PipitDeviceSecrets *recipient, PipitPrekeySecret *const *prekeys, guint n_prekeys,
		   const PipitDevicePublic *sender, GBytes *payload, PipitPairEcOpened *opened,
		   GError **error)
{
	Outer outer;
	if (!outer_parse(payload, &outer))
		return pipit_seal_refuse(error);
	for (guint i = 0; i < n_prekeys; i++) {
		guint32 counter = 0;
		GBytes *plaintext = open_with_prekey(recipient, prekeys[i], sender, &outer, &counter);
		if (plaintext == NULL)
			continue;
		opened->counter = counter;
		opened->prekey = i;
		ephemeral_hash(outer.ephemeral, opened->replay);
		return plaintext;
	}
	return pipit_seal_refuse(error);
}
