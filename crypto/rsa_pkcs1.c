/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between RSA keys and the bytes that other programs and key files hold; the private form never leaves wiped memory. */
#include "crypto/rsa_pkcs1.h"

#include <nettle/base64.h>
#include <string.h>

#include "crypto/der.h"
#include "crypto/secret.h"

#define PRIVATE_DER_MAX ((gsize)4096) /* a key of 4096 bits takes about 2,350 bytes */
#define PEM_LINE 64                   /* characters (RFC 7468, section 2) */
#define PEM_BEGIN "-----BEGIN RSA PRIVATE KEY-----"
#define PEM_END "-----END RSA PRIVATE KEY-----"

static const guint8 exponent_bytes[] = {0x01, 0x00, 0x01};

gsize
pipit_rsa_public_to_der(const PipitRsaPublic *key, guint8 der[static PIPIT_RSA_PUBLIC_DER_MAX])
{
	PipitDerWriter writer = {der, PIPIT_RSA_PUBLIC_DER_MAX};
	pipit_der_prepend_unsigned(&writer, exponent_bytes, sizeof exponent_bytes);
	pipit_der_prepend_unsigned(&writer, key->modulus, key->size);
	pipit_der_prepend_header(&writer, PIPIT_DER_SEQUENCE, PIPIT_RSA_PUBLIC_DER_MAX - writer.start);
	gsize size = PIPIT_RSA_PUBLIC_DER_MAX - writer.start;
	memmove(der, der + writer.start, size);
	return size;
}

static gboolean
read_modulus(PipitDerReader *reader, PipitRsaPublic *key)
{
	guint8 modulus[PIPIT_RSA_MAX_LEN];
	if (!pipit_der_read_unsigned(reader, modulus, sizeof modulus))
		return FALSE;
	gsize zeros = 0;
	while (zeros < sizeof modulus && modulus[zeros] == 0)
		zeros++;
	return pipit_rsa_public_set(key, modulus + zeros, sizeof modulus - zeros);
}

static gboolean
read_exponent(PipitDerReader *reader)
{
	guint8 exponent[sizeof exponent_bytes];
	return pipit_der_read_unsigned(reader, exponent, sizeof exponent) &&
	       memcmp(exponent, exponent_bytes, sizeof exponent) == 0;
}

gboolean
pipit_rsa_public_from_der(PipitRsaPublic *key, const guint8 *der, gsize size)
{
	PipitDerReader whole = {der, size};
	PipitDerReader fields;
	return pipit_der_read(&whole, PIPIT_DER_SEQUENCE, &fields) && whole.left == 0 &&
	       read_modulus(&fields, key) && read_exponent(&fields) && fields.left == 0;
}

static gboolean
private_from_der(PipitRsaPrivate *key, const guint8 *der, gsize size)
{
	PipitDerReader whole = {der, size};
	PipitDerReader fields;
	guint8 version = 0;
	return pipit_der_read(&whole, PIPIT_DER_SEQUENCE, &fields) && whole.left == 0 &&
	       pipit_der_read_unsigned(&fields, &version, sizeof version) && version == 0 &&
	       read_modulus(&fields, &key->public_half) && read_exponent(&fields) &&
	       pipit_der_read_unsigned(&fields, key->d, sizeof key->d) &&
	       pipit_der_read_unsigned(&fields, key->p, sizeof key->p) &&
	       pipit_der_read_unsigned(&fields, key->q, sizeof key->q) &&
	       pipit_der_read_unsigned(&fields, key->dp, sizeof key->dp) &&
	       pipit_der_read_unsigned(&fields, key->dq, sizeof key->dq) &&
	       pipit_der_read_unsigned(&fields, key->qinv, sizeof key->qinv) && fields.left == 0 &&
	       pipit_rsa_private_valid(key);
}

static void
private_to_der(PipitDerWriter *writer, const PipitRsaPrivate *key)
{
	gsize end = writer->start;
	pipit_der_prepend_unsigned(writer, key->qinv, sizeof key->qinv);
	pipit_der_prepend_unsigned(writer, key->dq, sizeof key->dq);
	pipit_der_prepend_unsigned(writer, key->dp, sizeof key->dp);
	pipit_der_prepend_unsigned(writer, key->q, sizeof key->q);
	pipit_der_prepend_unsigned(writer, key->p, sizeof key->p);
	pipit_der_prepend_unsigned(writer, key->d, sizeof key->d);
	pipit_der_prepend_unsigned(writer, exponent_bytes, sizeof exponent_bytes);
	pipit_der_prepend_unsigned(writer, key->public_half.modulus, key->public_half.size);
	pipit_der_prepend_unsigned(writer, (const guint8 *)"", 1); /* version: two primes */
	pipit_der_prepend_header(writer, PIPIT_DER_SEQUENCE, end - writer->start);
}

/* PEM of @size bytes into @pem, which has room. */
static void
pem_write(char *pem, const guint8 *der, gsize size)
{
	const gsize line = BASE64_BINARY_BLOCK_SIZE * PEM_LINE / BASE64_TEXT_BLOCK_SIZE;
	pem = g_stpcpy(pem, PEM_BEGIN "\n");
	for (gsize done = 0; done < size; done += line) {
		gsize part = MIN(line, size - done);
		base64_encode_raw(pem, part, der + done);
		pem += BASE64_ENCODE_RAW_LENGTH(part);
		*pem++ = '\n';
	}
	g_stpcpy(pem, PEM_END "\n");
}

char *
pipit_rsa_private_to_pem(const PipitRsaPrivate *key)
{
	guint8 *der = pipit_secret_new(PRIVATE_DER_MAX);
	PipitDerWriter writer = {der, PRIVATE_DER_MAX};
	private_to_der(&writer, key);
	gsize size = PRIVATE_DER_MAX - writer.start;
	gsize text = BASE64_ENCODE_RAW_LENGTH(size);
	char *pem = g_malloc(text + text / PEM_LINE + 1 + sizeof PEM_BEGIN "\n" PEM_END "\n");
	pem_write(pem, der + writer.start, size);
	pipit_secret_free(der);
	return pem;
}

/* Finds the base64 between the two lines; FALSE if anything but white space stands around them. */
static gboolean
pem_body(const char *pem, const char **body, gsize *size)
{
	while (g_ascii_isspace(*pem))
		pem++;
	if (!g_str_has_prefix(pem, PEM_BEGIN))
		return FALSE;
	const char *begin = pem + strlen(PEM_BEGIN);
	const char *end = strstr(begin, PEM_END);
	if (end == NULL)
		return FALSE;
	for (const char *rest = end + strlen(PEM_END); *rest != '\0'; rest++) {
		if (!g_ascii_isspace(*rest))
			return FALSE;
	}
	*body = begin;
	*size = (gsize)(end - begin);
	return TRUE;
}

gboolean
pipit_rsa_private_from_pem(PipitRsaPrivate *key, const char *pem)
{
	const char *body = NULL;
	gsize size = 0;
	if (!pem_body(pem, &body, &size) || BASE64_DECODE_LENGTH(size) > 2 * PRIVATE_DER_MAX)
		return FALSE;
	guint8 *der = pipit_secret_new(BASE64_DECODE_LENGTH(size));
	gsize der_size = BASE64_DECODE_LENGTH(size);
	struct base64_decode_ctx decoder;
	base64_decode_init(&decoder);
	gboolean valid = base64_decode_update(&decoder, &der_size, der, size, body) &&
			 base64_decode_final(&decoder) && private_from_der(key, der, der_size);
	pipit_wipe(&decoder, sizeof decoder);
	pipit_secret_free(der);
	return valid;
}
