/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message from the pen to the relay: on disk at each step, in order, for every device that there is. */
#include <glib.h>
#include <string.h>

#include "crypto/pair_ec.h"
#include "protocol/limits.h"
#include "protocol/message.h"
#include "protocol/outbox.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "tests/support/actor.h"
#include "tests/support/sent.h"
#include "tests/support/test_folder.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define CAROL "mailto:carol@example.org"
#define NOW 1764000000000 /* both clocks */
#define PREKEY_TIME (1764000000.0 - 86400)

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitOutbox *outbox;
} Fixture;

static PipitActor *alice;
static PipitActor *bob;
static PipitActor *bob_phone;
static PipitActor *carol;

static void
open_all(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	f->store = pipit_store_open(f->folder, ALICE, &error);
	g_assert_no_error(error);
	f->directory = pipit_directory_new(f->store);
	f->outbox = pipit_outbox_new(f->store, f->directory);
}

static void
close_all(Fixture *f)
{
	pipit_outbox_free(f->outbox);
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
digest(Fixture *f, PipitLookupAnswer *taken)
{
	g_autoptr(PipitLookupAnswer) answer = taken;
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

/* Alice has one device, Bob and Carol have one each. */
static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	f->folder = pipit_test_folder_new();
	open_all(f);
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token,
						 (const char *const[]){ALICE, NULL}, NULL));
	digest(f, pipit_actor_answer(NOW, ALICE, pipit_actor_record(alice, 0), NULL));
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL));
	digest(f, pipit_actor_answer(NOW, CAROL, pipit_actor_record(carol, 0), NULL));
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	close_all(f);
	pipit_test_folder_free(f->folder);
}

static char *
write_to(Fixture *f, const char *peer, const char *text)
{
	g_autoptr(GError) error = NULL;
	char *id = pipit_outbox_append(f->outbox, ALICE, peer, text, NULL, NOW, &error);
	g_assert_no_error(error);
	return id;
}

static PipitOutboxItem *
next(Fixture *f)
{
	gint64 due = 0;
	g_autoptr(GError) error = NULL;
	PipitOutboxItem *item = pipit_outbox_next(f->outbox, NOW, &due, &error);
	g_assert_no_error(error);
	return item;
}

static void
assert_nothing_to_do(Fixture *f)
{
	g_assert_null(next(f));
}

/* Prepares and seals until the item can be sent. */
static void
make_ready(Fixture *f, PipitOutboxItem *item)
{
	g_autoptr(GError) error = NULL;
	PipitOutboxStep step = pipit_outbox_prepare(f->outbox, item, NOW, &error);
	if (step == PIPIT_OUTBOX_SEAL) {
		pipit_outbox_seal(item);
		step = pipit_outbox_sealed(f->outbox, item, NOW, &error);
	}
	g_assert_no_error(error);
	g_assert_cmpint(step, ==, PIPIT_OUTBOX_SEND);
	pipit_outbox_compose(item);
	g_assert_cmpint(pipit_outbox_composed(f->outbox, item, NOW, &error), ==, PIPIT_OUTBOX_POST);
}

static PipitOutboxStep
answer(Fixture *f, PipitOutboxItem *item, const char *results, GError **error)
{
	g_autofree char *json = g_strdup_printf("{\"time\":1764000000000,\"results\":[%s]}", results);
	g_autoptr(GBytes) body = g_bytes_new(json, strlen(json));
	return pipit_outbox_answered(f->outbox, item, body, NOW, error);
}

#define ACCEPTED(to) "{\"to\":\"" to "\",\"status\":\"accepted\"}"
#define STALE(to) "{\"to\":\"" to "\",\"status\":\"stale\"}"

static void
assert_request(const PipitOutboxItem *item, const char *expected)
{
	g_autofree char *description = pipit_sent_describe(pipit_outbox_request(item));
	g_assert_cmpstr(description, ==, expected);
}

