/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory's answer: each device checked, a bad one left out and counted. */
#include <glib.h>
#include <string.h>

#include "protocol/base64.h"
#include "protocol/json_reader.h"
#include "tests/support/actor.h"

#define NOW 1764000000000
#define PREKEY_TIME 1763000000.0

static PipitActor *bob;
static PipitActor *mallory;

static void
add_base64(GString *json, const char *name, GBytes *bytes)
{
	g_autofree char *text = pipit_base64_encode(bytes);
	g_string_append_printf(json, "\"%s\":\"%s\",", name, text);
}

/* A device as the directory writes it, with whatever parts. */
static char *
device_json(GBytes *token, PipitDeviceRecord *identity, PipitDeviceRecord *key, GBytes *prekey,
	    const char *rest)
{
	GString *json = g_string_new("{");
	add_base64(json, "push_token", token);
	add_base64(json, "pair_identity", identity->pair_identity);
	add_base64(json, "device_key", key->device_key);
	if (prekey != NULL)
		add_base64(json, "prekey_record", prekey);
	g_string_append_printf(json, "\"added_at\":1%s}", rest);
	return g_string_free(json, FALSE);
}

static PipitLookupAnswer *
parse(const char *devices, GError **error)
{
	g_autofree char *json = g_strdup_printf(
		"{\"time\":1764000000000,\"results\":[{\"handle\":\"mailto:b@x\",\"devices\":[%s]}]}",
		devices);
	g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
	return pipit_lookup_answer_parse(body, (const char *const[]){"mailto:b@x", NULL}, error);
}

static void
test_a_request(void)
{
	g_autoptr(GBytes) body =
		pipit_lookup_request((const char *const[]){"mailto:a@x", "tel:+15551234567", NULL});
	g_autofree char *text = g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
	g_assert_cmpstr(text, ==, "{\"handles\":[\"mailto:a@x\",\"tel:+15551234567\"],\"removed\":true}");
}

static void
test_good_devices(void)
{
	g_autoptr(PipitLookupAnswer) answer = pipit_actor_answer(
		NOW, "mailto:b@x", pipit_actor_record(bob, 0), pipit_actor_record(mallory, 55), NULL);
	g_assert_cmpint(answer->time, ==, NOW);
	const PipitLookupResult *result = answer->results->pdata[0];
	g_assert_cmpuint(result->devices->len, ==, 2);
	g_assert_cmpuint(result->dropped, ==, 0);
	const PipitDeviceRecord *device = result->devices->pdata[0];
	g_assert_true(g_bytes_equal(device->push_token, bob->push_token));
	g_assert_true(pipit_device_public_has_prekey(device->keys));
	g_assert_cmpfloat(pipit_device_public_prekey_timestamp(device->keys), ==, PREKEY_TIME);
	const PipitDeviceRecord *removed = result->devices->pdata[1];
	g_assert_cmpint(removed->removed_at, ==, 55);
}

static void
test_a_bad_device_is_left_out(void)
{
	g_autoptr(PipitDeviceRecord) good = pipit_actor_record(bob, 0);
	g_autoptr(PipitDeviceRecord) other = pipit_actor_record(mallory, 0);
	/* Somebody else's prekey under this device's key: its signature can't verify. */
	g_autofree char *forged = device_json(mallory->push_token, good, good, other->prekey_record, "");
	g_autofree char *whole = device_json(bob->push_token, good, good, good->prekey_record, "");
	g_autofree char *both = g_strdup_printf("%s,%s", forged, whole);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitLookupAnswer) answer = parse(both, &error);
	g_assert_no_error(error);
	const PipitLookupResult *result = answer->results->pdata[0];
	g_assert_cmpuint(result->devices->len, ==, 1);
	g_assert_cmpuint(result->dropped, ==, 1);
	const PipitDeviceRecord *device = result->devices->pdata[0];
	g_assert_true(g_bytes_equal(device->push_token, bob->push_token));
	g_autofree char *gone =
		device_json(mallory->push_token, good, good, other->prekey_record, ",\"removed_at\":9");
	g_autoptr(PipitLookupAnswer) removed = parse(gone, &error);
	g_assert_no_error(error);
	const PipitLookupResult *none = removed->results->pdata[0];
	g_assert_cmpuint(none->dropped, ==, 0);
}

static void
test_what_is_no_answer(void)
{
	g_autoptr(PipitDeviceRecord) good = pipit_actor_record(bob, 0);
	g_autofree char *device = device_json(bob->push_token, good, good, good->prekey_record, "");
	g_autofree char *twice = g_strdup_printf("%s,%s", device, device);
	g_autofree char *no_time = device_json(bob->push_token, good, good, NULL, ",\"removed_at\":0");
	GString *many = g_string_new(device);
	for (guint i = 0; i < 64; i++)
		g_string_append_printf(many, ",%s", device);
	const char *cases[] = {twice, no_time, many->str, "{}", "1", "{\"push_token\":\"AA==\"}"};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(parse(cases[i], &error));
		g_assert_error(error, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER);
	}
	g_string_free(many, TRUE);
	const char other[] = "{\"time\":1,\"results\":[{\"handle\":\"mailto:c@x\",\"devices\":[]}]}";
	g_autoptr(GBytes) body = g_bytes_new_static(other, sizeof other - 1);
	g_assert_null(pipit_lookup_answer_parse(body, (const char *const[]){"mailto:b@x", NULL}, NULL));
	g_assert_null(pipit_lookup_answer_parse(body, (const char *const[]){"mailto:c@x", "mailto:b@x", NULL},
						NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	bob = pipit_actor_new(1, PREKEY_TIME);
	mallory = pipit_actor_new(2, PREKEY_TIME);
	g_test_add_func("/device-record/a-request", test_a_request);
	g_test_add_func("/device-record/good-devices", test_good_devices);
	g_test_add_func("/device-record/a-bad-device-is-left-out", test_a_bad_device_is_left_out);
	g_test_add_func("/device-record/what-is-no-answer", test_what_is_no_answer);
	int result = g_test_run();
	pipit_actor_free(bob);
	pipit_actor_free(mallory);
	return result;
}
