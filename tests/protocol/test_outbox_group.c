/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a message for many is cut into requests. */
#include "protocol/outbox_group.h"

#include <glib.h>

#include "protocol/limits.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "tests/support/actor.h"
#include "tests/support/sent.h"
#include "tests/support/test_folder.h"

#define NOW G_GINT64_CONSTANT(1764000000000)
#define PREKEY_TIME (1764000000.0 - 86400)
#define FIRST "mailto:p000@example.org"
#define MANY (PIPIT_SEND_MAX_RECIPIENTS + 44)

/* ---- how many fit ---- */

/* Returns how many recipients a request takes who have @copies of @size bytes each. */
static guint
count_fitting(guint copies, gsize size)
{
	PipitOutboxRoom room = {0};
	guint count = 0;
	while (pipit_outbox_take_room(&room, copies, size))
		count++;
	return count;
}

static void
test_by_recipients(void)
{
	g_assert_cmpuint(count_fitting(1, 100), ==, PIPIT_SEND_MAX_RECIPIENTS);
}

static void
test_by_copies(void)
{
	g_assert_cmpuint(count_fitting(30, 100), ==, PIPIT_SEND_MAX_COPIES / 30);
}

/* Base64 and what is around it count as well. */
static void
test_by_bytes(void)
{
	guint most = PIPIT_SEND_REQUEST_MAX / (4 * PIPIT_RELAY_CAP / 3 * 4);
	guint count = count_fitting(4, PIPIT_RELAY_CAP);
	g_assert_cmpuint(count, <, most);
	g_assert_cmpuint(count, >, most * 9 / 10);
}

/* One that is larger than a request may be goes alone: the server says what it thinks of it. */
static void
test_one_at_least(void)
{
	g_assert_cmpuint(count_fitting(1, PIPIT_SEND_REQUEST_MAX), ==, 1);
}

/* ---- a message for more than one request takes ---- */

typedef struct {
	char *folder;
	PipitStore *store;
	PipitDirectory *directory;
	PipitOutbox *outbox;
	PipitOutboxItem *item;
} Fixture;

static PipitActor *alice;
static PipitActor *other; /* whose device everybody has */

static gboolean
add_message(PipitStore *store, gpointer handles, GError **error)
{
	g_autoptr(GBytes) plaintext = g_bytes_new_static("x", 1);
	const PipitUnsent unsent = {
		.id = "7b0c1111-2222-4333-8444-555566667777",
		.from = "mailto:alice@example.org",
		.peer = "group:7b0c1111-2222-4333-8444-555566667777",
		.plaintext = plaintext,
	};
	return pipit_store_add_unsent(store, &unsent, handles, NOW, error);
}

static char *
handle_of(guint i)
{
	return g_strdup_printf("mailto:p%03u@example.org", i);
}

static void
look_up(Fixture *f, const char *handle)
{
	g_autoptr(PipitLookupAnswer) answer =
		pipit_actor_answer(NOW, handle, pipit_actor_record(other, 0), NULL);
	g_assert_true(pipit_directory_digest(f->directory, answer, NOW, NULL));
}

static void
take_up(Fixture *f)
{
	gint64 due = 0;
	g_clear_pointer(&f->item, pipit_outbox_item_free);
	pipit_outbox_wake(f->outbox);
	f->item = pipit_outbox_next(f->outbox, NOW, &due, NULL);
	g_assert_nonnull(f->item);
}

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const char *const own[] = {"mailto:alice@example.org", NULL};
	f->folder = pipit_test_folder_new();
	f->store = pipit_store_open(f->folder, own[0], NULL);
	f->directory = pipit_directory_new(f->store);
	f->outbox = pipit_outbox_new(f->store, f->directory);
	g_assert_true(pipit_store_save_device(f->store, alice->secrets, NULL));
	g_assert_true(pipit_store_set_registered(f->store, alice->push_token, own, NULL));
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	for (guint i = 0; i < MANY; i++) {
		g_autofree char *handle = handle_of(i);
		look_up(f, handle);
		g_strv_builder_add(builder, handle);
	}
	g_auto(GStrv) handles = g_strv_builder_end(builder);
	g_assert_true(pipit_store_transaction_lazily(f->store, add_message, handles, NULL));
	take_up(f);
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_clear_pointer(&f->item, pipit_outbox_item_free);
	pipit_outbox_free(f->outbox);
	pipit_directory_free(f->directory);
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

