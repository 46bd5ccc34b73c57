/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay of the fuzz targets: the server's own reading of requests, and a store that is a few arrays. */
#include "tests/fuzz/relay.h"

#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "server/send.h"
#include "tests/fuzz/fuzz.h"

#define OLD_PREKEY_GRACE_MS PIPIT_DAY_MS
#define REMOVED_LIFE_MS (35 * PIPIT_DAY_MS)

typedef struct {
	guint8 key[PIPIT_COMPACT_KEY_LEN];
	gint64 replaced_at;
} FuzzOldPrekey;

static void
accepted_free(gpointer memory)
{
	FuzzAccepted *accepted = memory;
	g_free(accepted->id);
	g_free(accepted);
}

static void
device_free(gpointer memory)
{
	FuzzRelayDevice *device = memory;
	g_free(device->handle);
	g_bytes_unref(device->push_token);
	g_bytes_unref(device->pair_identity);
	g_bytes_unref(device->device_key);
	g_bytes_unref(device->prekey_record);
	g_array_unref(device->old_prekeys);
	g_ptr_array_unref(device->queue);
	g_hash_table_unref(device->delivered);
	g_ptr_array_unref(device->accepted);
	g_free(device);
}

FuzzRelay *
fuzz_relay_new(void)
{
	FuzzRelay *relay = g_new0(FuzzRelay, 1);
	relay->devices = g_ptr_array_new_with_free_func(device_free);
	return relay;
}

void
fuzz_relay_free(FuzzRelay *relay)
{
	if (relay == NULL)
		return;
	g_ptr_array_unref(relay->devices);
	g_free(relay);
}

FuzzRelayDevice *
fuzz_relay_register(FuzzRelay *relay, const char *handle, GBytes *push_token,
		    const PipitDeviceSecrets *secrets, const PipitPrekeySecret *prekey)
{
	FuzzRelayDevice *device = g_new0(FuzzRelayDevice, 1);
	relay->now++;
	device->handle = g_strdup(handle);
	device->push_token = g_bytes_ref(push_token);
	device->pair_identity = pipit_device_secrets_pair_identity(secrets);
	device->device_key = g_bytes_new(pipit_device_secrets_device_key(secrets), PIPIT_COMPACT_KEY_LEN);
	device->prekey_record = pipit_prekey_record_new(prekey, secrets);
	memcpy(device->prekey, pipit_prekey_secret_key(prekey), PIPIT_COMPACT_KEY_LEN);
	device->old_prekeys = g_array_new(FALSE, FALSE, sizeof(FuzzOldPrekey));
	device->added_at = relay->now;
	device->queue = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_envelope_unref);
	device->delivered =
		g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
	device->accepted = g_ptr_array_new_with_free_func(accepted_free);
	g_ptr_array_add(relay->devices, device);
	return device;
}

void
fuzz_relay_put_prekey(FuzzRelay *relay, FuzzRelayDevice *device, GBytes *record, const guint8 *key)
{
	if (g_bytes_equal(device->prekey_record, record))
		return;
	FuzzOldPrekey old = {.replaced_at = relay->now};
	memcpy(old.key, device->prekey, PIPIT_COMPACT_KEY_LEN);
	g_array_append_val(device->old_prekeys, old);
	memcpy(device->prekey, key, PIPIT_COMPACT_KEY_LEN);
	g_bytes_unref(device->prekey_record);
	device->prekey_record = g_bytes_ref(record);
}

void
fuzz_relay_remove(FuzzRelay *relay, FuzzRelayDevice *device)
{
	device->removed_at = ++relay->now;
	g_ptr_array_set_size(device->queue, 0);
}

/* Looking up */

static JsonObject *
device_object(const FuzzRelayDevice *device)
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
result_object(const FuzzRelay *relay, const char *handle)
{
	JsonArray *devices = json_array_new();
	for (guint i = 0; i < relay->devices->len; i++) {
		const FuzzRelayDevice *device = relay->devices->pdata[i];
		gboolean told = device->removed_at == 0 || relay->now - device->removed_at < REMOVED_LIFE_MS;
		if (told && strcmp(device->handle, handle) == 0)
			json_array_add_object_element(devices, device_object(device));
	}
	JsonObject *result = json_object_new();
	json_object_set_string_member(result, "handle", handle);
	json_object_set_array_member(result, "devices", devices);
	return result;
}

