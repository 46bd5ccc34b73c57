/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs write these files too, so they are read strictly, but in any order and with members we do not know. */
#include "tools/pipit/pure_keys.h"

#include <math.h>
#include <string.h>

#include "crypto/secret.h"
#include "protocol/base64.h"
#include "protocol/i18n.h"
#include "protocol/json_reader.h"

#define JSON_MAX 65536
#define PEM_MAX 16384
#define HEX_LEN ((gsize)2 * PIPIT_P256_SCALAR_LEN)
#define IDENTITY_MAX 1024
#define RECORD_MAX 1024

static gboolean
hex_to_scalar(const char *hex, guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	if (strlen(hex) != HEX_LEN)
		return FALSE;
	for (gsize i = 0; i < PIPIT_P256_SCALAR_LEN; i++) {
		int high = g_ascii_xdigit_value(hex[2 * i]);
		int low = g_ascii_xdigit_value(hex[2 * i + 1]);
		if (high < 0 || low < 0)
			return FALSE;
		scalar[i] = (guint8)(high << 4 | low);
	}
	return TRUE;
}

/* Sticky like the functions of protocol/json_reader.h. */
static void
read_scalar(JsonObject *object, const char *name, guint8 scalar[static PIPIT_P256_SCALAR_LEN], GError **error)
{
	const char *hex = pipit_json_string(object, name, HEX_LEN, error);
	if (hex != NULL && !hex_to_scalar(hex, scalar))
		g_set_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER,
			    _("“%s” is not 64 hexadecimal digits."), name);
}

static double
read_number(JsonObject *object, const char *name, GError **error)
{
	if (*error != NULL)
		return 0;
	JsonNode *node = json_object_get_member(object, name);
	GType type = node == NULL ? G_TYPE_INVALID : json_node_get_value_type(node);
	if (type == G_TYPE_INT64)
		return (double)json_node_get_int(node);
	if (type == G_TYPE_DOUBLE && isfinite(json_node_get_double(node)))
		return json_node_get_double(node);
	g_set_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, _("“%s” is not a number."), name);
	return 0;
}

/* json-glib frees strings as they are. */
static void
wipe_string(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);
	if (node == NULL || json_node_get_value_type(node) != G_TYPE_STRING)
		return;
	char *string = (char *)json_node_get_string(node);
	pipit_wipe(string, strlen(string));
}

static gboolean
read_members(PipitPrivateKeys *keys, JsonObject *object, GError **error)
{
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 device[PIPIT_P256_SCALAR_LEN];
	guint8 prekey[PIPIT_P256_SCALAR_LEN];
	g_autoptr(GError) bad = NULL;
	read_scalar(object, "pair_signing", pair_signing, &bad);
	read_scalar(object, "device", device, &bad);
	read_scalar(object, "prekey", prekey, &bad);
	const char *pem = pipit_json_string(object, "pair_rsa", PEM_MAX, &bad);
	double timestamp = read_number(object, "prekey_timestamp", &bad);
	g_auto(PipitPrivateKeys) read = {NULL, NULL};
	if (bad == NULL)
		read.device = pipit_device_secrets_new(pair_signing, device, pem, &bad);
	if (bad == NULL)
		read.prekey = pipit_prekey_secret_new(prekey, timestamp, &bad);
	pipit_wipe(pair_signing, sizeof pair_signing);
	pipit_wipe(device, sizeof device);
	pipit_wipe(prekey, sizeof prekey);
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return FALSE;
	}
	keys->device = g_steal_pointer(&read.device);
	keys->prekey = g_steal_pointer(&read.prekey);
	return TRUE;
}

gboolean
pipit_private_keys_read(PipitPrivateKeys *keys, GBytes *json, GError **error)
{
	static const char *const secret_members[] = {"pair_signing", "device", "prekey", "pair_rsa"};
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(json, JSON_MAX, error);
	if (object == NULL)
		return FALSE;
	gboolean done = read_members(keys, object, error);
	for (gsize i = 0; i < G_N_ELEMENTS(secret_members); i++)
		wipe_string(object, secret_members[i]);
	return done;
}

static void
append_hex(GString *json, const char *name, const guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	g_string_append_printf(json, "\"%s\": \"", name);
	for (gsize i = 0; i < PIPIT_P256_SCALAR_LEN; i++)
		g_string_append_printf(json, "%02x", scalar[i]);
	g_string_append(json, "\", ");
}

