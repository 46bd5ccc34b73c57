/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The RSA format as it stands in docs/sealed-messages.md, "pair". */
#include "crypto/pair.h"

#include <nettle/hmac.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "crypto/aes_ctr.h"
#include "crypto/ecdsa_der.h"
#include "crypto/i18n.h"
#include "crypto/oaep.h"
#include "crypto/random.h"
#include "crypto/secret.h"

#define VERSION 0x02
#define SALT_LEN 11
#define TAG_LEN 5
#define KEY_LEN PIPIT_AES128_KEY_LEN
#define CIPHERTEXT_IN_BLOCK 100 /* this much of the ciphertext travels inside the RSA block */
#define BODY_MAX 0xffff

G_STATIC_ASSERT(SALT_LEN + TAG_LEN == KEY_LEN);
G_STATIC_ASSERT(PIPIT_RSA_MIN_BITS / 8 - PIPIT_OAEP_OVERHEAD >= KEY_LEN + CIPHERTEXT_IN_BLOCK);

/* The key is a random salt and a MAC of the message under it: whoever decrypts can check what comes out. */
static void
make_tag(const guint8 salt[static SALT_LEN], const guint8 *plaintext, gsize size, const guint8 *sender_hash,
	 const guint8 *recipient_hash, guint8 tag[static TAG_LEN])
{
	static const guint8 version = VERSION;
	struct hmac_sha256_ctx hmac;
	hmac_sha256_set_key(&hmac, SALT_LEN, salt);
	hmac_sha256_update(&hmac, size, plaintext);
	hmac_sha256_update(&hmac, sizeof version, &version);
	hmac_sha256_update(&hmac, PIPIT_PAIR_IDENTITY_HASH_LEN, sender_hash);
	hmac_sha256_update(&hmac, PIPIT_PAIR_IDENTITY_HASH_LEN, recipient_hash);
	hmac_sha256_digest(&hmac, TAG_LEN, tag);
	pipit_wipe(&hmac, sizeof hmac);
}

/* The counter block starts at 1. */
static void
crypt_in_place(const guint8 key[static KEY_LEN], guint8 *bytes, gsize size)
{
	static const guint8 counter[PIPIT_AES_BLOCK_LEN] = {[PIPIT_AES_BLOCK_LEN - 1] = 1};
	pipit_aes128_ctr(key, counter, bytes, size);
}

static void
body_digest(const guint8 *body, gsize size, guint8 digest[static SHA1_DIGEST_SIZE])
{
	struct sha1_ctx hash;
	sha1_init(&hash);
	sha1_update(&hash, size, body);
	sha1_digest(&hash, SHA1_DIGEST_SIZE, digest);
}

/* RSAES-OAEP of the key and the head of the ciphertext. */
static void
seal_block(const PipitRsaPublic *rsa, const guint8 key[static KEY_LEN], const guint8 *head, gsize head_size,
	   guint8 *block)
{
	guint8 message[KEY_LEN + CIPHERTEXT_IN_BLOCK];
	memcpy(message, key, KEY_LEN);
	memcpy(message + KEY_LEN, head, head_size);
	pipit_oaep_encrypt(rsa, message, KEY_LEN + head_size, "", 0, block);
	pipit_wipe(message, sizeof message);
}

/* Writes body = block || tail. The plaintext goes where its tail will stand, its head over the end of the block: it is
 * encrypted in place, the head goes into the block, and no copy of it is left behind. */
static void
seal_body(const PipitDeviceSecrets *sender, const PipitDevicePublic *recipient, GBytes *plaintext,
	  guint8 *body)
{
	const PipitRsaPublic *rsa = &pipit_device_public_identity(recipient)->rsa;
	gsize size = g_bytes_get_size(plaintext);
	gsize head = MIN(size, CIPHERTEXT_IN_BLOCK);
	guint8 *ciphertext = body + rsa->size - head;
	guint8 key[KEY_LEN];
	if (size > 0)
		memcpy(ciphertext, g_bytes_get_data(plaintext, NULL), size);
	pipit_random(key, SALT_LEN);
	make_tag(key, ciphertext, size, pipit_device_secrets_identity(sender)->hash,
		 pipit_device_public_identity_hash(recipient), key + SALT_LEN);
	crypt_in_place(key, ciphertext, size);
	seal_block(rsa, key, ciphertext, head, body);
	pipit_wipe(key, sizeof key);
	pipit_wipe_stack();
}

static gboolean
append_signature(GByteArray *payload, const PipitDeviceSecrets *sender, gsize body_start)
{
	guint8 digest[SHA1_DIGEST_SIZE];
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	guint8 der[PIPIT_ECDSA_DER_MAX];
	body_digest(payload->data + body_start, payload->len - body_start, digest);
	if (!pipit_device_secrets_pair_sign_digest(sender, digest, raw))
		return FALSE;
	guint8 size = (guint8)pipit_ecdsa_to_der(raw, der);
	g_byte_array_append(payload, &size, 1);
	g_byte_array_append(payload, der, size);
	return TRUE;
}

