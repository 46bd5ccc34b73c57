/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another program sealed, in tests/vectors/: some of it must open, the rest must not. */
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "tests/crypto/kept.h"

typedef struct {
	JsonObject *vector;
	GBytes *plaintext; /* NULL if it was refused */
	guint32 counter;
	GError *error;
} Result;

static GBytes *
vector_payload(JsonObject *vector)
{
	gsize size = 0;
	guchar *bytes = g_base64_decode(json_object_get_string_member(vector, "payload"), &size);
	return g_bytes_new_take(bytes, size);
}

static void
open_vector(Result *result)
{
	const char *recipient_name = json_object_get_string_member(result->vector, "recipient");
	g_autoptr(PipitDevicePublic) sender =
		kept_public(json_object_get_string_member(result->vector, "sender"));
	g_autoptr(PipitDeviceSecrets) recipient = kept_secrets(recipient_name);
	g_autoptr(PipitPrekeySecret) prekey = kept_prekey(recipient_name);
	g_autoptr(GBytes) payload = vector_payload(result->vector);
	PipitSuite suite = PIPIT_SUITE_PAIR;
	PipitPairEcOpened opened = {0};
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	g_assert_true(pipit_suite_parse(json_object_get_string_member(result->vector, "suite"), &suite));
	if (suite == PIPIT_SUITE_PAIR)
		result->plaintext = pipit_pair_open(recipient, sender, payload, replay, &result->error);
	else
		result->plaintext =
			pipit_pair_ec_open(recipient, &prekey, 1, sender, payload, &opened, &result->error);
	result->counter = opened.counter;
}

static void
check_opens(JsonArray *array, guint index, G_GNUC_UNUSED JsonNode *node, G_GNUC_UNUSED gpointer unused)
{
	Result result = {.vector = json_array_get_object_element(array, index)};
	gint64 size = json_object_get_int_member(result.vector, "size");
	g_test_message("%u: %s, %" G_GINT64_FORMAT " bytes", index,
		       json_object_get_string_member(result.vector, "suite"), size);
	open_vector(&result);
	g_assert_no_error(result.error);
	g_autoptr(GBytes) plaintext = result.plaintext;
	g_autoptr(GBytes) expected = kept_plaintext((gsize)size);
	g_assert_true(g_bytes_equal(plaintext, expected));
	g_assert_cmpint(result.counter, ==,
			json_object_get_int_member_with_default(result.vector, "counter", 0));
}

static void
test_sealed_open(void)
{
	g_autoptr(JsonNode) root = kept_file("sealed.json");
	g_assert_cmpuint(json_array_get_length(json_node_get_array(root)), >=, 60);
	json_array_foreach_element(json_node_get_array(root), check_opens, NULL);
}

static void
check_is_refused(JsonArray *array, guint index, G_GNUC_UNUSED JsonNode *node, G_GNUC_UNUSED gpointer unused)
{
	Result result = {.vector = json_array_get_object_element(array, index)};
	g_test_message("%u: %s, %s", index, json_object_get_string_member(result.vector, "suite"),
		       json_object_get_string_member(result.vector, "why"));
	open_vector(&result);
	g_assert_null(result.plaintext);
	g_autoptr(GError) error = result.error;
	g_assert_error(error, PIPIT_SEAL_ERROR, PIPIT_SEAL_ERROR_REFUSED);
}

static void
test_refused_do_not(void)
{
	g_autoptr(JsonNode) root = kept_file("refused.json");
	g_assert_cmpuint(json_array_get_length(json_node_get_array(root)), >=, 50);
	json_array_foreach_element(json_node_get_array(root), check_is_refused, NULL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/kept-payloads/sealed-open", test_sealed_open);
	g_test_add_func("/kept-payloads/refused-do-not", test_refused_do_not);
	return g_test_run();
}
