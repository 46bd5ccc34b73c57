/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client refuses, it acknowledges as it does what it accepts, and nobody hears of it. */
#include <string.h>

#include "tests/support/own_server.h"
#include "tests/support/person.h"
#include "tests/support/relay_peer.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define MALLORY "mailto:mallory@example.org"
#define LOOK_AGAIN_MS 20
#define RECORD_KEY_AT 2 /* bytes: behind the tag and the length of a prekey record's first field */

static gboolean
queue_is_empty(PipitOwnServer *own)
{
	g_autofree char *status = pipit_own_server_control(own, "status\n");
	return strstr(status, "\nqueued: 0\n") != NULL;
}

static gboolean
look_again(gpointer user_data G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

static void
wait_until_all_is_acknowledged(PipitOwnServer *own)
{
	guint again = g_timeout_add(LOOK_AGAIN_MS, look_again, NULL);
	pipit_wait_until(queue_is_empty(own));
	g_source_remove(again);
}

/* Alice's device as the directory shows it to everybody. */
static JsonObject *
look_up_alice(PipitRelayPeer *peer, PipitReply **reply)
{
	*reply = pipit_http_peer_ask(peer->http, "POST", "/v1/ids/lookup", "{\"handles\":[\"" ALICE "\"]}",
				     NULL);
	pipit_assert_status(*reply, 200);
	JsonArray *results = json_object_get_array_member((*reply)->body, "results");
	JsonObject *result = json_array_get_object_element(results, 0);
	return json_array_get_object_element(json_object_get_array_member(result, "devices"), 0);
}

static char *
prekey_of(JsonObject *device)
{
	gsize size = 0;
	g_autofree guchar *record =
		g_base64_decode(json_object_get_string_member(device, "prekey_record"), &size);
	g_assert_cmpuint(size, >, RECORD_KEY_AT + PIPIT_COMPACT_KEY_LEN);
	return g_base64_encode(record + RECORD_KEY_AT, PIPIT_COMPACT_KEY_LEN);
}

static void
send_rubbish(PipitRelayPeer *mallory, JsonObject *device, const char *suite)
{
	g_autofree char *prekey = prekey_of(device);
	g_autofree char *with_prekey = g_strdup_printf(",\"prekey\":\"%s\"", prekey);
	g_autofree char *payload = g_base64_encode((const guchar *)suite, strlen(suite));
	g_autofree char *copy =
		g_strdup_printf("{\"push_token\":\"%s\",\"suite\":\"%s\"%s,\"payload\":\"%s\"}",
				json_object_get_string_member(device, "push_token"), suite,
				strcmp(suite, "pair-ec") == 0 ? with_prekey : "", payload);
	g_autofree char *recipient = pipit_test_recipient(ALICE, copy);
	g_autoptr(PipitReply) reply = pipit_relay_peer_send(mallory, "stored", recipient);
	g_assert_cmpstr(pipit_send_outcome(reply, 0), ==, "accepted");
}

static void
test_acknowledged_and_nothing_else(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, own->origin, NULL);
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, own->origin, NULL);
	g_autoptr(PipitRelayPeer) mallory = pipit_relay_peer_register(own->origin, MALLORY, 0);
	g_autoptr(PipitReply) looked_up = NULL;
	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	JsonObject *device = look_up_alice(mallory, &looked_up);

	send_rubbish(mallory, device, "pair");
	wait_until_all_is_acknowledged(own);
	send_rubbish(mallory, device, "pair-ec");
	wait_until_all_is_acknowledged(own);
	g_free(pipit_person_write(bob, ALICE, "in between"));
	pipit_person_wait_shown(alice, 1);
	wait_until_all_is_acknowledged(own);

	g_assert_cmpstr(pipit_person_shown(alice, 0)->text, ==, "in between");
	g_assert_cmpuint(alice->notices->len, ==, 0);
	g_assert_cmpuint(alice->went_offline, ==, 0);
	g_autoptr(PipitReply) answer = pipit_relay_peer_poll(mallory, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(answer), ==, 0);
	g_assert_cmpuint(bob->shown->len, ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/client-refusals/acknowledged-and-nothing-else", test_acknowledged_and_nothing_else);
	return g_test_run();
}
