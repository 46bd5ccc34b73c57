/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers devices, lists and removes them, and replaces their prekeys. */
#include "server/devices.h"

#include "crypto/device_public.h"
#include "crypto/secret.h"
#include "protocol/json_reader.h"
#include "server/accounts.h"
#include "server/auth.h"
#include "server/blob_upkeep.h"
#include "server/log.h"
#include "server/login.h"
#include "server/prekeys.h"
#include "server/store_accounts.h"

/* Registering a device */

typedef struct {
	PipitdLogin login;
	char *handle;
	char *name;
	GBytes *pair_identity;
	GBytes *device_key;
	PipitdPrekey prekey;
	guint8 auth_token[PIPIT_TOKEN_LEN];
	guint8 auth[PIPITD_TOKEN_HASH_LEN];
	guint8 new_push_token[PIPIT_TOKEN_LEN];
	guint8 push_token[PIPIT_TOKEN_LEN]; /* the one that it got */
	gboolean added;
	char **handles;
} Registration;

static void
registration_free(gpointer data)
{
	Registration *registration = data;
	pipitd_login_clear(&registration->login);
	pipitd_prekey_clear(&registration->prekey);
	pipit_wipe(registration->auth_token, sizeof registration->auth_token);
	g_free(registration->handle);
	g_free(registration->name);
	g_clear_pointer(&registration->pair_identity, g_bytes_unref);
	g_clear_pointer(&registration->device_key, g_bytes_unref);
	g_strfreev(registration->handles);
	g_free(registration);
}

static gboolean
name_is_fine(const char *name)
{
	glong length = g_utf8_strlen(name, -1);
	if (length < 1 || length > PIPIT_DEVICE_NAME_MAX_CHARS)
		return FALSE;
	for (; *name != '\0'; name = g_utf8_next_char(name)) {
		if (g_unichar_iscntrl(g_utf8_get_char(name)))
			return FALSE;
	}
	return TRUE;
}

static gboolean
check_keys(PipitdRequest *request, Registration *registration, GBytes *prekey_record)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitDevicePublic) keys =
		pipit_device_public_new(registration->pair_identity, registration->device_key, NULL, &error);
	if (keys == NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_KEYS_INVALID, error->message);
		return FALSE;
	}
	return pipitd_prekey_check(request, prekey_record, registration->device_key, &registration->prekey);
}

static gboolean
read_registration(PipitdRequest *request, JsonObject *body, Registration *registration)
{
	const char *handle = pipitd_accounts_handle(request, body);
	if (handle == NULL || !pipitd_login_read(request, body, &registration->login))
		return FALSE;
	g_autoptr(GError) bad = NULL;
	const char *name = pipit_json_string(body, "name", PIPIT_REQUEST_MAX, &bad);
	registration->pair_identity =
		pipit_json_bytes(body, "pair_identity", 1, PIPIT_PAIR_IDENTITY_MAX, &bad);
	registration->device_key =
		pipit_json_bytes(body, "device_key", PIPIT_COMPACT_KEY_LEN, PIPIT_COMPACT_KEY_LEN, &bad);
	g_autoptr(GBytes) prekey = pipit_json_bytes(body, "prekey_record", 1, PIPIT_PREKEY_RECORD_MAX, &bad);
	if (bad != NULL || !name_is_fine(name)) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST,
				      bad != NULL
					      ? bad->message
					      : "a device's name has 1 to 64 characters that can be seen");
		return FALSE;
	}
	registration->handle = g_strdup(handle);
	registration->name = g_strdup(name);
	return check_keys(request, registration, prekey) &&
	       pipitd_auth_signed(request, registration->device_key);
}

static gboolean
write_device(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	Registration *registration = request->state;
	PipitdNewDevice device = {
		.name = registration->name,
		.pair_identity = registration->pair_identity,
		.device_key = registration->device_key,
		.prekey = registration->prekey,
		.push_token = registration->new_push_token,
		.auth = registration->auth,
	};
	g_clear_pointer(&registration->handles, g_strfreev);
	if (!pipitd_store_put_device(session, registration->login.account, &device,
				     pipitd_request_now(request), registration->push_token,
				     &registration->added, error))
		return FALSE;
	registration->handles = pipitd_store_account_handles(session, registration->login.account, error);
	return registration->handles != NULL;
}

static void
set_token(JsonObject *object, const char *name, const guint8 token[static PIPIT_TOKEN_LEN])
{
	g_autoptr(GBytes) bytes = g_bytes_new(token, PIPIT_TOKEN_LEN);
	pipit_json_set_bytes(object, name, bytes);
}

