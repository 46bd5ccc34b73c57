/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A counter is given once, whatever the clock does and wherever we die. */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "protocol/store_outbox.h"
#include "protocol/store_private.h"
#include "tests/support/test_folder.h"

#define NOW 1764000000000
#define START_OF_2020 1577836800
#define MANY 2000
#define TEXT_SIZE 12000
#define LONGEST_US 8000 /* with the sanitizers */

typedef struct {
	char *folder;
	PipitStore *store;
} Fixture;

static guint8 bob[PIPIT_COMPACT_KEY_LEN] = {1};
static guint8 carol[PIPIT_COMPACT_KEY_LEN] = {2};
static guint8 prekey[PIPIT_COMPACT_KEY_LEN] = {3};
static guint8 next_prekey[PIPIT_COMPACT_KEY_LEN] = {4};

static void
open_store(Fixture *f)
{
	g_autoptr(GError) error = NULL;
	f->store = pipit_store_open(f->folder, "mailto:alice@example.org", &error);
	g_assert_no_error(error);
}

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	f->folder = pipit_test_folder_new();
	open_store(f);
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

static guint32
take(Fixture *f, const guint8 *device_key, const guint8 *for_prekey, gint64 now)
{
	PipitCounterUse use = {device_key, for_prekey, 0};
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_store_take_counters(f->store, &use, 1, now, &error));
	g_assert_no_error(error);
	return use.counter;
}

static void
test_never_twice(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	guint32 first = take(f, bob, prekey, NOW);
	g_assert_cmpuint(first, ==, NOW / 1000 - START_OF_2020);
	g_assert_cmpuint(take(f, bob, prekey, NOW), ==, first + 1);
	pipit_store_free(f->store);
	open_store(f);
	g_assert_cmpuint(take(f, bob, prekey, NOW), ==, first + 2);
	g_assert_cmpuint(take(f, bob, prekey, NOW - 1000000), ==, first + 3);
	g_assert_cmpuint(take(f, bob, prekey, 0), ==, first + 4);
}

/* A store put back from a copy of an hour ago repeats nothing of the hour. */
static void
test_the_clock_pushes_it_on(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	guint32 first = take(f, bob, prekey, NOW);
	g_assert_cmpuint(take(f, bob, prekey, NOW + 3600000), ==, first + 3600);
}

static void
test_each_pair_of_keys_has_its_own(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	guint32 first = take(f, bob, prekey, NOW);
	g_assert_cmpuint(take(f, bob, next_prekey, NOW), ==, first);
	PipitCounterUse uses[] = {{carol, prekey, 0}, {carol, prekey, 0}, {bob, prekey, 0}};
	g_assert_true(pipit_store_take_counters(f->store, uses, 3, NOW, NULL));
	g_assert_cmpuint(uses[0].counter, ==, first);
	g_assert_cmpuint(uses[1].counter, ==, first + 1);
	g_assert_cmpuint(uses[2].counter, ==, first + 1);
}

static void
test_before_2020(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_assert_cmpuint(take(f, bob, prekey, 0), ==, 1);
	g_assert_cmpuint(take(f, bob, prekey, 0), ==, 2);
}

static void
append(Fixture *f, guint number, GBytes *plaintext)
{
	g_autofree char *id = g_strdup_printf("%08u-0000-4000-8000-000000000000", number);
	g_autofree char *peer = g_strdup_printf("mailto:%u@example.org", number % 3);
	const PipitUnsent unsent = {
		.id = id, .from = "mailto:alice@example.org", .peer = peer, .plaintext = plaintext};
	const char *const recipients[] = {peer, NULL};
	g_autoptr(GError) error = NULL;
	pipit_store_add_unsent(f->store, &unsent, recipients, NOW, &error);
	g_assert_no_error(error);
}

