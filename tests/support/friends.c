/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/friends.h"

char *
pipit_friends_create(PipitPerson *person, const char *name, const char *const *members)
{
	g_autoptr(GError) error = NULL;
	char *peer = pipit_client_group_create(person->client, name, members, &error);
	g_assert_no_error(error);
	g_assert_true(pipit_peer_is_group(peer));
	return peer;
}

PipitFriends
pipit_friends_new(PipitPeople *people)
{
	const char *const members[] = {"bob@example.org", CAROL, NULL};
	PipitFriends friends = {people, pipit_people_sign_in(people, CAROL), NULL};
	friends.peer = pipit_friends_create(people->alice, "  Friends ", members);
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 1), ==, "joined alice@example.org");
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 1), ==, "joined alice@example.org");
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 1), ==, "joined alice@example.org");
	return friends;
}

void
pipit_friends_clear(PipitFriends *friends)
{
	pipit_person_free(friends->carol);
	g_free(friends->peer);
}
