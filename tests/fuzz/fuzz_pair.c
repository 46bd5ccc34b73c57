/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening `pair` payloads with valid keys. The first byte says how far in the input begins: most of the ways sign for the
 * sender, since nothing else gets behind the signature. */
#include "crypto/pair.h"

#include <nettle/sha1.h>

#include "crypto/ecdsa_der.h"
#include "crypto/oaep.h"
#include "tests/fuzz/fuzz.h"

enum {
	RAW,
	SIGNED_BODY,
	ENCODED_BLOCK,
	BLOCK_CONTENT,
	SEALED,
	WAYS
};

static FuzzDevice sender;
static FuzzDevice recipient;

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	sender = fuzz_device("sender");
	recipient = fuzz_device("rsa1280");
	return 0;
}

/* Puts the header before @body and the sender's signature behind it. */
static GBytes *
sign_body(const GByteArray *body)
{
	guint8 header[] = {2, (guint8)(body->len >> 8), (guint8)body->len};
	guint8 digest[SHA1_DIGEST_SIZE];
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	guint8 der[PIPIT_ECDSA_DER_MAX];
	struct sha1_ctx hash;
	sha1_init(&hash);
	sha1_update(&hash, body->len, body->data);
	sha1_digest(&hash, sizeof digest, digest);
	pipit_device_secrets_pair_sign_digest(sender.secrets, digest, raw);
	guint8 size = (guint8)pipit_ecdsa_to_der(raw, der);
	GByteArray *payload = g_byte_array_new();
	g_byte_array_append(payload, header, sizeof header);
	g_byte_array_append(payload, body->data, body->len);
	g_byte_array_append(payload, &size, 1);
	g_byte_array_append(payload, der, size);
	return g_byte_array_free_to_bytes(payload);
}

static void
append_rest(GByteArray *body, FuzzInput *input)
{
	g_byte_array_append(body, input->at, (guint)MIN(input->left, 0xffff - body->len));
}

/* The input is what the RSA block decrypts to, padding and all. */
static void
append_encoded_block(GByteArray *body, FuzzInput *input)
{
	const PipitRsaPublic *rsa = &pipit_device_public_identity(recipient.shown)->rsa;
	guint8 encoded[PIPIT_RSA_MAX_LEN];
	guint8 block[PIPIT_RSA_MAX_LEN];
	fuzz_fill(input, encoded, rsa->size);
	if (pipit_rsa_public_raw(rsa, encoded, block))
		g_byte_array_append(body, block, (guint)rsa->size);
}

/* The input is what the padding holds. */
static void
append_block_content(GByteArray *body, FuzzInput *input)
{
	const PipitRsaPublic *rsa = &pipit_device_public_identity(recipient.shown)->rsa;
	guint8 block[PIPIT_RSA_MAX_LEN];
	gsize size = fuzz_byte(input) % (rsa->size - PIPIT_OAEP_OVERHEAD + 1);
	g_autoptr(GBytes) content = fuzz_bytes(input, size);
	const guint8 *bytes = g_bytes_get_data(content, &size);
	pipit_oaep_encrypt(rsa, bytes, size, "", 0, block);
	g_byte_array_append(body, block, (guint)rsa->size);
}

static GBytes *
open_payload(GBytes *payload)
{
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	g_autoptr(GError) error = NULL;
	GBytes *plaintext = pipit_pair_open(recipient.secrets, sender.shown, payload, replay, &error);
	fuzz_require((plaintext == NULL) ==
		     g_error_matches(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED));
	return plaintext;
}

static void
seal_and_open(GBytes *plaintext)
{
	g_autoptr(GBytes) payload = pipit_pair_seal(sender.secrets, recipient.shown, plaintext, NULL);
	if (payload == NULL)
		return;
	g_autoptr(GBytes) opened = open_payload(payload);
	fuzz_require(opened != NULL);
	fuzz_require_equal(plaintext, opened);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	guint way = fuzz_byte(&input) % WAYS;
	g_autoptr(GByteArray) body = g_byte_array_new();
	g_autoptr(GBytes) payload = NULL;
	fuzz_random_reset();
	if (way == SEALED) {
		g_autoptr(GBytes) plaintext = fuzz_rest(&input);
		seal_and_open(plaintext);
		return 0;
	}
	if (way == ENCODED_BLOCK)
		append_encoded_block(body, &input);
	if (way == BLOCK_CONTENT)
		append_block_content(body, &input);
	if (way == RAW) {
		payload = fuzz_rest(&input);
	} else {
		append_rest(body, &input);
		payload = sign_body(body);
	}
	g_autoptr(GBytes) plaintext = open_payload(payload);
	return 0;
}