static void
device_written(PipitdRequest *request)
{
	const Registration *registration = request->state;
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	pipitd_log("account %" G_GINT64_FORMAT " %s a device", registration->login.account,
		   registration->added ? "has added" : "has signed in anew with");
	JsonObject *object = json_object_new();
	set_token(object, "push_token", registration->push_token);
	set_token(object, "auth_token", registration->auth_token);
	pipit_json_set_strings(object, "handles", (const char *const *)registration->handles);
	json_object_set_int_member(object, "time", pipitd_request_now(request));
	pipitd_request_answer(request, MHD_HTTP_CREATED, object);
}

static void
proved_for_device(PipitdRequest *request)
{
	Registration *registration = request->state;
	if (!pipitd_login_proved(request))
		return;
	pipitd_token_generate(registration->new_push_token);
	pipitd_token_generate(registration->auth_token);
	pipitd_token_hash(registration->auth_token, PIPIT_TOKEN_LEN, registration->auth);
	pipitd_request_write(request, write_device, device_written);
}

void
pipitd_devices_register(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	Registration *registration = g_new0(Registration, 1);
	pipitd_request_keep(request, registration, registration_free);
	if (read_registration(request, body, registration))
		pipitd_login_prove(request, registration->handle, 0, proved_for_device);
}

/* Listing the account's devices */

static JsonObject *
device_object(const PipitdDevice *device, gboolean this_one)
{
	JsonObject *object = json_object_new();
	pipit_json_set_bytes(object, "push_token", device->push_token);
	json_object_set_string_member(object, "name", device->name);
	pipit_json_set_bytes(object, "device_key", device->device_key);
	json_object_set_int_member(object, "added_at", device->added_at);
	json_object_set_int_member(object, "seen_at", device->seen_at);
	json_object_set_boolean_member(object, "this", this_one);
	return object;
}

void
pipitd_devices_list(PipitdRequest *request)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	g_autoptr(GPtrArray) devices =
		session == NULL ? NULL
				: pipitd_store_account_devices(session, request->device->account, &error);
	if (devices == NULL) {
		pipitd_request_refuse_store(request, error);
		return;
	}
	JsonArray *array = json_array_new();
	for (guint i = 0; i < devices->len; i++) {
		const PipitdDevice *device = devices->pdata[i];
		json_array_add_object_element(array,
					      device_object(device, device->id == request->device->id));
	}
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "devices", array);
	pipitd_request_answer(request, MHD_HTTP_OK, object);
}

/* Removing one */

typedef struct {
	GBytes *push_token;
	gint64 device;
} Removal;

static void
removal_free(gpointer data)
{
	Removal *removal = data;
	g_bytes_unref(removal->push_token);
	g_free(removal);
}

static gboolean
write_removal(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	Removal *removal = request->state;
	return pipitd_store_remove_device(session, request->device->account, removal->push_token,
					  pipitd_request_now(request), &removal->device, error);
}

static void
removal_written(PipitdRequest *request)
{
	const Removal *removal = request->state;
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	pipitd_log("account %" G_GINT64_FORMAT " has removed device %" G_GINT64_FORMAT,
		   request->device->account, removal->device);
	pipitd_parking_wake(request->server->parking, removal->device, PIPITD_WAKE_REMOVED);
	pipitd_blob_upkeep_sweep_soon(request->server->blob_upkeep);
	pipitd_request_answer_empty(request);
}

void
pipitd_devices_remove(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	g_autoptr(GError) bad = NULL;
	g_autoptr(GBytes) token =
		pipit_json_bytes(body, "push_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, &bad);
	if (bad != NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
		return;
	}
	if (!pipitd_auth_signed(request, request->device->device_key))
		return;
	Removal *removal = g_new0(Removal, 1);
	removal->push_token = g_steal_pointer(&token);
	pipitd_request_keep(request, removal, removal_free);
	pipitd_request_write(request, write_removal, removal_written);
}

/* Replacing a prekey */

static void
prekey_free(gpointer data)
{
	pipitd_prekey_clear(data);
	g_free(data);
}

static gboolean
write_prekey(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	return pipitd_store_put_prekey(session, request->device->id, request->state,
				       pipitd_request_now(request), error);
}

static void
prekey_written(PipitdRequest *request)
{
	if (request->failure != NULL)
		pipitd_request_refuse_store(request, request->failure);
	else
		pipitd_request_answer_empty(request);
}

void
pipitd_devices_put_prekey(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	g_autoptr(GError) bad = NULL;
	g_autoptr(GBytes) record = pipit_json_bytes(body, "prekey_record", 1, PIPIT_PREKEY_RECORD_MAX, &bad);
	gboolean alone = pipit_json_bool_or(body, "lost", FALSE, &bad);
	if (bad != NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
		return;
	}
	if (!pipitd_auth_signed(request, request->device->device_key))
		return;
	PipitdPrekey *prekey = g_new0(PipitdPrekey, 1);
	prekey->alone = alone;
	pipitd_request_keep(request, prekey, prekey_free);
	if (pipitd_prekey_check(request, record, request->device->device_key, prekey))
		pipitd_request_write(request, write_prekey, prekey_written);
}
