/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wycheproof's RSAES-OAEP, HKDF and HMAC, and NIST's AES-CTR. */
#include <nettle/hmac.h>
#include <string.h>

#include "crypto/aes_ctr.h"
#include "crypto/hkdf.h"
#include "crypto/oaep.h"
#include "crypto/secret.h"
#include "tests/crypto/vectors.h"

static gboolean
key_number(JsonObject *numbers, const char *name, guint8 *field, gsize size)
{
	g_autoptr(GBytes) number = vector_hex(numbers, name);
	return g_bytes_get_size(number) > 0 && vector_number(number, field, size);
}

static gboolean
read_rsa_key(JsonObject *numbers, PipitRsaPrivate *key)
{
	guint8 modulus[PIPIT_RSA_MAX_LEN];
	if (!key_number(numbers, "modulus", modulus, sizeof modulus))
		return FALSE;
	gsize zeros = 0;
	while (zeros < sizeof modulus && modulus[zeros] == 0)
		zeros++;
	return pipit_rsa_public_set(&key->public_half, modulus + zeros, sizeof modulus - zeros) &&
	       key_number(numbers, "privateExponent", key->d, sizeof key->d) &&
	       key_number(numbers, "prime1", key->p, sizeof key->p) &&
	       key_number(numbers, "prime2", key->q, sizeof key->q) &&
	       key_number(numbers, "exponent1", key->dp, sizeof key->dp) &&
	       key_number(numbers, "exponent2", key->dq, sizeof key->dq) &&
	       key_number(numbers, "coefficient", key->qinv, sizeof key->qinv) &&
	       pipit_rsa_private_valid(key);
}

/* Why a group is not for us; NULL if it is. */
static const char *
oaep_left_out(JsonObject *group, JsonObject *numbers)
{
	gint64 bits = json_object_get_int_member_with_default(group, "keySize", 0);
	guint8 exponent[8];
	static const guint8 accepted[8] = {0, 0, 0, 0, 0, 1, 0, 1};
	if (g_strcmp0(vector_string(group, "sha"), "SHA-1") != 0 ||
	    g_strcmp0(vector_string(group, "mgfSha"), "SHA-1") != 0)
		return "a hash or MGF hash other than SHA-1";
	if (bits < PIPIT_RSA_MIN_BITS || bits > PIPIT_RSA_MAX_BITS)
		return "an RSA key of a size that is not accepted";
	if (numbers == NULL || !json_object_has_member(numbers, "coefficient"))
		return "an RSA key without its primes";
	if (!key_number(numbers, "publicExponent", exponent, sizeof exponent) ||
	    memcmp(exponent, accepted, sizeof accepted) != 0)
		return "an RSA key whose e is not 65537";
	return NULL;
}

static VectorOutcome
run_oaep(JsonObject *test, const PipitRsaPrivate *key)
{
	guint8 message[PIPIT_RSA_MAX_LEN];
	g_autoptr(GBytes) ciphertext = vector_hex(test, "ct");
	g_autoptr(GBytes) label = vector_hex(test, "label");
	g_autoptr(GBytes) expected = vector_hex(test, "msg");
	gssize size =
		pipit_oaep_decrypt(key, g_bytes_get_data(ciphertext, NULL), g_bytes_get_size(ciphertext),
				   g_bytes_get_data(label, NULL), g_bytes_get_size(label), message);
	return size < 0 ? VECTOR_REFUSED : vector_compare(message, (gsize)size, expected);
}

void
vector_group_oaep(VectorFile *file, JsonObject *group)
{
	JsonArray *tests = json_object_get_array_member(group, "tests");
	guint n = json_array_get_length(tests);
	JsonObject *numbers = vector_object(group, "privateKey");
	const char *why = oaep_left_out(group, numbers);
	if (why != NULL) {
		vector_leave_out(file, why, n);
		return;
	}
	PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
	gboolean read = read_rsa_key(numbers, key);
	if (!read)
		vector_count_right(file, "the RSA key is not accepted", FALSE);
	for (guint i = 0; read && i < n; i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		vector_count(file, test, run_oaep(test, key));
	}
	pipit_secret_free(key);
}

static PipitHkdfInput
hkdf_input(GBytes *bytes)
{
	return (PipitHkdfInput){g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)};
}

static VectorOutcome
run_hkdf(JsonObject *test)
{
	g_autoptr(GBytes) secret = vector_hex(test, "ikm");
	g_autoptr(GBytes) salt = vector_hex(test, "salt");
	g_autoptr(GBytes) context = vector_hex(test, "info");
	g_autoptr(GBytes) expected = vector_hex(test, "okm");
	gsize size = (gsize)json_object_get_int_member_with_default(test, "size", 0);
	g_autofree guint8 *key = g_malloc(size + 1);
	if (!pipit_hkdf_sha256(hkdf_input(secret), hkdf_input(salt), hkdf_input(context), key, size))
		return VECTOR_REFUSED;
	return vector_compare(key, size, expected);
}

