/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies that hold a password are written here by hand: json-glib leaves copies of it in memory that nobody wipes. */
#include "protocol/account_forms.h"

#include "crypto/fingerprint.h"
#include "crypto/secret.h"
#include "protocol/base64.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"

#define PROTOCOL_VERSION 1
#define RELAY_CAP_MIN 1024
#define RELAY_CAP_MAX 65535 /* what `pair` can hold */
#define DEVICES_MAX 1024
/* More than any of these bodies, so that the string never moves and leaves a copy behind. */
#define SECRET_BODY_MAX 16384

static void
append_string(GString *json, const char *name, const char *text)
{
	g_string_append_printf(json, "%s\"%s\":\"", json->len > 1 ? "," : "", name);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			g_string_append_printf(json, "\\%c", *c);
		else if ((guchar)*c < 0x20)
			g_string_append_printf(json, "\\u%04x", (guint)*c);
		else
			g_string_append_c(json, *c);
	}
	g_string_append_c(json, '"');
}

static void
append_bytes(GString *json, const char *name, GBytes *bytes)
{
	g_autofree char *base64 = pipit_base64_encode(bytes);

	append_string(json, name, base64);
}

static GString *
begin_secret(const char *handle, const char *password)
{
	GString *json = g_string_sized_new(SECRET_BODY_MAX);

	g_string_append_c(json, '{');
	append_string(json, "handle", handle);
	append_string(json, "password", password);
	return json;
}

static GBytes *
end_secret(GString *json)
{
	g_string_append_c(json, '}');
	GBytes *body = pipit_secret_bytes(json->str, json->len);
	pipit_wipe(json->str, json->len);
	g_string_free(json, TRUE);
	return body;
}

GBytes *
pipit_account_request(const char *handle, const char *password, const char *invite)
{
	GString *json = begin_secret(handle, password);

	if (invite != NULL)
		append_string(json, "invite", invite);
	return end_secret(json);
}

GBytes *
pipit_registration_request(const char *handle, const char *password, const char *name,
			   const PipitDeviceSecrets *device, GBytes *prekey_record)
{
	GString *json = begin_secret(handle, password);
	g_autoptr(GBytes) pair_identity = pipit_device_secrets_pair_identity(device);
	g_autoptr(GBytes) device_key =
		g_bytes_new(pipit_device_secrets_device_key(device), PIPIT_COMPACT_KEY_LEN);

	append_string(json, "name", name);
	append_bytes(json, "pair_identity", pair_identity);
	append_bytes(json, "device_key", device_key);
	append_bytes(json, "prekey_record", prekey_record);
	return end_secret(json);
}

GBytes *
pipit_removal_request(const char *push_token)
{
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_string_member(object, "push_token", push_token);
	return pipit_json_print(object);
}

GBytes *
pipit_prekey_request(GBytes *prekey_record, gboolean lost)
{
	g_autoptr(JsonObject) object = json_object_new();

	pipit_json_set_bytes(object, "prekey_record", prekey_record);
	if (lost)
		json_object_set_boolean_member(object, "lost", TRUE);
	return pipit_json_print(object);
}

void
pipit_server_free(PipitServer *server)
{
	if (server == NULL)
		return;
	g_free(server->epoch);
	g_free(server);
}

PipitServer *
pipit_server_parse(GBytes *body, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_REQUEST_MAX, &bad);
	g_autoptr(PipitServer) server = g_new0(PipitServer, 1);

	if (object != NULL) {
		pipit_json_int(object, "pipit", PROTOCOL_VERSION, PROTOCOL_VERSION, &bad);
		server->time = pipit_json_int(object, "time", 0, PIPIT_TIME_MAX, &bad);
		server->relay_cap =
			(gsize)pipit_json_int(object, "relay_cap", RELAY_CAP_MIN, G_MAXINT32, &bad);
		server->relay_cap = MIN(server->relay_cap, RELAY_CAP_MAX);
		server->blob_max = pipit_json_int_or(object, "blob_max", 0, G_MAXINT64, 0, &bad);
		server->epoch = g_strdup(pipit_json_string(object, "epoch", PIPIT_EPOCH_MAX, &bad));
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&server);
}

