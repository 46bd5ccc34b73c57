/* SPDX-License-Identifier: GPL-2.0-or-later */
/* People in a group: what one does, all others see, at a real server. */
#include <string.h>

#include "protocol/client_private.h"
#include "tests/support/friends.h"
#include "tests/support/wait.h"

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
	g_auto(PipitFriends) friends = pipit_friends_new(people);
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

static void
add(PipitPerson *person, const char *peer, const char *member)
{
	g_autoptr(GError) error = NULL;
	const char *const members[] = {member, NULL};
	pipit_client_group_add(person->client, peer, members, &error);
	g_assert_no_error(error);
}

static void
put_out(PipitPerson *person, const char *peer, const char *member)
{
	g_autoptr(GError) error = NULL;
	pipit_client_group_remove(person->client, peer, member, &error);
	g_assert_no_error(error);
}

static void
rename_it(PipitPerson *person, const char *peer, const char *name)
{
	g_autoptr(GError) error = NULL;
	pipit_client_group_rename(person->client, peer, name, &error);
	g_assert_no_error(error);
}

static void
say(PipitPerson *person, const char *peer, const char *text)
{
	g_autofree char *id = pipit_person_write(person, peer, text);
}

/* Who comes in is told by whom, and sees what is said from then on. */
static void
test_add(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(PipitPerson) dave = pipit_people_sign_in(people, DAVE);
	say(people->alice, friends.peer, "Before");
	pipit_person_wait_shown(people->bob, 1);
	add(people->bob, friends.peer, "dave@example.org");
	g_assert_cmpstr(pipit_person_wait_news(dave, 1), ==, "joined bob@example.org");
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==,
			"added bob@example.org: dave@example.org");
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 2), ==,
			"added bob@example.org: dave@example.org");
	pipit_person_wait_news(friends.carol, 2);
	say(people->alice, friends.peer, "After");
	pipit_person_wait_shown(dave, 1);
	g_assert_cmpstr(pipit_person_shown(dave, 0)->text, ==, "After");
	say(dave, friends.peer, "Hi");
	pipit_person_wait_shown(friends.carol, 3);
	g_assert_cmpstr(pipit_person_shown(friends.carol, 2)->from, ==, DAVE);
	/* Nothing changes, and nobody hears of it. */
	add(people->alice, friends.peer, DAVE);
	g_assert_cmpuint(people->alice->group_news->len, ==, 2);
}

static void
test_remove(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(GError) error = NULL;
	put_out(people->alice, friends.peer, "carol@example.org");
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 2), ==,
			"removed alice@example.org: carol@example.org");
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 2), ==,
			"removed alice@example.org: carol@example.org");
	g_autoptr(PipitGroup) group = pipit_client_group(friends.carol->client, friends.peer);
	g_assert_cmpint(group->state, ==, PIPIT_GROUP_REMOVED);
	g_assert_cmpstr(group->by, ==, ALICE);
	say(people->bob, friends.peer, "Without Carol");
	pipit_person_wait_shown(people->alice, 1);
	g_assert_null(pipit_client_send(friends.carol->client, friends.peer, "Let me in", NULL, &error));
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	/* What comes to her next comes after that. */
	say(people->bob, CAROL, "Sorry");
	pipit_person_wait_shown(friends.carol, 1);
	g_assert_cmpstr(pipit_person_shown(friends.carol, 0)->peer, ==, BOB);
	/* And she may come back. */
	add(people->bob, friends.peer, CAROL);
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 3), ==, "joined bob@example.org");
	wait_group(friends.carol, friends.peer,
		   "Friends: alice@example.org bob@example.org carol@example.org");
}

