/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When Bob's device sends, Alice sees; when the relay relabels, repeats or makes something up, she sees nothing. */
#include <glib.h>
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define ALICE_PHONE "tel:+15551234567"
#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define ID "7b0c1111-2222-4333-8444-555566667777"
#define OTHER_ID "00000000-2222-4333-8444-555566667777"
#define NOW 1764000000000
/* For tests that go for both formats. */
#define PAIR "pair"
#define PAIR_EC "pair-ec"
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	guint32 counter;
	gboolean answers; /* the directory does when it is asked */
} Fixture;

/* Keys take long to make, so all tests share them. */
static PipitActor *alice;
static PipitActor *alice_laptop;
static PipitActor *bob;
static PipitActor *carol;

static void
open_all(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	f->store = pipit_store_open(f->folder, ALICE, &error);
	g_assert_no_error(error);
	f->directory = pipit_directory_new(f->store);
	f->inbox = pipit_inbox_new(f->store, f->directory);
}

static void
close_all(Fixture *f)
{
	pipit_inbox_free(f->inbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
}

static void
reopen(Fixture *f)
{
	close_all(f);
	open_all(f);
}

static void
add_prekey(Fixture *f, PipitPrekeySecret *prekey)
{
	g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, alice->secrets);
	g_assert_true(pipit_store_add_prekey(f->store, prekey, record, NULL));
	g_assert_true(pipit_store_prekey_published(f->store, pipit_prekey_secret_key(prekey), NOW, NULL));
}

static void
digest(Fixture *f, PipitLookupAnswer *taken)
{
	g_autoptr(PipitLookupAnswer) answer = taken;
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

static void
know_everybody(Fixture *f)
{
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL));
	digest(f, pipit_actor_answer(NOW, CAROL, pipit_actor_record(carol, 0), NULL));
	digest(f, pipit_actor_answer(NOW, ALICE, pipit_actor_record(alice, 0),
				     pipit_actor_record(alice_laptop, 0), NULL));
	f->answers = TRUE;
}

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	f->folder = pipit_test_folder_new();
	f->counter = 1;
	open_all(f);
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token,
						 (const char *const[]){ALICE, ALICE_PHONE, NULL}, NULL));
	add_prekey(f, alice->prekey);
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	close_all(f);
	pipit_test_folder_free(f->folder);
}

/* One thing that was sent: what the message says, and what the relay says of it. What is left out is as when Bob writes
 * "Hello" to Alice by pair-ec, and an honest relay. */
typedef struct {
	const PipitActor *sender;
	gboolean by_pair;
	const char *from;
	const char *to;
	const char *id;
	const char *text;
	gint64 sent_at;
	guint32 counter; /* 0: the next */
	/* The envelope's, where it differs: */
	const char *envelope_from;
	const char *envelope_to;
	const char *envelope_id;
	const PipitActor *envelope_sender;
	PipitClass class_;
	gint64 received_at;
} Sent;

static Sent
with_defaults(const Sent *given)
{
	Sent sent = *given;
	sent.sender = sent.sender != NULL ? sent.sender : bob;
	sent.from = sent.from != NULL ? sent.from : BOB;
	sent.to = sent.to != NULL ? sent.to : ALICE;
	sent.id = sent.id != NULL ? sent.id : ID;
	sent.text = sent.text != NULL ? sent.text : "Hello";
	sent.sent_at = sent.sent_at != 0 ? sent.sent_at : NOW - 5;
	sent.envelope_from = sent.envelope_from != NULL ? sent.envelope_from : sent.from;
	sent.envelope_to = sent.envelope_to != NULL ? sent.envelope_to : sent.to;
	sent.envelope_id = sent.envelope_id != NULL ? sent.envelope_id : sent.id;
	sent.envelope_sender = sent.envelope_sender != NULL ? sent.envelope_sender : sent.sender;
	sent.received_at = sent.received_at != 0 ? sent.received_at : NOW;
	return sent;
}

static GBytes *
seal_for_alice(Fixture *f, const Sent *sent, GBytes *plaintext)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	guint32 counter = sent->counter != 0 ? sent->counter : f->counter++;
	GBytes *payload = sent->by_pair ? pipit_pair_seal(sent->sender->secrets, recipient, plaintext, &error)
					: pipit_pair_ec_seal(sent->sender->secrets, recipient, counter,
							     plaintext, &error);
	g_assert_no_error(error);
	return payload;
}

