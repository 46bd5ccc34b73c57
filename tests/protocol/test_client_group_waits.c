/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in a group before that for which it waits. */
#include "protocol/client_private.h"
#include "protocol/store_private.h"
#include "tests/support/people.h"
#include "tests/support/wait.h"

#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"

static int
count(const PipitPerson *person, const char *sql)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(person->client->store, NULL, sql, "");
	g_assert_cmpint(pipit_store_step(person->client->store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int(row, 0);
}

static void
add(PipitPerson *person, const char *peer, const char *member)
{
	const char *const members[] = {member, NULL};
	g_autoptr(GError) error = NULL;
	pipit_client_group_add(person->client, peer, members, &error);
	g_assert_no_error(error);
}

/* Who comes in hears of it, and nobody else before the one who did it is gone. */
static void
add_in_silence(PipitPerson *person, const char *peer, const char *member)
{
	const char sql[] = "UPDATE outbox SET failed = 1 WHERE row = (SELECT max(row) FROM outbox)";
	pipit_client_disconnect(person->client);
	add(person, peer, member);
	g_assert_cmpint(sqlite3_exec(person->client->store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	pipit_person_go_online(person);
	pipit_wait_until(count(person, "SELECT count(*) FROM outbox WHERE failed = 0") == 0);
	pipit_client_disconnect(person->client);
}

/* Nobody else knows how Dave came in, and Carol puts him in herself: then she believes what he has said before. */
static void
test_until_one_does_it_oneself(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const members[] = {BOB, CAROL, NULL};
	g_autoptr(PipitPerson) carol = pipit_people_sign_in(people, CAROL);
	g_autoptr(PipitPerson) dave = pipit_people_sign_in(people, DAVE);
	g_autofree char *peer = pipit_client_group_create(people->alice->client, "Friends", members, NULL);
	pipit_person_wait_news(people->bob, 1);
	pipit_person_wait_news(carol, 1);
	add_in_silence(people->bob, peer, DAVE);
	pipit_person_wait_news(dave, 1);
	g_free(pipit_person_write(dave, peer, "Hello"));
	pipit_wait_until(count(carol, "SELECT count(*) FROM undecided_group") == 1);
	g_assert_cmpuint(carol->shown->len, ==, 0);
	add(carol, peer, DAVE);
	pipit_person_wait_shown(carol, 1);
	g_assert_cmpstr(pipit_person_shown(carol, 0)->text, ==, "Hello");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-group-waits/until-one-does-it-oneself",
			      test_until_one_does_it_oneself);
	return g_test_run();
}
