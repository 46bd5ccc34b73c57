/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and long texts in groups, through a real server: one upload serves all, and who is not in it sends nothing. */
#include "protocol/client.h"

#include <string.h>

#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define CAROL "mailto:carol@example.org"
#define DAVE "mailto:dave@example.org"
#define SIZE 300000
#define LONG_SIZE 100000

/* Alice, Bob and Carol, in a group that Alice made. */
typedef struct {
	PipitPeople *people;
	PipitPerson *carol;
	char *peer;
	char *path; /* of a file of Alice's */
} Friends;

static Friends
friends_new(PipitPeople *people)
{
	const char *const members[] = {BOB, CAROL, NULL};
	Friends friends = {.people = people, .carol = pipit_people_sign_in(people, CAROL)};
	g_autoptr(GError) error = NULL;

	friends.peer = pipit_client_group_create(people->alice->client, "Friends", members, &error);
	g_assert_no_error(error);
	pipit_person_wait_news(people->bob, 1);
	pipit_person_wait_news(friends.carol, 1);
	friends.path = pipit_sample_file(people->alice->folder, "sample.bin", SIZE, 5);
	return friends;
}

static void
friends_clear(Friends *friends)
{
	pipit_person_free(friends->carol);
	g_free(friends->peer);
	g_free(friends->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Friends, friends_clear)

static guint
blobs_at_server(const PipitPeople *people)
{
	g_autofree char *folder = g_build_filename(pipit_test_server_state(people->server), "blobs", NULL);

	return pipit_test_folder_count(folder);
}

static gboolean
on_tick(gpointer unused G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

/* Nobody hears of that: it is looked at. */
static void
wait_until_nothing_is_kept(const PipitPeople *people)
{
	guint tick = g_timeout_add(10, on_tick, NULL);

	pipit_wait_until(blobs_at_server(people) == 0);
	g_source_remove(tick);
}

/* Fetches the file of message @message, and sees that it is the one at @path. */
static void
fetch(PipitPerson *person, guint message, const char *path)
{
	g_autoptr(GError) error = NULL;
	gint64 number = pipit_person_file(person, message, 0)->number;

	pipit_client_fetch_into(person->client, number, person->folder, &error);
	g_assert_no_error(error);
	pipit_person_wait_transfer(person, number, PIPIT_TRANSFER_DONE);
	pipit_sample_assert_same(path, pipit_person_told(person, number)->path);
}

static void
test_one_upload_for_all(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);
	PipitPerson *const readers[] = {people->bob, friends.carol};
	gint64 number = pipit_person_send_file(people->alice, friends.peer, friends.path, "for all");

	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_RUNNING);
	g_assert_cmpstr(pipit_person_told(people->alice, number)->peer, ==, friends.peer);
	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_DONE);
	const PipitTold *told = pipit_person_told(people->alice, number);
	g_assert_cmpstr(told->peer, ==, friends.peer);
	g_assert_cmpint(told->moved, ==, SIZE);
	for (guint i = 0; i < G_N_ELEMENTS(readers); i++) {
		pipit_person_wait_shown(readers[i], 1);
		const PipitShown *shown = pipit_person_shown(readers[i], 0);
		g_assert_cmpstr(shown->peer, ==, friends.peer);
		g_assert_cmpstr(shown->from, ==, ALICE);
		g_assert_cmpstr(shown->id, ==, told->id);
		g_assert_cmpstr(shown->text, ==, "for all");
		g_assert_cmpuint(blobs_at_server(people), ==, 1);
		fetch(readers[i], 0, friends.path);
	}
	wait_until_nothing_is_kept(people);
}

/* As long as somebody has not fetched it, it is there; one's other device is one of those. */
static void
test_the_last_one_counts(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);

	people->laptop = pipit_people_sign_in(people, ALICE);
	pipit_person_wait_news(people->laptop, 1);
	pipit_client_disconnect(friends.carol->client);
	pipit_person_send_file(people->alice, friends.peer, friends.path, NULL);
	pipit_person_wait_shown(people->bob, 1);
	pipit_person_wait_shown(people->laptop, 1);
	g_assert_true(pipit_person_shown(people->laptop, 0)->own);
	fetch(people->bob, 0, friends.path);
	fetch(people->laptop, 0, friends.path);
	/* Each answer comes after what was told before it in the same connection. */
	g_free(pipit_person_write(people->bob, friends.peer, "I have it"));
	g_free(pipit_person_write(people->laptop, friends.peer, "And I"));
	pipit_person_wait_shown(people->alice, 2);
	g_assert_cmpuint(blobs_at_server(people), ==, 1);
	pipit_person_go_online(friends.carol);
	pipit_person_wait_shown(friends.carol, 3);
	fetch(friends.carol, 0, friends.path);
	wait_until_nothing_is_kept(people);
}

