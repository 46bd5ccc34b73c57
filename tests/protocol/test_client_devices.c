/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One person with several devices: what each gets, what is told when one comes, and what is left to one that was removed. */
#include "protocol/client.h"

#include <string.h>

#include "tests/support/people.h"
#include "tests/support/wait.h"

typedef struct {
	guint calls;
	char *fingerprint; /* of the other device */
	GError *error;
} Asked;

static void
asked_clear(Asked *asked)
{
	g_free(asked->fingerprint);
	g_clear_error(&asked->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	Asked *asked = user_data;

	g_assert_no_error(error);
	for (guint i = 0; i < n_devices; i++)
		if (!devices[i].this_one)
			asked->fingerprint = g_strdup(devices[i].fingerprint);
	asked->calls++;
}

static void
on_removed(gpointer user_data, const GError *error)
{
	Asked *asked = user_data;

	asked->error = error != NULL ? g_error_copy(error) : NULL;
	asked->calls++;
}

/* The fingerprint of that account's other device. */
static char *
other_device(PipitPerson *person)
{
	g_auto(Asked) asked = {0};

	pipit_client_devices(person->client, on_devices, &asked);
	pipit_wait_until(asked.calls == 1);
	g_assert_nonnull(asked.fingerprint);
	return g_steal_pointer(&asked.fingerprint);
}

static GError *
remove_device(PipitPerson *person, const char *fingerprint)
{
	g_auto(Asked) asked = {0};

	pipit_client_remove_device(person->client, fingerprint, on_removed, &asked);
	pipit_wait_until(asked.calls == 1);
	return g_steal_pointer(&asked.error);
}

static void
test_a_new_one_is_told_to_the_others(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	pipit_wait_until(people->alice->account_notices->len == 1);
	g_autofree char *fingerprint = other_device(people->alice);
	const char *text = people->alice->account_notices->pdata[0];
	g_assert_nonnull(strstr(text, "“Test”"));
	g_assert_nonnull(strstr(text, fingerprint));
	/* Once, whatever else makes it look. */
	pipit_person_restart(people->alice);
	pipit_person_go_online(people->alice);
	g_free(pipit_person_write(people->laptop, BOB, "hello"));
	pipit_person_wait_shown(people->alice, 1);
	g_assert_cmpuint(people->alice->account_notices->len, ==, 1);
	/* The new one itself knows who it is, and did not come after anybody. */
	g_assert_cmpuint(people->laptop->account_notices->len, ==, 0);
}

static void
test_one_that_came_while_away_is_told(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	/* Its own device list must have come before. */
	g_free(pipit_person_write(people->alice, BOB, "hello"));
	pipit_person_wait_sent(people->alice, 1);
	pipit_person_end(people->alice);
	people->laptop = pipit_people_sign_in(people, ALICE);
	pipit_person_restart(people->alice);
	pipit_person_go_online(people->alice);
	pipit_wait_until(people->alice->account_notices->len == 1);
}

static void
test_contacts_are_told_in_the_conversation(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_free(pipit_person_write(people->bob, ALICE, "one"));
	pipit_person_wait_sent(people->bob, 1);
	g_assert_cmpuint(people->bob->new_devices->len, ==, 0);
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "two"));
	pipit_person_wait_sent(people->bob, 2);
	g_assert_cmpuint(people->bob->new_devices->len, ==, 1);
	g_assert_nonnull(strstr(people->bob->new_devices->pdata[0], "alice@example.org has a new device"));
	g_free(pipit_person_write(people->laptop, BOB, "three"));
	pipit_person_wait_shown(people->bob, 1);
	g_assert_cmpuint(people->bob->new_devices->len, ==, 1);
}

static void
test_who_shows_none_now_shows_them_later(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_free(pipit_person_write(people->bob, ALICE, "one"));
	pipit_person_wait_sent(people->bob, 1);
	people->bob->no_window = TRUE;
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "two"));
	pipit_person_wait_sent(people->bob, 2);
	pipit_person_restart(people->bob);
	g_assert_cmpuint(people->bob->new_devices->len, ==, 0);
	people->bob->no_window = FALSE;
	pipit_client_show_new_devices(people->bob->client, "carol@example.org");
	g_assert_cmpuint(people->bob->new_devices->len, ==, 0);
	pipit_client_show_new_devices(people->bob->client, "alice@example.org");
	pipit_client_show_new_devices(people->bob->client, "alice@example.org");
	g_assert_cmpuint(people->bob->new_devices->len, ==, 1);
}

