/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/ecdsa_der.h"
#include "crypto/oaep.h"
#include "crypto/pair.h"
#include "tests/crypto/kept.h"

#define RSA_SIZE 160

/* Alice writes to Bob, whose RSA key has 1280 bits; Carol is somebody else. */
typedef struct {
	PipitDeviceSecrets *alice;
	PipitDeviceSecrets *bob;
	PipitDevicePublic *alice_public;
	PipitDevicePublic *bob_public;
	PipitDevicePublic *carol_public;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	fixture->alice = kept_secrets("sender");
	fixture->bob = kept_secrets("rsa1280");
	fixture->alice_public = kept_public("sender");
	fixture->bob_public = kept_public("rsa1280");
	fixture->carol_public = kept_public("rsa2048");
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_device_secrets_unref(fixture->alice);
	pipit_device_secrets_unref(fixture->bob);
	pipit_device_public_unref(fixture->alice_public);
	pipit_device_public_unref(fixture->bob_public);
	pipit_device_public_unref(fixture->carol_public);
}

static GBytes *
seal(Fixture *fixture, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) plaintext = kept_plaintext(size);
	GBytes *payload = pipit_pair_seal(fixture->alice, fixture->bob_public, plaintext, &error);
	g_assert_no_error(error);
	return payload;
}

static GBytes *
open_from(Fixture *fixture, const PipitDevicePublic *sender, GBytes *payload, GError **error)
{
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	memset(replay, 0x77, sizeof replay);
	GBytes *plaintext = pipit_pair_open(fixture->bob, sender, payload, replay, error);
	if (plaintext == NULL) {
		for (gsize i = 0; i < sizeof replay; i++) /* nothing is written on refusal */
			g_assert_cmpuint(replay[i], ==, 0x77);
	}
	return plaintext;
}

static void
assert_refused_from(Fixture *fixture, const PipitDevicePublic *sender, const guint8 *bytes, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) same = NULL;
	g_autoptr(GBytes) payload = g_bytes_new(bytes, size);
	g_assert_null(open_from(fixture, sender, payload, &error));
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED);
	pipit_seal_refuse(&same);
	g_assert_cmpstr(error->message, ==, same->message);
}

static void
assert_refused(Fixture *fixture, const guint8 *bytes, gsize size)
{
	assert_refused_from(fixture, fixture->alice_public, bytes, size);
}

/* Puts Alice's right signature under any body. */
static GBytes *
signed_payload(Fixture *fixture, const guint8 *body, gsize size)
{
	guint8 digest[20];
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	guint8 der[PIPIT_ECDSA_DER_MAX];
	gsize digest_size = sizeof digest;
	g_autoptr(GChecksum) sha1 = g_checksum_new(G_CHECKSUM_SHA1);
	g_checksum_update(sha1, body, (gssize)size);
	g_checksum_get_digest(sha1, digest, &digest_size);
	pipit_device_secrets_pair_sign_digest(fixture->alice, digest, raw);
	guint8 signature_size = (guint8)pipit_ecdsa_to_der(raw, der);
	guint8 header[] = {0x02, (guint8)(size >> 8), (guint8)size};
	GByteArray *payload = g_byte_array_new();
	g_byte_array_append(payload, header, sizeof header);
	g_byte_array_append(payload, body, (guint)size);
	g_byte_array_append(payload, &signature_size, 1);
	g_byte_array_append(payload, der, signature_size);
	return g_byte_array_free_to_bytes(payload);
}

static void
test_round_trip(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	static const gsize sizes[] = {0, 1, 15, 16, 17, 99, 100, 101, 102, 4096, 16000, 65475};
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) expected = kept_plaintext(sizes[i]);
		g_autoptr(GBytes) payload = seal(fixture, sizes[i]);
		g_autoptr(GBytes) plaintext = open_from(fixture, fixture->alice_public, payload, &error);
		g_assert_no_error(error);
		g_assert_true(g_bytes_equal(plaintext, expected));
	}
}

static void
test_too_large(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	static const gsize sizes[] = {65476, 100000};
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) plaintext = kept_plaintext(sizes[i]);
		g_assert_null(pipit_pair_seal(fixture->alice, fixture->bob_public, plaintext, &error));
		g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_TOO_LARGE);
	}
}

