/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-ups that fail or come too early cost no message, and do not change the order of what somebody sent. */
#include <glib.h>

#include "crypto/pair_ec.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define NOW 1764000000000
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	gint64 seq;
} Fixture;

/* Keys take long to make, so all tests share them. */
static PipitActor *alice;
static PipitActor *bob;
static PipitActor *bobs_phone;

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	f->folder = pipit_test_folder_new();
	f->store = pipit_store_open(f->folder, ALICE, &error);
	g_assert_no_error(error);
	f->directory = pipit_directory_new(f->store);
	f->inbox = pipit_inbox_new(f->store, f->directory);
	g_autoptr(GBytes) record = pipit_prekey_record_new(alice->prekey, alice->secrets);
	const char *handles[] = {ALICE, NULL};
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token, handles, NULL));
	g_assert_true(pipit_store_add_prekey(f->store, alice->prekey, record, NULL));
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_inbox_free(f->inbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

/* What the relay hands out when Bob writes @text on @device. */
static PipitEnvelope *
bob_writes(Fixture *f, const PipitActor *device, const char *text)
{
	g_autofree char *id = pipit_uuid_new();
	char *to[] = {(char *)ALICE, NULL};
	const PipitMessage message = {
		.id = id, .from = (char *)BOB, .to = to, .sent_at = NOW, .text = (char *)text};
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	g_autoptr(GBytes) payload =
		pipit_pair_ec_seal(device->secrets, recipient, (guint32)++f->seq, plaintext, NULL);
	g_autoptr(GBytes) prekey = g_bytes_new(pipit_prekey_secret_key(alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = f->seq,
		.id = id,
		.from = (char *)BOB,
		.to = (char *)ALICE,
		.push_token = device->push_token,
		.suite = PIPIT_SUITE_PAIR_EC,
		.prekey = prekey,
		.payload = payload,
		.received_at = NOW,
	};
	g_autoptr(GBytes) printed = pipit_envelope_print(&written);
	g_autoptr(GError) error = NULL;
	PipitEnvelope *envelope = pipit_envelope_parse(printed, &error);
	g_assert_no_error(error);
	return envelope;
}

/* The directory answers at @time with these two devices of Bob's; the second one may be NULL. */
static void
look_up(Fixture *f, gint64 time, const PipitActor *first, const PipitActor *second)
{
	g_autoptr(PipitLookupAnswer) answer =
		pipit_actor_answer(time, BOB, pipit_actor_record(first, 0),
				   second != NULL ? pipit_actor_record(second, 0) : NULL, NULL);
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

static PipitInboxBatch *
batch_of(PipitEnvelope *envelope)
{
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, envelope);
	return pipit_inbox_batch_new(envelopes);
}

/* Opens and commits; returns what is to be shown, joined. */
static char *
accept_batch(Fixture *f, PipitInboxBatch *batch)
{
	pipit_inbox_open(batch);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) shown = pipit_inbox_accept(f->inbox, batch, &error);
	g_assert_no_error(error);
	GString *texts = g_string_new(NULL);
	for (guint i = 0; i < shown->len; i++) {
		const PipitReceived *received = shown->pdata[i];
		g_string_append_printf(texts, "%s%s", i > 0 ? ", " : "", received->text);
	}
	return g_string_free(texts, FALSE);
}

/* Receives what the directory is not asked about. */
static void
receive(Fixture *f, PipitEnvelope *taken, const char *expected)
{
	g_autoptr(PipitEnvelope) envelope = taken;
	g_autoptr(PipitInboxBatch) batch = batch_of(envelope);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	g_autofree char *shown = accept_batch(f, batch);
	g_assert_cmpstr(shown, ==, expected);
}

static void
try_undecided(Fixture *f, const char *expected)
{
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL);
	g_assert_nonnull(batch);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	g_autofree char *shown = accept_batch(f, batch);
	g_assert_cmpstr(shown, ==, expected);
}

static void
test_behind_one_that_is_undecided(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	look_up(f, NOW - 1, bob, NULL);
	receive(f, bob_writes(f, bob, "known"), "known");
	/* Bob's phone is new, and the look-up fails. */
	receive(f, bob_writes(f, bobs_phone, "first"), "");
	receive(f, bob_writes(f, bob, "second"), "");
	receive(f, bob_writes(f, bobs_phone, "third"), "");
	try_undecided(f, "");
	look_up(f, NOW + 1, bob, bobs_phone);
	receive(f, bob_writes(f, bob, "fourth"), "");
	try_undecided(f, "first, second, third, fourth");
	g_assert_null(pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL));
	receive(f, bob_writes(f, bob, "fifth"), "fifth");
}

