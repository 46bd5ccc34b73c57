/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers that get lost, programs that end at any moment: nothing is lost by it and nothing comes twice. */
#include "protocol/client.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/host_glib.h"
#include "tests/support/forwarder.h"
#include "tests/support/person.h"
#include "tests/support/test_folder.h"
#include "tests/support/server.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define MANY_TRIES 20

typedef struct {
	PipitTestServer *server;
	PipitForwarder *line; /* Alice's */
	PipitPerson *alice;
	PipitPerson *bob;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->server = pipit_test_server_start(NULL);
	fixture->line = pipit_forwarder_new(pipit_test_server_origin(fixture->server));
	fixture->alice = pipit_person_new(ALICE, pipit_forwarder_origin(fixture->line), NULL);
	fixture->bob = pipit_person_new(BOB, pipit_test_server_origin(fixture->server), NULL);
	pipit_person_go_online(fixture->bob);
}

static void
tear_down(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	if (fixture->alice != NULL)
		pipit_person_free(fixture->alice);
	pipit_person_free(fixture->bob);
	/* Before the line: what waits there waits for the server. */
	pipit_test_server_stop(fixture->server);
	pipit_forwarder_free(fixture->line);
	pipit_test_server_free(fixture->server);
}

/* As a host does it: again, as long as the trouble is one that passes. */
static void
insist_on_online(PipitPerson *person)
{
	for (guint i = 0; i < MANY_TRIES; i++) {
		guint offline = person->went_offline;
		pipit_client_connect(person->client);
		pipit_wait_until(pipit_client_state(person->client) == PIPIT_CLIENT_ONLINE ||
				 person->went_offline > offline);
		if (pipit_client_state(person->client) == PIPIT_CLIENT_ONLINE)
			return;
		g_assert_error(person->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
	}
	g_error("does not come online: %s", person->error->message);
}

/* One device, and a message each way, each once. */
static void
assert_all_is_well(Fixture *fixture)
{
	guint offline = fixture->alice->went_offline;

	g_free(pipit_person_write(fixture->alice, BOB, "after all that"));
	pipit_person_wait_shown(fixture->bob, 1);
	g_assert_cmpstr(pipit_person_shown(fixture->bob, 0)->text, ==, "after all that");
	g_free(pipit_person_write(fixture->bob, ALICE, "so it is"));
	pipit_person_wait_shown(fixture->alice, 1);
	g_assert_cmpuint(fixture->alice->went_offline, ==, offline);
}

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices G_GNUC_UNUSED, guint n_devices,
	   const GError *error)
{
	g_assert_no_error(error);
	*(guint *)user_data = n_devices;
}

static void
assert_one_device(Fixture *fixture)
{
	guint n_devices = 0;

	pipit_client_devices(fixture->alice->client, on_devices, &n_devices);
	pipit_wait_until(n_devices > 0);
	g_assert_cmpuint(n_devices, ==, 1);
}

static void
test_lost_while_connecting(Fixture *fixture, gconstpointer path)
{
	pipit_forwarder_lose(fixture->line, path, 1);
	insist_on_online(fixture->alice);
	g_assert_cmpuint(pipit_forwarder_damage(fixture->line), ==, 1);
	assert_one_device(fixture);
	assert_all_is_well(fixture);
}

static void
test_lost_login(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	insist_on_online(fixture->alice);
	pipit_client_disconnect(fixture->alice->client);
	pipit_forwarder_lose(fixture->line, "/v1/ids/login", 1);
	insist_on_online(fixture->alice);
	g_assert_cmpuint(pipit_forwarder_damage(fixture->line), ==, 1);
	assert_all_is_well(fixture);
}

/* The relay has it, and the sender does not know: it is sent again, and comes once. */
static void
test_lost_while_sending(Fixture *fixture, gconstpointer path)
{
	insist_on_online(fixture->alice);
	pipit_forwarder_lose(fixture->line, path, 1);
	g_free(pipit_person_write(fixture->alice, BOB, "one"));
	g_free(pipit_person_write(fixture->alice, BOB, "two"));
	pipit_person_wait_sent(fixture->alice, 2);
	g_assert_no_error(pipit_person_sent(fixture->alice, 0)->error);
	g_assert_no_error(pipit_person_sent(fixture->alice, 1)->error);
	g_assert_cmpuint(pipit_forwarder_damage(fixture->line), ==, 1);
	pipit_person_wait_shown(fixture->bob, 2);
	g_assert_cmpstr(pipit_person_shown(fixture->bob, 0)->text, ==, "one");
	g_assert_cmpstr(pipit_person_shown(fixture->bob, 1)->text, ==, "two");
}