static void
test_a_new_one_gets_what_comes_from_then_on(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_free(pipit_person_write(people->bob, ALICE, "before"));
	pipit_person_wait_shown(people->alice, 1);
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "after"));
	pipit_person_wait_shown(people->laptop, 1);
	g_assert_cmpstr(pipit_person_shown(people->laptop, 0)->text, ==, "after");
	pipit_person_wait_shown(people->alice, 2);
}

static void
test_a_removed_one_is_out(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "to both"));
	pipit_person_wait_shown(people->laptop, 1);
	g_autofree char *fingerprint = other_device(people->alice);
	guint offline = people->laptop->went_offline;
	fingerprint[12] = '\0';
	g_assert_no_error(remove_device(people->alice, fingerprint));

	/* It hears of it at once, in words. */
	pipit_wait_until(people->laptop->went_offline > offline);
	g_assert_error(people->laptop->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_REMOVED);
	g_assert_nonnull(strstr(people->laptop->error->message, "removed from the account"));
	g_assert_nonnull(strstr(people->laptop->error->message, people->laptop->folder));
	/* It gets nothing more, and can send nothing. */
	g_free(pipit_person_write(people->bob, ALICE, "to one"));
	pipit_person_wait_shown(people->alice, 2);
	g_free(pipit_person_write(people->laptop, BOB, "let me in"));
	pipit_person_fail_online(people->laptop, PIPIT_CLIENT_ERROR_REMOVED);
	g_assert_cmpuint(people->laptop->shown->len, ==, 1);
	g_assert_cmpuint(people->bob->shown->len, ==, 0);
	/* The others go on. */
	g_free(pipit_person_write(people->alice, BOB, "still here"));
	pipit_person_wait_shown(people->bob, 1);
	g_assert_cmpstr(pipit_person_shown(people->bob, 0)->text, ==, "still here");
}

/* The laptop is in a drawer, and the relay keeps no more for it: Bob gets all, and she hears of it once. */
static void
test_one_that_is_full_misses_copies(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const few[] = {"--queue-max-messages", "8", NULL};
	const guint count = 10;

	people->laptop = pipit_people_sign_in(people, ALICE);
	pipit_wait_until(people->alice->account_notices->len == 1);
	pipit_person_end(people->laptop);
	pipit_client_disconnect(people->alice->client);
	pipit_client_disconnect(people->bob->client);
	pipit_test_server_restart(people->server, few);
	pipit_person_go_online(people->alice);
	pipit_person_go_online(people->bob);
	for (guint i = 0; i < count; i++) {
		g_free(pipit_person_write(people->alice, BOB, "hello"));
		pipit_person_wait_shown(people->bob, i + 1);
		pipit_person_wait_sent(people->alice, i + 1);
		g_assert_no_error(pipit_person_sent(people->alice, i)->error);
	}
	pipit_wait_until(people->alice->own_missed->len == 1);
	g_assert_nonnull(strstr(people->alice->own_missed->pdata[0], "too many messages wait"));
	/* It is not lost for the others, and the drawer has what fitted. */
	pipit_person_restart(people->laptop);
	pipit_person_go_online(people->laptop);
	pipit_wait_until(people->laptop->shown->len > 0);
	g_assert_true(pipit_person_shown(people->laptop, 0)->own);
}

static void
test_what_can_not_be_removed(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_autofree char *mine = other_device(people->laptop);
	const char *const prefixes[] = {mine, "", "x", "999999"};
	for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		g_autoptr(GError) error = remove_device(people->alice, prefixes[i]);
		g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	}
	g_assert_cmpint(pipit_client_state(people->laptop->client), ==, PIPIT_CLIENT_ONLINE);
	pipit_client_disconnect(people->alice->client);
	g_autoptr(GError) offline = remove_device(people->alice, mine);
	g_assert_error(offline, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-devices/a-new-one-is-told-to-the-others",
			      test_a_new_one_is_told_to_the_others);
	pipit_people_add_test("/client-devices/one-that-came-while-away-is-told",
			      test_one_that_came_while_away_is_told);
	pipit_people_add_test("/client-devices/contacts-are-told-in-the-conversation",
			      test_contacts_are_told_in_the_conversation);
	pipit_people_add_test("/client-devices/who-shows-none-now-shows-them-later",
			      test_who_shows_none_now_shows_them_later);
	pipit_people_add_test("/client-devices/a-new-one-gets-what-comes-from-then-on",
			      test_a_new_one_gets_what_comes_from_then_on);
	pipit_people_add_test("/client-devices/a-removed-one-is-out", test_a_removed_one_is_out);
	pipit_people_add_test("/client-devices/one-that-is-full-misses-copies",
			      test_one_that_is_full_misses_copies);
	pipit_people_add_test("/client-devices/what-can-not-be-removed", test_what_can_not_be_removed);
	return g_test_run();
}
