/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small written forms of which there is one for each value: what is read and written again is what came. */
#include <string.h>

#include "crypto/ecdsa_der.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/secret.h"
#include "protocol/base64.h"
#include "protocol/handle.h"
#include "protocol/origin.h"
#include "protocol/uuid.h"
#include "tests/fuzz/fuzz.h"

enum {
	ECDSA,
	RSA_PUBLIC,
	RSA_PEM,
	BASE64,
	HANDLE,
	ORIGIN,
	UUID,
	WAYS
};

static void
read_ecdsa(GBytes *bytes)
{
	gsize size;
	const guint8 *der = g_bytes_get_data(bytes, &size);
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	guint8 again[PIPIT_ECDSA_DER_MAX];
	if (pipit_ecdsa_from_der(der, size, raw))
		fuzz_require(pipit_ecdsa_to_der(raw, again) == size && memcmp(der, again, size) == 0);
}

static void
read_rsa_public(GBytes *bytes)
{
	gsize size;
	const guint8 *der = g_bytes_get_data(bytes, &size);
	guint8 again[PIPIT_RSA_PUBLIC_DER_MAX];
	PipitRsaPublic key;
	if (pipit_rsa_public_from_der(&key, der, size))
		fuzz_require(pipit_rsa_public_to_der(&key, again) == size && memcmp(der, again, size) == 0);
}

static void
read_rsa_pem(const char *pem)
{
	PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
	if (pipit_rsa_private_from_pem(key, pem)) {
		char *again = pipit_rsa_private_to_pem(key);
		fuzz_require(pipit_rsa_private_from_pem(key, again));
		pipit_secret_string_free(again);
	}
	pipit_secret_free(key);
}

static void
read_base64(const char *text)
{
	g_autoptr(GBytes) bytes = pipit_base64_decode(text, 0, 4096);
	if (bytes == NULL)
		return;
	g_autofree char *again = pipit_base64_encode(bytes);
	fuzz_require(strcmp(text, again) == 0);
}

/* What was normalised is valid, and stays as it is. */
static void
read_handle(const char *text)
{
	g_autofree char *handle = pipit_handle_parse(text);
	fuzz_require(!pipit_handle_valid(text) || (handle != NULL && strcmp(handle, text) == 0));
	if (handle == NULL)
		return;
	fuzz_require(pipit_handle_valid(handle));
	g_autofree char *again = pipit_handle_parse(handle);
	fuzz_require(g_strcmp0(handle, again) == 0);
	fuzz_require(pipit_handle_display(handle)[0] != '\0');
}

static void
read_origin(const char *text)
{
	g_autofree char *origin = pipit_origin_parse(text);
	if (origin == NULL)
		return;
	g_autofree char *again = pipit_origin_parse(origin);
	fuzz_require(g_strcmp0(origin, again) == 0);
	fuzz_require(pipit_origin_allows(origin));
	fuzz_require(g_str_has_prefix(origin, "https://") || pipit_origin_is_loopback(origin));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	guint way = fuzz_byte(&input) % WAYS;
	FuzzInput copy = input;
	g_autoptr(GBytes) bytes = fuzz_rest(&copy);
	g_autofree char *text = fuzz_string(&input);
	fuzz_random_reset();
	if (way == ECDSA)
		read_ecdsa(bytes);
	else if (way == RSA_PUBLIC)
		read_rsa_public(bytes);
	else if (way == RSA_PEM)
		read_rsa_pem(text);
	else if (way == BASE64)
		read_base64(text);
	else if (way == HANDLE)
		read_handle(text);
	else if (way == ORIGIN)
		read_origin(text);
	else
		fuzz_require(!pipit_uuid_valid(text) || strlen(text) == 36);
	return 0;
}