/* What a lost poll acknowledged is gone, what it brought comes again: neither is seen twice. */
static void
test_lost_polls(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	insist_on_online(fixture->alice);
	for (guint i = 0; i < 5; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		pipit_forwarder_lose(fixture->line, "/v1/push/poll", 1);
		g_free(pipit_person_write(fixture->bob, ALICE, text));
		pipit_person_wait_shown(fixture->alice, i + 1);
		g_assert_cmpstr(pipit_person_shown(fixture->alice, i)->text, ==, text);
	}
	g_assert_cmpuint(pipit_forwarder_damage(fixture->line), ==, 5);
	/* Each broken poll was mended by one more, on a new connection. */
	g_assert_cmpuint(fixture->alice->went_offline, ==, 0);
}

static void
test_poll_that_stays_broken(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	insist_on_online(fixture->alice);
	pipit_forwarder_lose(fixture->line, "/v1/push/poll", G_MAXUINT);
	g_free(pipit_person_write(fixture->bob, ALICE, "hello?"));
	pipit_wait_until(fixture->alice->went_offline == 1);
	pipit_forwarder_lose(fixture->line, NULL, 0);
	g_assert_error(fixture->alice->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
	insist_on_online(fixture->alice);
	pipit_person_wait_shown(fixture->alice, 1);
}

static void
test_nonsense_from_the_server(Fixture *fixture, gconstpointer path)
{
	const guint statuses[] = {200, 502, 404};

	insist_on_online(fixture->alice);
	g_free(pipit_person_write(fixture->alice, BOB, "through all that"));
	for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++) {
		guint damage = pipit_forwarder_damage(fixture->line);
		pipit_forwarder_spoil(fixture->line, path, statuses[i]);
		pipit_wait_until(pipit_forwarder_damage(fixture->line) > damage);
	}
	pipit_forwarder_spoil(fixture->line, NULL, 0);
	pipit_person_wait_sent(fixture->alice, 1);
	g_assert_no_error(pipit_person_sent(fixture->alice, 0)->error);
	pipit_person_wait_shown(fixture->bob, 1);
}

/* A look-up that fails must not lose what hangs on it. */
static void
test_sender_can_not_be_looked_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	insist_on_online(fixture->alice);
	pipit_forwarder_spoil(fixture->line, "/v1/ids/lookup", 503);
	g_free(pipit_person_write(fixture->bob, ALICE, "who am I?"));
	pipit_wait_until(pipit_forwarder_damage(fixture->line) > 0);
	pipit_person_wait_sent(fixture->bob, 1);
	/* It is acknowledged by now, or soon; what holds it is her own store. */
	pipit_client_disconnect(fixture->alice->client);
	g_assert_cmpuint(fixture->alice->shown->len, ==, 0);
	pipit_forwarder_spoil(fixture->line, NULL, 0);
	insist_on_online(fixture->alice);
	pipit_person_wait_shown(fixture->alice, 1);
	g_assert_cmpstr(pipit_person_shown(fixture->alice, 0)->text, ==, "who am I?");
}

/* More than are taken up at a time: all of them come at once when the directory answers, not one batch after each wait. */
static void
test_many_senders_can_not_be_looked_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const guint count = 210;
	const gint64 before_the_next_try = G_GINT64_CONSTANT(14) * G_USEC_PER_SEC;

	insist_on_online(fixture->alice);
	pipit_client_disconnect(fixture->alice->client);
	for (guint i = 0; i < count; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_free(pipit_person_write(fixture->bob, ALICE, text));
	}
	pipit_person_wait_sent(fixture->bob, count);
	pipit_forwarder_spoil(fixture->line, "/v1/ids/lookup", 503);
	insist_on_online(fixture->alice);
	/* The last of three batches has been looked at. */
	pipit_wait_until(pipit_forwarder_damage(fixture->line) >= 3);
	pipit_client_disconnect(fixture->alice->client);
	g_assert_cmpuint(fixture->alice->shown->len, ==, 0);
	pipit_forwarder_spoil(fixture->line, NULL, 0);
	gint64 begun = g_get_monotonic_time();
	insist_on_online(fixture->alice);
	pipit_person_wait_shown(fixture->alice, count);
	g_assert_cmpint(g_get_monotonic_time() - begun, <, before_the_next_try);
	for (guint i = 0; i < count; i++)
		g_assert_cmpint(atoi(pipit_person_shown(fixture->alice, i)->text), ==, (gint)i);
}

/* The program ends after so many turns of the loop, whatever it is doing then. */
static void
test_end_while_connecting(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	gboolean online = FALSE;

	for (guint turns = 0; !online; turns += 1 + turns / 8) {
		pipit_person_restart(fixture->alice);
		pipit_client_connect(fixture->alice->client);
		for (guint i = 0; i < turns && !online; i++) {
			g_main_context_iteration(NULL, TRUE);
			online = pipit_client_state(fixture->alice->client) == PIPIT_CLIENT_ONLINE;
		}
	}
	g_assert_no_error(fixture->alice->error);
	assert_one_device(fixture);
	assert_all_is_well(fixture);
}