static PipitEnvelope *
envelope_around(const Sent *sent, GBytes *payload)
{
	g_autoptr(GBytes) prekey = g_bytes_new(pipit_prekey_secret_key(alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = sent->class_ == PIPIT_CLASS_STORED ? 1 : 0,
		.id = (char *)sent->envelope_id,
		.from = (char *)sent->envelope_from,
		.to = (char *)sent->envelope_to,
		.push_token = sent->envelope_sender->push_token,
		.class_ = sent->class_,
		.suite = sent->by_pair ? PIPIT_SUITE_PAIR : PIPIT_SUITE_PAIR_EC,
		.prekey = sent->by_pair ? NULL : prekey,
		.payload = payload,
		.received_at = sent->received_at,
	};
	g_autoptr(GBytes) bytes = pipit_envelope_print(&written);
	g_autoptr(GError) error = NULL;
	PipitEnvelope *envelope = pipit_envelope_parse(bytes, &error);
	g_assert_no_error(error);
	return envelope;
}

static PipitEnvelope *
send_envelope(Fixture *f, const Sent *given)
{
	const Sent sent = with_defaults(given);
	char *to[] = {(char *)sent.to, NULL};
	const PipitMessage message = {
		.id = (char *)sent.id,
		.from = (char *)sent.from,
		.to = to,
		.sent_at = sent.sent_at,
		.text = (char *)sent.text,
	};
	g_autoptr(GBytes) plaintext = pipit_message_pack(&message);
	g_autoptr(GBytes) payload = seal_for_alice(f, &sent, plaintext);
	return envelope_around(&sent, payload);
}

/* The way of a batch; returns what is to be shown. */
static GPtrArray *
receive_batch(Fixture *f, PipitInboxBatch *taken)
{
	g_autoptr(PipitInboxBatch) batch = taken;
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	if (handles[0] != NULL && f->answers) {
		know_everybody(f);
		g_strfreev(g_steal_pointer(&handles));
		handles = pipit_inbox_prepare(f->inbox, batch);
	}
	pipit_inbox_open(batch);
	g_autoptr(GError) error = NULL;
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, &error);
	g_assert_no_error(error);
	return shown;
}

static GPtrArray *
receive(Fixture *f, PipitEnvelope *first, PipitEnvelope *second)
{
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, first);
	if (second != NULL)
		g_ptr_array_add(envelopes, second);
	return receive_batch(f, pipit_inbox_batch_new(envelopes));
}

static void
assert_shown(GPtrArray *taken, const char *text)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpstr(received->text, ==, text);
}

static void
assert_nothing(GPtrArray *taken)
{
	g_autoptr(GPtrArray) shown = taken;
	g_assert_cmpuint(shown->len, ==, 0);
}

static void
assert_refused(Fixture *f, const Sent *sent)
{
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, sent);
	assert_nothing(receive(f, envelope, NULL));
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 0);
}

static void
test_bob_sends(Fixture *f, gconstpointer suite)
{
	know_everybody(f);
	const Sent sent = {.by_pair = strcmp(suite, PAIR) == 0};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	g_autoptr(GPtrArray) shown = receive(f, envelope, NULL);
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpstr(received->text, ==, "Hello");
	g_assert_cmpstr(received->id, ==, ID);
	g_assert_cmpstr(received->peer, ==, BOB);
	g_assert_cmpstr(received->from, ==, BOB);
	g_assert_false(received->own);
	g_assert_cmpint(received->sent_at, ==, NOW - 5);
	g_assert_cmpint(received->received_at, ==, NOW);
}

static void
test_a_time_that_is_not_credible(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent sent = {.sent_at = NOW + 600000};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	g_autoptr(GPtrArray) shown = receive(f, envelope, NULL);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpint(received->sent_at, ==, NOW);
}

static void
test_an_own_copy(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent sent = {.sender = alice_laptop, .from = ALICE, .to = BOB, .envelope_to = ALICE};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	g_autoptr(GPtrArray) shown = receive(f, envelope, NULL);
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_true(received->own);
	g_assert_cmpstr(received->peer, ==, BOB);
	g_assert_cmpstr(received->from, ==, ALICE);
}