static void
test_replay_is_the_hash_of_the_rsa_block(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	guint8 expected[PIPIT_PAIR_REPLAY_LEN];
	gsize size = sizeof expected;
	g_autoptr(GBytes) payload = seal(fixture, 200);
	g_autoptr(GBytes) plaintext =
		pipit_pair_open(fixture->bob, fixture->alice_public, payload, replay, NULL);
	g_assert_nonnull(plaintext);
	g_autoptr(GChecksum) sha256 = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sha256, (const guint8 *)g_bytes_get_data(payload, NULL) + 3, RSA_SIZE);
	g_checksum_get_digest(sha256, expected, &size);
	kept_assert_equal(replay, sizeof replay, expected, sizeof expected);
}

static void
test_every_truncation_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 120);
	for (gsize size = 0; size < g_bytes_get_size(payload); size++) {
		/* A copy of the exact size, so that a read past the end is seen. */
		g_autofree guint8 *cut = g_memdup2(g_bytes_get_data(payload, NULL), size);
		assert_refused(fixture, cut, size);
	}
}

static void
test_every_flipped_bit_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 110);
	gsize size = g_bytes_get_size(payload);
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(payload, NULL), size);
	for (gsize bit = 0; bit < 8 * size; bit++) {
		bytes[bit / 8] ^= (guint8)(1 << bit % 8);
		assert_refused(fixture, bytes, size);
		bytes[bit / 8] ^= (guint8)(1 << bit % 8);
	}
}

/* The same where the signature is right, as a dishonest sender could make it: OAEP and the tag hold by themselves. */
static void
test_every_flipped_bit_below_the_signature_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 110);
	g_autofree guint8 *body =
		g_memdup2((const guint8 *)g_bytes_get_data(payload, NULL) + 3, RSA_SIZE + 10);
	for (gsize bit = 0; bit < (gsize)8 * (RSA_SIZE + 10); bit += bit < (gsize)8 * RSA_SIZE ? 5 : 1) {
		body[bit / 8] ^= (guint8)(1 << bit % 8);
		g_autoptr(GBytes) changed = signed_payload(fixture, body, RSA_SIZE + 10);
		assert_refused(fixture, g_bytes_get_data(changed, NULL), g_bytes_get_size(changed));
		body[bit / 8] ^= (guint8)(1 << bit % 8);
	}
	g_autoptr(GBytes) right = signed_payload(fixture, body, RSA_SIZE + 10);
	g_autoptr(GBytes) plaintext = open_from(fixture, fixture->alice_public, right, NULL);
	g_assert_nonnull(plaintext);
}

static void
test_trailing_bytes_are_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 10);
	gsize size = g_bytes_get_size(payload);
	g_autofree guint8 *longer = g_malloc0(size + 1);
	memcpy(longer, g_bytes_get_data(payload, NULL), size);
	assert_refused(fixture, longer, size + 1);
	longer[3 + RSA_SIZE]++; /* counted into the signature */
	assert_refused(fixture, longer, size + 1);
}

static void
test_swapped_identities_are_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 10);
	assert_refused_from(fixture, fixture->carol_public, g_bytes_get_data(payload, NULL),
			    g_bytes_get_size(payload));
	assert_refused_from(fixture, fixture->bob_public, g_bytes_get_data(payload, NULL),
			    g_bytes_get_size(payload));
	/* Alice's block for Bob, signed anew by Carol: the tag names Alice. */
	g_autoptr(PipitDeviceSecrets) carol = kept_secrets("rsa2048");
	Fixture stolen = *fixture;
	stolen.alice = carol;
	g_autoptr(GBytes) resigned =
		signed_payload(&stolen, (const guint8 *)g_bytes_get_data(payload, NULL) + 3, RSA_SIZE);
	assert_refused_from(fixture, fixture->carol_public, g_bytes_get_data(resigned, NULL),
			    g_bytes_get_size(resigned));
}

static void
test_tail_before_a_full_block_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	guint8 body[RSA_SIZE + 50] = {0};
	g_autoptr(GBytes) payload = seal(fixture, 60);
	memcpy(body, (const guint8 *)g_bytes_get_data(payload, NULL) + 3, RSA_SIZE);
	g_autoptr(GBytes) changed = signed_payload(fixture, body, sizeof body);
	assert_refused(fixture, g_bytes_get_data(changed, NULL), g_bytes_get_size(changed));
}

