/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wycheproof's ECDSA and ECDH on P-256, in each of their encodings, and RFC 6979's signatures. */
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "crypto/ecdsa_der.h"
#include "crypto/p256.h"
#include "tests/crypto/vectors.h"
#include "tests/crypto/vectors_key.h"

static gboolean
has_flag(JsonObject *test, const char *flag)
{
	JsonArray *flags = vector_array(test, "flags");
	for (guint i = 0; flags != NULL && i < json_array_get_length(flags); i++) {
		if (g_strcmp0(json_array_get_string_element(flags, i), flag) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Hashes with "SHA-1" or "SHA-256". Returns: the digest's size, or 0 for another hash. */
static gsize
hash(const char *name, gconstpointer bytes, gsize size, guint8 digest[static SHA256_DIGEST_SIZE])
{
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	if (g_strcmp0(name, "SHA-256") == 0) {
		sha256_init(&sha256);
		sha256_update(&sha256, size, bytes);
		sha256_digest(&sha256, SHA256_DIGEST_SIZE, digest);
		return SHA256_DIGEST_SIZE;
	}
	if (g_strcmp0(name, "SHA-1") == 0) {
		sha1_init(&sha1);
		sha1_update(&sha1, size, bytes);
		sha1_digest(&sha1, SHA1_DIGEST_SIZE, digest);
		return SHA1_DIGEST_SIZE;
	}
	return 0;
}

static gboolean
read_signature(GBytes *encoded, gboolean der, guint8 raw[static PIPIT_P256_SIGNATURE_LEN])
{
	gsize size = 0;
	const guint8 *bytes = g_bytes_get_data(encoded, &size);
	if (der)
		return pipit_ecdsa_from_der(bytes, size, raw);
	if (size != PIPIT_P256_SIGNATURE_LEN)
		return FALSE;
	memcpy(raw, bytes, size);
	return TRUE;
}

static VectorOutcome
run_ecdsa(JsonObject *test, const char *hash_name, GBytes *point, gboolean der)
{
	guint8 digest[SHA256_DIGEST_SIZE];
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	g_autoptr(GBytes) message = vector_hex(test, "msg");
	g_autoptr(GBytes) signature = vector_hex(test, "sig");
	gsize size = hash(hash_name, g_bytes_get_data(message, NULL), g_bytes_get_size(message), digest);
	gboolean verified = read_signature(signature, der, raw) &&
			    pipit_p256_verify(g_bytes_get_data(point, NULL), digest, size, raw);
	return verified ? VECTOR_RIGHT : VECTOR_REFUSED;
}

void
vector_group_ecdsa(VectorFile *file, JsonObject *group)
{
	JsonArray *tests = json_object_get_array_member(group, "tests");
	guint n = json_array_get_length(tests);
	const char *type = vector_string(group, "type");
	const char *hash_name = vector_string(group, "sha");
	JsonObject *key =
		vector_object(group, json_object_has_member(group, "publicKey") ? "publicKey" : "key");
	guint8 unused[SHA256_DIGEST_SIZE];
	gboolean der = g_strcmp0(type, "EcdsaVerify") == 0;
	if (!der && g_strcmp0(type, "EcdsaP1363Verify") != 0) {
		vector_leave_out(file, "a type of ECDSA test that is not known here", n);
		return;
	}
	if (!vector_is_p256(vector_string(key, "curve"))) {
		vector_leave_out(file, "a curve other than P-256", n);
		return;
	}
	if (hash(hash_name, "", 0, unused) == 0) {
		vector_leave_out(file, "a hash other than SHA-1 and SHA-256", n);
		return;
	}
	g_autoptr(GBytes) point = vector_hex(key, "uncompressed");
	if (g_bytes_get_size(point) != PIPIT_P256_POINT_LEN) {
		vector_count_right(file, "a group's public key can't be read", FALSE);
		return;
	}
	for (guint i = 0; i < n; i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		vector_count(file, test, run_ecdsa(test, hash_name, point, der));
	}
}

/* A private key that can't be read is no refusal of ours: there would be no test. */
static VectorOutcome
run_ecdh(JsonObject *test, VectorEncoding encoding)
{
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 x[PIPIT_P256_COORDINATE_LEN];
	if (!vector_key_private(test, encoding, scalar))
		return VECTOR_WRONG;
	g_autoptr(GBytes) point = vector_key_public(test, encoding);
	g_autoptr(GBytes) expected = vector_hex(test, "shared");
	gboolean taken = point != NULL && g_bytes_get_size(point) == PIPIT_P256_POINT_LEN &&
			 pipit_p256_ecdh(scalar, g_bytes_get_data(point, NULL), x);
	return taken ? vector_compare(x, sizeof x, expected) : VECTOR_REFUSED;
}

/* Forms of a public key that other libraries may take and nothing of ours ever reads. */
static const char *
other_form(JsonObject *test)
{
	if (g_strcmp0(vector_string(test, "result"), "invalid") == 0)
		return NULL;
	if (has_flag(test, "CompressedPoint") || has_flag(test, "CompressedPublic"))
		return "a compressed point in SEC 1 form, which the formats do not have";
	if (has_flag(test, "UnnamedCurve"))
		return "a curve given by its parameters, which the formats do not have";
	return NULL;
}

void
vector_group_ecdh(VectorFile *file, JsonObject *group)
{
	JsonArray *tests = json_object_get_array_member(group, "tests");
	guint n = json_array_get_length(tests);
	VectorEncoding encoding = vector_encoding_parse(vector_string(group, "encoding"));
	if (!vector_is_p256(vector_string(group, "curve"))) {
		vector_leave_out(file, "a curve other than P-256", n);
		return;
	}
	if (encoding == VECTOR_ENCODING_OTHER) {
		vector_leave_out(file, "an encoding of ECDH keys that is not known here", n);
		return;
	}
	for (guint i = 0; i < n; i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		const char *form = other_form(test);
		if (form != NULL)
			vector_leave_out(file, form, 1);
		else
			vector_count(file, test, run_ecdh(test, encoding));
	}
}

/* Signs and verifies with the key, and checks that the nonce gives r. */
static gboolean
run_rfc6979(JsonObject *test, const guint8 *scalar, const guint8 *point)
{
	guint8 digest[SHA256_DIGEST_SIZE];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	guint8 own[PIPIT_P256_SIGNATURE_LEN];
	guint8 nonce[PIPIT_P256_SCALAR_LEN];
	guint8 commitment[PIPIT_P256_POINT_LEN];
	const char *message = vector_text(test, "msg");
	const char *name = vector_string(test, "hash");
	g_autoptr(GBytes) r = vector_hex(test, "r");
	g_autoptr(GBytes) s = vector_hex(test, "s");
	g_autoptr(GBytes) k = vector_hex(test, "k");
	gsize size =
		hash(g_strcmp0(name, "sha1") == 0 ? "SHA-1" : "SHA-256", message, strlen(message), digest);
	return vector_number(r, signature, 32) && vector_number(s, signature + 32, 32) &&
	       vector_number(k, nonce, 32) && pipit_p256_verify(point, digest, size, signature) &&
	       pipit_p256_public(nonce, commitment) && memcmp(commitment + 1, signature, 32) == 0 &&
	       pipit_p256_sign(scalar, digest, size, own) && pipit_p256_verify(point, digest, size, own);
}

gboolean
vector_file_rfc6979(VectorFile *file, JsonObject *root)
{
	JsonArray *tests = vector_array(root, "tests");
	if (!json_object_has_member(root, "d") || !json_object_has_member(root, "q") || tests == NULL)
		return FALSE;
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	g_autoptr(GBytes) d = vector_hex(root, "d");
	g_autoptr(GBytes) q = vector_hex(root, "q");
	gboolean key = vector_number(d, scalar, sizeof scalar) && pipit_p256_public(scalar, point) &&
		       vector_compare(point, sizeof point, q) == VECTOR_RIGHT;
	vector_count_right(file, "the public key", key);
	for (guint i = 0; key && i < json_array_get_length(tests); i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		const char *name = vector_string(test, "hash");
		if (g_strcmp0(name, "sha1") != 0 && g_strcmp0(name, "sha256") != 0)
			vector_leave_out(file, "a hash other than SHA-1 and SHA-256", 1);
		else
			vector_count_right(file, vector_text(test, "msg"), run_rfc6979(test, scalar, point));
	}
	return TRUE;
}