static gint64
own_time(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

typedef struct {
	Fixture *f;
	GBytes *plaintext;
} Backlog;

static gboolean
append_many(G_GNUC_UNUSED PipitStore *store, gpointer user_data, G_GNUC_UNUSED GError **error)
{
	const Backlog *backlog = user_data;
	for (guint i = 0; i < MANY; i++)
		append(backlog->f, i, backlog->plaintext);
	return TRUE;
}

/* Asked before each send: what waits behind the first ones is not read. */
static void
test_many_wait(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree guint8 *bytes = g_malloc0(TEXT_SIZE);
	g_autoptr(GBytes) plaintext = g_bytes_new(bytes, TEXT_SIZE);
	g_autoptr(GError) error = NULL;
	Backlog backlog = {f, plaintext};
	g_assert_true(pipit_store_transaction_lazily(f->store, append_many, &backlog, &error));
	gint64 begun = own_time();
	for (guint i = 0; i < 20; i++) {
		g_autoptr(GPtrArray) heads = pipit_store_read_unsent(f->store, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(heads->len, ==, 3);
	}
	gint64 each = (own_time() - begun) / 20;
	g_test_message("%" G_GINT64_FORMAT " µs each, with %d waiting", each, MANY);
	g_assert_cmpint(each, <, LONGEST_US);
}

static PipitRecipient *
recipient_with_copy(const char *to)
{
	g_autoptr(GBytes) token = g_bytes_new(bob, sizeof bob);
	PipitRecipient *recipient = pipit_recipient_new(to);
	g_ptr_array_add(recipient->copies, pipit_copy_new(token, PIPIT_SUITE_PAIR_EC, token, token));
	return recipient;
}

static gint
count_copies(Fixture *f)
{
	g_autoptr(sqlite3_stmt) row =
		pipit_store_query(f->store, NULL, "SELECT count(*) FROM outbox_copy", "");
	g_assert_cmpint(pipit_store_step(f->store, row, NULL), ==, SQLITE_ROW);
	return sqlite3_column_int(row, 0);
}

/* What is sealed is kept for each until they have it, and no longer. */
static void
test_copies(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	const PipitUnsent unsent = {.id = "00000000-0000-4000-8000-000000000000",
				    .from = "mailto:alice@example.org",
				    .peer = "group:00000000-0000-8000-8000-000000000000",
				    .plaintext = g_bytes_new_static("x", 1)};
	const char *const all[] = {"mailto:bob@example.org", "mailto:carol@example.org", NULL};
	const char *const only_bob[] = {"mailto:bob@example.org", NULL};
	gboolean done = FALSE;
	g_assert_true(pipit_store_add_unsent(f->store, &unsent, all, NOW, NULL));
	g_autoptr(GPtrArray) recipients =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_recipient_free);
	g_ptr_array_add(recipients, recipient_with_copy(all[0]));
	g_ptr_array_add(recipients, recipient_with_copy(all[1]));
	g_assert_true(pipit_store_write_copies(f->store, 1, recipients, NULL));
	g_assert_cmpint(count_copies(f), ==, 2);
	g_assert_true(pipit_store_write_accepted(f->store, 1, only_bob, &done, NULL));
	g_assert_false(done);
	g_assert_cmpint(count_copies(f), ==, 1);
	g_autoptr(GPtrArray) left = pipit_store_read_recipients(f->store, 1, NULL);
	g_assert_cmpuint(left->len, ==, 1);
	const PipitRecipient *carol_left = left->pdata[0];
	g_assert_cmpstr(carol_left->to, ==, all[1]);
	g_assert_cmpuint(carol_left->copies->len, ==, 1);
	g_bytes_unref(unsent.plaintext);
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/store-outbox/counters/never-twice", test_never_twice);
	ADD("/store-outbox/counters/the-clock-pushes-it-on", test_the_clock_pushes_it_on);
	ADD("/store-outbox/counters/each-pair-of-keys-has-its-own", test_each_pair_of_keys_has_its_own);
	ADD("/store-outbox/counters/before-2020", test_before_2020);
	ADD("/store-outbox/copies-until-they-have-it", test_copies);
	ADD("/store-outbox/many-wait", test_many_wait);
	return g_test_run();
}
