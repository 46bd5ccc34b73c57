/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receipts and typing from people who mean well, and from those who don't: only the word of who got a message counts, once. */
#include <glib.h>

#include "crypto/pair_ec.h"
#include "protocol/inbox.h"
#include "protocol/limits.h"
#include "protocol/store_directory.h"
#include "protocol/store_inbox.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "protocol/store_receipts.h"
#include "protocol/uuid.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define FIRST "7b0c1111-2222-4333-8444-555566667777"
#define SECOND "00000000-2222-4333-8444-555566667777"
#define NEVER_SENT "99999999-2222-4333-8444-555566667777"
#define NOW 1764000000000
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	guint32 counter;
} Fixture;

/* Keys take long to make, so all tests share them. */
static PipitActor *alice;
static PipitActor *alice_laptop;
static PipitActor *bob;
static PipitActor *carol;

static void
digest(Fixture *f, PipitLookupAnswer *taken)
{
	g_autoptr(PipitLookupAnswer) answer = taken;

	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

static gboolean
note_sent(PipitStore *store, gpointer unused G_GNUC_UNUSED, GError **error)
{
	return pipit_store_note_sent(store, FIRST, BOB, NOW - 60000, error) &&
	       pipit_store_note_sent(store, SECOND, BOB, NOW - 30000, error);
}

/* Alice wrote two messages to Bob. */
static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GBytes) record = pipit_prekey_record_new(alice->prekey, alice->secrets);

	f->folder = pipit_test_folder_new();
	f->store = pipit_store_open(f->folder, ALICE, NULL);
	f->directory = pipit_directory_new(f->store);
	f->inbox = pipit_inbox_new(f->store, f->directory);
	f->counter = 1;
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token,
						 (const char *const[]){ALICE, NULL}, NULL));
	g_assert_true(pipit_store_add_prekey(f->store, alice->prekey, record, NULL));
	g_assert_true(
		pipit_store_prekey_published(f->store, pipit_prekey_secret_key(alice->prekey), NOW, NULL));
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL));
	digest(f, pipit_actor_answer(NOW, ALICE, pipit_actor_record(alice, 0),
				     pipit_actor_record(alice_laptop, 0), NULL));
	g_assert_true(pipit_store_transaction(f->store, note_sent, NULL, NULL));
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_inbox_free(f->inbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

static void
know_carol(Fixture *f)
{
	digest(f, pipit_actor_answer(NOW, CAROL, pipit_actor_record(carol, 0), NULL));
}

static PipitEnvelope *
seal(Fixture *f, const PipitActor *sender, const PipitMessage *message, PipitClass class_)
{
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	g_autoptr(GBytes) plaintext = pipit_message_pack(message);
	g_autoptr(GBytes) payload =
		pipit_pair_ec_seal(sender->secrets, recipient, f->counter++, plaintext, NULL);
	g_autoptr(GBytes) prekey = g_bytes_new(pipit_prekey_secret_key(alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = class_ == PIPIT_CLASS_STORED ? 1 : 0,
		.id = message->id,
		.from = message->from,
		.to = (char *)ALICE,
		.push_token = sender->push_token,
		.class_ = class_,
		.suite = PIPIT_SUITE_PAIR_EC,
		.prekey = prekey,
		.payload = payload,
		.received_at = NOW,
	};
	g_autoptr(GBytes) bytes = pipit_envelope_print(&written);
	PipitEnvelope *envelope = pipit_envelope_parse(bytes, NULL);
	g_assert_nonnull(envelope);
	return envelope;
}

/* Returns what is to be shown of it. @asked: out: how many handles it wants looked up. */
static GPtrArray *
take_envelope(Fixture *f, PipitEnvelope *taken, guint *asked)
{
	g_autoptr(PipitEnvelope) envelope = taken;
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, envelope);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);
	g_auto(GStrv) handles = pipit_inbox_prepare(f->inbox, batch);
	*asked = g_strv_length(handles);
	if (*asked > 0) {
		digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL));
		g_strfreev(pipit_inbox_prepare(f->inbox, batch));
	}
	pipit_inbox_open(batch);
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, NULL);
	g_assert_nonnull(shown);
	return shown;
}

typedef struct {
	PipitMessageType type;
	const PipitActor *sender;
	const char *from;
	const char *to;
	const char *ids[3];
	gboolean typing;
	gint64 sent_at;
	gboolean wrong_class;
} Word;

static GPtrArray *
hear(Fixture *f, const Word *word)
{
	g_autofree char *id = pipit_uuid_new();
	char *to[] = {(char *)(word->to != NULL ? word->to : ALICE), NULL};
	const PipitMessage message = {
		.type = word->type,
		.id = id,
		.from = (char *)word->from,
		.to = to,
		.sent_at = word->sent_at != 0 ? word->sent_at : NOW,
		.ids = word->ids[0] != NULL ? (char **)word->ids : NULL,
		.typing = word->typing,
		.text = (char *)"text",
	};
	gboolean ephemeral = (word->type == PIPIT_MESSAGE_TYPING) != word->wrong_class;
	guint asked;
	return take_envelope(
		f, seal(f, word->sender, &message, ephemeral ? PIPIT_CLASS_EPHEMERAL : PIPIT_CLASS_STORED),
		&asked);
}

