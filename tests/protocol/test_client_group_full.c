/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group in which so much was changed that it takes no more: one is told so, and nobody has to stay in it. */
#include <string.h>

#include "protocol/client_private.h"
#include "protocol/group_change.h"
#include "protocol/limits.h"
#include "protocol/peer.h"
#include "protocol/store_groups.h"
#include "protocol/store_private.h"
#include "tests/support/friends.h"
#include "tests/support/wait.h"

#define FULL (PIPIT_GROUP_MAX_CHANGES - PIPIT_GROUP_EXIT_CHANGES)

/* What fills a history up. */
typedef struct {
	const char *gid;
	PipitGroupChangeKind kind;
	const char *author;
	guint count;
} Filling;

static PipitGroupChange *
make(const Filling *filling, PipitGroupChange *beginning, guint i)
{
	char *nobody[] = {NULL};
	char *heads[] = {beginning->hash, NULL};
	return pipit_group_change_new(&(PipitGroupChange){.kind = filling->kind,
							  .gid = beginning->gid,
							  .author = (char *)filling->author,
							  .version = 2,
							  .builds_on = heads,
							  .at = i,
							  .handles = nobody});
}

/* As if all of it had come long ago. */
static gboolean
work_on_filling(PipitStore *store, gpointer user_data, GError **error)
{
	const Filling *filling = user_data;
	const char *const nothing[] = {NULL};
	PipitGroupHistory *history = pipit_store_group_history(store, filling->gid, error);
	g_autoptr(GPtrArray) all = pipit_group_history_since(history, nothing);
	for (guint i = 0; i < filling->count; i++) {
		g_autoptr(PipitGroupChange) change = make(filling, all->pdata[0], i);
		if (pipit_group_history_take(history, change, 1) == PIPIT_GROUP_TAKEN &&
		    !pipit_store_add_group_change(store, change, NULL, 1, NULL, error))
			return FALSE;
		pipit_group_history_advance(history);
	}
	return TRUE;
}

static void
fill(const PipitPerson *person, const char *peer, PipitGroupChangeKind kind, const char *author, guint count)
{
	g_autoptr(GError) error = NULL;
	Filling filling = {pipit_peer_gid(peer), kind, author, count};
	pipit_store_transaction(person->client->store, work_on_filling, &filling, &error);
	g_assert_no_error(error);
}

static void
fill_up(const PipitPerson *person, const char *peer)
{
	static const char *const authors[] = {ALICE, BOB, CAROL, "mailto:nobody@example.org"};
	for (guint i = 0; i < G_N_ELEMENTS(authors); i++)
		fill(person, peer, PIPIT_GROUP_PICTURE, authors[i], FULL / G_N_ELEMENTS(authors));
}

static void
assert_told_so(const GError *error)
{
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "takes no more"));
}

static PipitGroupState
state_of(const PipitPerson *person, const char *peer)
{
	g_autoptr(PipitGroup) group = pipit_client_group(person->client, peer);
	return group->state;
}

static void
test_full(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	const char *const dave[] = {"dave@example.org", NULL};
	g_autoptr(GError) not_named = NULL;
	g_autoptr(GError) not_added = NULL;
	g_autoptr(GError) error = NULL;
	fill_up(people->alice, friends.peer);
	fill_up(people->bob, friends.peer);
	fill_up(friends.carol, friends.peer);
	g_assert_false(pipit_client_group_rename(people->alice->client, friends.peer, "X", &not_named));
	assert_told_so(not_named);
	g_assert_false(pipit_client_group_add(people->alice->client, friends.peer, dave, &not_added));
	assert_told_so(not_added);
	pipit_client_group_remove(people->bob->client, friends.peer, CAROL, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(pipit_person_wait_news(friends.carol, 2), ==,
			"removed bob@example.org: carol@example.org");
	pipit_person_wait_news(people->alice, 2);
	pipit_client_group_leave(people->alice->client, friends.peer, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(pipit_person_wait_news(people->bob, 3), ==, "left alice@example.org");
	g_assert_cmpint(state_of(people->alice, friends.peer), ==, PIPIT_GROUP_LEFT);
}

/* Somebody has used up the room of those who go, too. */
static void
test_full_to_the_brim(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(PipitFriends) friends = pipit_friends_new(people);
	g_autoptr(GError) not_removed = NULL;
	g_autoptr(GError) error = NULL;
	fill_up(people->alice, friends.peer);
	fill(people->alice, friends.peer, PIPIT_GROUP_LEAVE, CAROL, PIPIT_GROUP_EXIT_CHANGES);
	g_assert_false(pipit_client_group_remove(people->alice->client, friends.peer, BOB, &not_removed));
	assert_told_so(not_removed);
	pipit_client_group_leave(people->alice->client, friends.peer, &error);
	g_assert_no_error(error);
	g_assert_cmpint(state_of(people->alice, friends.peer), ==, PIPIT_GROUP_LEFT);
	/* And so it stays, over a restart too, though Bob does not understand how she left. */
	pipit_person_restart(people->alice);
	pipit_person_go_online(people->alice);
	g_free(pipit_person_write(people->bob, friends.peer, "Where are you?"));
	pipit_person_wait_sent(people->bob, 1);
	g_free(pipit_person_write(people->bob, ALICE, "Hello"));
	pipit_person_wait_shown(people->alice, 1);
	g_assert_cmpstr(pipit_person_shown(people->alice, 0)->text, ==, "Hello");
	g_assert_cmpint(state_of(people->alice, friends.peer), ==, PIPIT_GROUP_LEFT);
	g_assert_cmpstr(pipit_person_wait_news(people->alice, 2), ==, "left alice@example.org");
	g_assert_cmpuint(people->alice->group_news->len, ==, 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-group-full/full", test_full);
	pipit_people_add_test("/client-group-full/to-the-brim", test_full_to_the_brim);
	return g_test_run();
}
