/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sealed plaintext: gzip of one JSON object. */
#include "protocol/message.h"

#include <string.h>

#include "protocol/gzip.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"
#include "protocol/uuid.h"

#define VERSION 1
#define TYPE_MAX 64
#define MAX_AGE_MS (31 * PIPIT_DAY_MS)
#define MAX_AHEAD_MS (G_GINT64_CONSTANT(5) * 60 * 1000)

G_DEFINE_QUARK(pipit - message - error - quark, pipit_message_error)

static const char *const type_names[] = {
	[PIPIT_MESSAGE_TEXT] = "message",        [PIPIT_MESSAGE_DELIVERED] = "delivered",
	[PIPIT_MESSAGE_READ] = "read",           [PIPIT_MESSAGE_TYPING] = "typing",
	[PIPIT_MESSAGE_DEVICE] = "device",       [PIPIT_MESSAGE_GROUP] = "group",
	[PIPIT_MESSAGE_GROUP_ASK] = "group-ask",
};

void
pipit_message_free(PipitMessage *message)
{
	if (message == NULL)
		return;
	g_free(message->id);
	g_free(message->from);
	g_strfreev(message->to);
	g_free(message->text);
	g_free(message->html);
	g_strfreev(message->ids);
	pipit_message_group_clear(&message->group);
	g_clear_pointer(&message->attachments, g_ptr_array_unref);
	pipit_message_content_free(message->content);
	g_free(message);
}

static void
write_content(const PipitMessage *message, JsonObject *object)
{
	switch (message->type) {
	case PIPIT_MESSAGE_TEXT:
		json_object_set_string_member(object, "text", message->text);
		if (message->html != NULL)
			json_object_set_string_member(object, "html", message->html);
		pipit_message_attachments_write(message->attachments, object);
		break;
	case PIPIT_MESSAGE_DELIVERED:
	case PIPIT_MESSAGE_READ:
		pipit_json_set_strings(object, "ids", (const char *const *)message->ids);
		break;
	case PIPIT_MESSAGE_TYPING:
		json_object_set_boolean_member(object, "typing", message->typing);
		break;
	case PIPIT_MESSAGE_DEVICE:
	case PIPIT_MESSAGE_GROUP:
	case PIPIT_MESSAGE_GROUP_ASK:
		break;
	}
}

GBytes *
pipit_message_pack(const PipitMessage *message)
{
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_int_member(object, "v", VERSION);
	json_object_set_string_member(object, "type", type_names[message->type]);
	json_object_set_string_member(object, "id", message->id);
	json_object_set_string_member(object, "from", message->from);
	pipit_json_set_strings(object, "to", (const char *const *)message->to);
	json_object_set_int_member(object, "sent_at", message->sent_at);
	if (message->content != NULL)
		pipit_message_content_write(message->content, object);
	else
		write_content(message, object);
	pipit_message_group_write(&message->group, object, message->content == NULL);
	g_autoptr(GBytes) json = pipit_json_print(object);
	if (g_bytes_get_size(json) > PIPIT_MESSAGE_MAX)
		return NULL;
	g_autoptr(GBytes) packed = pipit_gzip(json);
	return g_bytes_get_size(packed) <= PIPIT_MESSAGE_MAX ? g_steal_pointer(&packed) : NULL;
}

static PipitMessage *
invalid(const char *why, GError **error)
{
	g_set_error_literal(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_INVALID, why);
	return NULL;
}

static char **
read_ids(JsonObject *object, GError **error)
{
	JsonArray *array = pipit_json_array(object, "ids", 1, PIPIT_RECEIPT_MAX_IDS, error);
	g_autoptr(GStrvBuilder) ids = g_strv_builder_new();
	for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
		const char *id = pipit_json_element_string(array, i, "ids", PIPIT_UUID_LEN, error);
		if (id == NULL)
			return NULL;
		g_strv_builder_add(ids, id);
	}
	return g_strv_builder_end(ids);
}

static gboolean
are_uuids(char **ids)
{
	for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
		if (!pipit_uuid_valid(ids[i]))
			return FALSE;
	return TRUE;
}

static void
read_content(PipitMessage *message, JsonObject *object, GError **error)
{
	switch (message->type) {
	case PIPIT_MESSAGE_TEXT:
		message->text = g_strdup(pipit_json_string(object, "text", PIPIT_TEXT_MAX, error));
		message->html = g_strdup(pipit_json_string_or_null(object, "html", PIPIT_MESSAGE_MAX, error));
		message->attachments = pipit_message_attachments_read(object, error);
		break;
	case PIPIT_MESSAGE_DELIVERED:
	case PIPIT_MESSAGE_READ:
		message->ids = read_ids(object, error);
		break;
	case PIPIT_MESSAGE_TYPING:
		message->typing = pipit_json_bool(object, "typing", error);
		break;
	case PIPIT_MESSAGE_DEVICE:
	case PIPIT_MESSAGE_GROUP:
	case PIPIT_MESSAGE_GROUP_ASK:
		break;
	}
}

