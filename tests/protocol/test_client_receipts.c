/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came and what was read is told to whom it concerns, once, and to nobody else. */
#include "protocol/client.h"

#include <string.h>

#include "tests/support/people.h"
#include "tests/support/wait.h"

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
test_delivered_then_read(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *id = pipit_person_write(people->alice, BOB, "hello");
	wait_receipts(people->alice, 1);
	const PipitReceipted *delivered = receipt(people->alice, 0);
	g_assert_false(delivered->read);
	g_assert_cmpstr(delivered->id, ==, id);
	g_assert_cmpstr(delivered->peer, ==, BOB);
	g_assert_true(delivered->latest);
	g_assert_cmpint(delivered->at, >=, delivered->sent_at);

	pipit_client_read(people->bob->client, "alice@example.org", TRUE);
	wait_receipts(people->alice, 2);
	g_assert_true(receipt(people->alice, 1)->read);
	g_assert_cmpstr(receipt(people->alice, 1)->id, ==, id);
	/* Not twice, and nobody is receipted for a receipt. */
	pipit_client_read(people->bob->client, "alice@example.org", TRUE);
	flush(people->bob, people->alice, ALICE);
	g_assert_cmpuint(people->alice->receipts->len, ==, 2);
	wait_receipts(people->bob, 1);
}

static void
test_many_make_few_receipts(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *last = NULL;

	pipit_person_end(people->bob);
	/* Bit by bit, since a slow disk takes its time for each. */
	for (guint i = 0; i < 300; i++) {
		g_free(last);
		last = pipit_person_write(people->alice, BOB, "one of many");
		if (i % 20 == 19)
			pipit_person_wait_sent(people->alice, i + 1);
	}
	pipit_person_restart(people->bob);
	pipit_person_go_online(people->bob);
	pipit_person_wait_shown(people->bob, 300);
	pipit_client_read(people->bob->client, ALICE, TRUE);
	pipit_wait_until(people->alice->receipts->len > 0 &&
			 receipt(people->alice, people->alice->receipts->len - 1)->read &&
			 receipt(people->alice, people->alice->receipts->len - 1)->latest);
	g_assert_cmpstr(receipt(people->alice, people->alice->receipts->len - 1)->id, ==, last);
	/* Each receipt changed something, so there are as many as came: some for delivered, two for read. */
	g_assert_cmpuint(people->alice->receipts->len, <=, 12);
}

static void
test_read_on_one_is_read_on_all(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "to both"));
	pipit_person_wait_shown(people->alice, 1);
	pipit_person_wait_shown(people->laptop, 1);
	pipit_client_read(people->laptop->client, BOB, TRUE);
	pipit_wait_until(people->alice->read_elsewhere->len == 1);
	g_assert_cmpstr(people->alice->read_elsewhere->pdata[0], ==, BOB);
	pipit_wait_until(people->bob->receipts->len > 0 &&
			 receipt(people->bob, people->bob->receipts->len - 1)->read);
	/* It was told: the other one need not say it again, and the reader is not told of itself. */
	guint receipts = people->bob->receipts->len;
	pipit_client_read(people->alice->client, BOB, TRUE);
	flush(people->alice, people->bob, BOB);
	g_assert_cmpuint(people->bob->receipts->len, ==, receipts);
	g_assert_cmpuint(people->laptop->read_elsewhere->len, ==, 0);
}

static void
test_untold_reading_stays_among_the_own_devices(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "to both"));
	pipit_person_wait_shown(people->alice, 1);
	pipit_person_wait_shown(people->laptop, 1);
	pipit_client_read(people->laptop->client, BOB, FALSE);
	pipit_wait_until(people->alice->read_elsewhere->len == 1);
	flush(people->alice, people->bob, BOB);
	flush(people->laptop, people->bob, BOB);
	for (guint i = 0; i < people->bob->receipts->len; i++)
		g_assert_false(receipt(people->bob, i)->read);
}