static void
assert_nothing(Fixture *f, const Word *word)
{
	g_autoptr(GPtrArray) shown = hear(f, word);

	g_assert_cmpuint(shown->len, ==, 0);
}

static void
assert_receipt(Fixture *f, const Word *word, const char *id, gboolean latest)
{
	g_autoptr(GPtrArray) shown = hear(f, word);
	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_cmpint(received->type, ==, word->type);
	g_assert_cmpstr(received->id, ==, id);
	g_assert_cmpstr(received->peer, ==, BOB);
	g_assert_cmpint(received->latest, ==, latest);
	g_assert_cmpint(received->row, ==, 0);
	g_assert_true(pipit_inbox_shown(f->inbox, received, NULL));
}

static void
test_sent_delivered_read(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const Word delivered = {PIPIT_MESSAGE_DELIVERED, bob, BOB, .ids = {FIRST}};
	const Word both = {PIPIT_MESSAGE_READ, bob, BOB, .ids = {SECOND, FIRST}};

	assert_receipt(f, &delivered, FIRST, FALSE);
	assert_nothing(f, &delivered);
	assert_receipt(f, &both, SECOND, TRUE);
	/* Never back, and not twice. */
	assert_nothing(f, &both);
	assert_nothing(f, &delivered);
}

static void
test_what_does_not_count(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	know_carol(f);
	const Word never_sent = {PIPIT_MESSAGE_READ, bob, BOB, .ids = {NEVER_SENT}};
	const Word third_person = {PIPIT_MESSAGE_READ, carol, CAROL, .ids = {FIRST, SECOND}};
	const Word in_his_name = {PIPIT_MESSAGE_READ, carol, BOB, .ids = {FIRST}};
	const Word ephemeral = {PIPIT_MESSAGE_READ, bob, BOB, .ids = {FIRST}, .wrong_class = TRUE};
	const Word not_to_her = {PIPIT_MESSAGE_READ, bob, BOB, .to = CAROL, .ids = {FIRST}};
	const Word *cases[] = {&never_sent, &third_person, &in_his_name, &ephemeral, &not_to_her};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("case %" G_GSIZE_FORMAT, i);
		assert_nothing(f, cases[i]);
	}
	/* None of them moved anything. */
	const Word delivered = {PIPIT_MESSAGE_DELIVERED, bob, BOB, .ids = {FIRST}};
	assert_receipt(f, &delivered, FIRST, FALSE);
}

static PipitDueReceipts *
due(Fixture *f)
{
	PipitDueReceipts *receipts = NULL;

	g_assert_true(pipit_store_due_receipts(f->store, &receipts, NULL));
	return receipts;
}

static void
test_only_texts_of_others_are_receipted(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const Word receipt = {PIPIT_MESSAGE_READ, bob, BOB, .ids = {FIRST}};
	const Word own = {PIPIT_MESSAGE_TEXT, alice_laptop, ALICE, .to = BOB};
	const Word refused = {PIPIT_MESSAGE_TEXT, bob, BOB, .to = CAROL};
	const Word text = {.type = PIPIT_MESSAGE_TEXT, .sender = bob, .from = BOB};

	g_ptr_array_unref(hear(f, &receipt));
	g_ptr_array_unref(hear(f, &own));
	g_ptr_array_unref(hear(f, &refused));
	g_assert_null(due(f));
	g_ptr_array_unref(hear(f, &text));
	g_autoptr(PipitDueReceipts) receipts = due(f);
	g_assert_nonnull(receipts);
	g_assert_cmpint(receipts->kind, ==, PIPIT_MESSAGE_DELIVERED);
	g_assert_cmpstr(receipts->peer, ==, BOB);
	g_assert_cmpuint(g_strv_length(receipts->ids), ==, 1);
}

/* What was read is due only once it was shown. */
static void
test_not_read_before_it_is_shown(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const Word text = {.type = PIPIT_MESSAGE_TEXT, .sender = bob, .from = BOB};
	g_autoptr(GPtrArray) shown = hear(f, &text);
	g_autoptr(PipitDueReceipts) delivered = due(f);
	g_assert_true(pipit_store_forget_receipts(f->store, delivered, NULL));
	g_assert_true(pipit_store_mark_read(f->store, BOB, TRUE, NULL));
	g_assert_null(due(f));
	g_assert_true(pipit_inbox_shown(f->inbox, shown->pdata[0], NULL));
	g_assert_true(pipit_store_mark_read(f->store, BOB, TRUE, NULL));
	g_autoptr(PipitDueReceipts) read = due(f);
	g_assert_cmpint(read->kind, ==, PIPIT_MESSAGE_READ);
	g_assert_true(read->tell);
}