static void
prepare(Fixture *f, PipitOutboxStep expected, guint sealings)
{
	g_assert_cmpint(pipit_outbox_prepare(f->outbox, f->item, NOW, NULL), ==, expected);
	g_assert_cmpuint(f->item->sealings->len, ==, sealings);
}

static void
seal(Fixture *f)
{
	pipit_outbox_seal(f->item);
	g_assert_cmpint(pipit_outbox_sealed(f->outbox, f->item, NOW, NULL), ==, PIPIT_OUTBOX_SEND);
}

/* Returns for how many the request is; each has a copy in it. */
static guint
compose(Fixture *f)
{
	pipit_outbox_compose(f->item);
	g_assert_cmpint(pipit_outbox_composed(f->outbox, f->item, NOW, NULL), ==, PIPIT_OUTBOX_POST);
	g_autofree char *description = pipit_sent_describe(pipit_outbox_request(f->item));
	g_auto(GStrv) parts = g_strsplit(description, "(2)", -1);
	guint count = g_strv_length(f->item->asked);
	g_assert_cmpuint(g_strv_length(parts), ==, count + 1);
	return count;
}

/* The relay says the same of each but the first, for whom it takes what was composed. */
static PipitOutboxStep
accept_first(Fixture *f, const char *of_others)
{
	g_autoptr(GString) json = g_string_new("{\"time\":1764000000000,\"results\":[");
	for (guint i = 0; f->item->asked[i] != NULL; i++)
		g_string_append_printf(json, "%s{\"to\":\"%s\",\"status\":\"%s\"}", i > 0 ? "," : "",
				       f->item->asked[i], i > 0 ? of_others : "accepted");
	g_string_append(json, "]}");
	g_autoptr(GBytes) body = g_bytes_new(json->str, json->len);
	return pipit_outbox_answered(f->outbox, f->item, body, NOW, NULL);
}

static PipitOutboxStep
accept_all(Fixture *f)
{
	return accept_first(f, "accepted");
}

