/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is writing: told at once where it is known, never kept, and never more than a little. */
#include "protocol/client.h"

#include <string.h>

#include "tests/support/person.h"
#include "tests/support/server.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

typedef struct {
	PipitTestServer *server;
	PipitPerson *alice;
	PipitPerson *laptop; /* a second device of hers */
	PipitPerson *bob;
} Fixture;

static PipitPerson *
sign_in(Fixture *fixture, const char *handle)
{
	PipitPerson *person = pipit_person_new(handle, pipit_test_server_origin(fixture->server), NULL);

	pipit_person_go_online(person);
	return person;
}

static void
set_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->server = pipit_test_server_start(NULL);
	fixture->alice = sign_in(fixture, ALICE);
	fixture->bob = sign_in(fixture, BOB);
}

static void
tear_down(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(fixture->alice);
	g_clear_pointer(&fixture->laptop, pipit_person_free);
	pipit_person_free(fixture->bob);
	pipit_test_server_free(fixture->server);
}

static void
know_each_other(Fixture *fixture)
{
	g_free(pipit_person_write(fixture->alice, BOB, "hello"));
	pipit_person_wait_sent(fixture->alice, 1);
	pipit_person_wait_shown(fixture->bob, 1);
	/* By then his poll waits at the relay: what is ephemeral is for those who wait. */
	pipit_wait_until(fixture->alice->receipts->len == 1);
}

static void
test_begun_and_stopped(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	know_each_other(fixture);
	pipit_client_typing(fixture->alice->client, "bob@example.org", TRUE);
	pipit_wait_until(fixture->bob->typing->len == 1);
	g_assert_cmpstr(fixture->bob->typing->pdata[0], ==, "begun " ALICE);
	pipit_client_typing(fixture->alice->client, BOB, FALSE);
	pipit_wait_until(fixture->bob->typing->len == 2);
	g_assert_cmpstr(fixture->bob->typing->pdata[1], ==, "stopped " ALICE);
}

static void
test_a_flood_is_a_trickle(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	know_each_other(fixture);
	for (guint i = 0; i < 1000; i++) {
		pipit_client_typing(fixture->alice->client, BOB, TRUE);
		pipit_client_typing(fixture->alice->client, BOB, FALSE);
	}
	g_free(pipit_person_write(fixture->alice, BOB, "done"));
	pipit_person_wait_shown(fixture->bob, 2);
	g_assert_cmpuint(fixture->bob->typing->len, <=, 2);
}

static void
test_not_to_who_is_not_known(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	/* No look-up for it: Bob is not known yet, and so hears nothing. */
	pipit_client_typing(fixture->alice->client, BOB, TRUE);
	pipit_client_typing(fixture->alice->client, "no address", TRUE);
	pipit_client_typing(fixture->alice->client, ALICE, TRUE);
	know_each_other(fixture);
	g_assert_cmpuint(fixture->bob->typing->len, ==, 0);
	/* Nor does it work, or break, offline. */
	pipit_client_disconnect(fixture->alice->client);
	pipit_client_typing(fixture->alice->client, BOB, TRUE);
}

static void
test_never_kept(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	know_each_other(fixture);
	pipit_person_end(fixture->bob);
	pipit_client_typing(fixture->alice->client, BOB, TRUE);
	g_free(pipit_person_write(fixture->alice, BOB, "while you were away"));
	pipit_person_wait_sent(fixture->alice, 2);
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	pipit_person_wait_shown(fixture->bob, 2);
	g_assert_cmpuint(fixture->bob->typing->len, ==, 0);
}

static void
add(const char *path, void (*test)(Fixture *, gconstpointer))
{
	g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/client-typing/begun-and-stopped", test_begun_and_stopped);
	add("/client-typing/a-flood-is-a-trickle", test_a_flood_is_a_trickle);
	add("/client-typing/not-to-who-is-not-known", test_not_to_who_is_not_known);
	add("/client-typing/never-kept", test_never_kept);
	return g_test_run();
}