static void
test_what_is_not_all_read_is_not_read(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_free(pipit_person_write(people->bob, ALICE, "one"));
	pipit_person_wait_shown(people->alice, 1);
	pipit_person_wait_shown(people->laptop, 1);
	pipit_client_disconnect(people->laptop->client);
	pipit_client_read(people->laptop->client, BOB, TRUE);
	g_free(pipit_person_write(people->bob, ALICE, "two"));
	pipit_person_wait_shown(people->alice, 2);
	/* The first was read there, offline; the second was not. */
	pipit_person_restart(people->laptop);
	pipit_person_go_online(people->laptop);
	pipit_person_wait_shown(people->laptop, 2);
	flush(people->laptop, people->bob, BOB);
	pipit_wait_until(people->bob->receipts->len > 0 &&
			 receipt(people->bob, people->bob->receipts->len - 1)->read);
	g_assert_false(receipt(people->bob, people->bob->receipts->len - 1)->latest);
	g_assert_cmpuint(people->alice->read_elsewhere->len, ==, 0);
}

static void
test_all_own_devices_hear_of_it(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->laptop = pipit_people_sign_in(people, ALICE);
	g_autofree char *id = pipit_person_write(people->laptop, BOB, "from the laptop");
	pipit_person_wait_shown(people->alice, 1);
	pipit_wait_until(people->alice->receipts->len >= 1 && people->laptop->receipts->len >= 1);
	g_assert_cmpstr(receipt(people->alice, 0)->id, ==, id);
	g_assert_cmpstr(receipt(people->laptop, 0)->id, ==, id);
}

static void
test_receipts_survive_a_death(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	people->bob->ends_on_message = TRUE;
	g_free(pipit_person_write(people->alice, BOB, "hello"));
	pipit_person_wait_shown(people->bob, 1);
	people->bob->ends_on_message = FALSE;
	pipit_person_restart(people->bob);
	pipit_person_go_online(people->bob);
	wait_receipts(people->alice, 1);
	pipit_client_read(people->bob->client, ALICE, TRUE);
	pipit_person_restart(people->bob);
	pipit_person_go_online(people->bob);
	wait_receipts(people->alice, 2);
	g_assert_true(receipt(people->alice, 1)->read);
}

static void
test_failed_ones_are_sent_again_together(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	guint count = 0;
	g_autoptr(GError) error = NULL;

	g_free(pipit_person_write(people->alice, "carol@example.org", "one"));
	g_free(pipit_person_write(people->alice, "carol@example.org", "two"));
	pipit_person_wait_sent(people->alice, 2);
	g_assert_true(pipit_client_resend_failed(people->alice->client, "bob@example.org", &count, &error));
	g_assert_cmpuint(count, ==, 0);
	g_autoptr(PipitPerson) carol = pipit_people_sign_in(people, "mailto:carol@example.org");
	g_assert_true(pipit_client_resend_failed(people->alice->client, "carol@example.org", &count, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(count, ==, 2);
	pipit_person_wait_shown(carol, 2);
	g_assert_cmpstr(pipit_person_shown(carol, 0)->text, ==, "one");
	g_assert_cmpstr(pipit_person_shown(carol, 1)->text, ==, "two");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-receipts/delivered-then-read", test_delivered_then_read);
	pipit_people_add_test("/client-receipts/many-make-few-receipts", test_many_make_few_receipts);
	pipit_people_add_test("/client-receipts/read-on-one-is-read-on-all", test_read_on_one_is_read_on_all);
	pipit_people_add_test("/client-receipts/untold-reading-stays-among-the-own-devices",
			      test_untold_reading_stays_among_the_own_devices);
	pipit_people_add_test("/client-receipts/what-is-not-all-read-is-not-read",
			      test_what_is_not_all_read_is_not_read);
	pipit_people_add_test("/client-receipts/all-own-devices-hear-of-it", test_all_own_devices_hear_of_it);
	pipit_people_add_test("/client-receipts/receipts-survive-a-death", test_receipts_survive_a_death);
	pipit_people_add_test("/client-receipts/failed-ones-are-sent-again-together",
			      test_failed_ones_are_sent_again_together);
	return g_test_run();
}