static void
append_pem(GString *json, const PipitDeviceSecrets *device)
{
	char *pem = pipit_device_secrets_rsa_pem(device);
	g_string_append(json, "\"pair_rsa\": \"");
	for (const char *at = pem; *at != '\0'; at++) {
		if (*at == '\n')
			g_string_append(json, "\\n");
		else
			g_string_append_c(json, *at);
	}
	g_string_append(json, "\", ");
	pipit_secret_string_free(pem);
}

char *
pipit_private_keys_to_json(const PipitPrivateKeys *keys)
{
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 device[PIPIT_P256_SCALAR_LEN];
	guint8 prekey[PIPIT_P256_SCALAR_LEN];
	char timestamp[G_ASCII_DTOSTR_BUF_SIZE];
	pipit_device_secrets_scalars(keys->device, pair_signing, device);
	pipit_prekey_secret_scalar(keys->prekey, prekey);
	g_ascii_dtostr(timestamp, sizeof timestamp, pipit_prekey_secret_timestamp(keys->prekey));

	/* Room for all of it at once: a string that moves leaves what it held behind. */
	GString *json = g_string_sized_new(PEM_MAX);
	g_string_append_c(json, '{');
	append_hex(json, "pair_signing", pair_signing);
	append_hex(json, "device", device);
	append_hex(json, "prekey", prekey);
	append_pem(json, keys->device);
	g_string_append_printf(json, "\"prekey_timestamp\": %s}\n", timestamp);
	pipit_wipe(pair_signing, sizeof pair_signing);
	pipit_wipe(device, sizeof device);
	pipit_wipe(prekey, sizeof prekey);
	return g_string_free(json, FALSE);
}

void
pipit_private_keys_clear(PipitPrivateKeys *keys)
{
	g_clear_pointer(&keys->device, pipit_device_secrets_unref);
	g_clear_pointer(&keys->prekey, pipit_prekey_secret_unref);
}

/* "pair_signing" says again what the pair identity holds; two answers to one question are refused. */
static void
check_pair_signing(const PipitDevicePublic *device, GBytes *pair_signing, GError **error)
{
	if (memcmp(g_bytes_get_data(pair_signing, NULL), pipit_device_public_pair_signing(device),
		   PIPIT_P256_POINT_LEN) != 0)
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("“pair_signing” is not the key in “pair_identity”."));
}

PipitDevicePublic *
pipit_public_keys_read(GBytes *json, GError **error)
{
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(json, JSON_MAX, error);
	if (object == NULL)
		return NULL;
	g_autoptr(GError) bad = NULL;
	g_autoptr(PipitDevicePublic) device = NULL;
	g_autoptr(GBytes) identity = pipit_json_bytes(object, "pair_identity", 1, IDENTITY_MAX, &bad);
	g_autoptr(GBytes) device_key =
		pipit_json_bytes(object, "device_key", PIPIT_COMPACT_KEY_LEN, PIPIT_COMPACT_KEY_LEN, &bad);
	g_autoptr(GBytes) record = pipit_json_bytes_or_null(object, "prekey_record", 1, RECORD_MAX, &bad);
	g_autoptr(GBytes) pair_signing = pipit_json_bytes_or_null(
		object, "pair_signing", PIPIT_P256_POINT_LEN, PIPIT_P256_POINT_LEN, &bad);
	if (bad == NULL)
		device = pipit_device_public_new(identity, device_key, record, &bad);
	if (bad == NULL && pair_signing != NULL)
		check_pair_signing(device, pair_signing, &bad);
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&device);
}

char *
pipit_public_keys_to_json(const PipitPrivateKeys *keys)
{
	g_autoptr(PipitDevicePublic) device = pipit_device_public_of(keys->device, keys->prekey);
	g_autoptr(GBytes) identity = pipit_device_secrets_pair_identity(keys->device);
	g_autoptr(GBytes) record = pipit_prekey_record_new(keys->prekey, keys->device);
	g_autofree char *identity_text = pipit_base64_encode(identity);
	g_autofree char *record_text = pipit_base64_encode(record);
	g_autofree char *key_text =
		g_base64_encode(pipit_device_public_device_key(device), PIPIT_COMPACT_KEY_LEN);
	g_autofree char *signing_text =
		g_base64_encode(pipit_device_public_pair_signing(device), PIPIT_P256_POINT_LEN);
	return g_strdup_printf(
		"{\"pair_identity\": \"%s\", \"device_key\": \"%s\", \"prekey_record\": \"%s\", "
		"\"pair_signing\": \"%s\"}\n",
		identity_text, key_text, record_text, signing_text);
}
