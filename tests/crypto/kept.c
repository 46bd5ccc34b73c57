/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RSA keys take long to make, and payloads of another program can't be made here at all: both are kept in files. */
#include "tests/crypto/kept.h"

#include <string.h>

JsonNode *
kept_file(const char *file)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = g_build_filename("tests", "vectors", file, NULL);
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	if (!json_parser_load_from_file(parser, path, &error))
		g_error("%s (run it from the top of the tree)", error->message);
	return json_parser_steal_root(parser);
}

static char *
device_string(const char *name, const char *half, const char *member)
{
	g_autoptr(JsonNode) root = kept_file("devices.json");
	JsonObject *device = json_object_get_object_member(json_node_get_object(root), name);
	return g_strdup(json_object_get_string_member(json_object_get_object_member(device, half), member));
}

GBytes *
kept_hex(const char *hex)
{
	g_assert_cmpuint(strlen(hex) % 2, ==, 0);
	GByteArray *bytes = g_byte_array_new();
	for (; *hex != '\0'; hex += 2) {
		int high = g_ascii_xdigit_value(hex[0]);
		int low = g_ascii_xdigit_value(hex[1]);
		g_assert_true(high >= 0 && low >= 0);
		guint8 byte = (guint8)(high << 4 | low);
		g_byte_array_append(bytes, &byte, 1);
	}
	return g_byte_array_free_to_bytes(bytes);
}

static GBytes *
kept_scalar(const char *name, const char *member)
{
	g_autofree char *hex = kept_private_string(name, member);
	return kept_hex(hex);
}

char *
kept_private_string(const char *name, const char *member)
{
	return device_string(name, "private", member);
}

GBytes *
kept_public_bytes(const char *name, const char *member)
{
	g_autofree char *text = device_string(name, "public", member);
	gsize size = 0;
	guchar *bytes = g_base64_decode(text, &size);
	return g_bytes_new_take(bytes, size);
}

PipitDeviceSecrets *
kept_secrets(const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) pair_signing = kept_scalar(name, "pair_signing");
	g_autoptr(GBytes) device = kept_scalar(name, "device");
	g_autofree char *pem = kept_private_string(name, "pair_rsa");
	PipitDeviceSecrets *secrets = pipit_device_secrets_new(g_bytes_get_data(pair_signing, NULL),
							       g_bytes_get_data(device, NULL), pem, &error);
	g_assert_no_error(error);
	return secrets;
}

PipitPrekeySecret *
kept_prekey(const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonNode) root = kept_file("devices.json");
	JsonObject *device = json_object_get_object_member(json_node_get_object(root), name);
	JsonObject *keys = json_object_get_object_member(device, "private");
	g_autoptr(GBytes) scalar = kept_scalar(name, "prekey");
	double timestamp = json_object_get_double_member(keys, "prekey_timestamp");
	PipitPrekeySecret *prekey =
		pipit_prekey_secret_new(g_bytes_get_data(scalar, NULL), timestamp, &error);
	g_assert_no_error(error);
	return prekey;
}

PipitDevicePublic *
kept_public(const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) identity = kept_public_bytes(name, "pair_identity");
	g_autoptr(GBytes) device_key = kept_public_bytes(name, "device_key");
	g_autoptr(GBytes) record = kept_public_bytes(name, "prekey_record");
	PipitDevicePublic *device = pipit_device_public_new(identity, device_key, record, &error);
	g_assert_no_error(error);
	return device;
}

GBytes *
kept_plaintext(gsize size)
{
	guint8 *bytes = g_malloc(size + 1);
	for (gsize i = 0; i < size; i++)
		bytes[i] = (guint8)(7 * i + size);
	return g_bytes_new_take(bytes, size);
}

static char *
to_hex(const guint8 *bytes, gsize size)
{
	GString *hex = g_string_new(NULL);
	for (gsize i = 0; i < size; i++)
		g_string_append_printf(hex, "%02x", bytes[i]);
	return g_string_free(hex, FALSE);
}

void
kept_assert_equal(gconstpointer got, gsize got_size, gconstpointer expected, gsize expected_size)
{
	g_autofree char *got_hex = to_hex(got, got_size);
	g_autofree char *expected_hex = to_hex(expected, expected_size);
	g_assert_cmpstr(got_hex, ==, expected_hex);
}
