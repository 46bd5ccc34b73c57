/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass over a file: encrypted, or decrypted, and hashed meanwhile. */
#include "crypto/attachment.h"

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "crypto/aes_ctr.h"
#include "crypto/secret.h"

/* Encrypting and hashing take turns on so much, which the processor's cache holds. */
#define TURN 16384

struct PipitAttachmentCipher {
	struct aes256_ctx aes;
	guint8 counter[PIPIT_AES_BLOCK_LEN];
	guint8 pad[PIPIT_AES_BLOCK_LEN]; /* the key stream of the block that the last piece ended in */
	guint pad_used;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
};

PipitAttachmentCipher *
pipit_attachment_cipher_new(const guint8 key[static PIPIT_ATTACHMENT_KEY_LEN])
{
	PipitAttachmentCipher *cipher = pipit_secret_new(sizeof *cipher);
	aes256_set_encrypt_key(&cipher->aes, key);
	pipit_wipe_stack();
	cipher->pad_used = PIPIT_AES_BLOCK_LEN;
	sha1_init(&cipher->sha1);
	sha256_init(&cipher->sha256);
	return cipher;
}

void
pipit_attachment_cipher_free(PipitAttachmentCipher *cipher)
{
	pipit_secret_free(cipher);
}

static void
encrypt_block(const void *aes, size_t size, uint8_t *out, const uint8_t *in)
{
	aes256_encrypt(aes, size, out, in);
}

static void
run_ctr(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size)
{
	ctr_crypt(&cipher->aes, encrypt_block, sizeof cipher->counter, cipher->counter, size, bytes, bytes);
}

static gsize
use_pad(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size)
{
	gsize used = 0;
	while (used < size && cipher->pad_used < PIPIT_AES_BLOCK_LEN)
		bytes[used++] ^= cipher->pad[cipher->pad_used++];
	return used;
}

static void
new_pad(PipitAttachmentCipher *cipher)
{
	for (guint i = 0; i < PIPIT_AES_BLOCK_LEN; i++)
		cipher->pad[i] = 0;
	run_ctr(cipher, cipher->pad, sizeof cipher->pad);
	cipher->pad_used = 0;
}

static void
xor_key_stream(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size)
{
	gsize done = use_pad(cipher, bytes, size);
	gsize whole = (size - done) - (size - done) % PIPIT_AES_BLOCK_LEN;
	if (whole > 0)
		run_ctr(cipher, bytes + done, whole);
	done += whole;
	if (done == size)
		return;
	new_pad(cipher);
	use_pad(cipher, bytes + done, size - done);
}

static void
hash(PipitAttachmentCipher *cipher, const guint8 *bytes, gsize size)
{
	sha1_update(&cipher->sha1, size, bytes);
	sha256_update(&cipher->sha256, size, bytes);
}

void
pipit_attachment_encrypt(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size)
{
	for (gsize done = 0; done < size; done += TURN) {
		gsize turn = MIN(size - done, TURN);
		xor_key_stream(cipher, bytes + done, turn);
		hash(cipher, bytes + done, turn);
	}
	pipit_wipe_stack();
}

void
pipit_attachment_decrypt(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size)
{
	for (gsize done = 0; done < size; done += TURN) {
		gsize turn = MIN(size - done, TURN);
		hash(cipher, bytes + done, turn);
		xor_key_stream(cipher, bytes + done, turn);
	}
	pipit_wipe_stack();
}

void
pipit_attachment_digests(const PipitAttachmentCipher *cipher, PipitAttachmentDigests *digests)
{
	struct sha1_ctx sha1 = cipher->sha1;
	struct sha256_ctx sha256 = cipher->sha256;
	sha1_digest(&sha1, sizeof digests->sha1, digests->sha1);
	sha256_digest(&sha256, sizeof digests->sha256, digests->sha256);
}