static GBytes *
first_payload(const PipitOutboxItem *item)
{
	return pipit_sent_payload(pipit_outbox_request(item));
}

static void
test_from_the_pen_to_the_relay(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(item), ==, id);
	g_assert_cmpstr(pipit_outbox_item_peer(item), ==, BOB);
	make_ready(f, item);
	/* One's own handle is asked about as well, though there is no other device: there may be one by now. */
	assert_request(item, "mailto:alice@example.org()mailto:bob@example.org(3)");
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(answer(f, item, ACCEPTED(ALICE) "," ACCEPTED(BOB), &error), ==, PIPIT_OUTBOX_DONE);
	g_assert_no_error(error);
	assert_nothing_to_do(f);
	reopen(f);
	assert_nothing_to_do(f);
}

static PipitMessage *
read_by_bob(const PipitOutboxItem *item)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) payload = first_payload(item);
	g_autoptr(PipitDevicePublic) sender = pipit_device_public_of(alice->secrets, NULL);
	PipitPairEcOpened opened;
	g_autoptr(GBytes) plaintext =
		pipit_pair_ec_open(bob->secrets, &bob->prekey, 1, sender, payload, &opened, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(opened.counter, >, 0);
	PipitMessage *message = pipit_message_unpack(plaintext, &error);
	g_assert_no_error(error);
	return message;
}

static void
test_what_bob_opens(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = pipit_outbox_append(f->outbox, ALICE, BOB, "Hello", "<b>Hello</b>", NOW, NULL);
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	g_autoptr(PipitMessage) message = read_by_bob(item);
	g_assert_cmpstr(message->text, ==, "Hello");
	g_assert_cmpstr(message->html, ==, "<b>Hello</b>");
	g_assert_cmpstr(message->id, ==, id);
	g_assert_cmpstr(message->from, ==, ALICE);
	g_assert_true(pipit_message_is_to(message, BOB));
	g_assert_cmpint(message->sent_at, ==, NOW);
}

static void
assert_input(Fixture *f, const char *peer, const char *text, const char *html)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_outbox_append(f->outbox, ALICE, peer, text, html, NOW, &error));
	g_assert_error(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_INPUT);
}

static char *
incompressible(gsize length)
{
	char *text = g_malloc(length + 1);
	for (gsize i = 0; i < length; i++)
		text[i] = (char)g_test_rand_int_range(' ' + 3, '~');
	text[length] = '\0';
	return text;
}

static void
test_what_is_refused_at_once(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_input(f, "bob", "Hello", NULL);
	assert_input(f, BOB, "", NULL);
	assert_input(f, BOB, "\xff", NULL);
	assert_input(f, BOB, "Hello", "\xff");
	g_autofree char *huge = g_strnfill(PIPIT_TEXT_MAX + 1, 'x');
	assert_input(f, BOB, huge, NULL);
	assert_input(f, BOB, "Hello", huge);
	/* Each of them is six in JSON. */
	g_autofree char *escaped = g_strnfill(PIPIT_TEXT_MAX, '\1');
	assert_input(f, BOB, escaped, NULL);
}

#define BLOB_URI "/v1/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE-_"