/* Receipts go to somebody in a group too. */
static gboolean
has_to(const PipitMessage *message)
{
	return message->group.gid == NULL || message->type == PIPIT_MESSAGE_DELIVERED ||
	       message->type == PIPIT_MESSAGE_READ;
}

static PipitMessage *
read_message(JsonObject *object, PipitMessageType type, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(PipitMessage) message = g_new0(PipitMessage, 1);
	message->type = type;
	message->id = g_strdup(pipit_json_string(object, "id", PIPIT_UUID_LEN, &bad));
	message->from = g_strdup(pipit_json_handle(object, "from", &bad));
	message->content = pipit_message_content_read(object, &bad);
	gboolean is_change = type == PIPIT_MESSAGE_GROUP;
	pipit_message_group_read(&message->group, object, is_change || type == PIPIT_MESSAGE_GROUP_ASK,
				 is_change && message->content == NULL, &bad);
	message->to = pipit_json_handles(object, "to", has_to(message) ? 1 : 0, PIPIT_MESSAGE_MAX_TO, &bad);
	message->sent_at = pipit_json_int(object, "sent_at", 0, PIPIT_TIME_MAX, &bad);
	if (message->content == NULL)
		read_content(message, object, &bad);
	if (bad != NULL)
		return invalid(bad->message, error);
	if (!pipit_uuid_valid(message->id) || !are_uuids(message->ids))
		return invalid("an id is no UUID", error);
	if (message->content != NULL && pipit_message_class(type) == PIPIT_CLASS_EPHEMERAL)
		return invalid("nobody fetches what is gone in a minute", error);
	return g_steal_pointer(&message);
}

static gboolean
find_type(const char *name, PipitMessageType *type)
{
	for (guint i = 0; i < G_N_ELEMENTS(type_names); i++)
		if (strcmp(type_names[i], name) == 0) {
			*type = (PipitMessageType)i;
			return TRUE;
		}
	return FALSE;
}

PipitMessage *
pipit_message_unpack(GBytes *plaintext, GError **error)
{
	g_autoptr(GBytes) json = pipit_gunzip(plaintext, PIPIT_MESSAGE_MAX);
	if (json == NULL)
		return invalid("not gzip, or more than 1 MiB", error);
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(json, PIPIT_MESSAGE_MAX, &bad);
	if (object == NULL)
		return invalid(bad->message, error);
	gint64 version = pipit_json_int(object, "v", G_MININT64, G_MAXINT64, &bad);
	const char *name = pipit_json_string(object, "type", TYPE_MAX, &bad);
	if (bad != NULL)
		return invalid(bad->message, error);
	PipitMessageType type;
	if (version != VERSION || !find_type(name, &type)) {
		g_set_error(error, PIPIT_MESSAGE_ERROR, PIPIT_MESSAGE_ERROR_UNKNOWN,
			    "version %" G_GINT64_FORMAT ", type %s", version, name);
		return NULL;
	}
	return read_message(object, type, error);
}

static gboolean
are_same_handles(char **a, char **b)
{
	return g_strv_equal((const char *const *)a, (const char *const *)b);
}

gboolean
pipit_message_is_content_of(const PipitMessage *inner, const PipitMessage *outer)
{
	return inner->content == NULL && inner->type == outer->type && strcmp(inner->id, outer->id) == 0 &&
	       strcmp(inner->from, outer->from) == 0 && are_same_handles(inner->to, outer->to) &&
	       inner->sent_at == outer->sent_at && g_strcmp0(inner->group.gid, outer->group.gid) == 0;
}

PipitClass
pipit_message_class(PipitMessageType type)
{
	return type == PIPIT_MESSAGE_TYPING ? PIPIT_CLASS_EPHEMERAL : PIPIT_CLASS_STORED;
}

gboolean
pipit_message_is_to(const PipitMessage *message, const char *handle)
{
	return (message->to[0] == NULL && message->group.gid != NULL) ||
	       g_strv_contains((const char *const *)message->to, handle);
}

gint64
pipit_message_shown_time(const PipitMessage *message, gint64 received_at)
{
	gboolean credible = message->sent_at >= received_at - MAX_AGE_MS &&
			    message->sent_at <= received_at + MAX_AHEAD_MS;
	return credible ? message->sent_at : received_at;
}
