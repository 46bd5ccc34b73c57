/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict typed reading of JSON, on json-glib's tree. */
#include "protocol/json_reader.h"

#include <string.h>

#include "crypto/secret.h"
#include "protocol/base64.h"
#include "protocol/handle.h"
#include "protocol/json_syntax.h"
#include "protocol/limits.h"

#define UNIT_SEPARATOR '\x1f'
#define UNIT_SEPARATOR_ESCAPED "\\u001f"

G_DEFINE_QUARK(pipit - json - error - quark, pipit_json_error)

/* json-glib keeps the last of members with one name, another reader may keep the first: two parties would see two
 * documents. It announces each member, so a repeated one shows as an object with fewer members than were announced. */
typedef struct {
	guint announced[PIPIT_JSON_MAX_DEPTH];
	guint depth;
	gboolean repeated;
} MemberCount;

static void
on_object_start(G_GNUC_UNUSED JsonParser *parser, gpointer user_data)
{
	MemberCount *count = user_data;
	count->announced[count->depth++] = 0;
}

static void
on_object_member(G_GNUC_UNUSED JsonParser *parser, G_GNUC_UNUSED JsonObject *object,
		 G_GNUC_UNUSED const char *name, gpointer user_data)
{
	MemberCount *count = user_data;
	count->announced[count->depth - 1]++;
}

static void
on_object_end(G_GNUC_UNUSED JsonParser *parser, JsonObject *object, gpointer user_data)
{
	MemberCount *count = user_data;
	if (json_object_get_size(object) != count->announced[--count->depth])
		count->repeated = TRUE;
}

static JsonObject *
parse_syntax(const char *text, gsize size, GError **error)
{
	if (!pipit_json_syntax_valid(text, size, PIPIT_JSON_MAX_DEPTH)) {
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX, "not JSON");
		return NULL;
	}
	MemberCount count = {.depth = 0};
	g_autoptr(JsonParser) parser = json_parser_new();
	g_signal_connect(parser, "object-start", G_CALLBACK(on_object_start), &count);
	g_signal_connect(parser, "object-member", G_CALLBACK(on_object_member), &count);
	g_signal_connect(parser, "object-end", G_CALLBACK(on_object_end), &count);
	gboolean parsed = json_parser_load_from_data(parser, text, (gssize)size, NULL);
	JsonNode *root = parsed ? json_parser_get_root(parser) : NULL;
	if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX, "not a JSON object");
		return NULL;
	}
	if (count.repeated) {
		g_set_error_literal(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SYNTAX, "a member is repeated");
		return NULL;
	}
	return json_node_dup_object(root);
}

JsonObject *
pipit_json_parse(const char *text, gsize size, gsize max_size, GError **error)
{
	if (size > max_size) {
		g_set_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_SIZE,
			    "more than %" G_GSIZE_FORMAT " bytes of JSON", max_size);
		return NULL;
	}
	return parse_syntax(size == 0 ? "" : text, size, error);
}

JsonObject *
pipit_json_parse_bytes(GBytes *bytes, gsize max_size, GError **error)
{
	gsize size = 0;
	const char *text = g_bytes_get_data(bytes, &size);
	return pipit_json_parse(text, size, max_size, error);
}

static void
refuse(const char *name, const char *why, GError **error)
{
	g_set_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, "\"%s\" %s", name, why);
}

/* Returns the member or NULL, with an error if it is absent; NULL without one means that @error was set before. */
static JsonNode *
required(JsonObject *object, const char *name, GError **error)
{
	if (*error != NULL)
		return NULL;
	JsonNode *node = json_object_get_member(object, name);
	if (node == NULL)
		refuse(name, "is missing", error);
	return node;
}

static gboolean
is_absent(JsonObject *object, const char *name, GError **error)
{
	return *error == NULL && !json_object_has_member(object, name);
}

