/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing of ours reads these forms, so that the readers are the tests' own; they are strict, since a file may try them too. */
#include "tests/crypto/vectors_key.h"

#include <string.h>

#include "crypto/der.h"

#define TAG_BIT_STRING 0x03
#define TAG_OCTET_STRING 0x04
#define TAG_OID 0x06

VectorEncoding
vector_encoding_parse(const char *name)
{
	static const char *const names[] = {"ecpoint", "asn", "pem", "webcrypto"};
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_strcmp0(name, names[i]) == 0)
			return (VectorEncoding)i;
	}
	return VECTOR_ENCODING_OTHER;
}

gboolean
vector_is_p256(const char *curve)
{
	return g_strcmp0(curve, "secp256r1") == 0 || g_strcmp0(curve, "P-256") == 0;
}

static gboolean
read_oid(PipitDerReader *reader, const guint8 *oid, gsize size)
{
	PipitDerReader content;
	return pipit_der_read(reader, TAG_OID, &content) && content.left == size &&
	       memcmp(content.at, oid, size) == 0;
}

/* AlgorithmIdentifier: a key on the named curve P-256 (RFC 5480). */
static gboolean
read_algorithm(PipitDerReader *reader)
{
	static const guint8 ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
	static const guint8 prime256v1[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	PipitDerReader algorithm;
	return pipit_der_read(reader, PIPIT_DER_SEQUENCE, &algorithm) &&
	       read_oid(&algorithm, ec_public_key, sizeof ec_public_key) &&
	       read_oid(&algorithm, prime256v1, sizeof prime256v1) && algorithm.left == 0;
}

static GBytes *
point_of_spki(GBytes *spki)
{
	PipitDerReader whole = {.at = g_bytes_get_data(spki, NULL), .left = g_bytes_get_size(spki)};
	PipitDerReader fields;
	PipitDerReader bits;
	gboolean read = pipit_der_read(&whole, PIPIT_DER_SEQUENCE, &fields) && whole.left == 0 &&
			read_algorithm(&fields) && pipit_der_read(&fields, TAG_BIT_STRING, &bits) &&
			fields.left == 0;
	if (!read || bits.left < 1 || bits.at[0] != 0)
		return NULL;
	return g_bytes_new(bits.at + 1, bits.left - 1);
}

static gboolean
read_version(PipitDerReader *reader, guint8 expected)
{
	guint8 version = 0;
	return pipit_der_read_unsigned(reader, &version, 1) && version == expected;
}

/* ECPrivateKey (RFC 5915), whose curve and public key may be left out, and are not needed. */
static gboolean
scalar_of_sec1(PipitDerReader *reader, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	PipitDerReader key;
	PipitDerReader octets;
	if (!pipit_der_read(reader, PIPIT_DER_SEQUENCE, &key) || reader->left != 0 ||
	    !read_version(&key, 1) || !pipit_der_read(&key, TAG_OCTET_STRING, &octets))
		return FALSE;
	g_autoptr(GBytes) number = g_bytes_new(octets.at, octets.left);
	return vector_number(number, scalar, PIPIT_P256_SCALAR_LEN);
}

/* PrivateKeyInfo (RFC 5208) around one. */
static gboolean
scalar_of_pkcs8(PipitDerReader *reader, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	PipitDerReader fields;
	PipitDerReader key;
	return pipit_der_read(reader, PIPIT_DER_SEQUENCE, &fields) && reader->left == 0 &&
	       read_version(&fields, 0) && read_algorithm(&fields) &&
	       pipit_der_read(&fields, TAG_OCTET_STRING, &key) && scalar_of_sec1(&key, scalar);
}

/* Base64 that has one form: g_base64_decode() passes over what it does not know. Returns: NULL for any other. */
static GBytes *
read_base64(const char *text)
{
	gsize size = 0;
	g_autofree guchar *bytes = g_base64_decode(text, &size);
	g_autofree char *again = g_base64_encode(bytes, size);
	return strcmp(again, text) == 0 ? g_bytes_new(bytes, size) : NULL;
}

/* The bytes between the lines that begin and end a @label (RFC 7468); NULL if there is not just that. */
static GBytes *
read_pem(const char *pem, const char *label)
{
	g_autofree char *begin = g_strdup_printf("-----BEGIN %s-----\n", label);
	g_autofree char *end = g_strdup_printf("\n-----END %s-----", label);
	g_autofree char *text = g_strchomp(g_strdup(pem));
	if (!g_str_has_prefix(text, begin) || !g_str_has_suffix(text, end) ||
	    strlen(text) < strlen(begin) + strlen(end))
		return NULL;
	text[strlen(text) - strlen(end)] = '\0';
	g_auto(GStrv) lines = g_strsplit(text + strlen(begin), "\n", -1);
	g_autofree char *body = g_strjoinv("", lines);
	return read_base64(body);
}

static PipitDerReader
der_of(GBytes *bytes)
{
	return (PipitDerReader){.at = g_bytes_get_data(bytes, NULL), .left = g_bytes_get_size(bytes)};
}

static GBytes *
point_of_pem(const char *pem)
{
	g_autoptr(GBytes) spki = read_pem(pem, "PUBLIC KEY");
	return spki != NULL ? point_of_spki(spki) : NULL;
}

static gboolean
scalar_of_pem(const char *pem, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	g_autoptr(GBytes) pkcs8 = read_pem(pem, "PRIVATE KEY");
	g_autoptr(GBytes) sec1 = read_pem(pem, "EC PRIVATE KEY");
	if (pkcs8 == NULL && sec1 == NULL)
		return FALSE;
	PipitDerReader reader = der_of(pkcs8 != NULL ? pkcs8 : sec1);
	return pkcs8 != NULL ? scalar_of_pkcs8(&reader, scalar) : scalar_of_sec1(&reader, scalar);
}

/* A number of a JSON Web Key (RFC 7518, section 6.2): exactly 32 bytes in base64url without padding. */
static gboolean
jwk_number(JsonObject *jwk, const char *name, guint8 number[static 32])
{
	const char *text = vector_string(jwk, name);
	if (text == NULL || strpbrk(text, "+/=") != NULL)
		return FALSE;
	g_autofree char *standard = g_strconcat(text, &"==="[3 - (4 - strlen(text) % 4) % 4], NULL);
	g_strdelimit(standard, "-", '+');
	g_strdelimit(standard, "_", '/');
	g_autoptr(GBytes) bytes = read_base64(standard);
	if (bytes == NULL || g_bytes_get_size(bytes) != 32)
		return FALSE;
	memcpy(number, g_bytes_get_data(bytes, NULL), 32);
	return TRUE;
}

static GBytes *
point_of_jwk(JsonObject *jwk)
{
	guint8 point[PIPIT_P256_POINT_LEN] = {0x04};
	gboolean read = vector_is_p256(vector_string(jwk, "crv")) && jwk_number(jwk, "x", point + 1) &&
			jwk_number(jwk, "y", point + 33);
	return read ? g_bytes_new(point, sizeof point) : NULL;
}

static gboolean
scalar_of_hex(JsonObject *test, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	g_autoptr(GBytes) number = vector_hex(test, "private");
	return g_bytes_get_size(number) > 0 && vector_number(number, scalar, PIPIT_P256_SCALAR_LEN);
}

GBytes *
vector_key_public(JsonObject *test, VectorEncoding encoding)
{
	g_autoptr(GBytes) hex = NULL;
	switch (encoding) {
	case VECTOR_ENCODING_POINT:
		return vector_hex(test, "public");
	case VECTOR_ENCODING_SPKI:
		hex = vector_hex(test, "public");
		return point_of_spki(hex);
	case VECTOR_ENCODING_PEM:
		return point_of_pem(vector_text(test, "public"));
	case VECTOR_ENCODING_JWK:
		return point_of_jwk(vector_object(test, "public"));
	case VECTOR_ENCODING_OTHER:
		break;
	}
	return NULL;
}

gboolean
vector_key_private(JsonObject *test, VectorEncoding encoding, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	switch (encoding) {
	case VECTOR_ENCODING_POINT:
	case VECTOR_ENCODING_SPKI:
		return scalar_of_hex(test, scalar);
	case VECTOR_ENCODING_PEM:
		return scalar_of_pem(vector_text(test, "private"), scalar);
	case VECTOR_ENCODING_JWK:
		return jwk_number(vector_object(test, "private"), "d", scalar);
	case VECTOR_ENCODING_OTHER:
		break;
	}
	return FALSE;
}
