/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory's answers, and the devices in them. */
#include "protocol/device_record.h"

#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/limits.h"

PipitDeviceRecord *
pipit_device_record_new(GBytes *push_token, GBytes *pair_identity, GBytes *device_key, GBytes *prekey_record,
			gint64 added_at, gint64 removed_at, GError **error)
{
	PipitDevicePublic *keys = pipit_device_public_new(pair_identity, device_key, prekey_record, error);
	if (keys == NULL)
		return NULL;
	PipitDeviceRecord *device = g_atomic_rc_box_new0(PipitDeviceRecord);
	device->push_token = g_bytes_ref(push_token);
	device->keys = keys;
	device->pair_identity = g_bytes_ref(pair_identity);
	device->device_key = g_bytes_ref(device_key);
	device->prekey_record = prekey_record != NULL ? g_bytes_ref(prekey_record) : NULL;
	device->added_at = added_at;
	device->removed_at = removed_at;
	return device;
}

PipitDeviceRecord *
pipit_device_record_ref(PipitDeviceRecord *device)
{
	return g_atomic_rc_box_acquire(device);
}

static void
clear_device(gpointer box)
{
	PipitDeviceRecord *device = box;
	g_bytes_unref(device->push_token);
	pipit_device_public_unref(device->keys);
	g_bytes_unref(device->pair_identity);
	g_bytes_unref(device->device_key);
	g_clear_pointer(&device->prekey_record, g_bytes_unref);
}

void
pipit_device_record_unref(PipitDeviceRecord *device)
{
	if (device != NULL)
		g_atomic_rc_box_release_full(device, clear_device);
}

static void
free_result(gpointer memory)
{
	PipitLookupResult *result = memory;
	g_free(result->handle);
	g_ptr_array_unref(result->devices);
	g_free(result);
}

void
pipit_lookup_answer_free(PipitLookupAnswer *answer)
{
	if (answer == NULL)
		return;
	g_ptr_array_unref(answer->results);
	g_free(answer);
}

GBytes *
pipit_lookup_request(const char *const *handles)
{
	g_autoptr(JsonObject) object = json_object_new();
	pipit_json_set_strings(object, "handles", handles);
	json_object_set_boolean_member(object, "removed", TRUE);
	return pipit_json_print(object);
}

/* Returns NULL without an error for a device whose keys do not check. */
static PipitDeviceRecord *
read_device(JsonObject *object, GError **error)
{
	g_autoptr(GBytes) push_token =
		pipit_json_bytes(object, "push_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, error);
	g_autoptr(GBytes) pair_identity =
		pipit_json_bytes(object, "pair_identity", 1, PIPIT_PAIR_IDENTITY_MAX, error);
	g_autoptr(GBytes) device_key =
		pipit_json_bytes(object, "device_key", PIPIT_COMPACT_KEY_LEN, PIPIT_COMPACT_KEY_LEN, error);
	g_autoptr(GBytes) prekey_record =
		pipit_json_bytes_or_null(object, "prekey_record", 1, PIPIT_PREKEY_RECORD_MAX, error);
	gint64 added_at = pipit_json_int(object, "added_at", 0, PIPIT_TIME_MAX, error);
	gint64 removed_at = pipit_json_int_or(object, "removed_at", 1, PIPIT_TIME_MAX, 0, error);
	if (*error != NULL)
		return NULL;
	return pipit_device_record_new(push_token, pair_identity, device_key, prekey_record, added_at,
				       removed_at, NULL);
}

static gboolean
has_push_token(GPtrArray *devices, GBytes *push_token)
{
	for (guint i = 0; i < devices->len; i++) {
		PipitDeviceRecord *device = devices->pdata[i];
		if (g_bytes_equal(device->push_token, push_token))
			return TRUE;
	}
	return FALSE;
}

static void
read_device_into(PipitLookupResult *result, JsonObject *object, GError **error)
{
	g_autoptr(PipitDeviceRecord) device = read_device(object, error);
	if (*error != NULL)
		return;
	if (device == NULL)
		result->dropped += json_object_has_member(object, "removed_at") ? 0 : 1;
	else if (has_push_token(result->devices, device->push_token))
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, "a device is repeated");
	else
		g_ptr_array_add(result->devices, g_steal_pointer(&device));
}

static PipitLookupResult *
read_result(JsonObject *object, const char *handle, GError **error)
{
	PipitLookupResult *result = g_new0(PipitLookupResult, 1);
	result->devices = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_device_record_unref);
	result->handle = g_strdup(pipit_json_handle(object, "handle", error));
	if (result->handle != NULL && strcmp(result->handle, handle) != 0)
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER,
				    "\"handle\" is not the one asked for at this place");
	JsonArray *devices = pipit_json_array(object, "devices", 0,
					      PIPIT_HANDLE_MAX_DEVICES + PIPIT_HANDLE_MAX_REMOVED, error);
	for (guint i = 0; *error == NULL && i < json_array_get_length(devices); i++) {
		JsonObject *element = pipit_json_element_object(devices, i, "devices", error);
		if (element != NULL)
			read_device_into(result, element, error);
	}
	return result;
}

PipitLookupAnswer *
pipit_lookup_answer_parse(GBytes *body, const char *const *handles, GError **error)
{
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_ANSWER_MAX, error);
	if (object == NULL)
		return NULL;
	g_autoptr(GError) bad = NULL;
	g_autoptr(PipitLookupAnswer) answer = g_new0(PipitLookupAnswer, 1);
	answer->results = g_ptr_array_new_with_free_func(free_result);
	answer->time = pipit_json_int(object, "time", 0, PIPIT_TIME_MAX, &bad);
	guint n = g_strv_length((char **)handles);
	JsonArray *results = pipit_json_array(object, "results", n, n, &bad);
	for (guint i = 0; bad == NULL && i < n; i++) {
		JsonObject *element = pipit_json_element_object(results, i, "results", &bad);
		if (element != NULL)
			g_ptr_array_add(answer->results, read_result(element, handles[i], &bad));
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&answer);
}