static void
test_end_while_talking(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const guint rounds = 24;

	insist_on_online(fixture->alice);
	for (guint i = 0; i < rounds; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_free(pipit_person_write(fixture->bob, ALICE, text));
		g_free(pipit_person_write(fixture->alice, BOB, text));
		for (guint turn = 0; turn < i; turn++)
			g_main_context_iteration(NULL, TRUE);
		pipit_person_restart(fixture->alice);
		insist_on_online(fixture->alice);
	}
	pipit_person_wait_shown(fixture->alice, rounds);
	pipit_person_wait_shown(fixture->bob, rounds);
	for (guint i = 0; i < rounds; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_assert_cmpstr(pipit_person_shown(fixture->alice, i)->text, ==, text);
		g_assert_cmpstr(pipit_person_shown(fixture->bob, i)->text, ==, text);
	}
}

static void
test_end_in_a_callback(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	PipitPerson *alice = fixture->alice;

	alice->ends_on_online = TRUE;
	pipit_client_connect(alice->client);
	pipit_wait_until(alice->client == NULL);
	alice->ends_on_online = FALSE;

	/* Three wait; the first ends the program, and was seen. */
	for (guint i = 0; i < 3; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_free(pipit_person_write(fixture->bob, ALICE, text));
	}
	pipit_person_wait_sent(fixture->bob, 3);
	alice->ends_on_message = TRUE;
	for (guint i = 0; i < 3; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		pipit_person_restart(alice);
		pipit_client_connect(alice->client);
		pipit_wait_until(alice->client == NULL);
		g_assert_cmpuint(alice->shown->len, ==, i + 1);
		g_assert_cmpstr(pipit_person_shown(alice, i)->text, ==, text);
	}
	alice->ends_on_message = FALSE;

	pipit_person_restart(alice);
	insist_on_online(alice);
	alice->ends_on_sent = TRUE;
	g_free(pipit_person_write(alice, BOB, "last words"));
	pipit_wait_until(alice->client == NULL);
	pipit_person_wait_shown(fixture->bob, 1);
}

static void
test_displaced(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	insist_on_online(fixture->alice);
	pipit_client_disconnect(fixture->alice->client);
	pipit_person_end(fixture->alice);

	/* A copy of her store, as from a backup: the same device, twice. */
	char *copy = pipit_test_folder_new();
	g_autofree char *command = g_strdup_printf("cp -a '%s/.' '%s/'", fixture->alice->folder, copy);
	g_autoptr(GError) error = NULL;
	g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, &error));
	g_assert_no_error(error);
	PipitClientOptions options = fixture->alice->options;
	options.storage_dir = copy;
	g_autoptr(PipitPerson) twin =
		pipit_person_new(ALICE, pipit_test_server_origin(fixture->server), &options);
	g_free(copy);

	pipit_person_restart(fixture->alice);
	insist_on_online(fixture->alice);
	insist_on_online(twin);
	pipit_wait_until(fixture->alice->error != NULL);
	g_assert_error(fixture->alice->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_DISPLACED);
	g_assert_cmpint(pipit_client_state(twin->client), ==, PIPIT_CLIENT_ONLINE);
}

static void
add(const char *path, gconstpointer argument, void (*test)(Fixture *, gconstpointer))
{
	g_test_add(path, Fixture, argument, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/client-faults/lost/account", "/v1/ids/accounts", test_lost_while_connecting);
	add("/client-faults/lost/device", "/v1/ids/devices", test_lost_while_connecting);
	add("/client-faults/lost/first-poll", "/v1/push/poll", test_lost_while_connecting);
	add("/client-faults/lost/login", NULL, test_lost_login);
	add("/client-faults/lost/look-up", "/v1/ids/lookup", test_lost_while_sending);
	add("/client-faults/lost/send", "/v1/push/messages", test_lost_while_sending);
	add("/client-faults/lost/polls", NULL, test_lost_polls);
	add("/client-faults/poll-that-stays-broken", NULL, test_poll_that_stays_broken);
	add("/client-faults/nonsense/look-up", "/v1/ids/lookup", test_nonsense_from_the_server);
	add("/client-faults/nonsense/send", "/v1/push/messages", test_nonsense_from_the_server);
	add("/client-faults/sender-can-not-be-looked-up", NULL, test_sender_can_not_be_looked_up);
	add("/client-faults/many-senders-can-not-be-looked-up", NULL, test_many_senders_can_not_be_looked_up);
	add("/client-faults/end-while-connecting", NULL, test_end_while_connecting);
	add("/client-faults/end-while-talking", NULL, test_end_while_talking);
	add("/client-faults/end-in-a-callback", NULL, test_end_in_a_callback);
	add("/client-faults/displaced", NULL, test_displaced);
	return g_test_run();
}