/* What the relay, or a sender, may try; and each with the one thing changed that makes it wrong. */
static void
test_the_context_must_fit(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent relabelled_sender = {.envelope_sender = carol, .envelope_from = CAROL};
	const Sent relabelled_handle = {.envelope_from = CAROL};
	const Sent in_the_name_of_carol = {.from = CAROL, .envelope_from = BOB};
	const Sent device_of_another = {.from = CAROL};
	const Sent other_id = {.envelope_id = OTHER_ID};
	const Sent not_to_alice = {.to = CAROL, .envelope_to = ALICE};
	const Sent to_another_of_hers = {.envelope_to = ALICE_PHONE};
	const Sent delivered_for_carol = {.to = CAROL};
	const Sent ephemeral = {.class_ = PIPIT_CLASS_EPHEMERAL};
	const Sent reflected = {.sender = alice, .from = ALICE, .to = BOB, .envelope_to = ALICE};
	const Sent own_in_the_name_of_bob = {.sender = alice_laptop};
	const Sent *cases[] = {
		&relabelled_sender, &relabelled_handle, &in_the_name_of_carol,   &device_of_another,
		&other_id,          &not_to_alice,      &to_another_of_hers,     &delivered_for_carol,
		&ephemeral,         &reflected,         &own_in_the_name_of_bob,
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %" G_GSIZE_FORMAT, i);
		assert_refused(f, cases[i]);
	}
	/* None of them used anything up. */
	const Sent good = {.text = NULL};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &good);
	assert_shown(receive(f, envelope, NULL), "Hello");
}

/* A directory that lists one of our own keys under Bob's token: what we signed must open nothing here. */
static void
test_a_reflection_under_another_name(Fixture *f, gconstpointer suite)
{
	gboolean by_pair = strcmp(suite, PAIR) == 0;
	g_autoptr(PipitDeviceRecord) ours = pipit_actor_record(alice, 0);
	g_autoptr(PipitDeviceRecord) his = pipit_actor_record(bob, 0);
	const PipitDeviceRecord *compact = by_pair ? his : ours;
	PipitDeviceRecord *mixed =
		pipit_device_record_new(bob->push_token, by_pair ? ours->pair_identity : his->pair_identity,
					compact->device_key, compact->prekey_record, 1, 0, NULL);
	digest(f, pipit_actor_answer(NOW, BOB, mixed, NULL));
	const Sent reflected = {.sender = alice, .envelope_sender = bob, .by_pair = by_pair};
	assert_refused(f, &reflected);
}

static void
test_the_same_again(Fixture *f, gconstpointer suite)
{
	know_everybody(f);
	const Sent sent = {.by_pair = strcmp(suite, PAIR) == 0};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	assert_shown(receive(f, envelope, envelope), "Hello");
	assert_nothing(receive(f, envelope, NULL));
	reopen(f);
	assert_nothing(receive(f, envelope, NULL));
}

/* The payload again in another envelope: the id is bound to the message, the ephemeral key is used. */
static void
test_sealed_again_under_the_same_id(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent sent = {.text = NULL};
	g_autoptr(PipitEnvelope) first = send_envelope(f, &sent);
	g_autoptr(PipitEnvelope) second = send_envelope(f, &sent);
	assert_shown(receive(f, first, NULL), "Hello");
	assert_nothing(receive(f, second, NULL));
	/* An id belongs to the device that used it: nobody occupies another's. */
	const Sent from_carol = {.sender = carol, .from = CAROL, .text = "me too"};
	g_autoptr(PipitEnvelope) third = send_envelope(f, &from_carol);
	assert_shown(receive(f, third, NULL), "me too");
}

static void
test_a_counter_used_twice(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent first = {.counter = 77};
	const Sent second = {.counter = 77, .id = OTHER_ID};
	const Sent lower = {.counter = 76, .id = OTHER_ID, .text = "overtaken"};
	const Sent of_carol = {.sender = carol, .from = CAROL, .counter = 77, .text = "hers"};
	g_autoptr(PipitEnvelope) one = send_envelope(f, &first);
	assert_shown(receive(f, one, NULL), "Hello");
	g_autoptr(PipitEnvelope) two = send_envelope(f, &second);
	assert_nothing(receive(f, two, NULL));
	g_autoptr(PipitEnvelope) three = send_envelope(f, &lower);
	assert_shown(receive(f, three, NULL), "overtaken");
	g_autoptr(PipitEnvelope) four = send_envelope(f, &of_carol);
	assert_shown(receive(f, four, NULL), "hers");
}

