/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk is waited for by workers, and no power cut between two steps loses what was there. */
#include <dlfcn.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/store_outbox.h"
#include "protocol/store_sync.h"
#include "tests/support/person.h"
#include "tests/support/server.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define HANDLE "mailto:alice@example.org"
#define FOLDER "mailto%3Aalice%40example.org"
#define BOB "mailto:bob@example.org"
#define START_OF_2020 1577836800
#define MESSAGES 60
#define LOG_MAX (G_GINT64_CONSTANT(4) * 1024 * 1024)

/* How often the disk was waited for by the thread that runs main(). These stand before the C library's functions. */
static GThread *main_thread;
static guint main_syncs;

static void
count_sync(void)
{
	if (g_thread_self() == main_thread)
		main_syncs++;
}

__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	static int (*next)(int);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
	count_sync();
	return next(fd);
}

__attribute__((visibility("default"))) int
fsync(int fd)
{
	static int (*next)(int);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	count_sync();
	return next(fd);
}

/* One store, by itself. */

typedef struct {
	char *folder;
	PipitStore *store;
} Fixture;

static guint8 bob[PIPIT_COMPACT_KEY_LEN] = {1};

static PipitStore *
open_store(const char *folder)
{
	g_autoptr(GError) error = NULL;
	PipitStore *store = pipit_store_open(folder, HANDLE, &error);

	g_assert_no_error(error);
	return store;
}

static void
set_up(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	f->folder = pipit_test_folder_new();
	f->store = open_store(f->folder);
}

static void
tear_down(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_store_free(f->store);
	pipit_test_folder_free(f->folder);
}

static guint8 *
prekey_of(guint number)
{
	static guint8 prekey[PIPIT_COMPACT_KEY_LEN];

	memcpy(prekey, &number, sizeof number);
	return prekey;
}

static guint32
take(PipitStore *store, guint number)
{
	PipitCounterUse use = {bob, prekey_of(number), 0};
	g_autoptr(GError) error = NULL;

	pipit_store_take_counters(store, &use, 1, START_OF_2020 * G_GINT64_CONSTANT(1000), &error);
	g_assert_no_error(error);
	return use.counter;
}

static void
write_counters(PipitStore *store, guint from, guint to)
{
	for (guint i = from; i < to; i++)
		g_assert_cmpuint(take(store, i), ==, 1);
}

static char *
path_of(const char *folder, const char *name)
{
	return g_build_filename(folder, "pipit", FOLDER, name, NULL);
}

static goffset
size_of(const Fixture *f, const char *name)
{
	g_autofree char *path = path_of(f->folder, name);
	struct stat status;

	g_assert_cmpint(stat(path, &status), ==, 0);
	return status.st_size;
}

static void
run(PipitStoreSync *sync)
{
	g_assert_nonnull(sync);
	pipit_store_sync_run(sync);
	pipit_store_sync_free(sync);
}

static void
run_round(PipitStore *store)
{
	run(pipit_store_checkpoint_next(store, FALSE));
	run(pipit_store_checkpoint_next(store, TRUE));
	g_assert_null(pipit_store_checkpoint_next(store, TRUE));
}

static char *
take_copy(const Fixture *f, const char *name)
{
	g_autofree char *path = path_of(f->folder, name);
	char *kept = g_strconcat(path, "-kept", NULL);
	char *bytes = NULL;
	gsize size = 0;

	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	g_assert_true(g_file_set_contents(kept, bytes, (gssize)size, NULL));
	g_free(bytes);
	return kept;
}

/* A machine that goes down: the database as it was when it was last on disk, and the log as it is. Fails the test unless
 * the counters up to @count are all there. */
