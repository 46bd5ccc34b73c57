/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members "attachments" and "content". */
#include "protocol/message_attachment.h"

#include <string.h>

#include "protocol/json_reader.h"
#include "protocol/limits.h"

PipitMessageAttachment *
pipit_message_attachment_copy(const PipitMessageAttachment *attachment)
{
	PipitMessageAttachment *copy = g_memdup2(attachment, sizeof *attachment);
	pipit_blob_copy(&copy->blob, &attachment->blob);
	copy->name = g_strdup(attachment->name);
	copy->type = g_strdup(attachment->type);
	return copy;
}

void
pipit_message_attachment_free(PipitMessageAttachment *attachment)
{
	if (attachment == NULL)
		return;
	pipit_blob_clear(&attachment->blob);
	g_free(attachment->name);
	g_free(attachment->type);
	g_free(attachment);
}

static gboolean
is_token_character(char c)
{
	return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$&-^_.+", c) != NULL);
}

/* RFC 6838, section 4.2. */
static gboolean
is_media_type(const char *type)
{
	const char *slash = strchr(type, '/');
	if (slash == NULL || slash == type || slash[1] == '\0')
		return FALSE;
	for (const char *c = type; *c != '\0'; c++)
		if (c != slash && !is_token_character(*c))
			return FALSE;
	return TRUE;
}

static PipitMessageAttachment *
read_attachment(JsonObject *object, GError **error)
{
	PipitMessageAttachment *attachment = g_new0(PipitMessageAttachment, 1);
	pipit_blob_read(&attachment->blob, object, 0, PIPIT_BLOB_MAX, error);
	attachment->name = g_strdup(pipit_json_string_or_null(object, "name", PIPIT_FILE_NAME_MAX, error));
	attachment->type = g_strdup(pipit_json_string_or_null(object, "type", PIPIT_MEDIA_TYPE_MAX, error));
	attachment->width = (guint)pipit_json_int_or(object, "width", 0, PIPIT_PICTURE_SIDE_MAX, 0, error);
	attachment->height = (guint)pipit_json_int_or(object, "height", 0, PIPIT_PICTURE_SIDE_MAX, 0, error);
	/* What is no media type says nothing; the file is there all the same. */
	if (attachment->type != NULL && !is_media_type(attachment->type))
		g_clear_pointer(&attachment->type, g_free);
	return attachment;
}

GPtrArray *
pipit_message_attachments_read(JsonObject *message, GError **error)
{
	JsonArray *array =
		pipit_json_array_or_null(message, "attachments", 1, PIPIT_MESSAGE_MAX_ATTACHMENTS, error);
	if (array == NULL)
		return NULL;
	g_autoptr(GPtrArray) attachments =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_message_attachment_free);
	for (guint i = 0; i < json_array_get_length(array); i++) {
		JsonObject *object = pipit_json_element_object(array, i, "attachments", error);
		if (object == NULL)
			return NULL;
		g_ptr_array_add(attachments, read_attachment(object, error));
	}
	return *error == NULL ? g_steal_pointer(&attachments) : NULL;
}

static JsonObject *
write_attachment(const PipitMessageAttachment *attachment)
{
	JsonObject *object = json_object_new();
	pipit_blob_write(&attachment->blob, object);
	if (attachment->name != NULL)
		json_object_set_string_member(object, "name", attachment->name);
	if (attachment->type != NULL)
		json_object_set_string_member(object, "type", attachment->type);
	if (attachment->width > 0 && attachment->height > 0) {
		json_object_set_int_member(object, "width", attachment->width);
		json_object_set_int_member(object, "height", attachment->height);
	}
	return object;
}

void
pipit_message_attachments_write(GPtrArray *attachments, JsonObject *message)
{
	if (attachments == NULL || attachments->len == 0)
		return;
	JsonArray *array = json_array_new();
	for (guint i = 0; i < attachments->len; i++)
		json_array_add_object_element(array, write_attachment(attachments->pdata[i]));
	json_object_set_array_member(message, "attachments", array);
}

PipitBlob *
pipit_message_content_read(JsonObject *message, GError **error)
{
	JsonObject *object = pipit_json_object_or_null(message, "content", error);
	if (object == NULL)
		return NULL;
	PipitBlob *content = g_new0(PipitBlob, 1);
	pipit_blob_read(content, object, 1, PIPIT_MESSAGE_MAX, error);
	if (*error == NULL)
		return content;
	pipit_message_content_free(content);
	return NULL;
}

void
pipit_message_content_write(const PipitBlob *content, JsonObject *message)
{
	JsonObject *object = json_object_new();
	pipit_blob_write(content, object);
	json_object_set_object_member(message, "content", object);
}

void
pipit_message_content_free(PipitBlob *content)
{
	if (content == NULL)
		return;
	pipit_blob_clear(content);
	g_free(content);
}