static void
test_rubbish(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent given = {.text = NULL};
	const Sent sent = with_defaults(&given);
	g_autoptr(PipitEnvelope) good = send_envelope(f, &given);
	gsize size = 0;
	const guint8 *payload = g_bytes_get_data(good->payload, &size);
	g_autofree guint8 *bent = g_memdup2(payload, size);
	bent[size / 2] ^= 1;
	g_autoptr(GBytes) bent_payload = g_bytes_new(bent, size);
	g_autoptr(PipitEnvelope) bad = envelope_around(&sent, bent_payload);
	g_autoptr(GBytes) no_message = g_bytes_new_static("no gzip", 7);
	g_autoptr(GBytes) sealed_rubbish = seal_for_alice(f, &sent, no_message);
	g_autoptr(PipitEnvelope) not_a_message = envelope_around(&sent, sealed_rubbish);
	assert_nothing(receive(f, bad, not_a_message));
	assert_shown(receive(f, bad, good), "Hello");
}

static void
test_a_look_up_that_fails(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const Sent sent = {.text = NULL};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	assert_nothing(receive(f, envelope, NULL));
	/* We died before it was acknowledged, and it comes again. */
	reopen(f);
	assert_nothing(receive(f, envelope, NULL));
	assert_nothing(receive_batch(f, pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL)));
	know_everybody(f);
	assert_shown(receive_batch(f, pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL)), "Hello");
	g_assert_null(pipit_inbox_batch_undecided(f->inbox, 0, NOW, NULL));
	assert_nothing(receive(f, envelope, NULL));
}

static void
test_a_removed_device(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, NOW - 10), NULL));
	const Sent before = {.received_at = NOW - 11};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &before);
	assert_shown(receive(f, envelope, NULL), "Hello");
	const Sent after = {.received_at = NOW - 10, .id = OTHER_ID};
	g_autoptr(PipitEnvelope) late = send_envelope(f, &after);
	assert_nothing(receive(f, late, NULL));
}

static void
test_committed_and_not_shown(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent one = {.text = NULL};
	const Sent two = {.id = OTHER_ID, .text = "second"};
	g_autoptr(PipitEnvelope) first = send_envelope(f, &one);
	g_autoptr(PipitEnvelope) second = send_envelope(f, &two);
	g_autoptr(GPtrArray) shown = receive(f, first, second);
	g_assert_cmpuint(shown->len, ==, 2);
	g_assert_true(pipit_inbox_shown(f->inbox, shown->pdata[0], NULL));
	reopen(f);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 1);
	const PipitReceived *received = unshown->pdata[0];
	g_assert_cmpstr(received->text, ==, "second");
	g_assert_cmpstr(received->peer, ==, BOB);
	g_assert_cmpint(received->received_at, ==, NOW);
	g_assert_true(pipit_inbox_shown(f->inbox, received, NULL));
	g_autoptr(GPtrArray) none = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(none->len, ==, 0);
}

/* A batch is one transaction: when its second message can't be written, the first was not taken either. */
static void
test_all_or_nothing(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent one = {.text = NULL};
	const Sent two = {.id = OTHER_ID, .text = "second"};
	g_autoptr(PipitEnvelope) first = send_envelope(f, &one);
	g_autoptr(PipitEnvelope) second = send_envelope(f, &two);
	sqlite3 *db = f->store->db;
	const char trigger[] = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON inbox WHEN NEW.text = 'second'"
			       " BEGIN SELECT RAISE(ABORT, 'no'); END";
	g_assert_cmpint(sqlite3_exec(db, trigger, NULL, NULL, NULL), ==, SQLITE_OK);
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, first);
	g_ptr_array_add(envelopes, second);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	pipit_inbox_open(batch);
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_inbox_accept(f->inbox, batch, &error));
	g_assert_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IO);
	reopen(f);
	g_autoptr(GPtrArray) none = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(none->len, ==, 0);
	g_autoptr(GPtrArray) shown = receive(f, first, second);
	g_assert_cmpuint(shown->len, ==, 2);
}

