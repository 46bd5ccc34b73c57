/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This device's own keys through their life: kept before they are shown, retired, wiped, and met again after a death. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "protocol/key_file.h"
#include "protocol/limits.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

#define HANDLE "mailto:alice@example.org"
#define NOW 1764000000000

static PipitActor *actor;

static PipitStore *
open_store(const char *folder)
{
	g_autoptr(GError) error = NULL;
	PipitStore *store = pipit_store_open(folder, HANDLE, &error);
	g_assert_no_error(error);
	return store;
}

/* Closes and opens it: what counts is what is on disk. */
static void
reopen(const char *folder, PipitStore **store)
{
	pipit_store_free(*store);
	*store = open_store(folder);
}

static PipitStore *
store_of_a_device(const char *folder)
{
	g_autoptr(GError) error = NULL;
	PipitStore *store = open_store(folder);
	g_assert_true(pipit_store_save_device(store, actor->secrets, &error));
	g_assert_true(pipit_store_set_registered(store, actor->push_token,
						 (const char *const[]){HANDLE, NULL}, &error));
	return store;
}

static PipitPrekeySecret *
add_prekey(PipitStore *store, double timestamp)
{
	PipitPrekeySecret *prekey = pipit_prekey_secret_generate(timestamp);
	g_autoptr(GBytes) record = pipit_prekey_record_new(prekey, actor->secrets);
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_store_add_prekey(store, prekey, record, &error));
	return prekey;
}

static void
publish(PipitStore *store, const PipitPrekeySecret *prekey, gint64 now)
{
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_store_prekey_published(store, pipit_prekey_secret_key(prekey), now, &error));
}

static void
assert_same(const PipitPrekeySecret *a, const PipitPrekeySecret *b)
{
	g_assert_nonnull(a);
	g_assert_cmpint(memcmp(pipit_prekey_secret_key(a), pipit_prekey_secret_key(b), PIPIT_COMPACT_KEY_LEN),
			==, 0);
}

static guint
count_prekeys(const PipitStore *store)
{
	g_autoptr(GPtrArray) prekeys = pipit_store_prekeys(store);
	return prekeys->len;
}

static void
test_first_sign_in(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = open_store(folder);
	g_assert_null(pipit_store_device(store));
	g_assert_null(pipit_store_auth_token(store));
	g_assert_true(pipit_store_prekey_due(store, NOW));
	g_assert_true(pipit_store_save_device(store, actor->secrets, NULL));
	g_autoptr(PipitPrekeySecret) prekey = add_prekey(store, 1764000000);
	/* Died before the server answered. */
	reopen(folder, &store);
	g_assert_nonnull(pipit_store_device(store));
	g_assert_null(pipit_store_current_prekey(store));
	GBytes *record = NULL;
	assert_same(pipit_store_pending_prekey(store, &record), prekey);
	g_autoptr(GBytes) kept = g_bytes_ref(record);
	reopen(folder, &store);
	pipit_store_pending_prekey(store, &record);
	g_assert_true(g_bytes_equal(record, kept));
	g_assert_true(pipit_store_save_auth_token(store, actor->push_token, NULL));
	publish(store, prekey, NOW);
	reopen(folder, &store);
	g_assert_null(pipit_store_pending_prekey(store, &record));
	assert_same(pipit_store_current_prekey(store), prekey);
	g_assert_true(g_bytes_equal(pipit_store_auth_token(store), actor->push_token));
	g_assert_cmpint(memcmp(pipit_device_secrets_device_key(pipit_store_device(store)),
			       pipit_device_secrets_device_key(actor->secrets), PIPIT_COMPACT_KEY_LEN),
			==, 0);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_the_life_of_a_prekey(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) first = add_prekey(store, 1764000000);
	publish(store, first, NOW);
	g_assert_false(pipit_store_prekey_due(store, NOW + 7 * PIPIT_DAY_MS));
	g_assert_true(pipit_store_prekey_due(store, NOW + 7 * PIPIT_DAY_MS + 1));
	gint64 replaced_at = NOW + 8 * PIPIT_DAY_MS;
	g_assert_cmpfloat(pipit_store_next_prekey_timestamp(store, replaced_at), ==,
			  (double)replaced_at / 1000);
	g_autoptr(PipitPrekeySecret) second = add_prekey(store, (double)replaced_at / 1000);
	assert_same(pipit_store_current_prekey(store), first);
	publish(store, second, replaced_at);
	reopen(folder, &store);
	assert_same(pipit_store_current_prekey(store), second);
	g_assert_cmpuint(count_prekeys(store), ==, 2);
	g_assert_true(pipit_store_expire_prekeys(store, replaced_at + 35 * PIPIT_DAY_MS, NULL));
	g_assert_cmpuint(count_prekeys(store), ==, 2);
	g_assert_true(pipit_store_expire_prekeys(store, replaced_at + 35 * PIPIT_DAY_MS + 1, NULL));
	g_assert_cmpuint(count_prekeys(store), ==, 1);
	reopen(folder, &store);
	g_assert_cmpuint(count_prekeys(store), ==, 1);
	assert_same(pipit_store_current_prekey(store), second);
	/* The current one stays, however long the device was off. */
	g_assert_true(pipit_store_expire_prekeys(store, replaced_at + 1000 * PIPIT_DAY_MS, NULL));
	assert_same(pipit_store_current_prekey(store), second);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_timestamps_only_go_up(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) prekey = add_prekey(store, 1764000100);
	g_assert_cmpfloat(pipit_store_next_prekey_timestamp(store, NOW), >, 1764000100);
	g_assert_cmpfloat(pipit_store_next_prekey_timestamp(store, NOW), <, 1764000100.1);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static char *
key_folder(const PipitStore *store, const char *name)
{
	return g_build_filename(pipit_store_folder(store), "keys", name, NULL);
}

static guint
count_key_files(const PipitStore *store)
{
	g_autofree char *path = key_folder(store, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	guint n = 0;
	while (g_dir_read_name(dir) != NULL)
		n++;
	return n;
}

static void
test_expired_keys_leave_the_disk(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) first = add_prekey(store, 1764000000);
	g_autoptr(PipitPrekeySecret) second = add_prekey(store, 1764000001);
	publish(store, second, NOW);
	g_assert_cmpuint(count_key_files(store), ==, 3);
	g_assert_true(pipit_store_expire_prekeys(store, NOW + 36 * PIPIT_DAY_MS, NULL));
	g_assert_cmpuint(count_key_files(store), ==, 2);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

/* Removes the file of @prekey behind the store's back. */
static void
lose_file(const PipitStore *store, const PipitPrekeySecret *prekey)
{
	GString *name = g_string_new("prekey-");
	for (guint i = 0; i < PIPIT_COMPACT_KEY_LEN; i++)
		g_string_append_printf(name, "%02x", pipit_prekey_secret_key(prekey)[i]);
	g_autofree char *path = key_folder(store, name->str);
	g_assert_cmpint(g_remove(path), ==, 0);
	g_string_free(name, TRUE);
}

static void
test_a_death_while_wiping(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) first = add_prekey(store, 1764000000);
	g_autoptr(PipitPrekeySecret) second = add_prekey(store, 1764000001);
	publish(store, second, NOW);
	lose_file(store, first);
	reopen(folder, &store);
	g_assert_cmpuint(count_prekeys(store), ==, 1);
	assert_same(pipit_store_current_prekey(store), second);
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
test_a_death_while_adding(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) current = add_prekey(store, 1764000000);
	publish(store, current, NOW);
	g_autoptr(PipitPrekeySecret) orphan = pipit_prekey_secret_generate(1764000001);
	g_autofree char *orphan_path = key_folder(store, "prekey-orphan");
	g_autofree char *unfinished = key_folder(store, "device.new");
	g_assert_true(pipit_key_file_write_prekey(orphan_path, orphan, NULL));
	g_assert_true(g_file_set_contents(unfinished, "pipit dev", -1, NULL));
	reopen(folder, &store);
	g_assert_cmpuint(count_prekeys(store), ==, 2);
	assert_same(pipit_store_current_prekey(store), current);
	g_assert_false(g_file_test(unfinished, G_FILE_TEST_EXISTS));
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

static void
assert_damaged(const char *folder)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_store_open(folder, HANDLE, &error));
	g_assert_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_DAMAGED);
}

