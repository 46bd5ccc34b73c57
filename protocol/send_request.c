/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The send request and its answer, to and from JSON. */
#include "protocol/send_request.h"

#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/limits.h"

#define CODE_MAX 64
#define MAX_NAMED_DEVICES 256

PipitCopy *
pipit_copy_new(GBytes *push_token, PipitSuite suite, GBytes *prekey, GBytes *payload)
{
	PipitCopy *copy = g_new0(PipitCopy, 1);
	copy->push_token = g_bytes_ref(push_token);
	copy->suite = suite;
	copy->prekey = prekey != NULL ? g_bytes_ref(prekey) : NULL;
	copy->payload = g_bytes_ref(payload);
	return copy;
}

void
pipit_copy_free(PipitCopy *copy)
{
	if (copy == NULL)
		return;
	g_bytes_unref(copy->push_token);
	g_clear_pointer(&copy->prekey, g_bytes_unref);
	g_bytes_unref(copy->payload);
	g_free(copy);
}

PipitRecipient *
pipit_recipient_new(const char *to)
{
	PipitRecipient *recipient = g_new0(PipitRecipient, 1);
	recipient->to = g_strdup(to);
	recipient->copies = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_copy_free);
	return recipient;
}

void
pipit_recipient_free(PipitRecipient *recipient)
{
	if (recipient == NULL)
		return;
	g_free(recipient->to);
	g_ptr_array_unref(recipient->copies);
	g_free(recipient);
}

char **
pipit_recipients_handles(GPtrArray *recipients)
{
	char **handles = g_new0(char *, recipients->len + 1);
	for (guint i = 0; i < recipients->len; i++)
		handles[i] = g_strdup(((const PipitRecipient *)recipients->pdata[i])->to);
	return handles;
}

static JsonObject *
print_copy(const PipitCopy *copy)
{
	JsonObject *object = json_object_new();
	pipit_json_set_bytes(object, "push_token", copy->push_token);
	json_object_set_string_member(object, "suite", pipit_suite_name(copy->suite));
	pipit_json_set_bytes(object, "prekey", copy->prekey);
	pipit_json_set_bytes(object, "payload", copy->payload);
	return object;
}

static JsonObject *
print_recipient(const PipitRecipient *recipient)
{
	JsonArray *copies = json_array_new();
	for (guint i = 0; i < recipient->copies->len; i++)
		json_array_add_object_element(copies, print_copy(recipient->copies->pdata[i]));
	JsonObject *object = json_object_new();
	json_object_set_string_member(object, "to", recipient->to);
	json_object_set_array_member(object, "copies", copies);
	return object;
}

GBytes *
pipit_send_request(const char *id, const char *from, PipitClass class_, GPtrArray *recipients)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < recipients->len; i++)
		json_array_add_object_element(array, print_recipient(recipients->pdata[i]));
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_string_member(object, "id", id);
	json_object_set_string_member(object, "from", from);
	json_object_set_string_member(object, "class", pipit_class_name(class_));
	json_object_set_array_member(object, "recipients", array);
	return pipit_json_print(object);
}

static void
free_result(gpointer memory)
{
	PipitSendResult *result = memory;
	g_free(result->to);
	g_free(result->code);
	g_clear_pointer(&result->missing, g_ptr_array_unref);
	g_clear_pointer(&result->gone, g_ptr_array_unref);
	g_clear_pointer(&result->old_prekey, g_ptr_array_unref);
	g_free(result);
}

static GPtrArray *
read_tokens(JsonObject *object, const char *name, GError **error)
{
	GPtrArray *tokens = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	JsonArray *array = pipit_json_array_or_null(object, name, 0, MAX_NAMED_DEVICES, error);
	for (guint i = 0; array != NULL && *error == NULL && i < json_array_get_length(array); i++) {
		GBytes *token =
			pipit_json_element_bytes(array, i, name, PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, error);
		if (token != NULL)
			g_ptr_array_add(tokens, token);
	}
	return tokens;
}

static void
read_status(PipitSendResult *result, JsonObject *object, GError **error)
{
	const char *status = pipit_json_string(object, "status", CODE_MAX, error);
	if (status == NULL)
		return;
	if (strcmp(status, "accepted") == 0) {
		result->status = PIPIT_SEND_ACCEPTED;
	} else if (strcmp(status, "stale") == 0) {
		result->status = PIPIT_SEND_STALE;
		result->missing = read_tokens(object, "missing", error);
		result->gone = read_tokens(object, "gone", error);
		result->old_prekey = read_tokens(object, "old_prekey", error);
	} else if (strcmp(status, "refused") == 0) {
		result->status = PIPIT_SEND_REFUSED;
		result->code = g_strdup(pipit_json_string(object, "code", CODE_MAX, error));
	} else {
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER,
				    "\"status\" is unknown");
	}
}

static PipitSendResult *
read_result(JsonObject *object, const char *handle, GError **error)
{
	PipitSendResult *result = g_new0(PipitSendResult, 1);
	result->to = g_strdup(pipit_json_handle(object, "to", error));
	if (result->to != NULL && strcmp(result->to, handle) != 0)
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER,
				    "\"to\" is not the recipient at this place");
	read_status(result, object, error);
	return result;
}

GPtrArray *
pipit_send_answer_parse(GBytes *body, const char *const *handles, gint64 *time, GError **error)
{
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_ANSWER_MAX, error);
	if (object == NULL)
		return NULL;
	g_autoptr(GError) bad = NULL;
	g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(free_result);
	gint64 relay_time = pipit_json_int(object, "time", 0, PIPIT_TIME_MAX, &bad);
	guint count = g_strv_length((char **)handles);
	JsonArray *array = pipit_json_array(object, "results", count, count, &bad);
	for (guint i = 0; bad == NULL && i < count; i++) {
		JsonObject *element = pipit_json_element_object(array, i, "results", &bad);
		if (element != NULL)
			g_ptr_array_add(results, read_result(element, handles[i], &bad));
	}
	if (bad != NULL) {
		g_propagate_error(error, g_steal_pointer(&bad));
		return NULL;
	}
	if (time != NULL)
		*time = relay_time;
	return g_steal_pointer(&results);
}
