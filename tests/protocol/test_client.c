/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two people write to each other through a real server: what arrives is what was written, once, and in order. */
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
	PipitPerson *bob;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->server = pipit_test_server_start(NULL);
	fixture->alice =
		pipit_person_new("Alice@Example.org", pipit_test_server_origin(fixture->server), NULL);
	fixture->bob = pipit_person_new(BOB, pipit_test_server_origin(fixture->server), NULL);
	pipit_person_go_online(fixture->alice);
	pipit_person_go_online(fixture->bob);
}

static void
tear_down(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(fixture->alice);
	pipit_person_free(fixture->bob);
	pipit_test_server_free(fixture->server);
}

static void
assert_shown(const PipitPerson *person, guint i, const char *from, const char *text)
{
	const PipitShown *shown = pipit_person_shown(person, i);

	g_assert_cmpstr(shown->from, ==, from);
	g_assert_cmpstr(shown->text, ==, text);
}

static void
test_both_ways(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const char *text = "Grüße 🐦 שלום <b>&amp;</b> %n\nzweite Zeile";
	g_autofree char *id = pipit_person_write(fixture->alice, "bob@example.org", text);

	pipit_person_wait_sent(fixture->alice, 1);
	g_assert_no_error(pipit_person_sent(fixture->alice, 0)->error);
	g_assert_cmpstr(pipit_person_sent(fixture->alice, 0)->id, ==, id);
	g_assert_cmpstr(pipit_person_sent(fixture->alice, 0)->peer, ==, BOB);
	pipit_person_wait_shown(fixture->bob, 1);
	const PipitShown *shown = pipit_person_shown(fixture->bob, 0);
	g_assert_cmpstr(shown->id, ==, id);
	g_assert_cmpstr(shown->peer, ==, ALICE);
	g_assert_cmpstr(shown->from, ==, ALICE);
	g_assert_cmpstr(shown->text, ==, text);
	g_assert_null(shown->html);
	g_assert_false(shown->own);
	g_assert_false(shown->delayed);
	g_assert_cmpint(ABS(shown->sent_at - shown->received_at), <, 10000);

	g_autofree char *answer = pipit_person_write(fixture->bob, ALICE, "so?");
	pipit_person_wait_shown(fixture->alice, 1);
	assert_shown(fixture->alice, 0, BOB, "so?");
	g_assert_cmpstr(pipit_client_handle(fixture->alice->client), ==, ALICE);
	g_assert_cmpstr(pipit_client_server(fixture->alice->client), ==,
			pipit_test_server_origin(fixture->server));
}

static void
test_html_comes_along(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *id = pipit_client_send(fixture->alice->client, BOB, "fat", "<b>fat</b>", &error);

	g_assert_no_error(error);
	pipit_person_wait_shown(fixture->bob, 1);
	g_assert_cmpstr(pipit_person_shown(fixture->bob, 0)->html, ==, "<b>fat</b>");
}

static void
test_order(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	for (guint i = 0; i < 50; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_free(pipit_person_write(fixture->alice, BOB, text));
	}
	pipit_person_wait_shown(fixture->bob, 50);
	for (guint i = 0; i < 50; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		assert_shown(fixture->bob, i, ALICE, text);
	}
}

static void
test_offline_recipient(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_end(fixture->bob);
	for (guint i = 0; i < 3; i++)
		g_free(pipit_person_write(fixture->alice, BOB, "while you were away"));
	pipit_person_wait_sent(fixture->alice, 3);
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	pipit_person_wait_shown(fixture->bob, 3);
	assert_shown(fixture->bob, 2, ALICE, "while you were away");
}

static void
test_shown_once(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_free(pipit_person_write(fixture->alice, BOB, "one"));
	pipit_person_wait_shown(fixture->bob, 1);
	/* The acknowledgement is still on its way, or never went out: it comes again, and must not be seen. */
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	g_free(pipit_person_write(fixture->alice, BOB, "two"));
	pipit_person_wait_shown(fixture->bob, 2);
	assert_shown(fixture->bob, 1, ALICE, "two");
}

static void
test_not_shown_is_offered_again(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->bob->looks_away = TRUE;
	g_free(pipit_person_write(fixture->alice, BOB, "look"));
	pipit_person_wait_sent(fixture->alice, 1);
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	fixture->bob->looks_away = FALSE;
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	pipit_person_wait_shown(fixture->bob, 1);
	assert_shown(fixture->bob, 0, ALICE, "look");
}

