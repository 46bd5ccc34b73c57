/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers look-ups. An unknown handle goes the same way through here as one without devices. */
#include "server/directory.h"

#include "protocol/json_reader.h"

static JsonObject *
device_object(const PipitdDevice *device)
{
	JsonObject *object = json_object_new();
	pipit_json_set_bytes(object, "push_token", device->push_token);
	pipit_json_set_bytes(object, "pair_identity", device->pair_identity);
	pipit_json_set_bytes(object, "device_key", device->device_key);
	pipit_json_set_bytes(object, "prekey_record", device->prekey_record);
	json_object_set_int_member(object, "added_at", device->added_at);
	if (device->removed_at != 0)
		json_object_set_int_member(object, "removed_at", device->removed_at);
	return object;
}

static JsonObject *
result_object(const char *handle, GPtrArray *devices)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < devices->len; i++)
		json_array_add_object_element(array, device_object(devices->pdata[i]));
	JsonObject *object = json_object_new();
	json_object_set_string_member(object, "handle", handle);
	json_object_set_array_member(object, "devices", array);
	return object;
}

static JsonArray *
look_up(PipitdSession *session, char **handles, gboolean removed, GError **error)
{
	g_autoptr(JsonArray) results = json_array_new();
	for (gsize i = 0; handles[i] != NULL; i++) {
		g_autoptr(GPtrArray) devices =
			pipitd_store_handle_devices(session, handles[i], removed, error);
		if (devices == NULL)
			return NULL;
		json_array_add_object_element(results, result_object(handles[i], devices));
	}
	return g_steal_pointer(&results);
}

static gboolean
check_rate(PipitdRequest *request, guint handles)
{
	g_autofree char *account = g_strdup_printf("%" G_GINT64_FORMAT, request->device->account);
	guint wait = pipitd_limits_take(request->server->limits, PIPITD_LIMIT_LOOKUP_ACCOUNT, account,
					handles, pipitd_clock_monotonic());
	if (wait > 0)
		pipitd_request_slow_down(request, wait);
	return wait == 0;
}

void
pipitd_directory_lookup(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) handles = pipit_json_handles(body, "handles", 1, PIPIT_LOOKUP_MAX_HANDLES, &error);
	gboolean removed = pipit_json_bool_or(body, "removed", FALSE, &error);
	if (error != NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, error->message);
		return;
	}
	if (!check_rate(request, g_strv_length(handles)))
		return;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	JsonArray *results = session == NULL ? NULL : look_up(session, handles, removed, &error);
	if (results == NULL) {
		pipitd_request_refuse_store(request, error);
		return;
	}
	JsonObject *answer = json_object_new();
	json_object_set_int_member(answer, "time", pipitd_request_now(request));
	json_object_set_array_member(answer, "results", results);
	pipitd_request_answer(request, MHD_HTTP_OK, answer);
}
