/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs every file of a folder whose kind it knows, says what it leaves out and why, and ends with "N passed, M failed".
 *
 * usage: vectors FOLDER */
#include "tests/crypto/vectors.h"

#include <stdio.h>
#include <string.h>

#include "crypto/p256.h"
#include "tests/crypto/kept.h"

typedef struct {
	const char *algorithm;
	void (*run_group)(VectorFile *file, JsonObject *group);
} Kind;

static const Kind kinds[] = {
	{"RSAES-OAEP", vector_group_oaep},    {"ECDSA", vector_group_ecdsa},
	{"ECDH", vector_group_ecdh},          {"HKDF-SHA-256", vector_group_hkdf},
	{"HMACSHA1", vector_group_hmac_sha1}, {"HMACSHA256", vector_group_hmac_sha256},
};

void
vector_count_right(VectorFile *file, const char *id, gboolean right)
{
	if (right) {
		file->tally->passed++;
		return;
	}
	file->tally->failed++;
	printf("FAILED %s: %s\n", file->name, id);
}

static gboolean
is_hex(const char *text)
{
	while (g_ascii_isxdigit(*text))
		text++;
	return *text == '\0';
}

/* What can't be read for lack of digits is not refused by our code. */
static gboolean
can_be_read(JsonObject *test)
{
	static const char *const names[] = {"msg",  "sig", "ct",  "label", "ikm",   "salt",
					    "info", "okm", "key", "tag",   "shared"};
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (!is_hex(vector_text(test, names[i])))
			return FALSE;
	}
	return TRUE;
}

void
vector_count(VectorFile *file, JsonObject *test, VectorOutcome outcome)
{
	static const char *const words[] = {"refused", "taken, and right", "taken, and wrong"};
	const char *verdict = vector_string(test, "result");
	gboolean passed = FALSE;
	if (!can_be_read(test))
		passed = FALSE;
	else if (g_strcmp0(verdict, "valid") == 0)
		passed = outcome == VECTOR_RIGHT;
	else if (g_strcmp0(verdict, "invalid") == 0)
		passed = outcome == VECTOR_REFUSED;
	else if (g_strcmp0(verdict, "acceptable") == 0)
		passed = outcome != VECTOR_WRONG;
	g_autofree char *id = g_strdup_printf(
		"test %" G_GINT64_FORMAT " (%s) is %s, and was %s",
		json_object_get_int_member_with_default(test, "tcId", 0), vector_text(test, "comment"),
		verdict == NULL ? "without a verdict" : verdict, words[outcome]);
	vector_count_right(file, id, passed);
}

void
vector_leave_out(VectorFile *file, const char *why, guint n)
{
	guint before = GPOINTER_TO_UINT(g_hash_table_lookup(file->left_out, why));
	g_hash_table_insert(file->left_out, (gpointer)why, GUINT_TO_POINTER(before + n));
}

const char *
vector_string(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node)
									       : NULL;
}

