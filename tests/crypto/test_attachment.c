/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/attachment.h"

#include <string.h>

#include "crypto/aes_ctr.h"
#include "tests/crypto/kept.h"

#define SIZE 100003

static const guint8 key[PIPIT_ATTACHMENT_KEY_LEN] = {1, 2, 3};

static guint8 *
sample(void)
{
	guint8 *bytes = g_malloc(SIZE);
	for (gsize i = 0; i < SIZE; i++)
		bytes[i] = (guint8)(i * 7 + i / 251);
	return bytes;
}

static void
assert_digest(GChecksumType type, const guint8 *bytes, const guint8 *digest, gsize length)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(type);
	guint8 expected[PIPIT_SHA256_LEN];
	gsize size = sizeof expected;
	g_checksum_update(checksum, bytes, SIZE);
	g_checksum_get_digest(checksum, expected, &size);
	kept_assert_equal(digest, length, expected, size);
}

/* In pieces of whatever length it is what it is in one; the counter starts at zero, the hashes are of the encrypted form. */
static void
test_pieces(void)
{
	static const gsize pieces[] = {1, 3, 15, 16, 17, 4096, 16385, SIZE};
	const guint8 counter[PIPIT_AES_BLOCK_LEN] = {0};
	g_autofree guint8 *plain = sample();
	g_autofree guint8 *expected = sample();
	pipit_aes256_ctr(key, counter, expected, SIZE);
	for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autofree guint8 *bytes = sample();
		g_autoptr(PipitAttachmentCipher) encrypting = pipit_attachment_cipher_new(key);
		g_autoptr(PipitAttachmentCipher) decrypting = pipit_attachment_cipher_new(key);
		PipitAttachmentDigests sent;
		PipitAttachmentDigests received;
		for (gsize at = 0; at < SIZE; at += pieces[i])
			pipit_attachment_encrypt(encrypting, bytes + at, MIN(pieces[i], SIZE - at));
		kept_assert_equal(bytes, SIZE, expected, SIZE);
		pipit_attachment_digests(encrypting, &sent);
		assert_digest(G_CHECKSUM_SHA1, expected, sent.sha1, sizeof sent.sha1);
		assert_digest(G_CHECKSUM_SHA256, expected, sent.sha256, sizeof sent.sha256);
		for (gsize at = 0; at < SIZE; at += pieces[i])
			pipit_attachment_decrypt(decrypting, bytes + at, MIN(pieces[i], SIZE - at));
		kept_assert_equal(bytes, SIZE, plain, SIZE);
		pipit_attachment_digests(decrypting, &received);
		kept_assert_equal((const guint8 *)&received, sizeof received, (const guint8 *)&sent,
				  sizeof sent);
	}
}

/* Looking at the digests on the way changes nothing. */
static void
test_digests_so_far(void)
{
	g_autofree guint8 *bytes = sample();
	g_autoptr(PipitAttachmentCipher) cipher = pipit_attachment_cipher_new(key);
	PipitAttachmentDigests none;
	PipitAttachmentDigests half;
	PipitAttachmentDigests all;
	pipit_attachment_digests(cipher, &none);
	pipit_attachment_encrypt(cipher, bytes, SIZE / 2);
	pipit_attachment_digests(cipher, &half);
	pipit_attachment_encrypt(cipher, bytes + SIZE / 2, SIZE - SIZE / 2);
	pipit_attachment_digests(cipher, &all);
	assert_digest(G_CHECKSUM_SHA256, bytes, all.sha256, sizeof all.sha256);
	g_assert_cmpint(memcmp(&none, &half, sizeof none), !=, 0);
	g_assert_cmpint(memcmp(&half, &all, sizeof half), !=, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/attachment/pieces", test_pieces);
	g_test_add_func("/attachment/digests-so-far", test_digests_so_far);
	return g_test_run();
}