static gboolean
holds(JsonNode *node, GType type)
{
	return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

static const char *
node_string(JsonNode *node, const char *name, gsize max_size, GError **error)
{
	if (!holds(node, G_TYPE_STRING)) {
		refuse(name, "is no string", error);
		return NULL;
	}
	const char *string = json_node_get_string(node);
	if (strlen(string) > max_size) {
		refuse(name, "is too long", error);
		return NULL;
	}
	return string;
}

static const char *
node_handle(JsonNode *node, const char *name, GError **error)
{
	const char *handle = node_string(node, name, PIPIT_HANDLE_MAX, error);
	if (handle == NULL)
		return NULL;
	if (!pipit_handle_valid(handle)) {
		refuse(name, "is no handle in its normal form", error);
		return NULL;
	}
	return handle;
}

static gint64
node_int(JsonNode *node, const char *name, gint64 min, gint64 max, GError **error)
{
	if (!holds(node, G_TYPE_INT64)) {
		refuse(name, "is no whole number", error);
		return 0;
	}
	gint64 value = json_node_get_int(node);
	if (value < min || value > max) {
		refuse(name, "is out of range", error);
		return 0;
	}
	return value;
}

static GBytes *
node_bytes(JsonNode *node, const char *name, gsize min, gsize max, GError **error)
{
	if (!holds(node, G_TYPE_STRING)) {
		refuse(name, "is no string", error);
		return NULL;
	}
	GBytes *bytes = pipit_base64_decode(json_node_get_string(node), min, max);
	if (bytes == NULL)
		refuse(name, "is not base64 of the right size", error);
	return bytes;
}

const char *
pipit_json_string(JsonObject *object, const char *name, gsize max_size, GError **error)
{
	JsonNode *node = required(object, name, error);
	return node != NULL ? node_string(node, name, max_size, error) : NULL;
}

const char *
pipit_json_string_or_null(JsonObject *object, const char *name, gsize max_size, GError **error)
{
	return is_absent(object, name, error) ? NULL : pipit_json_string(object, name, max_size, error);
}

const char *
pipit_json_handle(JsonObject *object, const char *name, GError **error)
{
	JsonNode *node = required(object, name, error);
	return node != NULL ? node_handle(node, name, error) : NULL;
}

gint64
pipit_json_int(JsonObject *object, const char *name, gint64 min, gint64 max, GError **error)
{
	JsonNode *node = required(object, name, error);
	return node != NULL ? node_int(node, name, min, max, error) : 0;
}

gint64
pipit_json_int_or(JsonObject *object, const char *name, gint64 min, gint64 max, gint64 absent, GError **error)
{
	return is_absent(object, name, error) ? absent : pipit_json_int(object, name, min, max, error);
}

gboolean
pipit_json_bool(JsonObject *object, const char *name, GError **error)
{
	JsonNode *node = required(object, name, error);
	if (node == NULL)
		return FALSE;
	if (!holds(node, G_TYPE_BOOLEAN)) {
		refuse(name, "is neither true nor false", error);
		return FALSE;
	}
	return json_node_get_boolean(node);
}

gboolean
pipit_json_bool_or(JsonObject *object, const char *name, gboolean absent, GError **error)
{
	return is_absent(object, name, error) ? absent : pipit_json_bool(object, name, error);
}

GBytes *
pipit_json_bytes(JsonObject *object, const char *name, gsize min, gsize max, GError **error)
{
	JsonNode *node = required(object, name, error);
	return node != NULL ? node_bytes(node, name, min, max, error) : NULL;
}

GBytes *
pipit_json_bytes_or_null(JsonObject *object, const char *name, gsize min, gsize max, GError **error)
{
	return is_absent(object, name, error) ? NULL : pipit_json_bytes(object, name, min, max, error);
}

JsonArray *
pipit_json_array(JsonObject *object, const char *name, guint min, guint max, GError **error)
{
	JsonNode *node = required(object, name, error);
	if (node == NULL)
		return NULL;
	if (!JSON_NODE_HOLDS_ARRAY(node)) {
		refuse(name, "is no array", error);
		return NULL;
	}
	JsonArray *array = json_node_get_array(node);
	guint length = json_array_get_length(array);
	if (length < min || length > max) {
		refuse(name, "has too few or too many elements", error);
		return NULL;
	}
	return array;
}

JsonArray *
pipit_json_array_or_null(JsonObject *object, const char *name, guint min, guint max, GError **error)
{
	return is_absent(object, name, error) ? NULL : pipit_json_array(object, name, min, max, error);
}

JsonObject *
pipit_json_object_or_null(JsonObject *object, const char *name, GError **error)
{
	if (is_absent(object, name, error))
		return NULL;
	JsonNode *node = required(object, name, error);
	if (node == NULL)
		return NULL;
	if (!JSON_NODE_HOLDS_OBJECT(node)) {
		refuse(name, "is no object", error);
		return NULL;
	}
	return json_node_get_object(node);
}

JsonObject *
pipit_json_element_object(JsonArray *array, guint i, const char *name, GError **error)
{
	if (*error != NULL)
		return NULL;
	JsonNode *node = json_array_get_element(array, i);
	if (!JSON_NODE_HOLDS_OBJECT(node)) {
		refuse(name, "holds something that is no object", error);
		return NULL;
	}
	return json_node_get_object(node);
}

const char *
pipit_json_element_string(JsonArray *array, guint i, const char *name, gsize max_size, GError **error)
{
	return *error == NULL ? node_string(json_array_get_element(array, i), name, max_size, error) : NULL;
}

const char *
pipit_json_element_handle(JsonArray *array, guint i, const char *name, GError **error)
{
	return *error == NULL ? node_handle(json_array_get_element(array, i), name, error) : NULL;
}

gint64
pipit_json_element_int(JsonArray *array, guint i, const char *name, gint64 min, gint64 max, GError **error)
{
	return *error == NULL ? node_int(json_array_get_element(array, i), name, min, max, error) : 0;
}

GBytes *
pipit_json_element_bytes(JsonArray *array, guint i, const char *name, gsize min, gsize max, GError **error)
{
	return *error == NULL ? node_bytes(json_array_get_element(array, i), name, min, max, error) : NULL;
}

char **
pipit_json_handles(JsonObject *object, const char *name, guint min, guint max, GError **error)
{
	JsonArray *array = pipit_json_array(object, name, min, max, error);
	if (array == NULL)
		return NULL;
	g_autoptr(GStrvBuilder) handles = g_strv_builder_new();
	for (guint i = 0; i < json_array_get_length(array); i++) {
		const char *handle = pipit_json_element_handle(array, i, name, error);
		if (handle == NULL)
			return NULL;
		g_strv_builder_add(handles, handle);
	}
	return g_strv_builder_end(handles);
}

void
pipit_json_set_bytes(JsonObject *object, const char *name, GBytes *bytes)
{
	if (bytes == NULL)
		return;
	g_autofree char *text = pipit_base64_encode(bytes);
	json_object_set_string_member(object, name, text);
}

void
pipit_json_set_strings(JsonObject *object, const char *name, const char *const *strings)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; strings[i] != NULL; i++)
		json_array_add_string_element(array, strings[i]);
	json_object_set_array_member(object, name, array);
}

