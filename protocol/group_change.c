/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a change, to and from JSON. */
#include "protocol/group_change.h"

#include <nettle/sha2.h>
#include <string.h>

#include "protocol/base64.h"
#include "protocol/limits.h"
#include "protocol/uuid.h"

#define KIND_MAX 32

static const char *const kind_names[] = {
	[PIPIT_GROUP_CREATE] = "create", [PIPIT_GROUP_ADD] = "add",   [PIPIT_GROUP_REMOVE] = "remove",
	[PIPIT_GROUP_LEAVE] = "leave",   [PIPIT_GROUP_NAME] = "name", [PIPIT_GROUP_PICTURE] = "picture",
};

PipitGroupChange *
pipit_group_change_ref(PipitGroupChange *change)
{
	return g_atomic_rc_box_acquire(change);
}

static void
clear(gpointer memory)
{
	PipitGroupChange *change = memory;
	g_free(change->text);
	g_free(change->hash);
	g_free(change->gid);
	g_free(change->author);
	g_strfreev(change->builds_on);
	g_strfreev(change->handles);
	g_free(change->nonce);
	g_free(change->name);
	g_free(change->picture);
}

void
pipit_group_change_unref(PipitGroupChange *change)
{
	g_atomic_rc_box_release_full(change, clear);
}

char *
pipit_group_hash(gconstpointer bytes, gsize size)
{
	guint8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, size, bytes);
	sha256_digest(&context, sizeof digest, digest);
	return g_base64_encode(digest, sizeof digest);
}

/* A UUID of version 8 (RFC 9562): the hash, cut to size. */
static char *
gid_of_hash(const char *hash)
{
	gsize size = 0;
	g_autofree guchar *b = g_base64_decode(hash, &size);
	return g_strdup_printf("%02x%02x%02x%02x-%02x%02x-8%x%02x-%x%x%02x-%02x%02x%02x%02x%02x%02x", b[0],
			       b[1], b[2], b[3], b[4], b[5], b[6] & 0x0f, b[7], 8 | ((b[8] >> 4) & 0x03),
			       b[8] & 0x0f, b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

gboolean
pipit_group_hash_valid(const char *text)
{
	g_autoptr(GBytes) bytes = pipit_base64_decode(text, SHA256_DIGEST_SIZE, SHA256_DIGEST_SIZE);
	return bytes != NULL;
}

/* Line breaks, and what turns the direction of what stands beside it. */
static gboolean
may_stand_in_name(gunichar c)
{
	return !g_unichar_iscntrl(c) && c != 0x061c && c != 0x200e && c != 0x200f &&
	       (c < 0x2028 || c > 0x202e) && (c < 0x2066 || c > 0x2069);
}

gboolean
pipit_group_name_valid(const char *name)
{
	gboolean blank = TRUE;
	if (!g_utf8_validate(name, -1, NULL) || g_utf8_strlen(name, -1) > PIPIT_GROUP_NAME_MAX_CHARS)
		return FALSE;
	for (const char *c = name; *c != '\0'; c = g_utf8_next_char(c)) {
		gunichar character = g_utf8_get_char(c);
		if (!may_stand_in_name(character))
			return FALSE;
		blank = blank && g_unichar_isspace(character);
	}
	return !blank;
}

static gboolean
has_handles(PipitGroupChangeKind kind)
{
	return kind == PIPIT_GROUP_CREATE || kind == PIPIT_GROUP_ADD || kind == PIPIT_GROUP_REMOVE;
}

static char *
print(const PipitGroupChange *given)
{
	g_autoptr(JsonObject) object = json_object_new();
	json_object_set_string_member(object, "kind", kind_names[given->kind]);
	json_object_set_string_member(object, "author", given->author);
	json_object_set_int_member(object, "version", given->version);
	json_object_set_int_member(object, "at", given->at);
	if (given->kind == PIPIT_GROUP_CREATE) {
		json_object_set_string_member(object, "nonce", given->nonce);
	} else {
		json_object_set_string_member(object, "gid", given->gid);
		pipit_json_set_strings(object, "builds_on", (const char *const *)given->builds_on);
	}
	if (has_handles(given->kind))
		pipit_json_set_strings(object, "handles", (const char *const *)given->handles);
	if (given->name != NULL)
		json_object_set_string_member(object, "name", given->name);
	if (given->picture != NULL)
		json_object_set_string_member(object, "picture", given->picture);
	if (given->quiet)
		json_object_set_boolean_member(object, "quiet", TRUE);
	return pipit_json_print_text(object);
}

PipitGroupChange *
pipit_group_change_new(const PipitGroupChange *given)
{
	g_autofree char *text = print(given);
	return pipit_group_change_parse(text);
}

static PipitGroupChangeKind
find_kind(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(kind_names); i++)
		if (strcmp(kind_names[i], name) == 0)
			return (PipitGroupChangeKind)i;
	return PIPIT_GROUP_OTHER;
}

char **
pipit_group_read_hashes(JsonObject *object, const char *name, guint min, GError **error)
{
	JsonArray *array = pipit_json_array(object, name, min, PIPIT_GROUP_MAX_HEADS, error);
	g_autoptr(GStrvBuilder) hashes = g_strv_builder_new();
	for (guint i = 0; array != NULL && *error == NULL && i < json_array_get_length(array); i++) {
		const char *hash = pipit_json_element_string(array, i, name, PIPIT_GROUP_HASH_LEN, error);
		if (hash != NULL && pipit_group_hash_valid(hash))
			g_strv_builder_add(hashes, hash);
		else if (hash != NULL)
			g_set_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, "\"%s\" holds no hash",
				    name);
	}
	return g_strv_builder_end(hashes);
}