static void
test_read_on_the_laptop(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const Word text = {.type = PIPIT_MESSAGE_TEXT, .sender = bob, .from = BOB};
	g_autoptr(GPtrArray) shown = hear(f, &text);
	g_autoptr(GPtrArray) second = hear(f, &text);
	const PipitReceived *one = shown->pdata[0];
	const PipitReceived *two = second->pdata[0];
	const Word first = {PIPIT_MESSAGE_READ, alice_laptop, ALICE, .to = BOB, .ids = {one->id}};
	const Word other = {PIPIT_MESSAGE_READ, alice_laptop, ALICE, .to = BOB, .ids = {two->id, NEVER_SENT}};
	/* Bob has no say in what Alice read. */
	const Word his = {PIPIT_MESSAGE_READ, bob, BOB, .ids = {one->id, two->id}};

	assert_nothing(f, &his);
	assert_nothing(f, &first);
	g_autoptr(GPtrArray) read = hear(f, &other);
	g_assert_cmpuint(read->len, ==, 1);
	const PipitReceived *elsewhere = read->pdata[0];
	g_assert_true(elsewhere->own);
	g_assert_cmpstr(elsewhere->peer, ==, BOB);
	assert_nothing(f, &other);
}

static int
count_rows(Fixture *f)
{
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		f->store, NULL,
		"SELECT (SELECT count(*) FROM replay_ephemeral) + (SELECT count(*) FROM replay_counter) +"
		" (SELECT count(*) FROM received) + (SELECT count(*) FROM undecided)",
		"");
	g_assert_cmpint(pipit_store_step(f->store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int(row, 0);
}

static void
test_typing_leaves_nothing(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const Word begun = {PIPIT_MESSAGE_TYPING, bob, BOB, .typing = TRUE};
	const Word stored = {PIPIT_MESSAGE_TYPING, bob, BOB, .typing = TRUE, .wrong_class = TRUE};
	const Word old = {PIPIT_MESSAGE_TYPING, bob, BOB, .typing = TRUE, .sent_at = NOW - 60001};
	const Word early = {PIPIT_MESSAGE_TYPING, bob, BOB, .typing = TRUE, .sent_at = NOW + 60001};

	for (guint i = 0; i < 200; i++) {
		g_autoptr(GPtrArray) shown = hear(f, &begun);
		g_assert_cmpuint(shown->len, ==, 1);
		const PipitReceived *received = shown->pdata[0];
		g_assert_true(received->typing);
		g_assert_cmpint(received->row, ==, 0);
	}
	g_assert_cmpint(count_rows(f), ==, 0);
	assert_nothing(f, &stored);
	assert_nothing(f, &old);
	assert_nothing(f, &early);
	g_assert_null(due(f));
}

/* Nobody makes us ask the directory by typing, nor keep what we can't tell. */
static void
test_typing_of_a_stranger(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	char *to[] = {(char *)ALICE, NULL};
	const PipitMessage message = {.type = PIPIT_MESSAGE_TYPING,
				      .id = (char *)FIRST,
				      .from = (char *)CAROL,
				      .to = to,
				      .sent_at = NOW};
	guint asked = 0;
	g_autoptr(GPtrArray) shown =
		take_envelope(f, seal(f, carol, &message, PIPIT_CLASS_EPHEMERAL), &asked);

	g_assert_cmpuint(asked, ==, 0);
	g_assert_cmpuint(shown->len, ==, 0);
	g_assert_cmpint(count_rows(f), ==, 0);
}

static void
test_forgotten_in_time(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const Word read = {PIPIT_MESSAGE_READ, bob, BOB, .ids = {FIRST}};

	g_assert_true(pipit_store_forget_received(f->store, NOW + 36 * PIPIT_DAY_MS, NULL));
	assert_nothing(f, &read);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	alice_laptop = pipit_actor_new(2, PREKEY_TIME);
	bob = pipit_actor_new(3, PREKEY_TIME);
	carol = pipit_actor_new(4, PREKEY_TIME);
	ADD("/inbox-receipts/sent-delivered-read", test_sent_delivered_read);
	ADD("/inbox-receipts/what-does-not-count", test_what_does_not_count);
	ADD("/inbox-receipts/only-texts-of-others-are-receipted", test_only_texts_of_others_are_receipted);
	ADD("/inbox-receipts/not-read-before-it-is-shown", test_not_read_before_it_is_shown);
	ADD("/inbox-receipts/read-on-the-laptop", test_read_on_the_laptop);
	ADD("/inbox-receipts/typing-leaves-nothing", test_typing_leaves_nothing);
	ADD("/inbox-receipts/typing-of-a-stranger", test_typing_of_a_stranger);
	ADD("/inbox-receipts/forgotten-in-time", test_forgotten_in_time);
	int result = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(alice_laptop);
	pipit_actor_free(bob);
	pipit_actor_free(carol);
	return result;
}