/* A text is at work, no longer only on disk, when she is put out. */
static void
test_remove_while_sending(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	const PipitSession *session = people->alice->client->session;
	pipit_wait_until(session->sending == 0);
	say(people->alice, friends.peer, "Carol need not know");
	pipit_wait_until(session->sending == 1);
	put_out(people->alice, friends.peer, CAROL);
	pipit_person_wait_shown(people->bob, 1);
	/* What is written in one conversation goes in order: she would have it by now. */
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 2), ==,
			"removed alice@example.org: carol@example.org");
	g_assert_cmpuint(friends.carol->shown->len, ==, 0);
	g_assert_no_error(pipit_person_sent(people->alice, 0)->error);
}

static void
test_leave(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(GError) error = NULL;
	pipit_client_group_leave(people->bob->client, friends.peer, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 2), ==, "left bob@example.org");
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==, "left bob@example.org");
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 2), ==, "left bob@example.org");
	wait_group(people->alice, friends.peer, "Friends: alice@example.org carol@example.org");
	g_autoptr(GPtrArray) groups = pipit_client_groups(people->bob->client, &error);
	g_assert_cmpuint(groups->len, ==, 0);
	g_assert_false(pipit_client_group_leave(people->bob->client, friends.peer, NULL));
}

static void
test_rename(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	rename_it(friends.carol, friends.peer, "Enemies");
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==, "named carol@example.org “Enemies”");
	pipit_person_wait_news(people->bob, 2);
	rename_it(people->bob, friends.peer, "");
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 3), ==, "named bob@example.org");
	wait_group(people->alice, friends.peer,
		   "(no name): alice@example.org bob@example.org carol@example.org");
	g_assert_false(pipit_client_group_rename(people->bob->client, friends.peer, "a\nb", NULL));
	g_assert_false(pipit_client_group_rename(people->bob->client, friends.peer,
						 "a\xe2\x80\xae"
						 "b",
						 NULL));
	g_autofree char *long_name = g_strnfill(257, 'x');
	g_assert_false(pipit_client_group_rename(people->bob->client, friends.peer, long_name, NULL));
}

static void
test_picture(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(PipitPerson) dave = pipit_people_sign_in(people, DAVE);
	g_autoptr(GError) error = NULL;
	g_autofree char *pixels = g_strnfill(12288, 'p');
	g_autoptr(GBytes) picture = g_bytes_new(pixels, 12288);
	g_autoptr(GBytes) too_large = g_bytes_new_static("", 0);
	pipit_client_group_set_picture(people->bob->client, friends.peer, picture, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==, "pictured bob@example.org");
	g_autoptr(PipitGroup) group = pipit_client_group(people->alice->client, friends.peer);
	g_assert_true(g_bytes_equal(group->picture, picture));
	/* Who comes in later has it too. */
	add(people->alice, friends.peer, DAVE);
	pipit_person_wait_news(dave, 1);
	g_autoptr(PipitGroup) daves = pipit_client_group(dave->client, friends.peer);
	g_assert_true(g_bytes_equal(daves->picture, picture));
	pipit_client_group_set_picture(people->bob->client, friends.peer, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(pipit_person_wait_news(dave, 2), ==, "pictured bob@example.org");
	g_autoptr(PipitGroup) bare = pipit_client_group(dave->client, friends.peer);
	g_assert_null(bare->picture);
}

static PipitPerson *
second_device(PipitPeople *people)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	return people->laptop;
}

/* A device that comes later has the groups, and what one does on one is seen on the other. */
static void
test_second_device(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	PipitPerson *laptop = second_device(people);
	g_assert_cmpstr(pipit_person_wait_news(laptop, 1), ==, "joined alice@example.org");
	wait_group(laptop, friends.peer, ALL_THREE);
	say(laptop, friends.peer, "From the laptop");
	pipit_person_wait_shown(people->alice, 1);
	g_assert_true(pipit_person_shown(people->alice, 0)->own);
	g_assert_cmpstr(pipit_person_shown(people->alice, 0)->peer, ==, friends.peer);
	pipit_person_wait_shown(people->bob, 1);
	rename_it(people->alice, friends.peer, "Pals");
	g_assert_cmpstr(pipit_person_wait_news(laptop, 2), ==, "named alice@example.org “Pals”");
	say(people->bob, friends.peer, "To both");
	pipit_person_wait_shown(laptop, 1);
	pipit_person_wait_shown(people->alice, 2);
	g_assert_true(pipit_client_group_leave(laptop->client, friends.peer, NULL));
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 3), ==, "left alice@example.org");
	g_assert_null(pipit_person_group(people->alice, friends.peer));
}

