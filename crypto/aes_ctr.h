/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AES in counter mode (SP 800-38A, section 6.5), the whole 128-bit block counting. */
#pragma once

#include <glib.h>

#define PIPIT_AES_BLOCK_LEN 16
#define PIPIT_AES128_KEY_LEN 16
#define PIPIT_AES256_KEY_LEN 32

/** Each XORs the key stream over @size bytes at @bytes: encrypting and decrypting are the same. */
void pipit_aes128_ctr(const guint8 key[static PIPIT_AES128_KEY_LEN],
		      const guint8 counter[static PIPIT_AES_BLOCK_LEN], guint8 *bytes, gsize size);
void pipit_aes256_ctr(const guint8 key[static PIPIT_AES256_KEY_LEN],
		      const guint8 counter[static PIPIT_AES_BLOCK_LEN], guint8 *bytes, gsize size);
