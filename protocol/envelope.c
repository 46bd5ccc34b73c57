/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Envelopes and polls, to and from JSON. */
#include "protocol/envelope.h"

#include <string.h>

#include "crypto/device_keys.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "protocol/uuid.h"

#define NAME_MAX_BYTES 32

const char *
pipit_class_name(PipitClass class_)
{
	return class_ == PIPIT_CLASS_EPHEMERAL ? "ephemeral" : "stored";
}

gboolean
pipit_class_parse(const char *name, PipitClass *class_)
{
	if (strcmp(name, "stored") == 0)
		*class_ = PIPIT_CLASS_STORED;
	else if (strcmp(name, "ephemeral") == 0)
		*class_ = PIPIT_CLASS_EPHEMERAL;
	else
		return FALSE;
	return TRUE;
}

PipitEnvelope *
pipit_envelope_ref(PipitEnvelope *envelope)
{
	return g_atomic_rc_box_acquire(envelope);
}

static void
clear_envelope(gpointer box)
{
	PipitEnvelope *envelope = box;
	g_free(envelope->id);
	g_free(envelope->from);
	g_free(envelope->to);
	g_clear_pointer(&envelope->push_token, g_bytes_unref);
	g_clear_pointer(&envelope->prekey, g_bytes_unref);
	g_clear_pointer(&envelope->payload, g_bytes_unref);
}

void
pipit_envelope_unref(PipitEnvelope *envelope)
{
	if (envelope != NULL)
		g_atomic_rc_box_release_full(envelope, clear_envelope);
}

GBytes *
pipit_envelope_print(const PipitEnvelope *envelope)
{
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_int_member(object, "seq", envelope->seq);
	json_object_set_string_member(object, "id", envelope->id);
	json_object_set_string_member(object, "from", envelope->from);
	json_object_set_string_member(object, "to", envelope->to);
	pipit_json_set_bytes(object, "push_token", envelope->push_token);
	json_object_set_string_member(object, "class", pipit_class_name(envelope->class_));
	json_object_set_string_member(object, "suite", pipit_suite_name(envelope->suite));
	pipit_json_set_bytes(object, "prekey", envelope->prekey);
	pipit_json_set_bytes(object, "payload", envelope->payload);
	json_object_set_int_member(object, "received_at", envelope->received_at);
	return pipit_json_print(object);
}

static void
check(gboolean holds, const char *why, GError **error)
{
	if (!holds && *error == NULL)
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, why);
}

static PipitEnvelope *
read_envelope(JsonObject *object, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(PipitEnvelope) envelope = g_atomic_rc_box_new0(PipitEnvelope);
	envelope->seq = pipit_json_int(object, "seq", 0, G_MAXINT64, &bad);
	envelope->id = g_strdup(pipit_json_string(object, "id", PIPIT_UUID_LEN, &bad));
	envelope->from = g_strdup(pipit_json_handle(object, "from", &bad));
	envelope->to = g_strdup(pipit_json_handle(object, "to", &bad));
	envelope->push_token = pipit_json_bytes(object, "push_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, &bad);
	const char *class_ = pipit_json_string(object, "class", NAME_MAX_BYTES, &bad);
	const char *suite = pipit_json_string(object, "suite", NAME_MAX_BYTES, &bad);
	envelope->prekey = pipit_json_bytes_or_null(object, "prekey", PIPIT_COMPACT_KEY_LEN,
						    PIPIT_COMPACT_KEY_LEN, &bad);
	envelope->payload = pipit_json_bytes(object, "payload", 1, PIPIT_MESSAGE_MAX, &bad);
	envelope->received_at = pipit_json_int(object, "received_at", 0, PIPIT_TIME_MAX, &bad);
	check(bad != NULL || pipit_uuid_valid(envelope->id), "\"id\" is no UUID", &bad);
	check(bad != NULL || pipit_class_parse(class_, &envelope->class_), "\"class\" is unknown", &bad);
	check(bad != NULL || pipit_suite_parse(suite, &envelope->suite), "\"suite\" is unknown", &bad);
	check(bad != NULL || (envelope->suite == PIPIT_SUITE_PAIR_EC) == (envelope->prekey != NULL),
	      "\"prekey\" goes with pair-ec", &bad);
	check(bad != NULL || (envelope->class_ == PIPIT_CLASS_EPHEMERAL) == (envelope->seq == 0),
	      "\"seq\" does not fit the class", &bad);
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&envelope);
}

PipitEnvelope *
pipit_envelope_parse(GBytes *bytes, GError **error)
{
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(bytes, PIPIT_ANSWER_MAX, error);
	return object != NULL ? read_envelope(object, error) : NULL;
}

GBytes *
pipit_poll_request(const gint64 *acks, guint n_acks, gint64 after, guint wait)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < n_acks; i++)
		json_array_add_int_element(array, acks[i]);
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_array_member(object, "ack", array);
	json_object_set_int_member(object, "after", after);
	json_object_set_int_member(object, "wait", wait);
	return pipit_json_print(object);
}

void
pipit_poll_answer_free(PipitPollAnswer *answer)
{
	if (answer == NULL)
		return;
	g_free(answer->epoch);
	g_ptr_array_unref(answer->envelopes);
	g_array_unref(answer->malformed);
	g_free(answer);
}

/* One that is malformed must not keep the queue from being drained, as long as it can be acknowledged. */
static void
read_queued(PipitPollAnswer *answer, JsonObject *object, GError **error)
{
	g_autoptr(GError) malformed = NULL;
	PipitEnvelope *envelope = read_envelope(object, &malformed);
	if (envelope != NULL) {
		g_ptr_array_add(answer->envelopes, envelope);
		return;
	}
	gint64 seq = pipit_json_int(object, "seq", 0, G_MAXINT64, error);
	if (seq > 0)
		g_array_append_val(answer->malformed, seq);
}

PipitPollAnswer *
pipit_poll_answer_parse(GBytes *body, GError **error)
{
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_ANSWER_MAX, error);
	if (object == NULL)
		return NULL;
	g_autoptr(GError) bad = NULL;
	g_autoptr(PipitPollAnswer) answer = g_new0(PipitPollAnswer, 1);
	answer->envelopes = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_envelope_unref);
	answer->malformed = g_array_new(FALSE, FALSE, sizeof(gint64));
	answer->time = pipit_json_int(object, "time", 0, PIPIT_TIME_MAX, &bad);
	answer->epoch = g_strdup(pipit_json_string(object, "epoch", PIPIT_EPOCH_MAX, &bad));
	answer->more = pipit_json_bool(object, "more", &bad);
	JsonArray *messages = pipit_json_array(object, "messages", 0, PIPIT_POLL_MAX_MESSAGES, &bad);
	for (guint i = 0; bad == NULL && i < json_array_get_length(messages); i++) {
		JsonObject *message = pipit_json_element_object(messages, i, "messages", &bad);
		if (message != NULL)
			read_queued(answer, message, &bad);
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	return g_steal_pointer(&answer);
}