/* What does not fit into a payload is brought to the server, and what is sealed says where it is. */
static void
test_what_does_not_fit(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *dense = incompressible(4096);
	pipit_outbox_set_relay_cap(f->outbox, 4096);
	g_free(write_to(f, BOB, dense));
	g_autoptr(PipitOutboxItem) first = next(f);
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, first, NOW, NULL), ==, PIPIT_OUTBOX_UPLOAD);
	g_autoptr(GBytes) key = g_bytes_ref(pipit_outbox_item_content_key(first));
	g_assert_true(pipit_outbox_upload_begun(f->outbox, first, BLOB_URI, NULL));
	pipit_outbox_postpone(f->outbox, first, NOW, 0);
	/* It goes on where it was, under the same key. */
	pipit_outbox_wake(f->outbox);
	g_autoptr(PipitOutboxItem) again = next(f);
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, again, NOW, NULL), ==, PIPIT_OUTBOX_UPLOAD);
	g_assert_true(g_bytes_equal(pipit_outbox_item_content_key(again), key));
	g_assert_cmpstr(pipit_outbox_item_content_uri(again), ==, BLOB_URI);
	g_autoptr(GBytes) inner = g_bytes_ref(pipit_outbox_item_plaintext(again));
	const PipitAttachmentDigests digests = {{1}, {2}};
	g_assert_true(pipit_outbox_uploaded(f->outbox, again, &digests, NOW, NULL));
	make_ready(f, again);
	g_autoptr(PipitMessage) outer = read_by_bob(again);
	g_autoptr(PipitMessage) content = pipit_message_unpack(inner, NULL);
	g_assert_true(pipit_message_is_content_of(content, outer));
	g_assert_cmpstr(content->text, ==, dense);
	g_assert_true(g_bytes_equal(outer->content->key, key));
	g_assert_cmpint(memcmp(&outer->content->digests, &digests, sizeof digests), ==, 0);
}

static void
test_in_order_within_a_conversation(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *first = write_to(f, BOB, "first");
	g_autofree char *second = write_to(f, BOB, "second");
	g_autofree char *to_carol = write_to(f, CAROL, "third");
	g_autoptr(PipitOutboxItem) one = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(one), ==, first);
	g_autoptr(PipitOutboxItem) other = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(other), ==, to_carol);
	assert_nothing_to_do(f);
	/* Trouble with the first holds the second back. */
	gint64 due = pipit_outbox_postpone(f->outbox, one, NOW, 0);
	g_assert_cmpint(due, >, NOW);
	gint64 told = 0;
	g_assert_null(pipit_outbox_next(f->outbox, NOW, &told, NULL));
	g_assert_cmpint(told, ==, due);
	g_autoptr(PipitOutboxItem) again = pipit_outbox_next(f->outbox, due, &told, NULL);
	g_assert_cmpstr(pipit_outbox_item_id(again), ==, first);
	make_ready(f, again);
	g_assert_cmpint(answer(f, again, ACCEPTED(ALICE) "," ACCEPTED(BOB), NULL), ==, PIPIT_OUTBOX_DONE);
	g_autoptr(PipitOutboxItem) two = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(two), ==, second);
}

static void
test_backing_off(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const gint64 minute = 60000;
	g_autofree char *id = write_to(f, BOB, "Hello");
	gint64 now = NOW;
	gint64 told = 0;
	for (gint64 attempt = 0; attempt < 40; attempt++) {
		g_autoptr(PipitOutboxItem) item = pipit_outbox_next(f->outbox, now, &told, NULL);
		gint64 due = pipit_outbox_postpone(f->outbox, item, now, 0);
		gint64 longest = attempt < 9 ? MIN(1000 << attempt, 5 * minute) : 5 * minute;
		g_assert_cmpint(due - now, >=, longest / 2);
		g_assert_cmpint(due - now, <=, longest);
		now = due;
	}
	g_autoptr(PipitOutboxItem) item = pipit_outbox_next(f->outbox, now, &told, NULL);
	g_assert_cmpint(pipit_outbox_postpone(f->outbox, item, now, 60 * minute), ==, now + 5 * minute);
	g_assert_null(pipit_outbox_next(f->outbox, now, &told, NULL));
	pipit_outbox_wake(f->outbox);
	g_autoptr(PipitOutboxItem) awake = pipit_outbox_next(f->outbox, now, &told, NULL);
	g_assert_nonnull(awake);
	g_autofree char *to_carol = write_to(f, CAROL, "Hello");
	g_autoptr(PipitOutboxItem) asked = next(f);
	g_assert_cmpint(pipit_outbox_postpone(f->outbox, asked, NOW, 90000), ==, NOW + 90000);
}

