/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices over HTTP: what is demanded of one, what its account can do with it, and what the directory shows. */
#include <string.h>

#include "protocol/device_record.h"
#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

static double
seconds_from_now(gint64 seconds)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;

	return (double)(now + seconds);
}

static PipitReply *
get_devices(PipitRelayPeer *peer)
{
	return pipit_http_peer_ask(peer->http, "GET", "/v1/ids/devices", NULL, NULL);
}

static void
test_register(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) first = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) second = pipit_relay_peer_register(own->origin, ALICE, 1);

	g_assert_cmpstr(first->push_token, !=, second->push_token);
	g_autoptr(PipitReply) list = get_devices(first);
	pipit_assert_status(list, 200);
	JsonArray *devices = json_object_get_array_member(list->body, "devices");
	g_assert_cmpuint(json_array_get_length(devices), ==, 2);
	JsonObject *mine = json_array_get_object_element(devices, 0);
	JsonObject *other = json_array_get_object_element(devices, 1);
	g_assert_cmpstr(json_object_get_string_member(mine, "push_token"), ==, first->push_token);
	g_assert_cmpstr(json_object_get_string_member(mine, "name"), ==, "test");
	g_assert_true(json_object_get_boolean_member(mine, "this"));
	g_assert_false(json_object_get_boolean_member(other, "this"));
}

/* The answer to a registration was lost: the device asks once more. */
static void
test_register_again(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autofree char *push_token = g_strdup(alice->push_token);
	g_autofree char *old_token = g_strdup(alice->auth_token);

	pipit_relay_peer_new_prekey(alice, seconds_from_now(2));
	g_autoptr(PipitReply) again = pipit_relay_peer_sign_in(alice, PIPIT_TEST_PASSWORD);
	pipit_assert_status(again, 201);
	g_assert_cmpstr(alice->push_token, ==, push_token);
	g_assert_cmpstr(alice->auth_token, !=, old_token);
	g_autoptr(PipitReply) with_new = get_devices(alice);
	pipit_assert_status(with_new, 200);
	pipit_http_peer_set_token(alice->http, old_token);
	g_autoptr(PipitReply) with_old = get_devices(alice);
	pipit_assert_problem(with_old, 401, "token-unknown");
	/* The later prekey counts: a message for it is not stale. */
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autoptr(PipitReply) sent = pipit_relay_peer_send_text(bob, alice, "to the later prekey");
	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
}

static void
test_device_key_of_another(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autoptr(PipitRelayPeer) thief = pipit_relay_peer_new(own->origin, BOB, 0);

	g_autoptr(PipitReply) reply = pipit_relay_peer_sign_in(thief, PIPIT_TEST_PASSWORD);
	pipit_assert_problem(reply, 409, "device-key-taken");
}

static void
assert_registration(PipitRelayPeer *peer, const char *body, guint status, const char *code)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_ask_signed(peer, "POST", "/v1/ids/devices", body);

	pipit_assert_problem(reply, status, code);
}

static char *
with(const char *body, const char *member, const char *value)
{
	g_autofree char *pattern = g_strdup_printf("\"%s\":\"[^\"]*\"", member);
	g_autofree char *text = g_strdup_printf("\"%s\":\"%s\"", member, value);
	g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);

	return g_regex_replace_literal(regex, body, -1, 0, text, 0, NULL);
}