static void
test_restart(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	pipit_person_restart(people->bob);
	g_autofree char *words = pipit_person_group(people->bob, friends.peer);
	g_assert_cmpstr(words, ==, ALL_THREE);
	/* Written while offline, and sent when online again. */
	say(people->bob, friends.peer, "Back");
	rename_it(people->bob, friends.peer, "Reborn");
	say(people->bob, friends.peer, "Again");
	rename_it(people->alice, friends.peer, "Elsewhere");
	pipit_person_go_online(people->bob);
	pipit_person_wait_shown(friends.carol, 2);
	g_assert_cmpstr(pipit_person_shown(friends.carol, 1)->text, ==, "Again");
	/* Two at once: all agree on one of them. */
	pipit_wait_until(people->alice->group_news->len + people->bob->group_news->len >= 5);
	g_autofree char *at_alice = NULL;
	pipit_wait_until((g_free(at_alice), at_alice = pipit_person_group(people->alice, friends.peer),
			  strstr(at_alice, "Friends") == NULL));
	wait_group(people->bob, friends.peer, at_alice);
	wait_group(friends.carol, friends.peer, at_alice);
}

/* Each puts in somebody and takes somebody out, while nobody hears of the others. */
static void
test_concurrent_changes(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(PipitPerson) dave = pipit_people_sign_in(people, DAVE);
	pipit_client_disconnect(people->alice->client);
	pipit_client_disconnect(people->bob->client);
	put_out(people->alice, friends.peer, CAROL);
	add(people->bob, friends.peer, DAVE);
	pipit_person_go_online(people->alice);
	pipit_person_go_online(people->bob);
	const char *expected = "Friends: alice@example.org bob@example.org dave@example.org";
	wait_group(people->alice, friends.peer, expected);
	wait_group(people->bob, friends.peer, expected);
	wait_group(dave, friends.peer, expected);
	pipit_wait_until(friends.carol->group_news->len >= 2);
	g_assert_null(pipit_person_group(friends.carol, friends.peer));
}

/* A removal beats what the one who is removed does meanwhile. */
static void
test_removal_beats(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(PipitPerson) dave = pipit_people_sign_in(people, DAVE);
	pipit_client_disconnect(friends.carol->client);
	add(friends.carol, friends.peer, DAVE);
	rename_it(friends.carol, friends.peer, "Mine");
	put_out(people->alice, friends.peer, CAROL);
	pipit_person_wait_news(people->bob, 2);
	pipit_person_go_online(friends.carol);
	say(people->bob, friends.peer, "Still we two");
	pipit_person_wait_shown(people->alice, 1);
	const char *expected = "Friends: alice@example.org bob@example.org";
	wait_group(people->alice, friends.peer, expected);
	wait_group(people->bob, friends.peer, expected);
	g_autofree char *of_carol = NULL;
	pipit_wait_until((g_free(of_carol), of_carol = pipit_person_group(friends.carol, friends.peer),
			  of_carol == NULL));
}