static void
test_for_a_retired_prekey(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent sent = {.text = NULL};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	g_autoptr(PipitPrekeySecret) next = pipit_prekey_secret_generate(PREKEY_TIME + 60);
	add_prekey(f, next);
	assert_shown(receive(f, envelope, NULL), "Hello");
}

static void
test_for_a_prekey_that_is_gone(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent sent = {.text = NULL};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	g_autoptr(PipitPrekeySecret) next = pipit_prekey_secret_generate(PREKEY_TIME + 60);
	add_prekey(f, next);
	g_assert_true(pipit_store_expire_prekeys(f->store, NOW + 36 * PIPIT_DAY_MS, NULL));
	g_autoptr(GPtrArray) shown = receive(f, envelope, NULL);
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_null(received->text);
	g_assert_cmpstr(received->from, ==, BOB);
	/* She is told once. */
	assert_nothing(receive(f, envelope, NULL));
}

static int
count_replay_rows(Fixture *f)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		f->store, NULL,
		"SELECT (SELECT count(*) FROM replay_ephemeral) + (SELECT count(*) FROM replay_counter)", "");
	g_assert_cmpint(pipit_store_step(f->store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int(row, 0);
}

/* What was remembered under a prekey goes when the prekey goes, and not before. */
static void
test_replay_state_lives_as_long_as_the_prekey(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	know_everybody(f);
	const Sent sent = {.text = NULL};
	g_autoptr(PipitEnvelope) envelope = send_envelope(f, &sent);
	assert_shown(receive(f, envelope, NULL), "Hello");
	g_assert_true(pipit_store_forget_received(f->store, NOW + 3000 * PIPIT_DAY_MS, NULL));
	assert_nothing(receive(f, envelope, NULL));
	g_assert_cmpint(count_replay_rows(f), ==, 2);
	g_autoptr(PipitPrekeySecret) next = pipit_prekey_secret_generate(PREKEY_TIME + 60);
	add_prekey(f, next);
	g_assert_true(pipit_store_expire_prekeys(f->store, NOW + 36 * PIPIT_DAY_MS, NULL));
	g_assert_cmpint(count_replay_rows(f), ==, 0);
}

#define ADD(name, data, test) g_test_add(name, Fixture, data, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	alice_laptop = pipit_actor_new(2, PREKEY_TIME);
	bob = pipit_actor_new(3, PREKEY_TIME);
	carol = pipit_actor_new(4, PREKEY_TIME);
	ADD("/inbox/bob-sends/pair", PAIR, test_bob_sends);
	ADD("/inbox/bob-sends/pair-ec", PAIR_EC, test_bob_sends);
	ADD("/inbox/a-time-that-is-not-credible", NULL, test_a_time_that_is_not_credible);
	ADD("/inbox/an-own-copy", NULL, test_an_own_copy);
	ADD("/inbox/the-context-must-fit", NULL, test_the_context_must_fit);
	ADD("/inbox/a-reflection-under-another-name/pair", PAIR, test_a_reflection_under_another_name);
	ADD("/inbox/a-reflection-under-another-name/pair-ec", PAIR_EC, test_a_reflection_under_another_name);
	ADD("/inbox/the-same-again/pair", PAIR, test_the_same_again);
	ADD("/inbox/the-same-again/pair-ec", PAIR_EC, test_the_same_again);
	ADD("/inbox/sealed-again-under-the-same-id", NULL, test_sealed_again_under_the_same_id);
	ADD("/inbox/a-counter-used-twice", NULL, test_a_counter_used_twice);
	ADD("/inbox/rubbish", NULL, test_rubbish);
	ADD("/inbox/a-look-up-that-fails", NULL, test_a_look_up_that_fails);
	ADD("/inbox/a-removed-device", NULL, test_a_removed_device);
	ADD("/inbox/committed-and-not-shown", NULL, test_committed_and_not_shown);
	ADD("/inbox/all-or-nothing", NULL, test_all_or_nothing);
	ADD("/inbox/for-a-retired-prekey", NULL, test_for_a_retired_prekey);
	ADD("/inbox/for-a-prekey-that-is-gone", NULL, test_for_a_prekey_that_is_gone);
	ADD("/inbox/replay-state-lives-as-long-as-the-prekey", NULL,
	    test_replay_state_lives_as_long_as_the_prekey);
	int result = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(alice_laptop);
	pipit_actor_free(bob);
	pipit_actor_free(carol);
	return result;
}
