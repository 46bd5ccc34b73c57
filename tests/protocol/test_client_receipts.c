/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came and what was read is told to whom it concerns, once, and to nobody else. */
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
	PipitPerson *laptop; /* a second device of hers */
	PipitPerson *bob;
} Fixture;

static PipitPerson *
sign_in(Fixture *fixture, const char *handle)
{
	PipitPerson *person = pipit_person_new(handle, pipit_test_server_origin(fixture->server), NULL);

	pipit_person_go_online(person);
	return person;
}

static void
set_up(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->server = pipit_test_server_start(NULL);
	fixture->alice = sign_in(fixture, ALICE);
	fixture->bob = sign_in(fixture, BOB);
}

static void
tear_down(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(fixture->alice);
	g_clear_pointer(&fixture->laptop, pipit_person_free);
	pipit_person_free(fixture->bob);
	pipit_test_server_free(fixture->server);
}

static const PipitReceipted *
receipt(const PipitPerson *person, guint i)
{
	return g_ptr_array_index(person->receipts, i);
}

static void
wait_receipts(const PipitPerson *person, guint count)
{
	pipit_wait_until(person->receipts->len >= count);
	g_assert_cmpuint(person->receipts->len, ==, count);
}

/* Whatever was on its way from @from to @to has come once this has. */
static void
flush(PipitPerson *from, PipitPerson *to, const char *handle)
{
	guint shown = to->shown->len;

	g_free(pipit_person_write(from, handle, "flush"));
	pipit_person_wait_shown(to, shown + 1);
}

static void
test_delivered_then_read(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *id = pipit_person_write(fixture->alice, BOB, "hello");
	wait_receipts(fixture->alice, 1);
	const PipitReceipted *delivered = receipt(fixture->alice, 0);
	g_assert_false(delivered->read);
	g_assert_cmpstr(delivered->id, ==, id);
	g_assert_cmpstr(delivered->peer, ==, BOB);
	g_assert_true(delivered->latest);
	g_assert_cmpint(delivered->at, >=, delivered->sent_at);

	pipit_client_read(fixture->bob->client, "alice@example.org", TRUE);
	wait_receipts(fixture->alice, 2);
	g_assert_true(receipt(fixture->alice, 1)->read);
	g_assert_cmpstr(receipt(fixture->alice, 1)->id, ==, id);
	/* Not twice, and nobody is receipted for a receipt. */
	pipit_client_read(fixture->bob->client, "alice@example.org", TRUE);
	flush(fixture->bob, fixture->alice, ALICE);
	g_assert_cmpuint(fixture->alice->receipts->len, ==, 2);
	wait_receipts(fixture->bob, 1);
}

static void
test_many_make_few_receipts(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *last = NULL;

	pipit_person_end(fixture->bob);
	/* Bit by bit, since a slow disk takes its time for each. */
	for (guint i = 0; i < 300; i++) {
		g_free(last);
		last = pipit_person_write(fixture->alice, BOB, "one of many");
		if (i % 20 == 19)
			pipit_person_wait_sent(fixture->alice, i + 1);
	}
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	pipit_person_wait_shown(fixture->bob, 300);
	pipit_client_read(fixture->bob->client, ALICE, TRUE);
	pipit_wait_until(fixture->alice->receipts->len > 0 &&
			 receipt(fixture->alice, fixture->alice->receipts->len - 1)->read &&
			 receipt(fixture->alice, fixture->alice->receipts->len - 1)->latest);
	g_assert_cmpstr(receipt(fixture->alice, fixture->alice->receipts->len - 1)->id, ==, last);
	/* Each receipt changed something, so there are as many as came: some for delivered, two for read. */
	g_assert_cmpuint(fixture->alice->receipts->len, <=, 12);
}

static void
test_read_on_one_is_read_on_all(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->laptop = sign_in(fixture, ALICE);
	g_free(pipit_person_write(fixture->bob, ALICE, "to both"));
	pipit_person_wait_shown(fixture->alice, 1);
	pipit_person_wait_shown(fixture->laptop, 1);
	pipit_client_read(fixture->laptop->client, BOB, TRUE);
	pipit_wait_until(fixture->alice->read_elsewhere->len == 1);
	g_assert_cmpstr(fixture->alice->read_elsewhere->pdata[0], ==, BOB);
	pipit_wait_until(fixture->bob->receipts->len > 0 &&
			 receipt(fixture->bob, fixture->bob->receipts->len - 1)->read);
	/* It was told: the other one need not say it again, and the reader is not told of itself. */
	guint receipts = fixture->bob->receipts->len;
	pipit_client_read(fixture->alice->client, BOB, TRUE);
	flush(fixture->alice, fixture->bob, BOB);
	g_assert_cmpuint(fixture->bob->receipts->len, ==, receipts);
	g_assert_cmpuint(fixture->laptop->read_elsewhere->len, ==, 0);
}