static void
test_written_offline(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_client_disconnect(fixture->alice->client);
	g_assert_cmpint(pipit_client_state(fixture->alice->client), ==, PIPIT_CLIENT_OFFLINE);
	g_assert_no_error(fixture->alice->error);
	for (guint i = 0; i < 3; i++) {
		g_autofree char *text = g_strdup_printf("on a train, %u", i);
		g_free(pipit_person_write(fixture->alice, BOB, text));
	}
	pipit_person_restart(fixture->alice);
	pipit_person_go_online(fixture->alice);
	pipit_person_wait_shown(fixture->bob, 3);
	assert_shown(fixture->bob, 0, ALICE, "on a train, 0");
	assert_shown(fixture->bob, 2, ALICE, "on a train, 2");
}

static void
test_unknown_recipient(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_free(pipit_person_write(fixture->alice, "carol@example.org", "anybody?"));
	/* Nobody's trouble but that conversation's. */
	g_free(pipit_person_write(fixture->alice, BOB, "you?"));
	pipit_person_wait_sent(fixture->alice, 2);
	pipit_person_wait_shown(fixture->bob, 1);
	gboolean first_is_carol = strcmp(pipit_person_sent(fixture->alice, 0)->peer, BOB) != 0;
	const PipitSent *failed = pipit_person_sent(fixture->alice, first_is_carol ? 0 : 1);
	g_assert_error(failed->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_UNREACHABLE);
	g_assert_nonnull(strstr(failed->error->message, "carol@example.org can't be reached with Pipit"));

	/* Once she is there, it goes, under the same id. */
	g_autoptr(PipitPerson) carol =
		pipit_person_new("carol@example.org", pipit_test_server_origin(fixture->server), NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *id = g_strdup(failed->id);
	pipit_person_go_online(carol);
	g_assert_true(pipit_client_resend(fixture->alice->client, id, &error));
	g_assert_no_error(error);
	pipit_person_wait_shown(carol, 1);
	g_assert_cmpstr(pipit_person_shown(carol, 0)->id, ==, id);
}

static void
test_bad_input(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const peers[] = {"not an address", "", "bob@", "mailto:"};

	for (gsize i = 0; i < G_N_ELEMENTS(peers); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(pipit_client_send(fixture->alice->client, peers[i], "hi", NULL, &error));
		g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	}
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_client_send(fixture->alice->client, BOB, "", NULL, &error));
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
}

static void
test_server_restarts(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	guint offline = fixture->bob->went_offline;

	pipit_test_server_kill(fixture->server);
	pipit_wait_until(fixture->bob->went_offline > offline);
	g_assert_error(fixture->bob->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
	pipit_wait_until(pipit_client_state(fixture->alice->client) == PIPIT_CLIENT_OFFLINE);
	g_free(pipit_person_write(fixture->alice, BOB, "still there?"));
	pipit_test_server_restart(fixture->server, NULL);
	g_clear_error(&fixture->alice->error);
	g_clear_error(&fixture->bob->error);
	pipit_person_go_online(fixture->alice);
	pipit_person_wait_sent(fixture->alice, 1);
	g_assert_no_error(pipit_person_sent(fixture->alice, 0)->error);
	pipit_person_go_online(fixture->bob);
	pipit_person_wait_shown(fixture->bob, 1);
	assert_shown(fixture->bob, 0, ALICE, "still there?");
}

static void
test_second_device(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitPerson) second =
		pipit_person_new(ALICE, pipit_test_server_origin(fixture->server), NULL);
	pipit_person_go_online(second);

	/* Bob's view of Alice is old by now: the server says so, and both of her devices get it. */
	g_free(pipit_person_write(fixture->bob, ALICE, "to both"));
	pipit_person_wait_shown(fixture->alice, 1);
	pipit_person_wait_shown(second, 1);
	assert_shown(second, 0, BOB, "to both");

	/* What she writes on one is seen on the other. */
	g_free(pipit_person_write(second, BOB, "from the second"));
	pipit_person_wait_shown(fixture->bob, 1);
	pipit_person_wait_shown(fixture->alice, 2);
	const PipitShown *own = pipit_person_shown(fixture->alice, 1);
	g_assert_true(own->own);
	g_assert_cmpstr(own->peer, ==, BOB);
	g_assert_cmpstr(own->from, ==, ALICE);
	g_assert_cmpstr(own->text, ==, "from the second");
	pipit_person_wait_shown(second, 1);
}