void
vector_group_hkdf(VectorFile *file, JsonObject *group)
{
	JsonArray *tests = json_object_get_array_member(group, "tests");
	for (guint i = 0; i < json_array_get_length(tests); i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		vector_count(file, test, run_hkdf(test));
	}
}

/* Compares as many bytes of @tag as the group's tags have. */
static VectorOutcome
compare_tag(JsonObject *test, const guint8 *tag, gsize size)
{
	g_autoptr(GBytes) expected = vector_hex(test, "tag");
	gboolean equal = g_bytes_get_size(expected) == size &&
			 pipit_equal_constant_time(tag, g_bytes_get_data(expected, NULL), size);
	return equal ? VECTOR_RIGHT : VECTOR_REFUSED;
}

static gsize
tag_size(JsonObject *group)
{
	return (gsize)json_object_get_int_member_with_default(group, "tagSize", 0) / 8;
}

void
vector_group_hmac_sha256(VectorFile *file, JsonObject *group)
{
	JsonArray *tests = json_object_get_array_member(group, "tests");
	for (guint i = 0; i < json_array_get_length(tests); i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		struct hmac_sha256_ctx hmac;
		guint8 tag[SHA256_DIGEST_SIZE];
		g_autoptr(GBytes) key = vector_hex(test, "key");
		g_autoptr(GBytes) message = vector_hex(test, "msg");
		hmac_sha256_set_key(&hmac, g_bytes_get_size(key), g_bytes_get_data(key, NULL));
		hmac_sha256_update(&hmac, g_bytes_get_size(message), g_bytes_get_data(message, NULL));
		hmac_sha256_digest(&hmac, sizeof tag, tag);
		vector_count(file, test, compare_tag(test, tag, tag_size(group)));
	}
}

void
vector_group_hmac_sha1(VectorFile *file, JsonObject *group)
{
	JsonArray *tests = json_object_get_array_member(group, "tests");
	for (guint i = 0; i < json_array_get_length(tests); i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		struct hmac_sha1_ctx hmac;
		guint8 tag[SHA1_DIGEST_SIZE];
		g_autoptr(GBytes) key = vector_hex(test, "key");
		g_autoptr(GBytes) message = vector_hex(test, "msg");
		hmac_sha1_set_key(&hmac, g_bytes_get_size(key), g_bytes_get_data(key, NULL));
		hmac_sha1_update(&hmac, g_bytes_get_size(message), g_bytes_get_data(message, NULL));
		hmac_sha1_digest(&hmac, sizeof tag, tag);
		vector_count(file, test, compare_tag(test, tag, tag_size(group)));
	}
}

static void
run_aes_ctr(VectorFile *file, JsonObject *test)
{
	g_autoptr(GBytes) key = vector_hex(test, "key");
	g_autoptr(GBytes) counter = vector_hex(test, "ctr");
	g_autoptr(GBytes) plaintext = vector_hex(test, "pt");
	g_autoptr(GBytes) expected = vector_hex(test, "ct");
	gsize size = g_bytes_get_size(plaintext);
	g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(plaintext, NULL), size);
	if (g_bytes_get_size(counter) != PIPIT_AES_BLOCK_LEN) {
		vector_leave_out(file, "a counter block of another size than 16 bytes", 1);
		return;
	}
	if (g_bytes_get_size(key) == PIPIT_AES128_KEY_LEN) {
		pipit_aes128_ctr(g_bytes_get_data(key, NULL), g_bytes_get_data(counter, NULL), bytes, size);
	} else if (g_bytes_get_size(key) == PIPIT_AES256_KEY_LEN) {
		pipit_aes256_ctr(g_bytes_get_data(key, NULL), g_bytes_get_data(counter, NULL), bytes, size);
	} else {
		vector_leave_out(file, "an AES key of another size than 128 and 256 bits", 1);
		return;
	}
	vector_count_right(file, vector_text(test, "name"),
			   vector_compare(bytes, size, expected) == VECTOR_RIGHT);
}

gboolean
vector_file_aes_ctr(VectorFile *file, JsonObject *root)
{
	JsonArray *tests = vector_array(root, "tests");
	if (tests == NULL || json_array_get_length(tests) == 0)
		return FALSE;
	JsonObject *first = json_array_get_object_element(tests, 0);
	if (!json_object_has_member(first, "ctr") || !json_object_has_member(first, "pt"))
		return FALSE;
	for (guint i = 0; i < json_array_get_length(tests); i++)
		run_aes_ctr(file, json_array_get_object_element(tests, i));
	return TRUE;
}