/* Goes through all that is undecided; returns what is shown of each batch. */
static char *
go_through_undecided(Fixture *f)
{
	g_autoptr(GString) shown = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	gint64 after = 0;
	PipitInboxBatch *next;
	while ((next = pipit_inbox_batch_undecided(f->inbox, after, NOW, &error)) != NULL) {
		g_autoptr(PipitInboxBatch) batch = next;
		g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
		g_autofree char *texts = accept_batch(f, batch);
		g_string_append_printf(shown, "[%s]", texts);
		after = pipit_inbox_batch_last_row(batch);
	}
	g_assert_no_error(error);
	return g_string_free(g_steal_pointer(&shown), FALSE);
}

/* More than one batch holds: all of them get their turn, and the order holds from batch to batch. */
static void
test_many_that_are_undecided(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const guint count = 201;
	g_autoptr(GString) expected = g_string_new("[");
	look_up(f, NOW - 1, bob, NULL);
	for (guint i = 0; i < count; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		receive(f, bob_writes(f, i == 0 ? bobs_phone : bob, text), "");
		g_string_append_printf(expected, "%s%s", i % 100 > 0 ? ", " : i > 0 ? "][" : "", text);
	}
	g_string_append(expected, "]");
	/* What the first one holds up waits in the later batches, too. */
	g_autofree char *nothing = go_through_undecided(f);
	g_assert_cmpstr(nothing, ==, "[][][]");
	look_up(f, NOW + 1, bob, bobs_phone);
	g_autofree char *shown = go_through_undecided(f);
	g_assert_cmpstr(shown, ==, expected->str);
	g_assert_null(pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL));
}

/* The relay's clock was set back after it was asked: a device that came since looks older than the answer. */
static void
test_a_clock_that_was_set_back(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	look_up(f, NOW + 120000, bob, NULL);
	g_autoptr(PipitEnvelope) envelope = bob_writes(f, bobs_phone, "Hello");
	g_autoptr(PipitInboxBatch) batch = batch_of(envelope);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	g_assert_cmpstr(handles[0], ==, BOB);
	look_up(f, NOW + 5, bob, bobs_phone);
	g_auto(GStrv) none = pipit_inbox_prepare(f->inbox, batch);
	g_assert_null(none[0]);
	g_autofree char *shown = accept_batch(f, batch);
	g_assert_cmpstr(shown, ==, "Hello");
}

/* The directory is asked once for all that came in Bob's name, and then has the last word. */
static void
test_a_device_of_nobody(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	look_up(f, NOW, bob, NULL);
	g_autoptr(PipitEnvelope) one = bob_writes(f, bobs_phone, "Hello");
	g_autoptr(PipitEnvelope) two = bob_writes(f, bobs_phone, "Hello?");
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, one);
	g_ptr_array_add(envelopes, two);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	g_assert_cmpstr(handles[0], ==, BOB);
	g_assert_null(handles[1]);
	look_up(f, NOW + 1, bob, NULL);
	g_auto(GStrv) none = pipit_inbox_prepare(f->inbox, batch);
	g_assert_null(none[0]);
	g_autofree char *shown = accept_batch(f, batch);
	g_assert_cmpstr(shown, ==, "");
	g_assert_null(pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL));
}

/* She saw it, and the store could not be told: a disk that fails must not show it twice. */
static void
test_shown_and_not_marked(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	static const char fail[] =
		"CREATE TEMP TRIGGER fail BEFORE DELETE ON inbox BEGIN SELECT RAISE(FAIL, 'x'); END";
	look_up(f, NOW, bob, NULL);
	receive(f, bob_writes(f, bob, "Hello"), "Hello");
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 1);
	g_assert_cmpint(sqlite3_exec(f->store->db, fail, NULL, NULL, NULL), ==, SQLITE_OK);
	g_assert_false(pipit_inbox_shown(f->inbox, unshown->pdata[0], NULL));
	g_autoptr(GPtrArray) still_failing = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(still_failing->len, ==, 0);
	g_assert_cmpint(sqlite3_exec(f->store->db, "DROP TRIGGER fail", NULL, NULL, NULL), ==, SQLITE_OK);
	g_autoptr(GPtrArray) marked = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(marked->len, ==, 0);
	g_autoptr(GPtrArray) rows = pipit_store_read_received(f->store, NULL);
	g_assert_cmpuint(rows->len, ==, 0);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	bob = pipit_actor_new(2, PREKEY_TIME);
	bobs_phone = pipit_actor_new(3, PREKEY_TIME);
	ADD("/inbox-order/behind-one-that-is-undecided", test_behind_one_that_is_undecided);
	ADD("/inbox-order/many-that-are-undecided", test_many_that_are_undecided);
	ADD("/inbox-order/a-clock-that-was-set-back", test_a_clock_that_was_set_back);
	ADD("/inbox-order/a-device-of-nobody", test_a_device_of_nobody);
	ADD("/inbox-order/shown-and-not-marked", test_shown_and_not_marked);
	int status = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(bob);
	pipit_actor_free(bobs_phone);
	return status;
}