static void
test_lost_keys(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) current = add_prekey(store, 1764000000);
	publish(store, current, NOW);
	g_autofree char *device = key_folder(store, "device");
	g_autofree char *elsewhere = g_build_filename(folder, "elsewhere", NULL);
	g_rename(device, elsewhere);
	pipit_store_free(store);
	assert_damaged(folder);
	g_assert_true(g_file_set_contents(device, "pipit device 1\n", -1, NULL));
	assert_damaged(folder);
	g_rename(elsewhere, device);
	store = open_store(folder);
	lose_file(store, current);
	pipit_store_free(store);
	assert_damaged(folder);
	pipit_test_folder_free(folder);
}

static void
test_a_lost_token_is_no_disaster(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_assert_null(pipit_store_auth_token(store));
	reopen(folder, &store);
	g_assert_null(pipit_store_auth_token(store));
	g_assert_nonnull(pipit_store_device(store));
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

/* No private half, in any form that we write, is in the database's files. */
static void
test_no_secret_in_sqlite(void)
{
	char *folder = pipit_test_folder_new();
	PipitStore *store = store_of_a_device(folder);
	g_autoptr(PipitPrekeySecret) prekey = add_prekey(store, 1764000000);
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	pipit_prekey_secret_scalar(prekey, scalar);
	const char *names[] = {"store.db", "store.db-wal"};
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(pipit_store_folder(store), names[i], NULL);
		g_autofree char *contents = NULL;
		gsize size = 0;
		g_assert_true(g_file_get_contents(path, &contents, &size, NULL));
		g_assert_null(memmem(contents, size, scalar, sizeof scalar));
		g_assert_null(memmem(contents, size, "PRIVATE KEY", 11));
	}
	pipit_store_free(store);
	pipit_test_folder_free(folder);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	actor = pipit_actor_new(1, 1763000000);
	g_test_add_func("/store-keys/first-sign-in", test_first_sign_in);
	g_test_add_func("/store-keys/the-life-of-a-prekey", test_the_life_of_a_prekey);
	g_test_add_func("/store-keys/timestamps-only-go-up", test_timestamps_only_go_up);
	g_test_add_func("/store-keys/expired-keys-leave-the-disk", test_expired_keys_leave_the_disk);
	g_test_add_func("/store-keys/a-death-while-wiping", test_a_death_while_wiping);
	g_test_add_func("/store-keys/a-death-while-adding", test_a_death_while_adding);
	g_test_add_func("/store-keys/lost-keys", test_lost_keys);
	g_test_add_func("/store-keys/a-lost-token-is-no-disaster", test_a_lost_token_is_no_disaster);
	g_test_add_func("/store-keys/no-secret-in-sqlite", test_no_secret_in_sqlite);
	int result = g_test_run();
	pipit_actor_free(actor);
	return result;
}