/* Nobody is put into a group by somebody whom they don't know. */
static void
test_asked(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	const char *const members[] = {BOB, NULL};
	people->bob->knows_nobody = TRUE;
	g_autofree char *peer = pipit_friends_create(people->alice, "Win", members);
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 1), ==, "asked alice@example.org");
	say(people->alice, peer, "A prize");
	say(people->alice, peer, "for you");
	pipit_person_wait_sent(people->alice, 2);
	say(people->alice, BOB, "Look");
	pipit_person_wait_shown(people->bob, 1);
	g_assert_cmpstr(pipit_person_shown(people->bob, 0)->peer, ==, ALICE);
	g_assert_null(pipit_client_send(people->bob->client, peer, "What?", NULL, NULL));
	/* Over a restart too. */
	pipit_person_restart(people->bob);
	pipit_person_go_online(people->bob);
	g_assert_true(pipit_client_group_accept(people->bob->client, peer, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 2), ==, "joined alice@example.org");
	pipit_person_wait_shown(people->bob, 3);
	g_assert_cmpstr(pipit_person_shown(people->bob, 1)->text, ==, "A prize");
	g_assert_cmpstr(pipit_person_shown(people->bob, 2)->text, ==, "for you");
	/* Nobody could see that he was asked and had it. */
	for (guint i = 0; i < people->alice->receipts->len; i++)
		g_assert_cmpstr(((PipitReceipted *)people->alice->receipts->pdata[i])->peer, ==, BOB);
	g_assert_false(pipit_client_group_accept(people->bob->client, peer, NULL));
}

static void
test_declined(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const members[] = {BOB, NULL};
	people->bob->knows_nobody = TRUE;
	g_autofree char *peer = pipit_friends_create(people->alice, "Win", members);
	pipit_person_wait_news(people->bob, 1);
	say(people->alice, peer, "A prize");
	pipit_person_wait_sent(people->alice, 1);
	g_assert_true(pipit_client_group_decline(people->bob->client, peer, NULL));
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 2), ==, "left bob@example.org, quietly");
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==, "left bob@example.org, quietly");
	wait_group(people->alice, peer, "Win: alice@example.org");
	say(people->alice, BOB, "Look");
	pipit_person_wait_shown(people->bob, 1);
	g_assert_cmpstr(pipit_person_shown(people->bob, 0)->text, ==, "Look");
}

/* One answer counts for all devices. */
static void
test_asked_on_two_devices(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const members[] = {ALICE, NULL};
	PipitPerson *laptop = second_device(people);
	people->alice->knows_nobody = TRUE;
	laptop->knows_nobody = TRUE;
	g_autofree char *peer = pipit_friends_create(people->bob, NULL, members);
	pipit_person_wait_news(people->alice, 1);
	g_assert_cmpstr(pipit_person_wait_news(laptop, 1), ==, "asked bob@example.org");
	g_assert_true(pipit_client_group_accept(laptop->client, peer, NULL));
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==, "joined bob@example.org");
	say(people->bob, peer, "Welcome");
	pipit_person_wait_shown(people->alice, 1);
	pipit_person_wait_shown(laptop, 1);
}

/* Who can't be reached is named, and holds nobody up. */
static void
test_unreachable_member(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const members[] = {"nobody@example.org", BOB, "noone@example.org", NULL};
	g_autofree char *peer = pipit_friends_create(people->alice, "Some", members);
	pipit_person_wait_news(people->bob, 1);
	pipit_person_wait_sent(people->alice, 1);
	g_assert_error(pipit_person_sent(people->alice, 0)->error, PIPIT_CLIENT_ERROR,
		       PIPIT_CLIENT_ERROR_UNREACHABLE);
	g_autofree char *id = pipit_person_write(people->alice, peer, "Anybody?");
	pipit_person_wait_shown(people->bob, 1);
	pipit_person_wait_sent(people->alice, 2);
	const PipitSent *sent = pipit_person_sent(people->alice, 1);
	g_assert_cmpstr(sent->id, ==, id);
	g_assert_nonnull(strstr(sent->error->message, "nobody@example.org"));
	g_assert_nonnull(strstr(sent->error->message, "noone@example.org"));
	g_assert_null(strstr(sent->error->message, "bob@example.org"));
	/* Once they are there, they get it, and Bob does not get it again. */
	g_autoptr(PipitPerson) nobody = pipit_people_sign_in(people, "mailto:nobody@example.org");
	g_autoptr(PipitPerson) noone = pipit_people_sign_in(people, "mailto:noone@example.org");
	guint count = 0;
	g_assert_true(pipit_client_resend_failed(people->alice->client, peer, &count, NULL));
	g_assert_cmpuint(count, ==, 2);
	pipit_person_wait_shown(nobody, 1);
	pipit_person_wait_shown(noone, 1);
	g_assert_cmpstr(pipit_person_wait_news(nobody, 1), ==, "joined alice@example.org");
	g_assert_cmpuint(people->bob->shown->len, ==, 1);
}

