/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device in a test. */
#include "tests/support/actor.h"

#include <stdarg.h>
#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/limits.h"

PipitActor *
pipit_actor_new(guint8 number, double prekey_time)
{
	guint8 token[PIPIT_TOKEN_LEN];
	memset(token, number, sizeof token);
	PipitActor *actor = g_new0(PipitActor, 1);
	actor->secrets = pipit_device_secrets_generate();
	actor->prekey = pipit_prekey_secret_generate(prekey_time);
	actor->push_token = g_bytes_new(token, sizeof token);
	return actor;
}

void
pipit_actor_free(PipitActor *actor)
{
	if (actor == NULL)
		return;
	pipit_device_secrets_unref(actor->secrets);
	pipit_prekey_secret_unref(actor->prekey);
	g_bytes_unref(actor->push_token);
	g_free(actor);
}

void
pipit_actor_new_prekey(PipitActor *actor, double prekey_time)
{
	pipit_prekey_secret_unref(actor->prekey);
	actor->prekey = pipit_prekey_secret_generate(prekey_time);
}

static PipitDeviceRecord *
record_with(const PipitActor *actor, GBytes *prekey_record, gint64 removed_at)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) pair_identity = pipit_device_secrets_pair_identity(actor->secrets);
	g_autoptr(GBytes) device_key =
		g_bytes_new(pipit_device_secrets_device_key(actor->secrets), PIPIT_COMPACT_KEY_LEN);
	PipitDeviceRecord *record = pipit_device_record_new(actor->push_token, pair_identity, device_key,
							    prekey_record, 1, removed_at, &error);
	g_assert_no_error(error);
	return record;
}

PipitDeviceRecord *
pipit_actor_record(const PipitActor *actor, gint64 removed_at)
{
	g_autoptr(GBytes) prekey_record = pipit_prekey_record_new(actor->prekey, actor->secrets);
	return record_with(actor, prekey_record, removed_at);
}

PipitDeviceRecord *
pipit_actor_bare_record(const PipitActor *actor)
{
	return record_with(actor, NULL, 0);
}

static JsonObject *
print_record(PipitDeviceRecord *record)
{
	JsonObject *object = json_object_new();
	pipit_json_set_bytes(object, "push_token", record->push_token);
	pipit_json_set_bytes(object, "pair_identity", record->pair_identity);
	pipit_json_set_bytes(object, "device_key", record->device_key);
	pipit_json_set_bytes(object, "prekey_record", record->prekey_record);
	json_object_set_int_member(object, "added_at", record->added_at);
	if (record->removed_at != 0)
		json_object_set_int_member(object, "removed_at", record->removed_at);
	return object;
}

/* By way of the bytes, as a client gets it. */
PipitLookupAnswer *
pipit_actor_answer(gint64 time, const char *handle, ...)
{
	JsonArray *devices = json_array_new();
	va_list records;
	va_start(records, handle);
	PipitDeviceRecord *record;
	while ((record = va_arg(records, PipitDeviceRecord *)) != NULL) {
		json_array_add_object_element(devices, print_record(record));
		pipit_device_record_unref(record);
	}
	va_end(records);
	JsonObject *result = json_object_new();
	json_object_set_string_member(result, "handle", handle);
	json_object_set_array_member(result, "devices", devices);
	JsonArray *results = json_array_new();
	json_array_add_object_element(results, result);
	g_autoptr(JsonObject) answer = json_object_new();
	json_object_set_int_member(answer, "time", time);
	json_object_set_array_member(answer, "results", results);
	g_autoptr(GBytes) body = pipit_json_print(answer);
	g_autoptr(GError) error = NULL;
	PipitLookupAnswer *parsed =
		pipit_lookup_answer_parse(body, (const char *const[]){handle, NULL}, &error);
	g_assert_no_error(error);
	return parsed;
}