static void
test_bad_registrations(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) device = pipit_relay_peer_new(own->origin, ALICE, 1);
	g_autoptr(PipitRelayPeer) other = pipit_relay_peer_new(own->origin, ALICE, 2);
	g_autofree char *body = pipit_relay_peer_registration(device, PIPIT_TEST_PASSWORD);
	g_autofree char *other_prekey = pipit_relay_peer_prekey_record(other);

	g_autoptr(PipitReply) unsigned_ =
		pipit_http_peer_ask(device->http, "POST", "/v1/ids/devices", body, NULL);
	pipit_assert_problem(unsigned_, 400, "signature-invalid");
	g_autofree char *for_another_path = pipit_relay_peer_sign(device, "POST", "/v1/ids/prekey", body);
	g_autoptr(PipitReply) replayed =
		pipit_http_peer_ask(device->http, "POST", "/v1/ids/devices", body, for_another_path);
	pipit_assert_problem(replayed, 400, "signature-invalid");
	g_autoptr(PipitReply) of_another =
		pipit_relay_peer_ask_signed(other, "POST", "/v1/ids/devices", body);
	pipit_assert_problem(of_another, 400, "signature-invalid");

	g_autofree char *no_identity = with(body, "pair_identity", "AAAA");
	assert_registration(device, no_identity, 400, "keys-invalid");
	/* No point has this X. */
	g_autofree char *off_curve = with(body, "device_key", "//////////////////////////////////////////8=");
	assert_registration(device, off_curve, 400, "keys-invalid");
	g_autofree char *wrong_prekey = with(body, "prekey_record", other_prekey);
	assert_registration(device, wrong_prekey, 400, "prekey-invalid");
	g_autofree char *no_name = with(body, "name", "");
	assert_registration(device, no_name, 400, "bad-request");
	g_autofree char *bell = with(body, "name", "\\u0007");
	assert_registration(device, bell, 400, "bad-request");
	g_autofree char *x65 = g_strnfill(65, 'x');
	g_autofree char *long_name = with(body, "name", x65);
	assert_registration(device, long_name, 400, "bad-request");
	pipit_relay_peer_new_prekey(device, seconds_from_now(600));
	g_autofree char *ahead = pipit_relay_peer_registration(device, PIPIT_TEST_PASSWORD);
	assert_registration(device, ahead, 400, "prekey-invalid");
}

static void
test_too_many_devices(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();

	for (guint i = 0; i < PIPIT_HANDLE_MAX_DEVICES; i++) {
		g_autoptr(PipitRelayPeer) peer = pipit_relay_peer_register(own->origin, ALICE, i);
		g_assert_nonnull(peer->push_token);
	}
	g_autoptr(PipitRelayPeer) more = pipit_relay_peer_new(own->origin, ALICE, PIPIT_HANDLE_MAX_DEVICES);
	g_autoptr(PipitReply) reply = pipit_relay_peer_sign_in(more, PIPIT_TEST_PASSWORD);
	pipit_assert_problem(reply, 409, "too-many");
}

static PipitReply *
put_prekey(PipitRelayPeer *peer)
{
	g_autofree char *record = pipit_relay_peer_prekey_record(peer);
	g_autofree char *body = g_strdup_printf("{\"prekey_record\":\"%s\"}", record);

	return pipit_relay_peer_ask_signed(peer, "PUT", "/v1/ids/prekey", body);
}

static void
test_prekey(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);

	pipit_relay_peer_new_prekey(alice, seconds_from_now(10));
	g_autoptr(PipitReply) later = put_prekey(alice);
	pipit_assert_status(later, 204);
	g_autoptr(PipitReply) again = put_prekey(alice);
	pipit_assert_status(again, 204);
	pipit_relay_peer_new_prekey(alice, seconds_from_now(5));
	g_autoptr(PipitReply) earlier = put_prekey(alice);
	pipit_assert_problem(earlier, 409, "prekey-rollback");
	pipit_relay_peer_new_prekey(alice, seconds_from_now(360));
	g_autoptr(PipitReply) ahead = put_prekey(alice);
	pipit_assert_problem(ahead, 400, "prekey-invalid");
	pipit_relay_peer_new_prekey(alice, seconds_from_now(20));
	g_autofree char *record = pipit_relay_peer_prekey_record(alice);
	g_autofree char *body = g_strdup_printf("{\"prekey_record\":\"%s\"}", record);
	g_autoptr(PipitReply) unsigned_ =
		pipit_http_peer_ask(alice->http, "PUT", "/v1/ids/prekey", body, NULL);
	pipit_assert_problem(unsigned_, 400, "signature-invalid");
}

