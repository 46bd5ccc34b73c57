/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time is the server's: a clock that is wrong, here or there, breaks nothing, and prekeys come and go by that time. */
#include "protocol/client.h"

#include "tests/support/person.h"
#include "tests/support/server.h"
#include "tests/support/wait.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define YEAR_DAYS G_GINT64_CONSTANT(365)
#define NEAR_MS 60000

typedef struct {
	char *seconds;
	const char *arguments[3];
} Offset;

static void
offset_set(Offset *offset, gint64 days)
{
	g_free(offset->seconds);
	offset->seconds = g_strdup_printf("%" G_GINT64_FORMAT, days * 24 * 60 * 60);
	offset->arguments[0] = "--clock-offset";
	offset->arguments[1] = offset->seconds;
	offset->arguments[2] = NULL;
}

static void
offset_clear(Offset *offset)
{
	g_free(offset->seconds);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Offset, offset_clear)

/* Both talk, and see the server's time. */
static void
assert_talk_at(gint64 days)
{
	g_auto(Offset) offset = {0};
	offset_set(&offset, days);
	g_autoptr(PipitTestServer) server = pipit_test_server_start(offset.arguments);
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, pipit_test_server_origin(server), NULL);
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, pipit_test_server_origin(server), NULL);

	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	g_free(pipit_person_write(alice, BOB, "what time is it?"));
	pipit_person_wait_shown(bob, 1);
	const PipitShown *shown = pipit_person_shown(bob, 0);
	gint64 server_now = g_get_real_time() / 1000 + days * 24 * 60 * 60 * 1000;
	g_assert_cmpint(ABS(shown->received_at - server_now), <, NEAR_MS);
	g_assert_cmpint(ABS(shown->sent_at - server_now), <, NEAR_MS);
	g_assert_false(shown->delayed);

	/* What is written offline has the server's time, too. */
	pipit_client_disconnect(bob->client);
	pipit_person_restart(bob);
	g_free(pipit_person_write(bob, ALICE, "late"));
	pipit_person_go_online(bob);
	pipit_person_wait_shown(alice, 1);
	g_assert_cmpint(ABS(pipit_person_shown(alice, 0)->sent_at - server_now), <, NEAR_MS);
}

static void
test_clocks_apart(void)
{
	assert_talk_at(-1);
	assert_talk_at(10 * YEAR_DAYS);
	/* Past 2038, where 32 bits of seconds end. */
	assert_talk_at(20 * YEAR_DAYS);
}

static guint
count_prekeys(const PipitPerson *person)
{
	g_autofree char *account = g_uri_escape_string(pipit_client_handle(person->client), NULL, FALSE);
	g_autofree char *folder = g_build_filename(person->folder, "pipit", account, "keys", NULL);
	g_autoptr(GDir) keys = g_dir_open(folder, 0, NULL);
	guint count = 0;

	for (const char *name; (name = g_dir_read_name(keys)) != NULL;)
		count += g_str_has_prefix(name, "prekey-") ? 1 : 0;
	return count;
}

/* Files change without a word to the loop: look again now and then. */
static gboolean
tick(gpointer user_data G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

static void
move_to(PipitTestServer *server, Offset *offset, gint64 days, PipitPerson *person)
{
	offset_set(offset, days);
	pipit_client_disconnect(person->client);
	pipit_test_server_restart(server, offset->arguments);
	pipit_person_go_online(person);
}

static void
test_prekeys_come_and_go(void)
{
	g_auto(Offset) offset = {0};
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, pipit_test_server_origin(server), NULL);
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, pipit_test_server_origin(server), NULL);
	guint ticks = g_timeout_add(20, tick, NULL);

	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	g_assert_cmpuint(count_prekeys(alice), ==, 1);
	/* Bob knows her first prekey, and goes offline. */
	g_free(pipit_person_write(bob, ALICE, "one"));
	pipit_person_wait_shown(alice, 1);
	pipit_client_disconnect(bob->client);

	move_to(server, &offset, 6, alice);
	g_assert_cmpuint(count_prekeys(alice), ==, 1);
	/* After a week there is a new one; the old one stays, for what is on its way. */
	move_to(server, &offset, 8, alice);
	pipit_wait_until(count_prekeys(alice) == 2);
	pipit_person_go_online(bob);
	g_free(pipit_person_write(bob, ALICE, "two"));
	pipit_person_wait_shown(alice, 2);
	g_assert_cmpstr(pipit_person_shown(alice, 1)->text, ==, "two");
	pipit_client_disconnect(bob->client);

	/* 35 days after it was replaced the first is wiped. The second made room for a third meanwhile. */
	move_to(server, &offset, 44, alice);
	pipit_wait_until(count_prekeys(alice) == 2);
	pipit_person_go_online(bob);
	g_free(pipit_person_write(bob, ALICE, "three"));
	pipit_person_wait_shown(alice, 3);
	g_source_remove(ticks);
}

/* Her view is a month old, and so is his prekey in it; he has another device by now. It goes at once, and once. */
static void
test_away_for_a_month(void)
{
	g_auto(Offset) offset = {0};
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, pipit_test_server_origin(server), NULL);
	g_autoptr(PipitPerson) bob = pipit_person_new(BOB, pipit_test_server_origin(server), NULL);
	g_autoptr(PipitPerson) phone = pipit_person_new(BOB, pipit_test_server_origin(server), NULL);

	pipit_person_go_online(alice);
	pipit_person_go_online(bob);
	g_free(pipit_person_write(alice, BOB, "see you in a month"));
	pipit_person_wait_shown(bob, 1);
	pipit_client_disconnect(alice->client);
	move_to(server, &offset, 31, bob);
	pipit_person_go_online(phone);
	guint ticks = g_timeout_add(20, tick, NULL);
	pipit_wait_until(count_prekeys(bob) == 2);
	g_source_remove(ticks);

	g_free(pipit_person_write(alice, BOB, "written on the way"));
	pipit_person_go_online(alice);
	g_free(pipit_person_write(alice, BOB, "I am back"));
	pipit_person_wait_sent(alice, 3);
	for (guint i = 0; i < 3; i++)
		g_assert_no_error(pipit_person_sent(alice, i)->error);
	pipit_person_wait_shown(bob, 3);
	pipit_person_wait_shown(phone, 2);
	g_assert_cmpstr(pipit_person_shown(phone, 0)->text, ==, "written on the way");
	g_assert_cmpstr(pipit_person_shown(bob, 2)->text, ==, "I am back");
	g_free(pipit_person_write(phone, ALICE, "welcome"));
	pipit_person_wait_shown(alice, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/client-clock/clocks-apart", test_clocks_apart);
	g_test_add_func("/client-clock/prekeys-come-and-go", test_prekeys_come_and_go);
	g_test_add_func("/client-clock/away-for-a-month", test_away_for_a_month);
	return g_test_run();
}
