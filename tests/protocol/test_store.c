/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a store: private, one program at a time, and never over something that it does not understand. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/store.h"
#include "protocol/store_keys.h"
#include "protocol/store_outbox.h"
#include "protocol/store_private.h"
#include "protocol/store_receipts.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define HANDLE "mailto:alice@example.org"

static PipitActor *actor;

static PipitStore *
open_store(const char *folder)
{
	g_autoptr(GError) error = NULL;
	PipitStore *store = pipit_store_open(folder, HANDLE, &error);
	g_assert_no_error(error);
	return store;
}

static void
assert_open_fails(const char *folder, PipitStoreError code)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_store_open(folder, HANDLE, &error));
	g_assert_error(error, PIPIT_STORE_ERROR, (int)code);
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static char *
account_path(const char *folder, const char *name)
{
	return g_build_filename(folder, "pipit", "mailto%3Aalice%40example.org", name, NULL);
}

static int
mode_of(const char *folder, const char *name)
{
	g_autofree char *path = account_path(folder, name);
	struct stat status;
	g_assert_cmpint(stat(path, &status), ==, 0);
	return (int)(status.st_mode & 0777);
}

static void
test_all_is_private(void)
{
	char *folder = pipit_test_folder_new();
	mode_t before = umask(0);
	PipitStore *store = open_store(folder);
	g_assert_true(pipit_store_set_server(store, "https://x", NULL));
	g_assert_true(pipit_store_save_device(store, actor->secrets, NULL));
	umask(before);
	const char *files[] = {"store.db", "store.db-wal", "store.db-shm", "lock", "keys/device"};
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
		g_assert_cmpint(mode_of(folder, files[i]), ==, 0600);
	g_assert_cmpint(mode_of(folder, ""), ==, 0700);
	g_assert_cmpint(mode_of(folder, "keys"), ==, 0700);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_the_account_is_kept(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = open_store(folder);
	const PipitStoreAccount *account = pipit_store_account(store);
	g_assert_null(account->server);
	g_assert_null(account->push_token);
	g_assert_false(pipit_store_handle_is_own(store, HANDLE));
	const char *handles[] = {HANDLE, "tel:+15551234567", NULL};
	g_assert_true(pipit_store_set_registered(store, actor->push_token, handles, NULL));
	g_assert_true(pipit_store_save_device(store, actor->secrets, NULL));
	g_assert_true(pipit_store_set_server(store, "https://pipit.example.org", NULL));
	g_assert_true(pipit_store_set_epoch(store, "6f1c", NULL));
	g_assert_true(pipit_store_set_clock_offset(store, -1234, NULL));
	pipit_store_free(store);
	store = open_store(folder);
	account = pipit_store_account(store);
	g_assert_cmpstr(account->server, ==, "https://pipit.example.org");
	g_assert_cmpstr(account->epoch, ==, "6f1c");
	g_assert_cmpint(account->clock_offset, ==, -1234);
	g_assert_true(g_bytes_equal(account->push_token, actor->push_token));
	g_assert_true(pipit_store_handle_is_own(store, "tel:+15551234567"));
	g_assert_false(pipit_store_handle_is_own(store, "mailto:bob@example.org"));
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_two_programs(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = open_store(folder);
	assert_open_fails(folder, PIPIT_STORE_ERROR_IN_USE);
	g_autoptr(GError) error = NULL;
	PipitStore *other = pipit_store_open(folder, "mailto:bob@example.org", &error);
	g_assert_no_error(error);
	pipit_store_free(other);
	pipit_store_free(store);
	store = open_store(folder);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

/* The lock goes with the program that held it, however it ended. */
static void
test_a_killed_program(void)
{
	char *folder = pipit_test_folder_new();
	pid_t child = fork();
	if (child == 0) {
		PipitStore *store = pipit_store_open(folder, HANDLE, NULL);
		if (store != NULL)
			pipit_store_set_server(store, "https://kept", NULL);
		raise(SIGKILL);
	}
	int status = 0;
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));
	PipitStore *store = open_store(folder);
	g_assert_cmpstr(pipit_store_account(store)->server, ==, "https://kept");
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
change_by_sql(const char *folder, const char *sql)
{
	PipitStore *store = open_store(folder);
	g_assert_cmpint(sqlite3_exec(store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	pipit_store_free(store);
}

static void
test_a_newer_version(void)
{
	char *folder = pipit_test_folder_new();
	change_by_sql(folder,
		      "PRAGMA user_version = 99; CREATE TABLE later (x); INSERT INTO later VALUES ('kept');");
	g_autofree char *path = account_path(folder, "store.db");
	g_autofree char *before = NULL;
	gsize size_before = 0;
	g_assert_true(g_file_get_contents(path, &before, &size_before, NULL));
	assert_open_fails(folder, PIPIT_STORE_ERROR_NEWER);
	g_autofree char *after = NULL;
	gsize size_after = 0;
	g_assert_true(g_file_get_contents(path, &after, &size_after, NULL));
	g_assert_cmpuint(size_before, ==, size_after);
	g_assert_cmpint(memcmp(before, after, size_after), ==, 0);
	pipit_test_folder_free(folder);
}

/* What the first version wrote is kept, and what waits in it goes on waiting. */
static void
test_an_older_version(void)
{
	char *folder = pipit_test_folder_new();
	change_by_sql(
		folder,
		"DROP TABLE file_number; DROP TABLE attachment; DROP TABLE inbox_content; DROP TABLE "
		"outbox_content;"
		"DROP TABLE draft_chunk; DROP TABLE draft_file; DROP TABLE draft; DROP TABLE farewell;"
		"ALTER TABLE inbox DROP COLUMN waits; ALTER TABLE inbox DROP COLUMN gone;"
		"DROP TABLE sent; DROP TABLE unread; DROP TABLE receipt; DROP TABLE new_device;"
		"ALTER TABLE inbox DROP COLUMN mark; ALTER TABLE undecided DROP COLUMN mark;"
		"ALTER TABLE outbox DROP COLUMN mark; ALTER TABLE outbox_copy DROP COLUMN mark;"
		"DROP TABLE chat_group; DROP TABLE group_change; DROP TABLE undecided_group;"
		"DROP TABLE sent_member; ALTER TABLE inbox DROP COLUMN news;"
		"DROP INDEX outbox_unsent; ALTER TABLE outbox DROP COLUMN quiet; PRAGMA user_version = 1;"
		"INSERT INTO outbox VALUES (1, 'an id', 'mailto:alice@example.org', 'mailto:bob@example.org',"
		" x'00', 5, 0, NULL);");
	for (guint i = 0; i < 2; i++) {
		PipitStore *store = open_store(folder);
		g_autoptr(GPtrArray) unsent = pipit_store_read_unsent(store, NULL);
		g_assert_cmpuint(unsent->len, ==, 1);
		const PipitUnsent *first = unsent->pdata[0];
		g_assert_cmpstr(first->id, ==, "an id");
		g_assert_false(first->quiet);
		g_assert_true(pipit_store_mark_read(store, "mailto:bob@example.org", TRUE, NULL));
		pipit_store_free(store);
	}
	pipit_test_folder_free(folder);
}

static void
overwrite(const char *path, gsize at, const char *bytes, gsize size)
{
	g_autofree char *contents = NULL;
	gsize length = 0;
	g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
	g_assert_cmpuint(at + size, <=, length);
	memcpy(contents + at, bytes, size);
	g_assert_true(g_file_set_contents(path, contents, (gssize)length, NULL));
}

static void
test_damage(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = open_store(folder);
	g_assert_true(pipit_store_save_device(store, actor->secrets, NULL));
	pipit_store_free(store);
	g_autofree char *path = account_path(folder, "store.db");
	g_autofree char *whole = NULL;
	gsize size = 0;
	g_assert_true(g_file_get_contents(path, &whole, &size, NULL));
	overwrite(path, 0, "not SQLite at all", 17);
	assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
	g_assert_true(g_file_set_contents(path, whole, (gssize)size, NULL));
	g_autofree char *rubbish = g_strnfill(4096, '\xa5');
	for (gsize page = 0; page < size; page += 4096) {
		g_assert_true(g_file_set_contents(path, whole, (gssize)size, NULL));
		overwrite(path, page, rubbish, 4096);
		assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
	}
	g_assert_true(g_file_set_contents(path, whole, (gssize)(size / 2), NULL));
	assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
	/* Emptied or gone, with keys beside it: a new one would forget what never may repeat. */
	g_assert_true(g_file_set_contents(path, "", 0, NULL));
	assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
	g_remove(path);
	assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
	g_assert_true(g_file_set_contents(path, whole, (gssize)size, NULL));
	store = open_store(folder);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

/* Sound for SQLite, and yet not what was written. */
static void
test_damaged_settings(void)
{
	const char *const changes[] = {
		"UPDATE setting SET value = NULL WHERE name = 'handles'",
		"UPDATE setting SET value = NULL WHERE name = 'push_token'",
		"UPDATE setting SET value = 'short' WHERE name = 'push_token'",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
		char *folder = pipit_test_folder_new();
		PipitStore *store = open_store(folder);
		const char *handles[] = {HANDLE, NULL};
		g_assert_true(pipit_store_save_device(store, actor->secrets, NULL));
		g_assert_true(pipit_store_set_registered(store, actor->push_token, handles, NULL));
		pipit_store_free(store);
		change_by_sql(folder, changes[i]);
		assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
		pipit_test_folder_free(folder);
	}
}

static void
test_a_foreign_database(void)
{
	char *folder = pipit_test_folder_new();
	change_by_sql(folder, "PRAGMA user_version = 0");
	assert_open_fails(folder, PIPIT_STORE_ERROR_DAMAGED);
	pipit_test_folder_free(folder);
}

static void
test_a_full_disk(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = open_store(folder);
	g_assert_true(pipit_store_set_server(store, "https://before", NULL));
	g_assert_cmpint(sqlite3_exec(store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL), ==,
			SQLITE_OK);
	g_autofree char *large = g_strnfill(100000, 'x');
	g_autoptr(GError) error = NULL;
	g_assert_false(pipit_store_set_server(store, large, &error));
	g_assert_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_FULL);
	g_assert_cmpstr(pipit_store_account(store)->server, ==, "https://before");
	pipit_store_free(store);
	store = open_store(folder);
	g_assert_cmpstr(pipit_store_account(store)->server, ==, "https://before");
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_a_folder_that_is_none(void)
{
	char *folder = pipit_test_folder_new();
	g_autofree char *file = g_build_filename(folder, "pipit", NULL);
	g_assert_true(g_file_set_contents(file, "", 0, NULL));
	assert_open_fails(folder, PIPIT_STORE_ERROR_IO);
	pipit_test_folder_free(folder);
}

static void
test_names_of_folders(void)
{
	char *folder = pipit_test_folder_new();
	g_autofree char *local = g_strnfill(64, '/');
	g_autofree char *label = g_strnfill(60, 'b');
	g_autofree char *one = g_strdup_printf("mailto:%s@%s.%s.com", local, label, label);
	g_autofree char *two = g_strdup_printf("mailto:%s@%s.%s.org", local, label, label);
	g_autoptr(GError) error = NULL;
	PipitStore *first = pipit_store_open(folder, one, &error);
	g_assert_no_error(error);
	PipitStore *second = pipit_store_open(folder, two, &error);
	g_assert_no_error(error);
	g_autofree char *expected_parent = g_build_filename(folder, "pipit", NULL);
	g_autofree char *parent = g_path_get_dirname(pipit_store_folder(first));
	g_assert_cmpstr(parent, ==, expected_parent);
	g_assert_cmpstr(pipit_store_folder(first), !=, pipit_store_folder(second));
	pipit_store_free(first);
	pipit_store_free(second);
	pipit_test_folder_free(folder);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	actor = pipit_actor_new(1, 1763000000);
	g_test_add_func("/store/all-is-private", test_all_is_private);
	g_test_add_func("/store/the-account-is-kept", test_the_account_is_kept);
	g_test_add_func("/store/two-programs", test_two_programs);
	g_test_add_func("/store/a-killed-program", test_a_killed_program);
	g_test_add_func("/store/a-newer-version", test_a_newer_version);
	g_test_add_func("/store/an-older-version", test_an_older_version);
	g_test_add_func("/store/damage", test_damage);
	g_test_add_func("/store/damaged-settings", test_damaged_settings);
	g_test_add_func("/store/a-foreign-database", test_a_foreign_database);
	g_test_add_func("/store/a-full-disk", test_a_full_disk);
	g_test_add_func("/store/a-folder-that-is-none", test_a_folder_that_is_none);
	g_test_add_func("/store/names-of-folders", test_names_of_folders);
	int result = g_test_run();
	pipit_actor_free(actor);
	return result;
}