PipitLookupAnswer *
fuzz_relay_look_up(FuzzRelay *relay, const char *const *handles)
{
	relay->now++;
	g_autoptr(JsonObject) answer = json_object_new();
	JsonArray *results = json_array_new();
	for (guint i = 0; handles[i] != NULL; i++)
		json_array_add_object_element(results, result_object(relay, handles[i]));
	json_object_set_int_member(answer, "time", relay->now);
	json_object_set_array_member(answer, "results", results);
	g_autoptr(GBytes) body = pipit_json_print(answer);
	g_autoptr(GError) error = NULL;
	PipitLookupAnswer *parsed = pipit_lookup_answer_parse(body, handles, &error);
	g_assert_no_error(error);
	return parsed;
}

/* Sending */

static FuzzRelayDevice *
find_target(const FuzzRelay *relay, const char *handle, GBytes *push_token)
{
	for (guint i = 0; i < relay->devices->len; i++) {
		FuzzRelayDevice *device = relay->devices->pdata[i];
		if (device->removed_at == 0 && strcmp(device->handle, handle) == 0 &&
		    g_bytes_equal(device->push_token, push_token))
			return device;
	}
	return NULL;
}

static gboolean
has_copy(const PipitdRecipient *recipient, GBytes *push_token)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitdCopy *copy = recipient->copies->pdata[i];
		if (g_bytes_equal(copy->push_token, push_token))
			return TRUE;
	}
	return FALSE;
}

static gboolean
prekey_is_good(const FuzzRelay *relay, const FuzzRelayDevice *device, GBytes *prekey)
{
	const guint8 *key = g_bytes_get_data(prekey, NULL);
	if (memcmp(device->prekey, key, PIPIT_COMPACT_KEY_LEN) == 0)
		return TRUE;
	for (guint i = 0; i < device->old_prekeys->len; i++) {
		const FuzzOldPrekey *old = &g_array_index(device->old_prekeys, FuzzOldPrekey, i);
		if (memcmp(old->key, key, PIPIT_COMPACT_KEY_LEN) == 0)
			return old->replaced_at > relay->now - OLD_PREKEY_GRACE_MS;
	}
	return FALSE;
}

static void
look_at_copy(const FuzzRelay *relay, PipitdRecipient *recipient, const PipitdCopy *copy)
{
	const FuzzRelayDevice *device = find_target(relay, recipient->to, copy->push_token);
	if (device == NULL)
		g_ptr_array_add(recipient->gone, g_bytes_ref(copy->push_token));
	else if (copy->prekey != NULL && !g_hash_table_contains(device->delivered, copy->payload) &&
		 !prekey_is_good(relay, device, copy->prekey))
		g_ptr_array_add(recipient->old_prekey, g_bytes_ref(copy->push_token));
}

static void
decide(const FuzzRelay *relay, const FuzzRelayDevice *sender, PipitdRecipient *recipient)
{
	guint targets = 0;
	for (guint i = 0; i < relay->devices->len; i++) {
		const FuzzRelayDevice *device = relay->devices->pdata[i];
		if (device == sender || device->removed_at != 0 || strcmp(device->handle, recipient->to) != 0)
			continue;
		targets++;
		if (!has_copy(recipient, device->push_token))
			g_ptr_array_add(recipient->missing, g_bytes_ref(device->push_token));
	}
	for (guint i = 0; i < recipient->copies->len; i++)
		look_at_copy(relay, recipient, recipient->copies->pdata[i]);
	if (targets == 0 && strcmp(recipient->to, sender->handle) != 0)
		recipient->status = PIPITD_SEND_UNREACHABLE;
	else if (recipient->missing->len + recipient->gone->len + recipient->old_prekey->len > 0)
		recipient->status = PIPITD_SEND_STALE;
	else
		recipient->status = PIPITD_SEND_ACCEPTED;
}

void
fuzz_relay_queue(FuzzRelay *relay, FuzzRelayDevice *device, const PipitEnvelope *envelope)
{
	PipitEnvelope queued = *envelope;
	queued.seq = ++device->last_seq;
	if (queued.received_at == 0)
		queued.received_at = relay->now;
	g_autoptr(GBytes) printed = pipit_envelope_print(&queued);
	g_autoptr(GError) error = NULL;
	PipitEnvelope *parsed = pipit_envelope_parse(printed, &error);
	g_assert_no_error(error);
	g_ptr_array_add(device->queue, parsed);
}

