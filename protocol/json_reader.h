/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict typed reading of the JSON that arrives, and the few things that writing it needs beyond json-glib.
 *
 * Reading is sticky: the first failure is set in @error, which must not be NULL, and from then on every further read
 * with that @error does nothing and gives NULL, 0 or FALSE. So a caller reads all members and looks once:
 *
 *	g_autoptr(GError) bad = NULL;
 *	const char *handle = pipit_json_string(body, "handle", PIPIT_HANDLE_MAX, &bad);
 *	gint64 wait = pipit_json_int(body, "wait", 0, 300, &bad);
 *	if (bad != NULL)
 *		return refuse(bad->message);
 *
 * The messages name the member and are for developers and logs, never the value: it may be a secret.
 * An optional member that is there with a wrong type, null too, is an error. Unknown members are skipped. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#define PIPIT_JSON_ERROR (pipit_json_error_quark())
GQuark pipit_json_error_quark(void);

typedef enum {
	PIPIT_JSON_ERROR_SYNTAX, /* not JSON (RFC 8259), not UTF-8, too deep, a repeated member, a NUL in a string */
	PIPIT_JSON_ERROR_SIZE,   /* more bytes than allowed */
	PIPIT_JSON_ERROR_MEMBER, /* a member is missing, or has a wrong type, size or value */
} PipitJsonError;

#define PIPIT_JSON_MAX_DEPTH 16

/**
 * Parses exactly one JSON object of at most @max_size bytes. @text may be NULL if there are none.
 * Returns: (transfer full) json_object_unref() it; NULL with PIPIT_JSON_ERROR.
 */
JsonObject *pipit_json_parse(const char *text, gsize size, gsize max_size, GError **error);
JsonObject *pipit_json_parse_bytes(GBytes *bytes, gsize max_size, GError **error);

/** Reads a string of at most @max_size bytes. Returns: (transfer none) it lives as long as @object. */
const char *pipit_json_string(JsonObject *object, const char *name, gsize max_size, GError **error);
const char *pipit_json_string_or_null(JsonObject *object, const char *name, gsize max_size, GError **error);

/** Reads a handle in its normal form. Returns: (transfer none) */
const char *pipit_json_handle(JsonObject *object, const char *name, GError **error);

/** Reads a whole number in @min .. @max; fractions and exponents are no whole numbers. */
gint64 pipit_json_int(JsonObject *object, const char *name, gint64 min, gint64 max, GError **error);
gint64 pipit_json_int_or(JsonObject *object, const char *name, gint64 min, gint64 max, gint64 absent,
			 GError **error);

gboolean pipit_json_bool(JsonObject *object, const char *name, GError **error);
gboolean pipit_json_bool_or(JsonObject *object, const char *name, gboolean absent, GError **error);

/** Reads base64 of @min to @max bytes. Returns: (transfer full) */
GBytes *pipit_json_bytes(JsonObject *object, const char *name, gsize min, gsize max, GError **error);
GBytes *pipit_json_bytes_or_null(JsonObject *object, const char *name, gsize min, gsize max, GError **error);

/** Reads an array of @min to @max elements. Returns: (transfer none) */
JsonArray *pipit_json_array(JsonObject *object, const char *name, guint min, guint max, GError **error);
JsonArray *pipit_json_array_or_null(JsonObject *object, const char *name, guint min, guint max,
				    GError **error);

/** Reads an object. Returns: (transfer none) */
JsonObject *pipit_json_object_or_null(JsonObject *object, const char *name, GError **error);

/** Reads element @i, which must be there. @name is the array's, for the message. */
JsonObject *pipit_json_element_object(JsonArray *array, guint i, const char *name, GError **error);
const char *pipit_json_element_string(JsonArray *array, guint i, const char *name, gsize max_size,
				      GError **error);
const char *pipit_json_element_handle(JsonArray *array, guint i, const char *name, GError **error);
gint64 pipit_json_element_int(JsonArray *array, guint i, const char *name, gint64 min, gint64 max,
			      GError **error);
GBytes *pipit_json_element_bytes(JsonArray *array, guint i, const char *name, gsize min, gsize max,
				 GError **error); /* (transfer full) */

/** Reads an array of handles in their normal form. Returns: (transfer full) NULL-terminated. */
char **pipit_json_handles(JsonObject *object, const char *name, guint min, guint max, GError **error);

/* Writing. Numbers, strings and booleans: json_object_set_*_member() of json-glib. */

/** Sets @name to base64 of the bytes; NULL @bytes leaves it out. */
void pipit_json_set_bytes(JsonObject *object, const char *name, GBytes *bytes);
/** Sets @name to an array of strings. */
void pipit_json_set_strings(JsonObject *object, const char *name, const char *const *strings);
/** Appends base64 of the bytes. */
void pipit_json_add_bytes(JsonArray *array, GBytes *bytes);

/** Returns: (transfer full) @object as compact JSON, not zero-terminated. Its numbers must be integers. */
GBytes *pipit_json_print(JsonObject *object);
/** Returns: (transfer full) the same, zero-terminated. */
char *pipit_json_print_text(JsonObject *object);