static gint
count_copies(Fixture *f)
{
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(f->store, NULL, "SELECT count(*) FROM outbox_copy", "");
	g_assert_cmpint(pipit_store_step(f->store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int(row, 0);
}

/* No more is sealed and kept at once than goes out at once. */
static void
test_in_parts(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	prepare(f, PIPIT_OUTBOX_SEAL, PIPIT_SEND_MAX_RECIPIENTS);
	seal(f);
	g_assert_cmpint(count_copies(f), ==, PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpuint(compose(f), ==, PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpint(accept_all(f), ==, PIPIT_OUTBOX_SEAL);
	g_assert_cmpuint(f->item->sealings->len, ==, MANY - PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpint(count_copies(f), ==, 0);
	seal(f);
	g_assert_cmpuint(compose(f), ==, MANY - PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpint(accept_all(f), ==, PIPIT_OUTBOX_DONE);
}

/* After a death: the part that was sealed goes out as it is. */
static void
test_taken_up_again(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	prepare(f, PIPIT_OUTBOX_SEAL, PIPIT_SEND_MAX_RECIPIENTS);
	seal(f);
	compose(f);
	g_autoptr(GBytes) before = g_bytes_ref(pipit_outbox_request(f->item));
	pipit_outbox_postpone(f->outbox, f->item, NOW, 0);
	take_up(f);
	prepare(f, PIPIT_OUTBOX_SEND, 0);
	compose(f);
	g_assert_true(g_bytes_equal(pipit_outbox_request(f->item), before));
}

/* Whoever is left out makes no room: the others have no copies yet. */
static void
test_somebody_goes(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	prepare(f, PIPIT_OUTBOX_SEAL, PIPIT_SEND_MAX_RECIPIENTS);
	seal(f);
	const char sql[] = "DELETE FROM outbox_recipient WHERE handle = '" FIRST "'";
	g_assert_cmpint(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	pipit_outbox_compose(f->item);
	g_assert_cmpint(pipit_outbox_composed(f->outbox, f->item, NOW, NULL), ==, PIPIT_OUTBOX_SEND);
	g_assert_cmpuint(compose(f), ==, PIPIT_SEND_MAX_RECIPIENTS - 1);
	g_assert_cmpint(accept_all(f), ==, PIPIT_OUTBOX_SEAL);
	g_assert_cmpuint(f->item->sealings->len, ==, MANY - PIPIT_SEND_MAX_RECIPIENTS);
}

static void
test_without_the_unreachable(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_assert_true(pipit_outbox_go_without(f->item, FIRST, PIPIT_OUTBOX_ERROR_UNREACHABLE));
	prepare(f, PIPIT_OUTBOX_SEAL, PIPIT_SEND_MAX_RECIPIENTS);
	seal(f);
	g_assert_cmpuint(compose(f), ==, PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpstr(f->item->asked[0], ==, "mailto:p001@example.org");
}

/* Nobody of the first part can be sealed for, and the second comes next. */
static void
test_without_a_whole_part(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	prepare(f, PIPIT_OUTBOX_SEAL, PIPIT_SEND_MAX_RECIPIENTS);
	for (guint i = 0; i < f->item->reach; i++) {
		const PipitRecipient *recipient = f->item->recipients->pdata[i];
		g_assert_true(pipit_outbox_go_without(f->item, recipient->to, PIPIT_OUTBOX_ERROR_KEYS));
	}
	pipit_outbox_seal(f->item);
	g_assert_cmpint(pipit_outbox_sealed(f->outbox, f->item, NOW, NULL), ==, PIPIT_OUTBOX_SEAL);
	g_assert_cmpuint(f->item->sealings->len, ==, MANY - PIPIT_SEND_MAX_RECIPIENTS);
	seal(f);
	g_assert_cmpuint(compose(f), ==, MANY - PIPIT_SEND_MAX_RECIPIENTS);
	g_assert_cmpint(accept_all(f), ==, PIPIT_OUTBOX_FAILED);
}

/* As long as somebody gets it each time, that our view of others is old again is no reason to put it off. */
static void
test_old_views_of_one_after_the_other(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const char sql[] = "DELETE FROM outbox_recipient WHERE handle > 'mailto:p010@example.org'";
	g_assert_cmpint(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	prepare(f, PIPIT_OUTBOX_SEAL, 11);
	seal(f);
	for (guint left = 11; left > 1; left--) {
		g_assert_cmpuint(compose(f), ==, left);
		g_assert_cmpint(accept_first(f, "stale"), ==, PIPIT_OUTBOX_LOOK_UP);
		for (guint i = 0; f->item->handles[i] != NULL; i++)
			look_up(f, f->item->handles[i]);
		prepare(f, PIPIT_OUTBOX_SEND, 0);
	}
	g_assert_cmpuint(compose(f), ==, 1);
	g_assert_cmpint(accept_all(f), ==, PIPIT_OUTBOX_DONE);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	alice = pipit_actor_new(1, PREKEY_TIME);
	other = pipit_actor_new(2, PREKEY_TIME);
	g_test_add_func("/outbox-group/by-recipients", test_by_recipients);
	g_test_add_func("/outbox-group/by-copies", test_by_copies);
	g_test_add_func("/outbox-group/by-bytes", test_by_bytes);
	g_test_add_func("/outbox-group/one-at-least", test_one_at_least);
	ADD("/outbox-group/in-parts", test_in_parts);
	ADD("/outbox-group/taken-up-again", test_taken_up_again);
	ADD("/outbox-group/somebody-goes", test_somebody_goes);
	ADD("/outbox-group/without-the-unreachable", test_without_the_unreachable);
	ADD("/outbox-group/without-a-whole-part", test_without_a_whole_part);
	ADD("/outbox-group/old-views-of-one-after-the-other", test_old_views_of_one_after_the_other);
	int status = g_test_run();
	pipit_actor_free(alice);
	pipit_actor_free(other);
	return status;
}