/* What a host asks. */

typedef struct {
	guint calls;
	char **reachable;
	guint n_devices;
	guint this_ones;
	char *fingerprint;
	GError *error;
} Asked;

static void
asked_clear(Asked *asked)
{
	g_clear_pointer(&asked->reachable, g_strfreev);
	g_clear_pointer(&asked->fingerprint, g_free);
	g_clear_error(&asked->error);
	*asked = (Asked){0};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Asked, asked_clear)

static void
on_found(gpointer user_data, const char *const *reachable, const GError *error)
{
	Asked *asked = user_data;

	asked->calls++;
	asked->reachable = g_strdupv((char **)reachable);
	asked->error = error != NULL ? g_error_copy(error) : NULL;
}

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	Asked *asked = user_data;

	asked->calls++;
	asked->n_devices = n_devices;
	asked->error = error != NULL ? g_error_copy(error) : NULL;
	for (guint i = 0; i < n_devices; i++) {
		asked->this_ones += devices[i].this_one ? 1 : 0;
		g_free(asked->fingerprint);
		asked->fingerprint = g_strdup(devices[i].fingerprint);
		g_assert_cmpstr(devices[i].name, ==, "Test");
	}
}

static void
test_find(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const typed[] = {"carol@example.org", "no address", "Bob@example.org", BOB,
				     "+1 555 1234567",    NULL};
	const char *const none[] = {"no address", NULL};
	const char *const expected[] = {BOB, NULL};
	g_auto(Asked) asked = {0};

	pipit_client_find(fixture->alice->client, typed, on_found, &asked);
	g_assert_cmpuint(asked.calls, ==, 0);
	pipit_wait_until(asked.calls == 1);
	g_assert_no_error(asked.error);
	g_assert_true(g_strv_equal((const char *const *)asked.reachable, expected));

	g_auto(Asked) nothing = {0};
	pipit_client_find(fixture->alice->client, none, on_found, &nothing);
	pipit_wait_until(nothing.calls == 1);
	g_assert_no_error(nothing.error);
	g_assert_cmpuint(g_strv_length(nothing.reachable), ==, 0);

	g_auto(Asked) offline = {0};
	pipit_client_disconnect(fixture->alice->client);
	pipit_client_find(fixture->alice->client, typed, on_found, &offline);
	pipit_wait_until(offline.calls == 1);
	g_assert_error(offline.error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
}

static void
test_devices(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_auto(Asked) asked = {0};

	pipit_client_devices(fixture->alice->client, on_devices, &asked);
	pipit_wait_until(asked.calls == 1);
	g_assert_no_error(asked.error);
	g_assert_cmpuint(asked.n_devices, ==, 1);
	g_assert_cmpuint(asked.this_ones, ==, 1);
	g_assert_cmpuint(strlen(asked.fingerprint), ==, strlen("01234 01234 01234 01234 01234 01234"));
}

static void
test_free_answers_questions(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	const char *const typed[] = {"carol@example.org", NULL};
	Asked asked[4] = {0};

	/* Some on their way, some not begun. */
	pipit_client_find(fixture->alice->client, typed, on_found, &asked[0]);
	pipit_client_devices(fixture->alice->client, on_devices, &asked[1]);
	g_main_context_iteration(NULL, FALSE);
	pipit_client_find(fixture->alice->client, typed, on_found, &asked[2]);
	pipit_client_devices(fixture->alice->client, on_devices, &asked[3]);
	pipit_person_end(fixture->alice);
	for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
		g_assert_cmpuint(asked[i].calls, ==, 1);
		g_assert_error(asked[i].error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_ABORTED);
		asked_clear(&asked[i]);
	}
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
	add("/client/both-ways", test_both_ways);
	add("/client/html-comes-along", test_html_comes_along);
	add("/client/order", test_order);
	add("/client/offline-recipient", test_offline_recipient);
	add("/client/shown-once", test_shown_once);
	add("/client/not-shown-is-offered-again", test_not_shown_is_offered_again);
	add("/client/written-offline", test_written_offline);
	add("/client/unknown-recipient", test_unknown_recipient);
	add("/client/bad-input", test_bad_input);
	add("/client/server-restarts", test_server_restarts);
	add("/client/second-device", test_second_device);
	add("/client/find", test_find);
	add("/client/devices", test_devices);
	add("/client/free-answers-questions", test_free_answers_questions);
	return g_test_run();
}