static void
queue_copy(FuzzRelay *relay, const FuzzRelayDevice *sender, const PipitdSend *send,
	   const PipitdRecipient *recipient, const PipitdCopy *copy)
{
	FuzzRelayDevice *device = find_target(relay, recipient->to, copy->push_token);
	if (!g_hash_table_add(device->delivered, g_bytes_ref(copy->payload)))
		return;
	const PipitEnvelope envelope = {
		.id = send->id,
		.from = send->from,
		.to = recipient->to,
		.push_token = sender->push_token,
		.class_ = PIPIT_CLASS_STORED,
		.suite = copy->suite,
		.prekey = copy->prekey,
		.payload = copy->payload,
	};
	fuzz_relay_queue(relay, device, &envelope);
	FuzzAccepted *accepted = g_new(FuzzAccepted, 1);
	*accepted = (FuzzAccepted){g_strdup(send->id), relay->now};
	g_ptr_array_add(device->accepted, accepted);
}

static void
send_to(FuzzRelay *relay, const FuzzRelayDevice *sender, const PipitdSend *send, PipitdRecipient *recipient)
{
	decide(relay, sender, recipient);
	for (guint i = 0; recipient->status == PIPITD_SEND_ACCEPTED && i < recipient->copies->len; i++)
		queue_copy(relay, sender, send, recipient, recipient->copies->pdata[i]);
}

GBytes *
fuzz_relay_send(FuzzRelay *relay, FuzzRelayDevice *sender, GBytes *request)
{
	relay->now++;
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonObject) body = pipit_json_parse_bytes(request, PIPIT_SEND_REQUEST_MAX, &error);
	g_assert_no_error(error);
	g_autoptr(PipitdSend) send = pipitd_send_parse(body, PIPIT_RELAY_CAP, &error);
	g_assert_no_error(error);
	fuzz_require(strcmp(send->from, sender->handle) == 0 && send->class_ == PIPIT_CLASS_STORED);
	for (guint i = 0; i < send->recipients->len; i++)
		send_to(relay, sender, send, send->recipients->pdata[i]);
	g_autoptr(JsonObject) answer = json_object_new();
	json_object_set_int_member(answer, "time", relay->now);
	json_object_set_array_member(answer, "results", pipitd_send_results(send));
	return pipit_json_print(answer);
}

/* Polling */

static gboolean
is_acknowledged(const PipitEnvelope *envelope, const GArray *acks)
{
	for (guint i = 0; i < acks->len; i++)
		if (g_array_index(acks, gint64, i) == envelope->seq)
			return TRUE;
	return FALSE;
}

static void
drop_settled(const FuzzRelay *relay, FuzzRelayDevice *device, const GArray *acks)
{
	for (guint i = device->queue->len; i-- > 0;) {
		const PipitEnvelope *envelope = device->queue->pdata[i];
		if (is_acknowledged(envelope, acks) ||
		    relay->now - envelope->received_at > FUZZ_QUEUE_LIFE_MS)
			g_ptr_array_remove_index(device->queue, i);
	}
}

PipitPollAnswer *
fuzz_relay_poll(FuzzRelay *relay, FuzzRelayDevice *device, GArray *acks, gint64 after)
{
	relay->now++;
	drop_settled(relay, device, acks);
	g_autoptr(GString) text = g_string_new(NULL);
	gboolean more = FALSE;
	guint count = 0;
	for (guint i = 0; i < device->queue->len && !more; i++) {
		const PipitEnvelope *envelope = device->queue->pdata[i];
		if (envelope->seq <= after)
			continue;
		more = count == PIPIT_POLL_MAX_MESSAGES;
		if (more)
			break;
		g_autoptr(GBytes) printed = pipit_envelope_print(envelope);
		g_string_append(text, count++ > 0 ? "," : "");
		g_string_append_len(text, g_bytes_get_data(printed, NULL), (gssize)g_bytes_get_size(printed));
	}
	g_autofree char *whole = g_strdup_printf("{\"time\":%" G_GINT64_FORMAT
						 ",\"epoch\":\"1\",\"more\":%s,\"messages\":[%s]}",
						 relay->now, more ? "true" : "false", text->str);
	g_autoptr(GBytes) body = g_bytes_new_static(whole, strlen(whole));
	g_autoptr(GError) error = NULL;
	PipitPollAnswer *answer = pipit_poll_answer_parse(body, &error);
	g_assert_no_error(error);
	return answer;
}
