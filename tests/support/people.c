/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signing people in for a test, and clearing up behind them. */
#include "tests/support/people.h"

PipitPerson *
pipit_people_sign_in(PipitPeople *people, const char *handle)
{
	PipitPerson *person = pipit_person_new(handle, pipit_test_server_origin(people->server), NULL);

	pipit_person_go_online(person);
	return person;
}

static void
set_up(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->server = pipit_test_server_start(NULL);
	people->alice = pipit_people_sign_in(people, ALICE);
	people->bob = pipit_people_sign_in(people, BOB);
}

static void
tear_down(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(people->alice);
	g_clear_pointer(&people->laptop, pipit_person_free);
	pipit_person_free(people->bob);
	pipit_test_server_free(people->server);
}

void
pipit_people_add_test(const char *path, void (*test)(PipitPeople *people, gconstpointer unused))
{
	g_test_add(path, PipitPeople, NULL, set_up, test, tear_down);
}
