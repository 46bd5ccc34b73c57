/* SPDX-License-Identifier: GPL-2.0-or-later */
/* People in a group: what one does, all others see, at a real server. */
#include "protocol/client.h"
#include "tests/support/people.h"
#include "tests/support/wait.h"

#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"

/* Alice, Bob and Carol, in a group that Alice made. */
typedef struct {
	PipitPeople *people;
	PipitPerson *carol;
	char *peer;
} Friends;

static char *
create(PipitPerson *person, const char *name, const char *const *members)
{
	g_autoptr(GError) error = NULL;
	char *peer = pipit_client_group_create(person->client, name, members, &error);
	g_assert_no_error(error);
	g_assert_true(pipit_peer_is_group(peer));
	return peer;
}

static Friends
friends_new(PipitPeople *people)
{
	const char *const members[] = {"bob@example.org", CAROL, NULL};
	Friends friends = {people, pipit_people_sign_in(people, CAROL), NULL};
	friends.peer = create(people->alice, "  Friends ", members);
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 1), ==, "joined alice@example.org");
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 1), ==, "joined alice@example.org");
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 1), ==, "joined alice@example.org");
	return friends;
}

static void
friends_clear(Friends *friends)
{
	pipit_person_free(friends->carol);
	g_free(friends->peer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Friends, friends_clear)

static void
wait_group(PipitPerson *person, const char *peer, const char *expected)
{
	g_autofree char *words = NULL;
	pipit_wait_until(
		(g_free(words), words = pipit_person_group(person, peer), g_strcmp0(words, expected) == 0));
}

#define ALL_THREE "Friends: alice@example.org bob@example.org carol@example.org"

static void
test_create_and_talk(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);
	wait_group(people->alice, friends.peer, ALL_THREE);
	wait_group(people->bob, friends.peer, ALL_THREE);
	wait_group(friends.carol, friends.peer, ALL_THREE);
	g_autofree char *id = pipit_person_write(people->bob, friends.peer, "Hello");
	pipit_person_wait_shown(people->alice, 1);
	pipit_person_wait_shown(friends.carol, 1);
	const PipitShown *shown = pipit_person_shown(friends.carol, 0);
	g_assert_cmpstr(shown->peer, ==, friends.peer);
	g_assert_cmpstr(shown->from, ==, BOB);
	g_assert_cmpstr(shown->text, ==, "Hello");
	g_assert_cmpstr(shown->id, ==, id);
	g_assert_false(shown->own);
	pipit_person_wait_sent(people->bob, 1);
	g_assert_no_error(pipit_person_sent(people->bob, 0)->error);
	g_assert_cmpstr(pipit_person_sent(people->bob, 0)->peer, ==, friends.peer);
	/* That changes of groups went is told to nobody. */
	g_assert_cmpuint(people->alice->sent->len, ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-groups/create-and-talk", test_create_and_talk);
	return g_test_run();
}
