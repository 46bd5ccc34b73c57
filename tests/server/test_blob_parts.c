/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts that blobs are made of: Range headers, ids, claims, and the store's side of them. */
#include <sqlite3.h>
#include <string.h>

#include "server/blob_claims.h"
#include "server/blob_id.h"
#include "server/byte_range.h"
#include "server/store_accounts.h"
#include "server/store_blobs.h"
#include "tests/support/test_folder.h"

static void
test_ranges(void)
{
	static const struct {
		const char *header;
		guint64 size;
		PipitdRange range;
		guint64 first, count;
	} cases[] = {
		{NULL, 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=0-", 10, PIPITD_RANGE_PART, 0, 10},
		{"Bytes=3-", 10, PIPITD_RANGE_PART, 3, 7},
		{"bytes=0-0", 10, PIPITD_RANGE_PART, 0, 1},
		{"bytes=9-9", 10, PIPITD_RANGE_PART, 9, 1},
		{"bytes=2-5", 10, PIPITD_RANGE_PART, 2, 4},
		{"bytes=2-500", 10, PIPITD_RANGE_PART, 2, 8},
		{"bytes=0-18446744073709551615", 10, PIPITD_RANGE_PART, 0, 10},
		{"bytes=0-99999999999999999999999", 10, PIPITD_RANGE_PART, 0, 10},
		{"bytes=-1", 10, PIPITD_RANGE_PART, 9, 1},
		{"bytes=-10", 10, PIPITD_RANGE_PART, 0, 10},
		{"bytes=-99999999999999999999999", 10, PIPITD_RANGE_PART, 0, 10},
		{"bytes=00000000000000000000001-2", 10, PIPITD_RANGE_PART, 1, 2},
		{"bytes=10-", 10, PIPITD_RANGE_OUTSIDE, 0, 10},
		{"bytes=99999999999999999999999-", 10, PIPITD_RANGE_OUTSIDE, 0, 10},
		{"bytes=18446744073709551616-18446744073709551617", 10, PIPITD_RANGE_OUTSIDE, 0, 10},
		{"bytes=-0", 10, PIPITD_RANGE_OUTSIDE, 0, 10},
		{"bytes=0-", 0, PIPITD_RANGE_OUTSIDE, 0, 0},
		{"bytes=-5", 0, PIPITD_RANGE_WHOLE, 0, 0},
		/* What a server may leave aside, or must */
		{"bytes=5-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=0-1,3-4", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=0-1,", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=-5,1-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=-", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=--5", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=+1-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes= 1-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=1 -2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=1-2x", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=0x1-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes=1", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"bytes 1-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"lines=1-2", 10, PIPITD_RANGE_WHOLE, 0, 10},
		{"", 10, PIPITD_RANGE_WHOLE, 0, 10},
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint64 first;
		guint64 count;
		PipitdRange range = pipitd_range_parse(cases[i].header, cases[i].size, &first, &count);
		if (range != cases[i].range || first != cases[i].first || count != cases[i].count)
			g_error("\"%s\" of %" G_GUINT64_FORMAT ": %d, %" G_GUINT64_FORMAT
				" bytes from %" G_GUINT64_FORMAT,
				cases[i].header, cases[i].size, range, count, first);
	}
}

static void
test_ids(void)
{
	char one[PIPITD_BLOB_ID_SIZE];
	char other[PIPITD_BLOB_ID_SIZE];

	for (guint i = 0; i < 100; i++) {
		pipitd_blob_id_generate(one);
		pipitd_blob_id_generate(other);
		g_assert_true(pipitd_blob_id_valid(one));
		g_assert_cmpstr(one, !=, other);
	}
	g_assert_true(pipitd_blob_id_valid("-_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8"));
	g_assert_false(pipitd_blob_id_valid(""));
	g_assert_false(pipitd_blob_id_valid("-_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	g_assert_false(pipitd_blob_id_valid("-_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA88"));
	g_assert_false(pipitd_blob_id_valid("-_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA9"));
	g_assert_false(pipitd_blob_id_valid("/_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8"));
	g_assert_false(pipitd_blob_id_valid("../Zaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8"));
	g_assert_false(pipitd_blob_id_valid("+_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8"));
	g_assert_false(pipitd_blob_id_valid("-_AZaz09AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8="));
}

/* Claims */

static void
count_call(gpointer user_data)
{
	guint *calls = user_data;
	*calls += 1;
}

static void
test_claims(void)
{
	g_autoptr(PipitdBlobClaims) claims = pipitd_blob_claims_new();
	guint ended = 0;
	guint granted = 0;

	g_assert_true(pipitd_blob_claims_take(claims, "a", 7, count_call, &ended));
	g_assert_true(pipitd_blob_claims_take(claims, "b", 8, count_call, &ended));
	g_assert_cmpuint(pipitd_blob_claims_count(claims, 7), ==, 1);
	g_assert_cmpuint(pipitd_blob_claims_count(claims, 0), ==, 2);
	g_assert_false(pipitd_blob_claims_try(claims, "a"));
	g_assert_cmpuint(ended, ==, 0);
	g_assert_false(pipitd_blob_claims_take(claims, "a", 7, count_call, &ended));
	g_assert_cmpuint(ended, ==, 1);
	/* Two wait: one after the other. */
	pipitd_blob_claims_wait(claims, "a", count_call, &granted);
	g_assert_cmpuint(ended, ==, 2);
	pipitd_blob_claims_settle(claims, "a");
	pipitd_blob_claims_wait(claims, "a", count_call, &granted);
	g_assert_cmpuint(ended, ==, 2);
	g_assert_cmpuint(granted, ==, 0);
	pipitd_blob_claims_release(claims, "a");
	g_assert_cmpuint(granted, ==, 1);
	/* Who waited is no upload, and can't be told to end. */
	g_assert_cmpuint(pipitd_blob_claims_count(claims, 7), ==, 0);
	g_assert_false(pipitd_blob_claims_take(claims, "a", 7, count_call, &ended));
	g_assert_cmpuint(ended, ==, 2);
	pipitd_blob_claims_release(claims, "a");
	g_assert_cmpuint(granted, ==, 2);
	pipitd_blob_claims_release(claims, "a");
	pipitd_blob_claims_wait(claims, "a", count_call, &granted);
	g_assert_cmpuint(granted, ==, 3);
	pipitd_blob_claims_release(claims, "a");
	g_assert_true(pipitd_blob_claims_try(claims, "a"));
	pipitd_blob_claims_release(claims, "a");
	/* At the end, those that run and those that come. */
	pipitd_blob_claims_close(claims);
	g_assert_cmpuint(ended, ==, 3);
	g_assert_true(pipitd_blob_claims_take(claims, "a", 7, count_call, &ended));
	g_assert_cmpuint(ended, ==, 4);
	pipitd_blob_claims_release(claims, "a");
	pipitd_blob_claims_release(claims, "b");
}

/* What the first version of pipitd made of a new folder. */
static const char first_store[] =
	"PRAGMA journal_mode = WAL;"
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
	"CREATE TABLE accounts(id INTEGER PRIMARY KEY AUTOINCREMENT, password TEXT NOT NULL,"
	" created_at INTEGER NOT NULL);"
	"CREATE TABLE handles(id INTEGER PRIMARY KEY, handle TEXT NOT NULL UNIQUE,"
	" account INTEGER NOT NULL REFERENCES accounts, added_at INTEGER NOT NULL);"
	"CREATE INDEX handles_account ON handles(account);"
	"CREATE TABLE invites(code BLOB PRIMARY KEY, uses INTEGER NOT NULL, created_at INTEGER NOT NULL);"
	"CREATE TABLE devices(id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES "
	"accounts,"
	" push_token BLOB NOT NULL UNIQUE, auth BLOB UNIQUE, name TEXT NOT NULL, pair_identity BLOB NOT NULL,"
	" device_key BLOB NOT NULL UNIQUE, prekey_record BLOB NOT NULL, prekey BLOB NOT NULL, prekey_time "
	"REAL NOT NULL,"
	" added_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, removed_at INTEGER,"
	" last_seq INTEGER NOT NULL DEFAULT 0, queued INTEGER NOT NULL DEFAULT 0,"
	" queued_bytes INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX devices_account ON devices(account);"
	"CREATE INDEX devices_removed ON devices(removed_at) WHERE removed_at IS NOT NULL;"
	"CREATE TABLE old_prekeys(id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES devices ON "
	"DELETE CASCADE,"
	" prekey BLOB NOT NULL, replaced_at INTEGER NOT NULL);"
	"CREATE INDEX old_prekeys_device ON old_prekeys(device, prekey);"
	"CREATE INDEX old_prekeys_time ON old_prekeys(replaced_at);"
	"CREATE TABLE queue(id INTEGER PRIMARY KEY, device INTEGER NOT NULL REFERENCES devices ON DELETE "
	"CASCADE,"
	" seq INTEGER NOT NULL, message TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,"
	" sender_token BLOB NOT NULL, suite INTEGER NOT NULL, prekey BLOB, payload BLOB NOT NULL,"
	" received_at INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX queue_device ON queue(device, seq);"
	"CREATE INDEX queue_time ON queue(received_at);"
	"CREATE TABLE deliveries(id INTEGER PRIMARY KEY, receiver INTEGER NOT NULL, sender INTEGER NOT NULL,"
	" payload BLOB NOT NULL, at INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX deliveries_copy ON deliveries(receiver, sender, payload);"
	"CREATE INDEX deliveries_time ON deliveries(at);"
	"INSERT INTO meta(key, value) VALUES ('expired', '0');"
	"INSERT INTO meta(key, value) VALUES ('epoch', '0123456789abcdef');"
	"INSERT INTO accounts(password, created_at) VALUES ('hash', 1);"
	"INSERT INTO handles(handle, account, added_at) VALUES ('mailto:a@x', 1, 1);"
	"PRAGMA user_version = 1";

static void
make_first_store(const char *path)
{
	sqlite3 *database;
	char *message = NULL;

	g_assert_cmpint(sqlite3_open(path, &database), ==, SQLITE_OK);
	if (sqlite3_exec(database, first_store, NULL, NULL, &message) != SQLITE_OK)
		g_error("%s", message);
	sqlite3_close(database);
}

/* A store of an earlier version is brought up, and keeps what is in it. */
static void
test_earlier_store(void)
{
	char *folder = pipit_test_folder_new();
	g_autofree char *path = g_build_filename(folder, "pipitd.db", NULL);
	const PipitdBlobQuota quota = {10, 10};
	const char *const recipients[] = {"mailto:b@x", NULL};
	PipitdBlob blob = {.account = 1, .device = 1, .size = 10, .created_at = 5};
	gboolean found;
	gint64 account;

	make_first_store(path);
	pipitd_blob_id_generate(blob.id);
	for (guint i = 0; i < 2; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(PipitdStore) store = pipitd_store_open(path, 0, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(pipitd_store_epoch(store), ==, "0123456789abcdef");
		PipitdSession *writer = pipitd_store_writer(store);
		g_assert_true(pipitd_store_find_account(writer, "mailto:a@x", &account, NULL, NULL));
		g_assert_cmpint(account, ==, 1);
		if (i == 0)
			g_assert_true(pipitd_store_add_blob(writer, &blob, recipients, &quota, NULL));
		g_assert_true(pipitd_store_find_blob(writer, blob.id, &blob, &found, NULL));
		g_assert_true(found);
		g_assert_cmpint(blob.size, ==, 10);
	}
	pipit_test_folder_free(folder);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/blob-parts/ranges", test_ranges);
	g_test_add_func("/server/blob-parts/ids", test_ids);
	g_test_add_func("/server/blob-parts/claims", test_claims);
	g_test_add_func("/server/blob-parts/earlier-store", test_earlier_store);
	return g_test_run();
}