static void
test_a_long_text(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);
	g_autoptr(GBytes) bytes = pipit_sample_bytes(LONG_SIZE * 3 / 4, 11);
	g_autofree char *text = g_base64_encode(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	g_assert_cmpuint(strlen(text), >=, LONG_SIZE);
	g_free(pipit_person_write(people->bob, friends.peer, text));
	g_free(pipit_person_write(people->bob, friends.peer, "and a short one"));
	PipitPerson *const readers[] = {people->alice, friends.carol};
	for (guint i = 0; i < G_N_ELEMENTS(readers); i++) {
		pipit_person_wait_shown(readers[i], 2);
		g_assert_cmpstr(pipit_person_shown(readers[i], 0)->peer, ==, friends.peer);
		g_assert_cmpstr(pipit_person_shown(readers[i], 0)->text, ==, text);
		g_assert_cmpstr(pipit_person_shown(readers[i], 1)->text, ==, "and a short one");
	}
	pipit_person_wait_sent(people->bob, 2);
	g_assert_no_error(pipit_person_sent(people->bob, 0)->error);
	wait_until_nothing_is_kept(people);
}

/* What one can't send is said of the group, and tried again there. */
static void
test_a_failure(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);
	g_autoptr(GBytes) whole = pipit_sample_picture("png");
	g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, 60);
	g_autoptr(GError) error = NULL;
	const PipitOutgoingFile file = {.bytes = cut, .name = "cut.png"};
	gint64 number =
		pipit_client_send_files(people->alice->client, friends.peer, &file, 1, NULL, NULL, &error);

	g_assert_no_error(error);
	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_FAILED);
	g_assert_cmpstr(pipit_person_told(people->alice, number)->peer, ==, friends.peer);
	g_assert_error(pipit_person_told(people->alice, number)->error, PIPIT_CLIENT_ERROR,
		       PIPIT_CLIENT_ERROR_DAMAGED);
	/* What comes after it goes out. */
	pipit_person_send_file(people->alice, friends.peer, friends.path, NULL);
	pipit_person_wait_shown(people->bob, 1);
	fetch(people->bob, 0, friends.path);
}

static void
put_dave_in(gpointer test, const PipitTransfer *transfer)
{
	const Friends *friends = test;
	const char *const dave[] = {DAVE, NULL};

	if (transfer->state == PIPIT_TRANSFER_RUNNING)
		g_assert_true(
			pipit_client_group_add(friends->people->alice->client, friends->peer, dave, NULL));
}

/* Whom it goes to is who is in the group when it goes out, not when it was written. */
static void
test_who_comes_in_meanwhile(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);
	g_autoptr(PipitPerson) dave = pipit_people_sign_in(people, DAVE);
	PipitPerson *const readers[] = {people->bob, friends.carol, dave};

	people->alice->on_transfer = put_dave_in;
	people->alice->test = &friends;
	pipit_person_send_file(people->alice, friends.peer, friends.path, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(readers); i++) {
		pipit_person_wait_shown(readers[i], 1);
		g_assert_cmpuint(blobs_at_server(people), ==, 1);
		fetch(readers[i], 0, friends.path);
	}
	wait_until_nothing_is_kept(people);
}

/* Written while one was in it, and found out too late that one is not: it fails, and nobody has anything of it. */
static void
test_removed_meanwhile(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Friends) friends = friends_new(people);
	g_autoptr(GError) error = NULL;
	const PipitOutgoingFile file = {.path = friends.path};
	PipitPerson *alice = people->alice;

	pipit_client_disconnect(alice->client);
	gint64 number = pipit_person_send_file(alice, friends.peer, friends.path, NULL);
	pipit_client_group_leave(alice->client, friends.peer, &error);
	g_assert_no_error(error);
	pipit_person_go_online(alice);
	pipit_person_wait_transfer(alice, number, PIPIT_TRANSFER_FAILED);
	g_assert_error(pipit_person_told(alice, number)->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(pipit_person_told(alice, number)->error->message, "not in this group"));
	g_assert_cmpuint(blobs_at_server(people), ==, 0);
	/* And what is sent from then on is refused at once. */
	g_assert_cmpint(pipit_client_send_files(alice->client, friends.peer, &file, 1, NULL, NULL, &error),
			==, 0);
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "not in this group"));
}

/* For one's own other devices, as a text would go. */
static void
test_a_group_of_oneself(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const nobody[] = {NULL};
	g_autoptr(GError) error = NULL;
	g_autofree char *peer = pipit_client_group_create(people->alice->client, "Notes", nobody, &error);
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", SIZE, 5);

	g_assert_no_error(error);
	people->laptop = pipit_people_sign_in(people, ALICE);
	pipit_person_wait_news(people->laptop, 1);
	pipit_person_send_file(people->alice, peer, path, "to myself");
	pipit_person_wait_shown(people->laptop, 1);
	fetch(people->laptop, 0, path);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-group-files/one-upload-for-all", test_one_upload_for_all);
	pipit_people_add_test("/client-group-files/the-last-one-counts", test_the_last_one_counts);
	pipit_people_add_test("/client-group-files/a-long-text", test_a_long_text);
	pipit_people_add_test("/client-group-files/a-failure", test_a_failure);
	pipit_people_add_test("/client-group-files/who-comes-in-meanwhile", test_who_comes_in_meanwhile);
	pipit_people_add_test("/client-group-files/removed-meanwhile", test_removed_meanwhile);
	pipit_people_add_test("/client-group-files/a-group-of-oneself", test_a_group_of_oneself);
	return g_test_run();
}