static void
check_block_content(Fixture *fixture, gsize size)
{
	guint8 padded[RSA_SIZE];
	guint8 block[RSA_SIZE];
	g_autoptr(GBytes) content = kept_plaintext(size);
	pipit_oaep_encode(g_bytes_get_data(content, NULL), size, "", 0, padded, sizeof padded);
	g_assert_true(
		pipit_rsa_public_raw(&pipit_device_public_identity(fixture->bob_public)->rsa, padded, block));
	g_autoptr(GBytes) payload = signed_payload(fixture, block, sizeof block);
	assert_refused(fixture, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
}

/* Right OAEP around what is no key, or has a tag that is not the message's. */
static void
test_other_block_contents_are_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	static const gsize sizes[] = {0, 1, 15, 16, 17, 116, 117, 118};
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		check_block_content(fixture, sizes[i]);
}

static void
test_body_shorter_than_the_block_is_refused(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	static const guint8 body[RSA_SIZE] = {0};
	for (gsize size = 0; size < sizeof body; size += 53) {
		g_autoptr(GBytes) payload = signed_payload(fixture, body, size);
		assert_refused(fixture, g_bytes_get_data(payload, NULL), g_bytes_get_size(payload));
	}
}

/* BER that other readers take: a long length, a padded or negative number. The values stay right. */
static void
test_signature_has_one_form(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GBytes) payload = seal(fixture, 0);
	const guint8 *bytes = g_bytes_get_data(payload, NULL);
	const gsize start = 3 + RSA_SIZE + 1;
	gsize size = g_bytes_get_size(payload);
	guint8 changed[3 + RSA_SIZE + 1 + 80];

	memcpy(changed, bytes, start + 1); /* 30 81 len */
	changed[start - 1]++;
	changed[start + 1] = 0x81;
	memcpy(changed + start + 2, bytes + start + 1, size - start - 1);
	assert_refused(fixture, changed, size + 1);

	memcpy(changed, bytes, start + 4); /* 30 len 02 len 00 r */
	changed[start - 1]++;
	changed[start + 1]++;
	changed[start + 3]++;
	changed[start + 4] = 0;
	memcpy(changed + start + 5, bytes + start + 4, size - start - 4);
	assert_refused(fixture, changed, size + 1);
}

static gpointer
worker(gpointer user_data)
{
	Fixture *fixture = user_data;
	for (gsize i = 0; i < 20; i++) {
		g_autoptr(GBytes) expected = kept_plaintext(90 + i);
		g_autoptr(GBytes) payload = seal(fixture, 90 + i);
		g_autoptr(GBytes) plaintext = open_from(fixture, fixture->alice_public, payload, NULL);
		g_assert_true(plaintext != NULL && g_bytes_equal(plaintext, expected));
	}
	return NULL;
}

static void
test_threads_share_keys(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	GThread *threads[4];
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		threads[i] = g_thread_new("seal", worker, fixture);
	for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
		g_thread_join(threads[i]);
}

#define ADD(name, function) g_test_add("/pair/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("round-trip", test_round_trip);
	ADD("too-large", test_too_large);
	ADD("replay-is-the-hash-of-the-rsa-block", test_replay_is_the_hash_of_the_rsa_block);
	ADD("every-truncation-is-refused", test_every_truncation_is_refused);
	ADD("every-flipped-bit-is-refused", test_every_flipped_bit_is_refused);
	ADD("every-flipped-bit-below-the-signature-is-refused",
	    test_every_flipped_bit_below_the_signature_is_refused);
	ADD("trailing-bytes-are-refused", test_trailing_bytes_are_refused);
	ADD("swapped-identities-are-refused", test_swapped_identities_are_refused);
	ADD("tail-before-a-full-block-is-refused", test_tail_before_a_full_block_is_refused);
	ADD("other-block-contents-are-refused", test_other_block_contents_are_refused);
	ADD("body-shorter-than-the-block-is-refused", test_body_shorter_than_the_block_is_refused);
	ADD("signature-has-one-form", test_signature_has_one_form);
	ADD("threads-share-keys", test_threads_share_keys);
	return g_test_run();
}