JsonObject *
vector_object(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

const char *
vector_text(JsonObject *object, const char *name)
{
	const char *text = vector_string(object, name);
	return text != NULL ? text : "";
}

GBytes *
vector_hex(JsonObject *object, const char *name)
{
	const char *hex = vector_text(object, name);
	if (!is_hex(hex))
		hex = "";
	g_autofree char *even = g_strconcat(strlen(hex) % 2 == 0 ? "" : "0", hex, NULL);
	return kept_hex(even);
}

gboolean
vector_number(GBytes *number, guint8 *field, gsize size)
{
	gsize left = 0;
	const guint8 *bytes = g_bytes_get_data(number, &left);
	while (left > 0 && bytes[0] == 0) {
		bytes++;
		left--;
	}
	if (left > size)
		return FALSE;
	memset(field, 0, size - left);
	if (left > 0)
		memcpy(field + size - left, bytes, left);
	return TRUE;
}

VectorOutcome
vector_compare(gconstpointer bytes, gsize size, GBytes *expected)
{
	gboolean equal = size == g_bytes_get_size(expected) &&
			 (size == 0 || memcmp(bytes, g_bytes_get_data(expected, NULL), size) == 0);
	return equal ? VECTOR_RIGHT : VECTOR_WRONG;
}

JsonArray *
vector_array(JsonObject *object, const char *name)
{
	JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
	return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static gboolean
all_are_objects(JsonArray *array)
{
	for (guint i = 0; i < json_array_get_length(array); i++) {
		if (!JSON_NODE_HOLDS_OBJECT(json_array_get_element(array, i)))
			return FALSE;
	}
	return TRUE;
}

static void
run_group(VectorFile *file, const Kind *kind, JsonObject *group)
{
	JsonArray *tests = vector_array(group, "tests");
	if (tests == NULL || !all_are_objects(tests))
		vector_count_right(file, "a group has no tests", FALSE);
	else if (kind == NULL)
		vector_leave_out(file, "an algorithm that the formats do not use",
				 json_array_get_length(tests));
	else
		kind->run_group(file, group);
}

static const Kind *
kind_of(const char *algorithm)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (strcmp(kinds[i].algorithm, algorithm) == 0)
			return &kinds[i];
	}
	return NULL;
}

static void
run_wycheproof(VectorFile *file, const char *algorithm, JsonArray *groups)
{
	const Kind *kind = kind_of(algorithm);
	if (!all_are_objects(groups))
		vector_count_right(file, "a group is no object", FALSE);
	for (guint i = 0; all_are_objects(groups) && i < json_array_get_length(groups); i++)
		run_group(file, kind, json_array_get_object_element(groups, i));
}

static void
run_root(VectorFile *file, JsonObject *root)
{
	const char *algorithm = vector_string(root, "algorithm");
	JsonArray *groups = vector_array(root, "testGroups");
	if (algorithm != NULL && groups != NULL)
		run_wycheproof(file, algorithm, groups);
	else if (!vector_file_aes_ctr(file, root) && !vector_file_rfc6979(file, root))
		vector_leave_out(file, "a kind of file that is not known here", 1);
}

static void
print_left_out(gpointer why, gpointer n, gpointer name)
{
	printf("left out of %s: %u (%s)\n", (const char *)name, GPOINTER_TO_UINT(n), (const char *)why);
}

static void
run_file(const char *folder, const char *name, VectorTally *tally)
{
	g_autoptr(GHashTable) left_out = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	VectorFile file = {.name = name, .tally = tally, .left_out = left_out};
	guint passed = tally->passed;
	guint failed = tally->failed;
	gboolean read = g_str_has_suffix(name, ".json") && json_parser_load_from_file(parser, path, NULL) &&
			JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser));
	if (read)
		run_root(&file, json_node_get_object(json_parser_get_root(parser)));
	else if (g_str_has_suffix(name, ".json"))
		vector_count_right(&file, "it can't be read", FALSE);
	else
		vector_leave_out(&file, "no JSON file", 1);
	if (tally->passed != passed || tally->failed != failed)
		printf("%s: %u passed, %u failed\n", name, tally->passed - passed, tally->failed - failed);
	g_hash_table_foreach(left_out, print_left_out, (gpointer)name);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) folder = argc == 2 ? g_dir_open(argv[1], 0, &error) : NULL;
	if (folder == NULL) {
		fprintf(stderr, "vectors: %s\n", error == NULL ? "usage: vectors FOLDER" : error->message);
		return 1;
	}
	VectorTally tally = {0, 0};
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder))
		g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	printf("P-256 by %s\n", pipit_p256_backend());
	for (guint i = 0; i < names->len; i++)
		run_file(argv[1], g_ptr_array_index(names, i), &tally);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.passed > 0 && tally.failed == 0 ? 0 : 1;
}
