/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One call for a whole message: key schedule, key stream, and both wiped. */
#include "crypto/aes_ctr.h"

#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <string.h>

#include "crypto/secret.h"

static void
encrypt_128(const void *aes, size_t size, uint8_t *out, const uint8_t *in)
{
	aes128_encrypt(aes, size, out, in);
}

static void
encrypt_256(const void *aes, size_t size, uint8_t *out, const uint8_t *in)
{
	aes256_encrypt(aes, size, out, in);
}

static void
crypt_in_place(const void *aes, nettle_cipher_func *encrypt, const guint8 counter[static PIPIT_AES_BLOCK_LEN],
	       guint8 *bytes, gsize size)
{
	guint8 running[PIPIT_AES_BLOCK_LEN];
	memcpy(running, counter, sizeof running);
	ctr_crypt(aes, encrypt, sizeof running, running, size, bytes, bytes);
}

void
pipit_aes128_ctr(const guint8 key[static PIPIT_AES128_KEY_LEN],
		 const guint8 counter[static PIPIT_AES_BLOCK_LEN], guint8 *bytes, gsize size)
{
	struct aes128_ctx aes;
	aes128_set_encrypt_key(&aes, key);
	crypt_in_place(&aes, encrypt_128, counter, bytes, size);
	pipit_wipe(&aes, sizeof aes);
}

void
pipit_aes256_ctr(const guint8 key[static PIPIT_AES256_KEY_LEN],
		 const guint8 counter[static PIPIT_AES_BLOCK_LEN], guint8 *bytes, gsize size)
{
	struct aes256_ctx aes;
	aes256_set_encrypt_key(&aes, key);
	crypt_in_place(&aes, encrypt_256, counter, bytes, size);
	pipit_wipe(&aes, sizeof aes);
}