static PipitReply *
remove_device(PipitRelayPeer *peer, const char *push_token)
{
	g_autofree char *body = g_strdup_printf("{\"push_token\":\"%s\"}", push_token);

	return pipit_relay_peer_ask_signed(peer, "POST", "/v1/ids/devices/remove", body);
}

static PipitReply *
look_up(PipitRelayPeer *peer, const char *handles, gboolean removed)
{
	g_autofree char *body =
		g_strdup_printf("{\"handles\":[%s],\"removed\":%s}", handles, removed ? "true" : "false");

	return pipit_http_peer_ask(peer->http, "POST", "/v1/ids/lookup", body, NULL);
}

static JsonArray *
devices_of(const PipitReply *reply, guint i)
{
	pipit_assert_status(reply, 200);
	JsonArray *results = json_object_get_array_member(reply->body, "results");

	return json_object_get_array_member(json_array_get_object_element(results, i), "devices");
}

static gpointer
poll_long(gpointer peer)
{
	return pipit_relay_peer_poll(peer, "", 0, 60);
}

static void
test_remove(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) lost = pipit_relay_peer_register(own->origin, ALICE, 1);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 2);

	g_autoptr(PipitReply) of_another = remove_device(bob, lost->push_token);
	pipit_assert_problem(of_another, 404, "not-found");
	GThread *poll = g_thread_new("poll", poll_long, lost);
	pipit_own_server_wait_parked(own, 1);
	g_autoptr(PipitReply) removed = remove_device(alice, lost->push_token);
	pipit_assert_status(removed, 204);
	g_autoptr(PipitReply) woken = g_thread_join(poll);
	pipit_assert_problem(woken, 401, "token-unknown");
	g_autoptr(PipitReply) after = get_devices(lost);
	pipit_assert_problem(after, 401, "token-unknown");
	g_autoptr(PipitReply) again = remove_device(alice, lost->push_token);
	pipit_assert_problem(again, 404, "not-found");
	/* It cannot come back under the same keys. */
	g_autoptr(PipitReply) back = pipit_relay_peer_sign_in(lost, PIPIT_TEST_PASSWORD);
	pipit_assert_problem(back, 409, "device-key-taken");
	/* Whoever still must check what it sent finds its keys. */
	g_autoptr(PipitReply) present = look_up(bob, "\"" ALICE "\"", FALSE);
	g_assert_cmpuint(json_array_get_length(devices_of(present, 0)), ==, 1);
	g_autoptr(PipitReply) all = look_up(bob, "\"" ALICE "\"", TRUE);
	JsonArray *devices = devices_of(all, 0);
	g_assert_cmpuint(json_array_get_length(devices), ==, 2);
	g_assert_false(json_object_has_member(json_array_get_object_element(devices, 0), "removed_at"));
	JsonObject *gone = json_array_get_object_element(devices, 1);
	g_assert_cmpstr(json_object_get_string_member(gone, "push_token"), ==, lost->push_token);
	g_assert_cmpint(json_object_get_int_member(gone, "removed_at"), >, 0);
}

static void
test_removed_device_is_forgotten(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) lost = pipit_relay_peer_register(own->origin, ALICE, 1);
	g_autoptr(PipitReply) removed = remove_device(alice, lost->push_token);
	g_autofree char *token = g_strdup(alice->auth_token);

	for (guint days = 34; days <= 36; days += 2) {
		own->options->clock_offset = (int)days * 24 * 60 * 60;
		pipit_own_server_restart(own);
		g_free(pipit_own_server_control(own, "expire\n"));
		g_autoptr(PipitRelayPeer) asker = pipit_relay_peer_new(own->origin, ALICE, 0);
		pipit_http_peer_set_token(asker->http, token);
		g_autoptr(PipitReply) all = look_up(asker, "\"" ALICE "\"", TRUE);
		g_assert_cmpuint(json_array_get_length(devices_of(all, 0)), ==, days < 35 ? 2 : 1);
	}
}

