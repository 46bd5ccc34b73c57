/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new prekey that does not reach the server: it is tried again where that helps, and told to the person where it does not. */
#include "protocol/client.h"

#include <string.h>

#include "tests/support/forwarder.h"
#include "tests/support/person.h"
#include "tests/support/relay_peer.h"
#include "tests/support/server.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define PREKEY_PATH "/v1/ids/prekey"

/* Alice has been online, and is away now; when she is back, her prekey is due. */
typedef struct {
	PipitTestServer *server;
	PipitForwarder *line;
	PipitPerson *alice;
	PipitRelayPeer *bob;
	char *before; /* her prekey record */
	guint tick;
} Fixture;

/* Returns: (transfer full) her prekey record, as the directory has it. */
static char *
prekey_record(Fixture *fixture)
{
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(fixture->bob->http, "POST", "/v1/ids/lookup",
							  "{\"handles\":[\"" ALICE "\"]}", NULL);

	pipit_assert_status(reply, 200);
	JsonArray *results = json_object_get_array_member(reply->body, "results");
	JsonArray *devices =
		json_object_get_array_member(json_array_get_object_element(results, 0), "devices");
	JsonObject *device = json_array_get_object_element(devices, 0);
	return g_strdup(json_object_get_string_member(device, "prekey_record"));
}

static gboolean
is_renewed(Fixture *fixture)
{
	g_autofree char *now = prekey_record(fixture);

	return strcmp(now, fixture->before) != 0;
}

/* The server changes without a word to the loop: look again now and then. */
static gboolean
on_tick(gpointer user_data G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

static void
set_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const eight_days_later[] = {"--clock-offset", "691200", NULL};

	fixture->server = pipit_test_server_start(NULL);
	fixture->line = pipit_forwarder_new(pipit_test_server_origin(fixture->server));
	fixture->alice = pipit_person_new(ALICE, pipit_forwarder_origin(fixture->line), NULL);
	pipit_person_go_online(fixture->alice);
	pipit_client_disconnect(fixture->alice->client);
	pipit_test_server_restart(fixture->server, eight_days_later);
	fixture->bob = pipit_relay_peer_register(pipit_test_server_origin(fixture->server), BOB, 1);
	fixture->before = prekey_record(fixture);
	fixture->tick = g_timeout_add(100, on_tick, NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_source_remove(fixture->tick);
	pipit_person_free(fixture->alice);
	pipit_relay_peer_free(fixture->bob);
	pipit_test_server_stop(fixture->server);
	pipit_forwarder_free(fixture->line);
	pipit_test_server_free(fixture->server);
	g_free(fixture->before);
}

static void
test_trouble_that_passes(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_forwarder_spoil(fixture->line, PREKEY_PATH, 503);
	pipit_person_go_online(fixture->alice);
	/* It comes again, and later each time. */
	pipit_wait_until(pipit_forwarder_damage(fixture->line) == 1);
	gint64 first = g_get_monotonic_time();
	pipit_wait_until(pipit_forwarder_damage(fixture->line) == 2);
	gint64 second = g_get_monotonic_time();
	pipit_wait_until(pipit_forwarder_damage(fixture->line) == 3);
	g_assert_cmpint(second - first, >=, 400000);
	g_assert_cmpint(g_get_monotonic_time() - second, >=, 900000);
	g_assert_false(is_renewed(fixture));
	/* The network asks to be signed in to: no server said anything. Then an answer is lost. */
	pipit_forwarder_spoil(fixture->line, PREKEY_PATH, 404);
	pipit_wait_until(pipit_forwarder_damage(fixture->line) == 4);
	pipit_forwarder_lose(fixture->line, PREKEY_PATH, 1);
	pipit_forwarder_spoil(fixture->line, NULL, 0);
	pipit_wait_until(is_renewed(fixture));
	g_assert_cmpuint(fixture->alice->account_notices->len, ==, 0);
	g_assert_cmpuint(fixture->alice->went_offline, ==, 1);
}

static void
test_a_refusal(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_forwarder_refuse(fixture->line, PREKEY_PATH, 400, "prekey-invalid");
	pipit_person_go_online(fixture->alice);
	pipit_wait_until(fixture->alice->account_notices->len == 1);
	const char *text = fixture->alice->account_notices->pdata[0];
	g_assert_nonnull(strstr(text, "could not be renewed"));
	g_assert_nonnull(strstr(text, "tell whoever runs the server"));
	/* She goes on by the old one. */
	g_assert_cmpint(pipit_client_state(fixture->alice->client), ==, PIPIT_CLIENT_ONLINE);
	g_free(pipit_person_write(fixture->alice, BOB, "still here"));
	pipit_person_wait_sent(fixture->alice, 1);
	g_assert_cmpuint(pipit_forwarder_damage(fixture->line), ==, 1);
	g_assert_cmpuint(fixture->alice->account_notices->len, ==, 1);
	/* And with the next connection it is tried again. */
	pipit_client_disconnect(fixture->alice->client);
	pipit_forwarder_spoil(fixture->line, NULL, 0);
	pipit_person_go_online(fixture->alice);
	pipit_wait_until(is_renewed(fixture));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/client-upkeep/trouble-that-passes", Fixture, NULL, set_up, test_trouble_that_passes,
		   tear_down);
	g_test_add("/client-upkeep/a-refusal", Fixture, NULL, set_up, test_a_refusal, tear_down);
	return g_test_run();
}