/* The very bytes that may have arrived already are sent again after a death. */
static void
test_sealed_once(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	reopen(f);
	g_autoptr(PipitOutboxItem) again = next(f);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, again, NOW, &error), ==, PIPIT_OUTBOX_SEND);
	pipit_outbox_compose(again);
	g_assert_true(g_bytes_equal(pipit_outbox_request(item), pipit_outbox_request(again)));
}

static void
test_a_death_before_sealing(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, item, NOW, NULL), ==, PIPIT_OUTBOX_SEAL);
	pipit_outbox_seal(item);
	reopen(f);
	g_autoptr(PipitOutboxItem) again = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(again), ==, id);
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, again, NOW, NULL), ==, PIPIT_OUTBOX_SEAL);
}

static void
test_looking_up_first(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, "mailto:dave@example.org", "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, item, NOW, NULL), ==, PIPIT_OUTBOX_LOOK_UP);
	const char *const *handles = pipit_outbox_item_handles(item);
	g_assert_cmpstr(handles[0], ==, "mailto:dave@example.org");
	g_assert_null(handles[1]);
	digest(f, pipit_actor_answer(NOW, "mailto:dave@example.org", NULL));
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, item, NOW, &error), ==, PIPIT_OUTBOX_FAILED);
	g_assert_error(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_UNREACHABLE);
	g_assert_nonnull(strstr(error->message, "dave@example.org can't be reached with Pipit"));
	assert_nothing_to_do(f);
}

static void
test_sending_a_failed_one_again(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autofree char *later = write_to(f, BOB, "later");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_assert_true(pipit_outbox_fail(f->outbox, item, "No.", NULL));
	/* The next one goes on. */
	g_autoptr(PipitOutboxItem) two = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(two), ==, later);
	make_ready(f, two);
	g_assert_cmpint(answer(f, two, ACCEPTED(ALICE) "," ACCEPTED(BOB), NULL), ==, PIPIT_OUTBOX_DONE);
	reopen(f);
	assert_nothing_to_do(f);
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_outbox_resend(f->outbox, id, &error));
	g_autoptr(PipitOutboxItem) again = next(f);
	g_assert_cmpstr(pipit_outbox_item_id(again), ==, id);
	g_assert_false(pipit_outbox_resend(f->outbox, later, &error));
	g_assert_error(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_INPUT);
}

static void
test_what_failed_long_ago_is_forgotten(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_assert_true(pipit_outbox_fail(f->outbox, item, "No.", NULL));
	g_autofree char *later =
		pipit_outbox_append(f->outbox, ALICE, CAROL, "Hello", NULL, NOW + 31 * PIPIT_DAY_MS, NULL);
	g_assert_nonnull(later);
	g_assert_false(pipit_outbox_resend(f->outbox, id, NULL));
}

static void
test_a_new_device(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	g_autoptr(GBytes) payload = first_payload(item);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(answer(f, item, ACCEPTED(ALICE) "," STALE(BOB), &error), ==, PIPIT_OUTBOX_LOOK_UP);
	g_assert_no_error(error);
	g_assert_true(g_strv_equal(pipit_outbox_item_handles(item), (const char *const[]){BOB, NULL}));
	/* Our own view will not do any more. */
	g_assert_null(pipit_directory_devices(f->directory, BOB, NOW));
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), pipit_actor_record(bob_phone, 0),
				     NULL));
	make_ready(f, item);
	/* The copy that was made stays as it is, under the same id; who accepted is not asked again. */
	assert_request(item, "mailto:bob@example.org(3 4)");
	g_autoptr(GBytes) same = first_payload(item);
	g_assert_true(g_bytes_equal(payload, same));
	g_assert_cmpstr(pipit_outbox_item_id(item), ==, id);
	reopen(f);
	g_autoptr(PipitOutboxItem) again = next(f);
	make_ready(f, again);
	assert_request(again, "mailto:bob@example.org(3 4)");
	g_assert_cmpint(answer(f, again, ACCEPTED(BOB), NULL), ==, PIPIT_OUTBOX_DONE);
}