static void
read_content(PipitGroupChange *change, JsonObject *object, GError **error)
{
	if (has_handles(change->kind))
		change->handles = pipit_json_handles(object, "handles", 1, PIPIT_GROUP_MAX_MEMBERS, error);
	else
		change->handles = g_new0(char *, 1);
	if (change->kind == PIPIT_GROUP_CREATE || change->kind == PIPIT_GROUP_NAME)
		change->name =
			g_strdup(pipit_json_string_or_null(object, "name", PIPIT_GROUP_NAME_MAX, error));
	if (change->kind == PIPIT_GROUP_PICTURE)
		change->picture =
			g_strdup(pipit_json_string_or_null(object, "picture", PIPIT_GROUP_HASH_LEN, error));
	if (change->kind == PIPIT_GROUP_LEAVE)
		change->quiet = pipit_json_bool_or(object, "quiet", FALSE, error);
}

static void
read_place(PipitGroupChange *change, JsonObject *object, GError **error)
{
	if (change->kind == PIPIT_GROUP_CREATE) {
		change->nonce = g_strdup(pipit_json_string(object, "nonce", PIPIT_UUID_LEN, error));
		change->gid = gid_of_hash(change->hash);
		change->builds_on = g_new0(char *, 1);
		return;
	}
	change->gid = g_strdup(pipit_json_string(object, "gid", PIPIT_UUID_LEN, error));
	change->builds_on = pipit_group_read_hashes(object, "builds_on", 1, error);
}

static gboolean
is_sound(const PipitGroupChange *change)
{
	return pipit_uuid_valid(change->gid) &&
	       (change->kind != PIPIT_GROUP_CREATE || change->version == 1) &&
	       (change->name == NULL || pipit_group_name_valid(change->name)) &&
	       (change->picture == NULL || pipit_group_hash_valid(change->picture));
}

PipitGroupChange *
pipit_group_change_parse(const char *text)
{
	g_autoptr(GError) bad = NULL;
	gsize size = strlen(text);
	g_autoptr(JsonObject) object = pipit_json_parse(text, size, PIPIT_GROUP_CHANGE_MAX, &bad);
	if (object == NULL)
		return NULL;
	g_autoptr(PipitGroupChange) change = g_atomic_rc_box_new0(PipitGroupChange);
	const char *kind = pipit_json_string(object, "kind", KIND_MAX, &bad);
	change->kind = kind != NULL ? find_kind(kind) : PIPIT_GROUP_OTHER;
	change->text = g_strdup(text);
	change->hash = pipit_group_hash(text, size);
	change->author = g_strdup(pipit_json_handle(object, "author", &bad));
	change->version = pipit_json_int(object, "version", 1, PIPIT_GROUP_MAX_CHANGES, &bad);
	change->at = pipit_json_int(object, "at", 0, PIPIT_TIME_MAX, &bad);
	read_place(change, object, &bad);
	read_content(change, object, &bad);
	return bad == NULL && is_sound(change) ? g_steal_pointer(&change) : NULL;
}

gboolean
pipit_group_change_adds(const PipitGroupChange *change, const char *handle)
{
	if (change->kind == PIPIT_GROUP_CREATE && strcmp(change->author, handle) == 0)
		return TRUE;
	return (change->kind == PIPIT_GROUP_CREATE || change->kind == PIPIT_GROUP_ADD) &&
	       g_strv_contains((const char *const *)change->handles, handle);
}

gboolean
pipit_group_change_removes(const PipitGroupChange *change, const char *handle)
{
	if (change->kind == PIPIT_GROUP_LEAVE)
		return strcmp(change->author, handle) == 0;
	return change->kind == PIPIT_GROUP_REMOVE &&
	       g_strv_contains((const char *const *)change->handles, handle);
}