static void
test_untold_reading_stays_among_the_own_devices(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->laptop = sign_in(fixture, ALICE);
	g_free(pipit_person_write(fixture->bob, ALICE, "to both"));
	pipit_person_wait_shown(fixture->alice, 1);
	pipit_person_wait_shown(fixture->laptop, 1);
	pipit_client_read(fixture->laptop->client, BOB, FALSE);
	pipit_wait_until(fixture->alice->read_elsewhere->len == 1);
	flush(fixture->alice, fixture->bob, BOB);
	flush(fixture->laptop, fixture->bob, BOB);
	for (guint i = 0; i < fixture->bob->receipts->len; i++)
		g_assert_false(receipt(fixture->bob, i)->read);
}

static void
test_what_is_not_all_read_is_not_read(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->laptop = sign_in(fixture, ALICE);
	g_free(pipit_person_write(fixture->bob, ALICE, "one"));
	pipit_person_wait_shown(fixture->alice, 1);
	pipit_person_wait_shown(fixture->laptop, 1);
	pipit_client_disconnect(fixture->laptop->client);
	pipit_client_read(fixture->laptop->client, BOB, TRUE);
	g_free(pipit_person_write(fixture->bob, ALICE, "two"));
	pipit_person_wait_shown(fixture->alice, 2);
	/* The first was read there, offline; the second was not. */
	pipit_person_restart(fixture->laptop);
	pipit_person_go_online(fixture->laptop);
	pipit_person_wait_shown(fixture->laptop, 2);
	flush(fixture->laptop, fixture->bob, BOB);
	pipit_wait_until(fixture->bob->receipts->len > 0 &&
			 receipt(fixture->bob, fixture->bob->receipts->len - 1)->read);
	g_assert_false(receipt(fixture->bob, fixture->bob->receipts->len - 1)->latest);
	g_assert_cmpuint(fixture->alice->read_elsewhere->len, ==, 0);
}

static void
test_all_own_devices_hear_of_it(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->laptop = sign_in(fixture, ALICE);
	g_autofree char *id = pipit_person_write(fixture->laptop, BOB, "from the laptop");
	pipit_person_wait_shown(fixture->alice, 1);
	pipit_wait_until(fixture->alice->receipts->len >= 1 && fixture->laptop->receipts->len >= 1);
	g_assert_cmpstr(receipt(fixture->alice, 0)->id, ==, id);
	g_assert_cmpstr(receipt(fixture->laptop, 0)->id, ==, id);
}

static void
test_receipts_survive_a_death(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	fixture->bob->ends_on_message = TRUE;
	g_free(pipit_person_write(fixture->alice, BOB, "hello"));
	pipit_person_wait_shown(fixture->bob, 1);
	fixture->bob->ends_on_message = FALSE;
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	wait_receipts(fixture->alice, 1);
	pipit_client_read(fixture->bob->client, ALICE, TRUE);
	pipit_person_restart(fixture->bob);
	pipit_person_go_online(fixture->bob);
	wait_receipts(fixture->alice, 2);
	g_assert_true(receipt(fixture->alice, 1)->read);
}

static void
test_failed_ones_are_sent_again_together(Fixture *fixture, gconstpointer unused G_GNUC_UNUSED)
{
	guint count = 0;
	g_autoptr(GError) error = NULL;

	g_free(pipit_person_write(fixture->alice, "carol@example.org", "one"));
	g_free(pipit_person_write(fixture->alice, "carol@example.org", "two"));
	pipit_person_wait_sent(fixture->alice, 2);
	g_assert_true(pipit_client_resend_failed(fixture->alice->client, "bob@example.org", &count, &error));
	g_assert_cmpuint(count, ==, 0);
	g_autoptr(PipitPerson) carol = sign_in(fixture, "mailto:carol@example.org");
	g_assert_true(
		pipit_client_resend_failed(fixture->alice->client, "carol@example.org", &count, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(count, ==, 2);
	pipit_person_wait_shown(carol, 2);
	g_assert_cmpstr(pipit_person_shown(carol, 0)->text, ==, "one");
	g_assert_cmpstr(pipit_person_shown(carol, 1)->text, ==, "two");
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
	add("/client-receipts/delivered-then-read", test_delivered_then_read);
	add("/client-receipts/many-make-few-receipts", test_many_make_few_receipts);
	add("/client-receipts/read-on-one-is-read-on-all", test_read_on_one_is_read_on_all);
	add("/client-receipts/untold-reading-stays-among-the-own-devices",
	    test_untold_reading_stays_among_the_own_devices);
	add("/client-receipts/what-is-not-all-read-is-not-read", test_what_is_not_all_read_is_not_read);
	add("/client-receipts/all-own-devices-hear-of-it", test_all_own_devices_hear_of_it);
	add("/client-receipts/receipts-survive-a-death", test_receipts_survive_a_death);
	add("/client-receipts/failed-ones-are-sent-again-together", test_failed_ones_are_sent_again_together);
	return g_test_run();
}
