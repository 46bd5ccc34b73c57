/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages whose content comes later: accepted once, kept until then, and taken only if it is what was announced. */
#include <glib.h>

#include <string.h>

#include "crypto/pair_ec.h"
#include "protocol/inbox.h"
#include "protocol/store_directory.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define FIRST "7b0c1111-2222-4333-8444-555566667777"
#define URI "/v1/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE-_"
#define NOW 1764000000000
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitInbox *inbox;
	guint32 counter;
} Fixture;

static PipitActor *alice;
static PipitActor *bob;

static void
open_all(Fixture *f)
{
	f->store = pipit_store_open(f->folder, ALICE, NULL);
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
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GBytes) record = pipit_prekey_record_new(alice->prekey, alice->secrets);
	g_autoptr(PipitLookupAnswer) answer = pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL);

	f->folder = pipit_test_folder_new();
	open_all(f);
	f->counter = 1;
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token,
						 (const char *const[]){ALICE, NULL}, NULL));
	g_assert_true(pipit_store_add_prekey(f->store, alice->prekey, record, NULL));
	g_assert_true(
		pipit_store_prekey_published(f->store, pipit_prekey_secret_key(alice->prekey), NOW, NULL));
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	close_all(f);
	pipit_test_folder_free(f->folder);
}

/* What Bob writes; with @content its content lies elsewhere. */
static PipitMessage *
message_of_bob(PipitMessageType type, gboolean content)
{
	PipitMessage *message = g_new0(PipitMessage, 1);

	message->type = type;
	message->id = g_strdup(FIRST);
	message->from = g_strdup(BOB);
	message->to = g_strsplit(ALICE, "\n", -1);
	message->sent_at = NOW;
	if (content) {
		message->content = g_new0(PipitBlob, 1);
		message->content->uri = g_strdup(URI);
		message->content->key = g_bytes_new("0123456789abcdef0123456789abcdef", 32);
		message->content->size = 100;
	} else if (type == PIPIT_MESSAGE_TEXT) {
		message->text = g_strdup("at last");
	} else {
		message->ids = g_strsplit(FIRST, "\n", -1);
	}
	return message;
}

static PipitEnvelope *
seal(Fixture *f, const PipitMessage *message)
{
	g_autoptr(PipitDevicePublic) recipient = pipit_device_public_of(alice->secrets, alice->prekey);
	g_autoptr(GBytes) plaintext = pipit_message_pack(message);
	g_autoptr(GBytes) payload =
		pipit_pair_ec_seal(bob->secrets, recipient, f->counter++, plaintext, NULL);
	g_autoptr(GBytes) prekey = g_bytes_new(pipit_prekey_secret_key(alice->prekey), PIPIT_COMPACT_KEY_LEN);
	const PipitEnvelope written = {
		.seq = 1,
		.id = message->id,
		.from = message->from,
		.to = (char *)ALICE,
		.push_token = bob->push_token,
		.suite = PIPIT_SUITE_PAIR_EC,
		.prekey = prekey,
		.payload = payload,
		.received_at = NOW,
	};
	g_autoptr(GBytes) bytes = pipit_envelope_print(&written);

	return pipit_envelope_parse(bytes, NULL);
}

/* Returns what is to be shown of it. */
static GPtrArray *
take(Fixture *f, PipitEnvelope *envelope)
{
	g_autoptr(GPtrArray) envelopes = g_ptr_array_new();
	g_ptr_array_add(envelopes, envelope);
	g_autoptr(PipitInboxBatch) batch = pipit_inbox_batch_new(envelopes);

	g_strfreev(pipit_inbox_prepare(f->inbox, batch));
	pipit_inbox_open(batch);
	GPtrArray *shown = pipit_inbox_accept(f->inbox, batch, NULL);
	g_assert_nonnull(shown);
	return shown;
}

static PipitWaitingContent *
next_waiting(Fixture *f)
{
	PipitWaitingContent *waiting = NULL;

	g_assert_true(pipit_store_next_waiting(f->store, 0, &waiting, NULL));
	return waiting;
}

/* Bob's message without its content is there, and waits. */
static PipitWaitingContent *
let_wait(Fixture *f, PipitMessageType type)
{
	g_autoptr(PipitMessage) outer = message_of_bob(type, TRUE);
	g_autoptr(PipitEnvelope) envelope = seal(f, outer);
	g_autoptr(GPtrArray) shown = take(f, envelope);

	g_assert_cmpuint(shown->len, ==, 1);
	const PipitReceived *received = shown->pdata[0];
	g_assert_true(received->waits);
	g_assert_null(received->text);
	/* The same again, and sealed anew: nothing. */
	g_autoptr(GPtrArray) again = take(f, envelope);
	g_assert_cmpuint(again->len, ==, 0);
	g_autoptr(PipitEnvelope) anew = seal(f, outer);
	g_autoptr(GPtrArray) nothing = take(f, anew);
	g_assert_cmpuint(nothing->len, ==, 0);
	return next_waiting(f);
}