static void
test_a_removed_device(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), pipit_actor_record(bob_phone, 0),
				     NULL));
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	assert_request(item, "mailto:alice@example.org()mailto:bob@example.org(3 4)");
	g_assert_cmpint(answer(f, item, ACCEPTED(ALICE) "," STALE(BOB), NULL), ==, PIPIT_OUTBOX_LOOK_UP);
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), pipit_actor_record(bob_phone, NOW),
				     NULL));
	make_ready(f, item);
	assert_request(item, "mailto:bob@example.org(3)");
}

static void
test_an_old_prekey(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	g_autoptr(GBytes) payload = first_payload(item);
	g_autofree char *token = g_base64_encode(g_bytes_get_data(bob->push_token, NULL), PIPIT_TOKEN_LEN);
	g_autofree char *results =
		g_strdup_printf("%s,{\"to\":\"%s\",\"status\":\"stale\",\"old_prekey\":[\"%s\"]}",
				ACCEPTED(ALICE), BOB, token);
	g_assert_cmpint(answer(f, item, results, NULL), ==, PIPIT_OUTBOX_LOOK_UP);
	digest(f, pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL));
	make_ready(f, item);
	assert_request(item, "mailto:bob@example.org(3)");
	g_autoptr(GBytes) sealed_again = first_payload(item);
	g_assert_false(g_bytes_equal(payload, sealed_again));
}

/* The relay finds our view of Bob old, however often we look up; @dropped of his devices have keys that do not check. */
static PipitOutboxStep
insist(Fixture *f, PipitOutboxItem *item, guint dropped, GError **error)
{
	make_ready(f, item);
	PipitOutboxStep step = answer(f, item, ACCEPTED(ALICE) "," STALE(BOB), error);
	for (guint i = 0; i < 100 && step == PIPIT_OUTBOX_LOOK_UP; i++) {
		PipitLookupAnswer *found = pipit_actor_answer(NOW, BOB, pipit_actor_record(bob, 0), NULL);
		PipitLookupResult *result = found->results->pdata[0];
		result->dropped = dropped;
		digest(f, found);
		make_ready(f, item);
		step = answer(f, item, STALE(BOB), error);
	}
	return step;
}

static void
test_a_relay_that_is_never_content(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(insist(f, item, 0, &error), ==, PIPIT_OUTBOX_LATER);
	g_assert_no_error(error);
	assert_nothing_to_do(f);
	pipit_outbox_wake(f->outbox);
	g_autoptr(PipitOutboxItem) again = next(f);
	g_assert_nonnull(again);
}

static void
test_a_device_that_can_not_be_sealed_for(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(insist(f, item, 1, &error), ==, PIPIT_OUTBOX_FAILED);
	g_assert_error(error, PIPIT_OUTBOX_ERROR, PIPIT_OUTBOX_ERROR_KEYS);
	assert_nothing_to_do(f);
}

static void
assert_refusal(Fixture *f, const char *code, PipitOutboxError expected)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	g_autofree char *results = g_strdup_printf(
		"%s,{\"to\":\"%s\",\"status\":\"refused\",\"code\":\"%s\"}", ACCEPTED(ALICE), BOB, code);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(answer(f, item, results, &error), ==, PIPIT_OUTBOX_FAILED);
	g_assert_error(error, PIPIT_OUTBOX_ERROR, (int)expected);
	g_assert_nonnull(strstr(error->message, "bob@example.org"));
	assert_nothing_to_do(f);
	/* Sent again, it goes to those who do not have it. */
	g_assert_true(pipit_outbox_resend(f->outbox, id, NULL));
	g_autoptr(PipitOutboxItem) again = next(f);
	make_ready(f, again);
	assert_request(again, "mailto:bob@example.org(3)");
	g_assert_cmpint(answer(f, again, ACCEPTED(BOB), NULL), ==, PIPIT_OUTBOX_DONE);
}

