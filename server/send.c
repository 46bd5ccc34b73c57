/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads send requests and writes their results. */
#include "server/send.h"

#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "protocol/uuid.h"

#define WORD_MAX 16 /* of a suite or class */

static void
copy_free(gpointer data)
{
	PipitdCopy *copy = data;
	g_clear_pointer(&copy->push_token, g_bytes_unref);
	g_clear_pointer(&copy->prekey, g_bytes_unref);
	g_clear_pointer(&copy->payload, g_bytes_unref);
	g_free(copy);
}

static GPtrArray *
token_list(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static PipitdRecipient *
recipient_new(void)
{
	PipitdRecipient *recipient = g_new0(PipitdRecipient, 1);
	recipient->copies = g_ptr_array_new_with_free_func(copy_free);
	recipient->missing = token_list();
	recipient->gone = token_list();
	recipient->old_prekey = token_list();
	return recipient;
}

static void
recipient_free(gpointer data)
{
	PipitdRecipient *recipient = data;
	g_free(recipient->to);
	g_ptr_array_unref(recipient->copies);
	g_ptr_array_unref(recipient->missing);
	g_ptr_array_unref(recipient->gone);
	g_ptr_array_unref(recipient->old_prekey);
	g_free(recipient);
}

void
pipitd_send_free(PipitdSend *send)
{
	if (send == NULL)
		return;
	g_free(send->id);
	g_free(send->from);
	g_ptr_array_unref(send->recipients);
	g_free(send);
}

static void
refuse(GError **error, const char *message)
{
	if (*error == NULL)
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, message);
}

static void
read_suite(JsonObject *object, PipitdCopy *copy, GError **error)
{
	const char *suite = pipit_json_string(object, "suite", WORD_MAX, error);
	if (*error == NULL && !pipit_suite_parse(suite, &copy->suite))
		refuse(error, "\"suite\" is unknown");
	if (*error != NULL)
		return;
	copy->prekey = pipit_json_bytes_or_null(object, "prekey", PIPIT_COMPACT_KEY_LEN,
						PIPIT_COMPACT_KEY_LEN, error);
	if ((copy->prekey != NULL) != (copy->suite == PIPIT_SUITE_PAIR_EC))
		refuse(error, "\"prekey\" goes with pair-ec, and with pair-ec alone");
}

static void
read_copy(JsonObject *object, PipitdRecipient *recipient, gsize relay_cap, GError **error)
{
	PipitdCopy *copy = g_new0(PipitdCopy, 1);
	g_ptr_array_add(recipient->copies, copy);
	copy->push_token = pipit_json_bytes(object, "push_token", PIPIT_TOKEN_LEN, PIPIT_TOKEN_LEN, error);
	read_suite(object, copy, error);
	copy->payload = pipit_json_bytes(object, "payload", 1, PIPIT_SEND_REQUEST_MAX, error);
	if (*error != NULL)
		return;
	gsize size;
	const guint8 *payload = g_bytes_get_data(copy->payload, &size);
	pipitd_token_hash(payload, size, copy->payload_hash);
	recipient->too_large |= size > relay_cap;
}

static void
check_different(const PipitdRecipient *recipient, GError **error)
{
	g_autoptr(GHashTable) tokens = g_hash_table_new(g_bytes_hash, g_bytes_equal);
	for (guint i = 0; i < recipient->copies->len; i++) {
		PipitdCopy *copy = recipient->copies->pdata[i];
		if (!g_hash_table_add(tokens, copy->push_token))
			refuse(error, "two copies are for one device");
	}
}

static void
read_recipient(JsonObject *object, PipitdSend *send, guint *room, gsize relay_cap, GError **error)
{
	PipitdRecipient *recipient = recipient_new();
	g_ptr_array_add(send->recipients, recipient);
	recipient->to = g_strdup(pipit_json_handle(object, "to", error));
	JsonArray *copies = pipit_json_array(object, "copies", 0, *room, error);
	if (copies == NULL)
		return;
	guint count = json_array_get_length(copies);
	*room -= count;
	for (guint i = 0; i < count && *error == NULL; i++) {
		JsonObject *copy = pipit_json_element_object(copies, i, "copies", error);
		if (copy != NULL)
			read_copy(copy, recipient, relay_cap, error);
	}
	if (*error == NULL)
		check_different(recipient, error);
}

static void
read_envelope(JsonObject *body, PipitdSend *send, GError **error)
{
	const char *id = pipit_json_string(body, "id", PIPIT_UUID_LEN, error);
	const char *from = pipit_json_handle(body, "from", error);
	const char *class_ = pipit_json_string(body, "class", WORD_MAX, error);
	if (*error != NULL)
		return;
	if (!pipit_uuid_valid(id))
		refuse(error, "\"id\" is no UUID in lower case");
	if (!pipit_class_parse(class_, &send->class_))
		refuse(error, "\"class\" is unknown");
	send->id = g_strdup(id);
	send->from = g_strdup(from);
}

PipitdSend *
pipitd_send_parse(JsonObject *body, gsize relay_cap, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(PipitdSend) send = g_new0(PipitdSend, 1);
	send->recipients = g_ptr_array_new_with_free_func(recipient_free);
	read_envelope(body, send, &bad);
	JsonArray *recipients = pipit_json_array(body, "recipients", 1, PIPIT_SEND_MAX_RECIPIENTS, &bad);
	guint count = bad != NULL ? 0 : json_array_get_length(recipients);
	guint room = PIPIT_SEND_MAX_COPIES;
	for (guint i = 0; i < count && bad == NULL; i++) {
		JsonObject *recipient = pipit_json_element_object(recipients, i, "recipients", &bad);
		if (recipient != NULL)
			read_recipient(recipient, send, &room, relay_cap, &bad);
	}
	if (bad == NULL)
		return g_steal_pointer(&send);
	g_propagate_error(error, g_steal_pointer(&bad));
	return NULL;
}

static void
set_tokens(JsonObject *object, const char *name, GPtrArray *tokens)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < tokens->len; i++)
		pipit_json_add_bytes(array, tokens->pdata[i]);
	json_object_set_array_member(object, name, array);
}

static JsonObject *
result_object(const PipitdRecipient *recipient)
{
	static const char *const codes[] = {
		[PIPITD_SEND_UNREACHABLE] = "unreachable",
		[PIPITD_SEND_QUEUE_FULL] = "queue-full",
		[PIPITD_SEND_TOO_LARGE] = "too-large",
	};
	JsonObject *object = json_object_new();
	json_object_set_string_member(object, "to", recipient->to);
	if (recipient->status == PIPITD_SEND_ACCEPTED) {
		json_object_set_string_member(object, "status", "accepted");
	} else if (recipient->status == PIPITD_SEND_STALE) {
		json_object_set_string_member(object, "status", "stale");
		set_tokens(object, "missing", recipient->missing);
		set_tokens(object, "gone", recipient->gone);
		set_tokens(object, "old_prekey", recipient->old_prekey);
	} else {
		json_object_set_string_member(object, "status", "refused");
		json_object_set_string_member(object, "code", codes[recipient->status]);
	}
	return object;
}

JsonArray *
pipitd_send_results(const PipitdSend *send)
{
	JsonArray *results = json_array_new();
	for (guint i = 0; i < send->recipients->len; i++)
		json_array_add_object_element(results, result_object(send->recipients->pdata[i]));
	return results;
}