void
pipit_json_add_bytes(JsonArray *array, GBytes *bytes)
{
	g_autofree char *text = pipit_base64_encode(bytes);
	json_array_add_string_element(array, text);
}

/* json-glib writes U+001F as it is, which is no JSON. In compact JSON it can stand in strings alone. */
static GBytes *
escape_unit_separators(char *text, gsize size)
{
	/* Roomy enough never to move, which would leave a copy of a message behind. */
	GString *escaped = g_string_sized_new(strlen(UNIT_SEPARATOR_ESCAPED) * size);
	for (gsize i = 0; i < size; i++)
		if (text[i] == UNIT_SEPARATOR)
			g_string_append(escaped, UNIT_SEPARATOR_ESCAPED);
		else
			g_string_append_c(escaped, text[i]);
	pipit_secret_string_free(text);
	return g_string_free_to_bytes(escaped);
}

GBytes *
pipit_json_print(JsonObject *object)
{
	g_autoptr(JsonNode) root = json_node_alloc();
	json_node_init_object(root, object);
	g_autoptr(JsonGenerator) generator = json_generator_new();
	json_generator_set_root(generator, root);
	gsize size = 0;
	char *text = json_generator_to_data(generator, &size);
	if (memchr(text, UNIT_SEPARATOR, size) != NULL)
		return escape_unit_separators(text, size);
	return g_bytes_new_take(text, size);
}

char *
pipit_json_print_text(JsonObject *object)
{
	g_autoptr(GBytes) json = pipit_json_print(object);
	gsize size = 0;
	const char *text = g_bytes_get_data(json, &size);
	return g_strndup(text, size);
}