GBytes *
pipit_pair_seal(const PipitDeviceSecrets *sender, const PipitDevicePublic *recipient, GBytes *plaintext,
		GError **error)
{
	gsize size = g_bytes_get_size(plaintext);
	gsize block = pipit_device_public_identity(recipient)->rsa.size;
	if (size > BODY_MAX - block + CIPHERTEXT_IN_BLOCK) {
		g_set_error_literal(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_TOO_LARGE,
				    _("The message is too large to be sealed."));
		return NULL;
	}
	gsize body = block + size - MIN(size, CIPHERTEXT_IN_BLOCK);
	guint8 header[] = {VERSION, (guint8)(body >> 8), (guint8)body};
	g_autoptr(GByteArray) payload =
		g_byte_array_sized_new((guint)(sizeof header + body + 1 + PIPIT_ECDSA_DER_MAX));
	g_byte_array_append(payload, header, sizeof header);
	g_byte_array_set_size(payload, (guint)(sizeof header + body));
	seal_body(sender, recipient, plaintext, payload->data + sizeof header);
	if (!append_signature(payload, sender, sizeof header))
		return pipit_seal_fail(error);
	return g_byte_array_free_to_bytes(g_steal_pointer(&payload));
}

/* A payload taken apart; the pointers go into it. */
typedef struct {
	const guint8 *body;
	gsize body_size;
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
} Parts;

static gboolean
parts_parse(GBytes *payload, gsize block_size, Parts *parts)
{
	gsize left = 0;
	const guint8 *at = g_bytes_get_data(payload, &left);
	if (left < 3 || at[0] != VERSION)
		return FALSE;
	parts->body_size = (gsize)at[1] << 8 | at[2];
	parts->body = at + 3;
	left -= 3;
	if (parts->body_size < block_size || left < parts->body_size + 1)
		return FALSE;
	const guint8 *signature = parts->body + parts->body_size;
	left -= parts->body_size + 1;
	return signature[0] == left && pipit_ecdsa_from_der(signature + 1, left, parts->signature);
}

static gboolean
signed_by(const PipitDevicePublic *sender, const Parts *parts)
{
	guint8 digest[SHA1_DIGEST_SIZE];
	body_digest(parts->body, parts->body_size, digest);
	return pipit_p256_verify(pipit_device_public_pair_signing(sender), digest, sizeof digest,
				 parts->signature);
}

/* What an RSA block of this size of tail may hold: a full head before a tail, any head without one. */
static gboolean
block_content_fits(gssize size, gsize tail)
{
	if (size < KEY_LEN || size > KEY_LEN + CIPHERTEXT_IN_BLOCK)
		return FALSE;
	return tail == 0 || size == KEY_LEN + CIPHERTEXT_IN_BLOCK;
}

/* Decrypts and checks the tag. @block: what the RSA block held, @size bytes: the key and the head. */
static GBytes *
decrypt(const PipitDeviceSecrets *recipient, const PipitDevicePublic *sender, const guint8 *block, gsize size,
	const guint8 *tail, gsize tail_size)
{
	gsize head_size = size - KEY_LEN;
	gsize plaintext_size = head_size + tail_size;
	guint8 *plaintext = pipit_scratch_new(plaintext_size);
	memcpy(plaintext, block + KEY_LEN, head_size);
	memcpy(plaintext + head_size, tail, tail_size);
	crypt_in_place(block, plaintext, plaintext_size);
	guint8 tag[TAG_LEN];
	make_tag(block, plaintext, plaintext_size, pipit_device_public_identity_hash(sender),
		 pipit_device_secrets_identity(recipient)->hash, tag);
	if (!pipit_equal_constant_time(tag, block + SALT_LEN, TAG_LEN)) {
		pipit_scratch_free(plaintext);
		return NULL;
	}
	return pipit_secret_bytes_take(plaintext, plaintext, plaintext_size);
}

static GBytes *
open_body(const PipitDeviceSecrets *recipient, const PipitDevicePublic *sender, const Parts *parts)
{
	gsize block_size = pipit_device_secrets_rsa_size(recipient);
	gsize tail_size = parts->body_size - block_size;
	guint8 content[PIPIT_RSA_MAX_LEN];
	gssize size = pipit_device_secrets_rsa_decrypt(recipient, parts->body, content);
	GBytes *plaintext = NULL;
	if (block_content_fits(size, tail_size))
		plaintext =
			decrypt(recipient, sender, content, (gsize)size, parts->body + block_size, tail_size);
	pipit_wipe(content, sizeof content);
	pipit_wipe_stack();
	return plaintext;
}

static void
block_hash(const guint8 *block, gsize size, guint8 replay[static PIPIT_PAIR_REPLAY_LEN])
{
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, size, block);
	sha256_digest(&hash, PIPIT_PAIR_REPLAY_LEN, replay);
}

GBytes *
pipit_pair_open(const PipitDeviceSecrets *recipient, const PipitDevicePublic *sender, GBytes *payload,
		guint8 replay[static PIPIT_PAIR_REPLAY_LEN], GError **error)
{
	gsize block_size = pipit_device_secrets_rsa_size(recipient);
	Parts parts;
	if (!parts_parse(payload, block_size, &parts) || !signed_by(sender, &parts))
		return pipit_seal_refuse(error);
	GBytes *plaintext = open_body(recipient, sender, &parts);
	if (plaintext == NULL)
		return pipit_seal_refuse(error);
	block_hash(parts.body, block_size, replay);
	return plaintext;
}