static void
test_refusals(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	assert_refusal(f, "unreachable", PIPIT_OUTBOX_ERROR_UNREACHABLE);
	assert_refusal(f, "queue-full", PIPIT_OUTBOX_ERROR_REFUSED);
	assert_refusal(f, "too-large", PIPIT_OUTBOX_ERROR_INPUT);
	assert_refusal(f, "of-a-later-version", PIPIT_OUTBOX_ERROR_REFUSED);
}

static void
test_an_answer_that_is_none(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	make_ready(f, item);
	g_assert_cmpint(answer(f, item, ACCEPTED(BOB), NULL), ==, PIPIT_OUTBOX_LATER);
	pipit_outbox_wake(f->outbox);
	g_autoptr(PipitOutboxItem) again = next(f);
	make_ready(f, again);
	assert_request(again, "mailto:alice@example.org()mailto:bob@example.org(3)");
}

static void
test_a_full_disk(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *id = write_to(f, BOB, "Hello");
	g_autoptr(PipitOutboxItem) item = next(f);
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, item, NOW, NULL), ==, PIPIT_OUTBOX_SEAL);
	pipit_outbox_seal(item);
	const char trigger[] = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON outbox_copy"
			       " BEGIN SELECT RAISE(ABORT, 'no'); END";
	g_assert_cmpint(sqlite3_exec(f->store->db, trigger, NULL, NULL, NULL), ==, SQLITE_OK);
	g_autoptr(GError) error = NULL;
	g_assert_cmpint(pipit_outbox_sealed(f->outbox, item, NOW, &error), ==, PIPIT_OUTBOX_LATER);
	g_assert_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IO);
	assert_nothing_to_do(f);
	reopen(f);
	g_autoptr(PipitOutboxItem) again = next(f);
	make_ready(f, again);
	assert_request(again, "mailto:alice@example.org()mailto:bob@example.org(3)");
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	bob = pipit_actor_new(3, PREKEY_TIME);
	bob_phone = pipit_actor_new(4, PREKEY_TIME);
	carol = pipit_actor_new(5, PREKEY_TIME);
	ADD("/outbox/from-the-pen-to-the-relay", test_from_the_pen_to_the_relay);
	ADD("/outbox/what-bob-opens", test_what_bob_opens);
	ADD("/outbox/what-is-refused-at-once", test_what_is_refused_at_once);
	ADD("/outbox/what-does-not-fit", test_what_does_not_fit);
	ADD("/outbox/in-order-within-a-conversation", test_in_order_within_a_conversation);
	ADD("/outbox/backing-off", test_backing_off);
	ADD("/outbox/sealed-once", test_sealed_once);
	ADD("/outbox/a-death-before-sealing", test_a_death_before_sealing);
	ADD("/outbox/looking-up-first", test_looking_up_first);
	ADD("/outbox/sending-a-failed-one-again", test_sending_a_failed_one_again);
	ADD("/outbox/what-failed-long-ago-is-forgotten", test_what_failed_long_ago_is_forgotten);
	ADD("/outbox/a-new-device", test_a_new_device);
	ADD("/outbox/a-removed-device", test_a_removed_device);
	ADD("/outbox/an-old-prekey", test_an_old_prekey);
	ADD("/outbox/a-relay-that-is-never-content", test_a_relay_that_is_never_content);
	ADD("/outbox/a-device-that-can-not-be-sealed-for", test_a_device_that_can_not_be_sealed_for);
	ADD("/outbox/refusals", test_refusals);
	ADD("/outbox/an-answer-that-is-none", test_an_answer_that_is_none);
	ADD("/outbox/a-full-disk", test_a_full_disk);
	int result = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(bob);
	pipit_actor_free(bob_phone);
	pipit_actor_free(carol);
	return result;
}