static void
test_receipts(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autofree char *id = pipit_person_write(people->alice, friends.peer, "Read me");
	pipit_person_wait_shown(people->bob, 1);
	pipit_person_wait_shown(friends.carol, 1);
	pipit_wait_until(people->alice->receipts->len == 2);
	const PipitReceipted *second = people->alice->receipts->pdata[1];
	g_assert_cmpstr(second->peer, ==, friends.peer);
	g_assert_false(second->read);
	g_assert_cmpuint(second->count, ==, 2);
	pipit_client_read(people->bob->client, friends.peer, TRUE);
	pipit_wait_until(people->alice->receipts->len == 3);
	const PipitReceipted *third = people->alice->receipts->pdata[2];
	g_assert_true(third->read);
	g_assert_cmpstr(third->id, ==, id);
	g_assert_cmpstr(third->from, ==, BOB);
	g_assert_cmpuint(third->count, ==, 1);
	g_assert_true(third->latest);
	pipit_client_read(friends.carol->client, friends.peer, TRUE);
	pipit_wait_until(people->alice->receipts->len == 4);
	const PipitReceipted *fourth = people->alice->receipts->pdata[3];
	g_assert_cmpuint(fourth->count, ==, 2);
	/* What Bob read is nothing to Carol. */
	g_assert_cmpuint(friends.carol->receipts->len, ==, 0);
}

static void
test_read_elsewhere(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	PipitPerson *laptop = second_device(people);
	pipit_person_wait_news(laptop, 1);
	say(people->bob, friends.peer, "Read me");
	pipit_person_wait_shown(people->alice, 1);
	pipit_person_wait_shown(laptop, 1);
	pipit_client_read(laptop->client, friends.peer, FALSE);
	pipit_wait_until(people->alice->read_elsewhere->len == 1);
	g_assert_cmpstr(people->alice->read_elsewhere->pdata[0], ==, friends.peer);
}

static void
test_typing(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autofree char *expected = g_strjoin(" ", "begun", friends.peer, ALICE, NULL);
	say(people->alice, friends.peer, "So that their devices are known");
	pipit_person_wait_sent(people->alice, 1);
	/* With their receipts, their polls wait at the relay again. */
	pipit_wait_until(people->alice->receipts->len == 2);
	pipit_client_typing(people->alice->client, friends.peer, TRUE);
	pipit_wait_until(people->bob->typing->len == 1 && friends.carol->typing->len == 1);
	g_assert_cmpstr(people->bob->typing->pdata[0], ==, expected);
}

/* Two groups of the same people are two, and neither is the conversation with one of them. */
static void
test_apart(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const members[] = {BOB, NULL};
	g_autofree char *one = pipit_friends_create(people->alice, NULL, members);
	g_autofree char *two = pipit_friends_create(people->alice, NULL, members);
	g_assert_cmpstr(one, !=, two);
	say(people->alice, one, "one");
	say(people->alice, two, "two");
	say(people->alice, BOB, "three");
	pipit_person_wait_shown(people->bob, 3);
	pipit_person_wait_news(people->bob, 2);
	for (guint i = 0; i < 3; i++) {
		const PipitShown *shown = pipit_person_shown(people->bob, i);
		const char *expected = g_str_equal(shown->text, "one")   ? one
				       : g_str_equal(shown->text, "two") ? two
									 : ALICE;
		g_assert_cmpstr(shown->peer, ==, expected);
	}
	g_autoptr(GPtrArray) groups = pipit_client_groups(people->bob->client, NULL);
	g_assert_cmpuint(groups->len, ==, 2);
}