static void
assert_farewell(Fixture *f)
{
	g_autofree char *uri = NULL;
	gboolean uploaded = TRUE;

	g_assert_true(pipit_store_next_farewell(f->store, &uri, &uploaded, NULL));
	g_assert_cmpstr(uri, ==, URI);
	g_assert_false(uploaded);
}

static void
assert_nothing_waits(Fixture *f)
{
	g_autoptr(PipitWaitingContent) waiting = next_waiting(f);

	g_assert_null(waiting);
	assert_farewell(f);
}

static void
test_it_comes(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitWaitingContent) waiting = let_wait(f, PIPIT_MESSAGE_TEXT);
	g_autoptr(PipitMessage) content = message_of_bob(PIPIT_MESSAGE_TEXT, FALSE);
	g_autoptr(GPtrArray) receipts = NULL;

	/* Also in another run. */
	close_all(f);
	open_all(f);
	g_assert_true(pipit_inbox_take_content(f->inbox, waiting, content, &receipts, NULL));
	g_assert_cmpuint(receipts->len, ==, 0);
	assert_nothing_waits(f);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 1);
	const PipitReceived *received = unshown->pdata[0];
	g_assert_cmpstr(received->text, ==, "at last");
	g_assert_cmpstr(received->id, ==, FIRST);
	g_assert_false(received->waits);
}

static void
assert_dropped(Fixture *f, const PipitWaitingContent *waiting, PipitMessage *content)
{
	g_autoptr(GPtrArray) receipts = NULL;

	g_assert_true(pipit_inbox_take_content(f->inbox, waiting, content, &receipts, NULL));
	g_assert_cmpuint(receipts->len, ==, 0);
	assert_nothing_waits(f);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 0);
}

static void
test_another_message_comes(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitWaitingContent) waiting = let_wait(f, PIPIT_MESSAGE_TEXT);
	g_autoptr(PipitMessage) other = message_of_bob(PIPIT_MESSAGE_TEXT, FALSE);

	other->sent_at--;
	assert_dropped(f, waiting, other);
}

static void
test_no_message_comes(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitWaitingContent) waiting = let_wait(f, PIPIT_MESSAGE_TEXT);

	assert_dropped(f, waiting, NULL);
}

static void
test_it_never_comes(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitWaitingContent) waiting = let_wait(f, PIPIT_MESSAGE_TEXT);

	g_assert_true(pipit_inbox_content_gone(f->inbox, waiting, NULL));
	assert_nothing_waits(f);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 1);
	const PipitReceived *received = unshown->pdata[0];
	g_assert_true(received->gone);
	g_assert_null(received->text);
}

/* It is heeded once it is here, and leaves no place behind. */
static void
test_receipts(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitWaitingContent) waiting = let_wait(f, PIPIT_MESSAGE_READ);
	g_autoptr(PipitMessage) content = message_of_bob(PIPIT_MESSAGE_READ, FALSE);
	g_autoptr(GPtrArray) receipts = NULL;

	g_assert_true(pipit_store_run(f->store, NULL,
				      "INSERT INTO sent (id, peer, sent_at, state) VALUES (?, ?, ?, 0)",
				      "ssi", FIRST, BOB, (gint64)NOW));
	g_assert_true(pipit_inbox_take_content(f->inbox, waiting, content, &receipts, NULL));
	g_assert_cmpuint(receipts->len, ==, 1);
	const PipitReceived *received = receipts->pdata[0];
	g_assert_cmpint(received->type, ==, PIPIT_MESSAGE_READ);
	g_assert_cmpstr(received->id, ==, FIRST);
	assert_nothing_waits(f);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 0);
}

static void
test_receipts_that_never_come(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(PipitWaitingContent) waiting = let_wait(f, PIPIT_MESSAGE_READ);

	g_assert_true(pipit_inbox_content_gone(f->inbox, waiting, NULL));
	assert_nothing_waits(f);
	g_autoptr(GPtrArray) unshown = pipit_inbox_unshown(f->inbox, NULL);
	g_assert_cmpuint(unshown->len, ==, 0);
}

#define ADD(path, test) g_test_add("/inbox-contents/" path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	bob = pipit_actor_new(2, PREKEY_TIME);
	ADD("it-comes", test_it_comes);
	ADD("another-message-comes", test_another_message_comes);
	ADD("no-message-comes", test_no_message_comes);
	ADD("it-never-comes", test_it_never_comes);
	ADD("receipts", test_receipts);
	ADD("receipts-that-never-come", test_receipts_that_never_come);
	int status = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(bob);
	return status;
}