void
pipit_registration_free(PipitRegistration *registration)
{
	if (registration == NULL)
		return;
	g_clear_pointer(&registration->push_token, g_bytes_unref);
	g_clear_pointer(&registration->auth_token, g_bytes_unref);
	g_strfreev(registration->handles);
	g_free(registration);
}

static GBytes *
into_secret(GBytes *bytes)
{
	gsize size;

	if (bytes == NULL)
		return NULL;
	gconstpointer memory = g_bytes_get_data(bytes, &size);
	return pipit_secret_bytes(memory, size);
}

PipitRegistration *
pipit_registration_parse(GBytes *body, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_REQUEST_MAX, &bad);
	g_autoptr(PipitRegistration) registration = g_new0(PipitRegistration, 1);

	if (object != NULL) {
		g_autoptr(GBytes) auth_token =
			pipit_json_bytes(object, "auth_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, &bad);
		registration->auth_token = into_secret(auth_token);
		registration->push_token =
			pipit_json_bytes(object, "push_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, &bad);
		registration->handles =
			pipit_json_handles(object, "handles", 1, PIPIT_ACCOUNT_MAX_HANDLES, &bad);
		registration->time = pipit_json_int(object, "time", 0, PIPIT_TIME_MAX, &bad);
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&registration);
}

char **
pipit_login_parse(GBytes *body, gint64 *time, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_REQUEST_MAX, &bad);
	g_auto(GStrv) handles = NULL;
	gint64 now = 0;

	if (object != NULL) {
		handles = pipit_json_handles(object, "handles", 1, PIPIT_ACCOUNT_MAX_HANDLES, &bad);
		now = pipit_json_int(object, "time", 0, PIPIT_TIME_MAX, &bad);
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	*time = now;
	return g_steal_pointer(&handles);
}

static void
own_device_clear(gpointer element)
{
	const PipitOwnDevice *device = element;

	g_free((char *)device->push_token);
	g_free((char *)device->name);
	g_free((char *)device->fingerprint);
}

static PipitOwnDevice
read_own_device(JsonObject *object, GError **error)
{
	g_autoptr(GBytes) push_token =
		pipit_json_bytes(object, "push_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, error);
	g_autoptr(GBytes) key =
		pipit_json_bytes(object, "device_key", PIPIT_COMPACT_KEY_LEN, PIPIT_COMPACT_KEY_LEN, error);

	return (PipitOwnDevice){
		.push_token = push_token != NULL ? pipit_base64_encode(push_token) : NULL,
		.name = g_strdup(
			pipit_json_string(object, "name", (gsize)PIPIT_DEVICE_NAME_MAX_CHARS * 4, error)),
		.fingerprint = key != NULL ? pipit_fingerprint(g_bytes_get_data(key, NULL)) : NULL,
		.added_at = pipit_json_int(object, "added_at", 0, PIPIT_TIME_MAX, error),
		.seen_at = pipit_json_int(object, "seen_at", 0, PIPIT_TIME_MAX, error),
		.this_one = pipit_json_bool(object, "this", error),
	};
}

GArray *
pipit_own_devices_parse(GBytes *body, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_REQUEST_MAX, &bad);
	g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(PipitOwnDevice));
	g_array_set_clear_func(devices, own_device_clear);

	JsonArray *list = object != NULL ? pipit_json_array(object, "devices", 0, DEVICES_MAX, &bad) : NULL;
	for (guint i = 0; bad == NULL && i < json_array_get_length(list); i++) {
		JsonObject *element = pipit_json_element_object(list, i, "devices", &bad);
		if (element == NULL)
			break;
		PipitOwnDevice device = read_own_device(element, &bad);
		g_array_append_val(devices, device);
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&devices);
}