static void
assert_survives(const Fixture *f, const char *kept_database, guint count)
{
	char *folder = pipit_test_folder_new();
	g_autofree char *log = take_copy(f, "store.db-wal");
	g_autofree char *there = g_build_filename(folder, "pipit", FOLDER, NULL);
	g_autofree char *database = g_build_filename(there, "store.db", NULL);
	g_autofree char *its_log = g_build_filename(there, "store.db-wal", NULL);
	char *bytes = NULL;
	gsize size = 0;

	g_assert_cmpint(g_mkdir_with_parents(there, 0700), ==, 0);
	g_assert_true(g_file_get_contents(kept_database, &bytes, &size, NULL));
	g_assert_true(g_file_set_contents(database, bytes, (gssize)size, NULL));
	g_clear_pointer(&bytes, g_free);
	g_assert_true(g_file_get_contents(log, &bytes, &size, NULL));
	g_assert_true(g_file_set_contents(its_log, bytes, (gssize)size, NULL));
	g_free(bytes);
	PipitStore *store = open_store(folder);
	for (guint i = 0; i < count; i++)
		g_assert_cmpuint(take(store, i), ==, 2);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_power_cut_in_a_round(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *before = take_copy(f, "store.db");

	write_counters(f->store, 0, 300);
	g_assert_true(pipit_store_checkpoint_due(f->store));
	run(pipit_store_checkpoint_next(f->store, FALSE));
	write_counters(f->store, 300, 310);
	assert_survives(f, before, 310);
	/* Pages are copied and not yet on disk: whatever is written now, the log still has them. */
	PipitStoreSync *database = pipit_store_checkpoint_next(f->store, TRUE);
	g_assert_nonnull(database);
	write_counters(f->store, 310, 600);
	assert_survives(f, before, 600);
	run(database);
	g_assert_null(pipit_store_checkpoint_next(f->store, TRUE));
	g_autofree char *after = take_copy(f, "store.db");
	write_counters(f->store, 600, 610);
	assert_survives(f, after, 610);
}

/* It stays as it is, also without a client that goes on with the round, and is closed as it is. */
static void
test_round_that_is_left(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	g_autofree char *before = take_copy(f, "store.db");

	write_counters(f->store, 0, 300);
	run(pipit_store_checkpoint_next(f->store, FALSE));
	pipit_store_sync_free(pipit_store_checkpoint_next(f->store, TRUE));
	write_counters(f->store, 300, 600);
	assert_survives(f, before, 600);
	g_assert_true(pipit_store_checkpoint_due(f->store));
	run(pipit_store_checkpoint_next(f->store, FALSE));
	g_assert_null(pipit_store_checkpoint_next(f->store, TRUE));
	run(pipit_store_checkpoint_next(f->store, FALSE));
	pipit_store_free(f->store);
	f->store = open_store(f->folder);
	for (guint i = 0; i < 600; i++)
		g_assert_cmpuint(take(f->store, i), ==, 2);
}

static void
test_log_is_bounded(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	for (guint i = 0; i < 3000; i++) {
		write_counters(f->store, i, i + 1);
		if (pipit_store_checkpoint_due(f->store))
			run_round(f->store);
	}
	g_assert_cmpint(size_of(f, "store.db-wal"), <, LOG_MAX);
	/* Without anybody who does rounds too, only later. */
	write_counters(f->store, 3000, 8000);
	g_assert_cmpint(size_of(f, "store.db-wal"), <, 10 * LOG_MAX);
}

static void
test_main_thread_does_not_wait(Fixture *f, G_GNUC_UNUSED gconstpointer unused)
{
	main_syncs = 0;
	write_counters(f->store, 0, 300);
	g_assert_cmpuint(main_syncs, ==, 0);
	PipitStoreSync *log = pipit_store_checkpoint_next(f->store, FALSE);
	g_assert_cmpuint(main_syncs, ==, 0);
	run(log);
	main_syncs = 0;
	PipitStoreSync *database = pipit_store_checkpoint_next(f->store, TRUE);
	g_assert_cmpuint(main_syncs, ==, 0);
	run(database);
	main_syncs = 0;
	g_assert_null(pipit_store_checkpoint_next(f->store, TRUE));
	write_counters(f->store, 300, 600);
	/* The head of a log that begins anew is waited for by SQLite itself. */
	g_assert_cmpuint(main_syncs, <=, 1);
}

/* Whole clients. */

/* Once for each text, when it is written down: before it is shown. */
static void
test_sending(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitPerson) alice = pipit_person_new(HANDLE, pipit_test_server_origin(server), NULL);
	g_autoptr(PipitPerson) bob_ = pipit_person_new(BOB, pipit_test_server_origin(server), NULL);

	pipit_person_go_online(alice);
	pipit_person_go_online(bob_);
	g_free(pipit_person_write(alice, BOB, "so that they know each other"));
	pipit_person_wait_sent(alice, 1);
	pipit_person_end(bob_);
	main_syncs = 0;
	for (guint i = 0; i < MESSAGES; i++)
		g_free(pipit_person_write(alice, BOB, "one of many"));
	pipit_person_wait_sent(alice, MESSAGES + 1);
	g_assert_cmpuint(main_syncs, >=, MESSAGES);
	g_assert_cmpuint(main_syncs, <=, MESSAGES + 5);
	g_test_message("sent %d: the main thread waited %u times", MESSAGES, main_syncs);
}

static void
test_receiving(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitPerson) alice = pipit_person_new(HANDLE, pipit_test_server_origin(server), NULL);
	g_autoptr(PipitPerson) bob_ = pipit_person_new(BOB, pipit_test_server_origin(server), NULL);

	pipit_person_go_online(alice);
	pipit_person_go_online(bob_);
	g_free(pipit_person_write(alice, BOB, "so that they know each other"));
	pipit_person_wait_shown(bob_, 1);
	pipit_wait_until(alice->receipts->len == 1);
	pipit_client_disconnect(bob_->client);
	for (guint i = 0; i < MESSAGES; i++)
		g_free(pipit_person_write(alice, BOB, "one of many"));
	pipit_person_wait_sent(alice, MESSAGES + 1);
	pipit_person_end(alice);
	main_syncs = 0;
	pipit_person_go_online(bob_);
	pipit_person_wait_shown(bob_, MESSAGES + 1);
	g_assert_cmpuint(main_syncs, <=, 5);
	g_test_message("received %d: the main thread waited %u times", MESSAGES, main_syncs);
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
	main_thread = g_thread_self();
	add("/store-sync/power-cut-in-a-round", test_power_cut_in_a_round);
	add("/store-sync/round-that-is-left", test_round_that_is_left);
	add("/store-sync/log-is-bounded", test_log_is_bounded);
	add("/store-sync/main-thread-does-not-wait", test_main_thread_does_not_wait);
	g_test_add_func("/store-sync/sending", test_sending);
	g_test_add_func("/store-sync/receiving", test_receiving);
	return g_test_run();
}
