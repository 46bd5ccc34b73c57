/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is writing: told at once where it is known, never kept, and never more than a little. */
#include "protocol/client.h"

#include <string.h>

#include "tests/support/people.h"
#include "tests/support/wait.h"

/* Once she has his receipt, his poll waits at the relay again: what is ephemeral is for those who wait. */
static void
wait_for_his_poll(PipitPeople *people)
{
	guint before = people->alice->receipts->len;

	g_free(pipit_person_write(people->alice, BOB, "hello"));
	pipit_person_wait_sent(people->alice, before + 1);
	pipit_person_wait_shown(people->bob, before + 1);
	pipit_wait_until(people->alice->receipts->len == before + 1);
}

static void
test_begun_and_stopped(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	wait_for_his_poll(people);
	pipit_client_typing(people->alice->client, "bob@example.org", TRUE);
	pipit_wait_until(people->bob->typing->len == 1);
	g_assert_cmpstr(people->bob->typing->pdata[0], ==, "begun " ALICE);
	wait_for_his_poll(people);
	pipit_client_typing(people->alice->client, BOB, FALSE);
	pipit_wait_until(people->bob->typing->len == 2);
	g_assert_cmpstr(people->bob->typing->pdata[1], ==, "stopped " ALICE);
}

static void
test_a_flood_is_a_trickle(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	wait_for_his_poll(people);
	for (guint i = 0; i < 100; i++) {
		pipit_client_typing(people->alice->client, BOB, TRUE);
		pipit_client_typing(people->alice->client, BOB, FALSE);
	}
	g_free(pipit_person_write(people->alice, BOB, "done"));
	pipit_person_wait_shown(people->bob, 2);
	g_assert_cmpuint(people->bob->typing->len, <=, 2);
}

static gboolean
on_tick(gpointer user_data G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

static guint
count_begun(const PipitPerson *person)
{
	guint count = 0;

	for (guint i = 0; i < person->typing->len; i++)
		count += g_str_has_prefix(person->typing->pdata[i], "begun ") ? 1 : 0;
	return count;
}

/* Who sent one message and begins with the next is writing again, and soon seen to be. */
static void
test_begun_again(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const gint64 soon = G_GINT64_CONSTANT(4) * G_USEC_PER_SEC;
	guint tick = g_timeout_add(100, on_tick, NULL);

	wait_for_his_poll(people);
	pipit_client_typing(people->alice->client, BOB, TRUE);
	pipit_wait_until(people->bob->typing->len == 1);
	/* Whether he hears of this depends on his having begun to wait again. */
	pipit_client_typing(people->alice->client, BOB, FALSE);
	gint64 stopped = g_get_monotonic_time();
	while (count_begun(people->bob) < 2) {
		pipit_client_typing(people->alice->client, BOB, TRUE);
		g_main_context_iteration(NULL, TRUE);
	}
	g_assert_cmpint(g_get_monotonic_time() - stopped, <, soon);
	g_source_remove(tick);
}

static void
test_not_to_who_is_not_known(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	/* No look-up for it: Bob is not known yet, and so hears nothing. */
	pipit_client_typing(people->alice->client, BOB, TRUE);
	pipit_client_typing(people->alice->client, "no address", TRUE);
	pipit_client_typing(people->alice->client, ALICE, TRUE);
	wait_for_his_poll(people);
	g_assert_cmpuint(people->bob->typing->len, ==, 0);
	/* Nor does it work, or break, offline. */
	pipit_client_disconnect(people->alice->client);
	pipit_client_typing(people->alice->client, BOB, TRUE);
}

static void
test_never_kept(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	wait_for_his_poll(people);
	pipit_person_end(people->bob);
	pipit_client_typing(people->alice->client, BOB, TRUE);
	g_free(pipit_person_write(people->alice, BOB, "while you were away"));
	pipit_person_wait_sent(people->alice, 2);
	pipit_person_restart(people->bob);
	pipit_person_go_online(people->bob);
	pipit_person_wait_shown(people->bob, 2);
	g_assert_cmpuint(people->bob->typing->len, ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-typing/begun-and-stopped", test_begun_and_stopped);
	pipit_people_add_test("/client-typing/begun-again", test_begun_again);
	pipit_people_add_test("/client-typing/a-flood-is-a-trickle", test_a_flood_is_a_trickle);
	pipit_people_add_test("/client-typing/not-to-who-is-not-known", test_not_to_who_is_not_known);
	pipit_people_add_test("/client-typing/never-kept", test_never_kept);
	return g_test_run();
}