/* More changes than fit into a payload: who comes in fetches them, and has them all. */
static void
test_a_long_history(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const nobody[] = {NULL};
	g_autofree char *peer = pipit_friends_create(people->alice, NULL, nobody);
	g_autoptr(GRand) chance = g_rand_new_with_seed(1);
	for (guint i = 0; i < 80; i++) {
		char name[241] = "";
		for (guint j = 0; j < sizeof name - 1; j++)
			name[j] = (char)g_rand_int_range(chance, '!', '~');
		rename_it(people->alice, peer, name);
	}
	rename_it(people->alice, peer, "Long");
	add(people->alice, peer, BOB);
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 1), ==, "joined alice@example.org");
	wait_group(people->bob, peer, "Long: alice@example.org bob@example.org");
	say(people->bob, peer, "That took a while");
	pipit_person_wait_shown(people->alice, 1);
}

static void
test_wrong_input(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	PipitClient *client = people->alice->client;
	const char *const not_an_address[] = {"not an address", NULL};
	const char *const unknown = "group:7b0c1111-2222-4333-8444-555566667777";
	g_autoptr(GPtrArray) many = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < 256; i++)
		g_ptr_array_add(many, g_strdup_printf("p%u@example.org", i));
	g_ptr_array_add(many, NULL);
	g_assert_null(pipit_client_group_create(client, "x", not_an_address, NULL));
	g_assert_null(pipit_client_group_create(client, "x", (const char *const *)many->pdata, NULL));
	g_assert_false(pipit_client_group_add(client, friends.peer, (const char *const *)many->pdata, NULL));
	g_assert_false(pipit_client_group_add(client, unknown, not_an_address, NULL));
	g_assert_false(pipit_client_group_remove(client, friends.peer, ALICE, NULL));
	g_assert_false(pipit_client_group_remove(client, friends.peer, DAVE, NULL));
	g_assert_null(pipit_client_send(client, unknown, "x", NULL, NULL));
	g_assert_null(pipit_client_group(client, unknown));
	g_assert_false(pipit_peer_is_group(ALICE));
	g_assert_false(pipit_peer_is_group("group:x"));
	g_assert_cmpuint(people->alice->group_news->len, ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-groups/create-and-talk", test_create_and_talk);
	pipit_people_add_test("/client-groups/add", test_add);
	pipit_people_add_test("/client-groups/remove", test_remove);
	pipit_people_add_test("/client-groups/remove-while-sending", test_remove_while_sending);
	pipit_people_add_test("/client-groups/leave", test_leave);
	pipit_people_add_test("/client-groups/rename", test_rename);
	pipit_people_add_test("/client-groups/picture", test_picture);
	pipit_people_add_test("/client-groups/second-device", test_second_device);
	pipit_people_add_test("/client-groups/restart", test_restart);
	pipit_people_add_test("/client-groups/concurrent-changes", test_concurrent_changes);
	pipit_people_add_test("/client-groups/a-removal-beats-the-removed", test_removal_beats);
	pipit_people_add_test("/client-groups/asked", test_asked);
	pipit_people_add_test("/client-groups/declined", test_declined);
	pipit_people_add_test("/client-groups/asked-on-two-devices", test_asked_on_two_devices);
	pipit_people_add_test("/client-groups/unreachable-member", test_unreachable_member);
	pipit_people_add_test("/client-groups/receipts", test_receipts);
	pipit_people_add_test("/client-groups/read-elsewhere", test_read_elsewhere);
	pipit_people_add_test("/client-groups/typing", test_typing);
	pipit_people_add_test("/client-groups/apart", test_apart);
	pipit_people_add_test("/client-groups/a-long-history", test_a_long_history);
	pipit_people_add_test("/client-groups/wrong-input", test_wrong_input);
	return g_test_run();
}
