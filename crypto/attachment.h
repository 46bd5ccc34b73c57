/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The encrypted form of a file (docs/sealed-messages.md, "Attachments"): AES-256-CTR from a counter block of zero, and the
 * SHA-1 and SHA-256 of what comes out. It passes by piece by piece, from its start; pieces may have any length. */
#pragma once

#include <glib.h>

#define PIPIT_ATTACHMENT_KEY_LEN 32
#define PIPIT_SHA1_LEN 20
#define PIPIT_SHA256_LEN 32

typedef struct {
	guint8 sha1[PIPIT_SHA1_LEN];
	guint8 sha256[PIPIT_SHA256_LEN];
} PipitAttachmentDigests;

typedef struct PipitAttachmentCipher PipitAttachmentCipher;

/** At the start of a file. @key: never used for another one, nor for this one once it has changed. Returns: (transfer full) */
PipitAttachmentCipher *pipit_attachment_cipher_new(const guint8 key[static PIPIT_ATTACHMENT_KEY_LEN]);
/** Wipes and frees; NULL is fine. */
void pipit_attachment_cipher_free(PipitAttachmentCipher *cipher);

/** Encrypts the next @size bytes in place, and hashes them as they are then. */
void pipit_attachment_encrypt(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size);
/** Hashes the next @size bytes as they are, and decrypts them in place. */
void pipit_attachment_decrypt(PipitAttachmentCipher *cipher, guint8 *bytes, gsize size);

/** The digests of what has passed so far; more may follow. */
void pipit_attachment_digests(const PipitAttachmentCipher *cipher, PipitAttachmentDigests *digests);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitAttachmentCipher, pipit_attachment_cipher_free)