static void
test_look_up(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	const char *const handles[] = {"mailto:nobody@example.org", BOB, NULL};

	g_autoptr(PipitReply) reply = look_up(alice, "\"mailto:nobody@example.org\",\"" BOB "\"", FALSE);
	pipit_assert_status(reply, 200);
	g_assert_cmpuint(json_array_get_length(devices_of(reply, 0)), ==, 0);
	/* The client's own reading of it, which checks the keys. */
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), reply->body);
	g_autofree char *text = json_to_string(node, FALSE);
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitLookupAnswer) answer = pipit_lookup_answer_parse(bytes, handles, &error);
	g_assert_no_error(error);
	PipitLookupResult *result = answer->results->pdata[1];
	g_assert_cmpuint(result->devices->len, ==, 1);
	const PipitDeviceRecord *record = result->devices->pdata[0];
	g_assert_cmpint(memcmp(pipit_device_public_prekey(record->keys), pipit_prekey_secret_key(bob->prekey),
			       PIPIT_COMPACT_KEY_LEN),
			==, 0);
}

/* No difference in form between a handle that nobody has and one whose account has no device. */
static void
test_unknown_handle_looks_like_one_without_devices(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitReply) created = pipit_http_peer_ask(
		alice->http, "POST", "/v1/ids/accounts",
		"{\"handle\":\"mailto:empty@example.org\",\"password\":\"long enough\"}", NULL);
	pipit_assert_status(created, 201);

	g_autoptr(PipitReply) reply =
		look_up(alice, "\"mailto:empty@example.org\",\"mailto:other@example.org\"", TRUE);
	pipit_assert_status(reply, 200);
	JsonArray *results = json_object_get_array_member(reply->body, "results");
	for (guint i = 0; i < 2; i++) {
		JsonObject *result = json_array_get_object_element(results, i);
		g_assert_cmpuint(json_object_get_size(result), ==, 2);
		g_assert_cmpuint(json_array_get_length(devices_of(reply, i)), ==, 0);
	}
	g_autoptr(PipitReply) none = look_up(alice, "", FALSE);
	pipit_assert_problem(none, 400, "bad-request");
	g_autoptr(PipitReply) bad = look_up(alice, "\"mailto:Not@Normal.example\"", FALSE);
	pipit_assert_problem(bad, 400, "bad-request");
}

static void
test_look_up_limit(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->lookups_per_account = 64;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	for (guint i = 0; i < 32; i++) {
		g_autoptr(PipitReply) reply = look_up(alice, "\"" ALICE "\",\"" BOB "\"", FALSE);
		pipit_assert_status(reply, 200);
	}
	g_autoptr(PipitReply) slow = look_up(alice, "\"" ALICE "\"", FALSE);
	pipit_assert_problem(slow, 429, "slow-down");
	g_assert_cmpuint(slow->retry_after, >, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/devices/register", test_register);
	g_test_add_func("/server/devices/register-again", test_register_again);
	g_test_add_func("/server/devices/device-key-of-another", test_device_key_of_another);
	g_test_add_func("/server/devices/bad-registrations", test_bad_registrations);
	g_test_add_func("/server/devices/too-many", test_too_many_devices);
	g_test_add_func("/server/devices/prekey", test_prekey);
	g_test_add_func("/server/devices/remove", test_remove);
	g_test_add_func("/server/devices/removed-is-forgotten", test_removed_device_is_forgotten);
	g_test_add_func("/server/directory/look-up", test_look_up);
	g_test_add_func("/server/directory/unknown-handle-looks-like-one-without-devices",
			test_unknown_handle_looks_like_one_without_devices);
	g_test_add_func("/server/directory/limit", test_look_up_limit);
	return g_test_run();
}
