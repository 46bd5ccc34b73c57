/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's store that is damaged, page by page: it is refused in clear words and left as it is, or nothing that was in it is
 * other than it was. With SQLite's log beside it, as a client leaves it that dies, and without. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/store_keys.h"
#include "protocol/store_private.h"
#include "tests/support/actor.h"
#include "tests/support/damage.h"
#include "tests/support/test_folder.h"

#define HANDLE "mailto:alice@example.org"
#define ACCOUNT_FOLDER "pipit/mailto%3Aalice%40example.org"

#define LOG_HEADER ((gsize)32)
#define LOG_FRAME (24 + PIPIT_DAMAGE_PAGE)
/* One page in so many is tried, from a random one on; all of them in the long run. */
#define STEP 4

/* More than a page of each that can be so long, several pages of the others. */
#define MANY "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
static const char fill[] =
	"BEGIN;"
	"INSERT INTO inbox (id, peer, sender, own, text, html, sent_at, received_at)"
	" SELECT 'id ' || column1, 'mailto:bob@example.org', 'mailto:bob@example.org', 0,"
	"  hex(randomblob(column1 / 2)), NULL, 1764000000123, 1764000000456"
	" FROM (VALUES (50), (5000), (8100), (8150), (12000));"
	"INSERT INTO undecided (payload_hash, envelope, received_at)"
	" SELECT randomblob(32), CAST('{\"text\":\"' || hex(randomblob(column1)) || '\"}' AS BLOB), "
	"1764000000789"
	" FROM (VALUES (3000), (4100), (6000));"
	"INSERT INTO outbox (id, sender, peer, plaintext, created_at, failed, reason)"
	" SELECT 'out ' || column1, 'mailto:alice@example.org', 'mailto:bob@example.org', "
	"randomblob(column1),"
	"  1764000000123, 0, NULL FROM (VALUES (100), (5000), (8100), (8150), (12000));"
	"INSERT INTO outbox_recipient SELECT row, 'mailto:bob@example.org', 0 FROM outbox;"
	"INSERT INTO outbox_copy (message, handle, push_token, suite, prekey, payload)"
	" SELECT row, 'mailto:bob@example.org', randomblob(32), 'pair-ec', randomblob(32),"
	"  randomblob(length(plaintext) + 200) FROM outbox;" MANY
	"INSERT INTO received SELECT randomblob(32), 'id ' || i, 1764000000000 + i FROM n;" MANY
	"INSERT INTO replay_counter SELECT randomblob(32), randomblob(32), i FROM n;" MANY
	"INSERT INTO counter SELECT randomblob(32), randomblob(32), i FROM n;" MANY
	"INSERT INTO sent (id, peer, sent_at, state) SELECT 'id ' || i, 'mailto:bob@example.org', i, 0 FROM "
	"n;" MANY "INSERT INTO unread SELECT 'mailto:bob@example.org', 'id ' || i, "
	"'mailto:alice@example.org', i, '' FROM n;"
	"INSERT INTO chat_group (gid, state, by, picture) SELECT 'group ' || column1, 0, "
	"'mailto:bob@example.org', randomblob(column1) FROM (VALUES (100), (5000), (12000));"
	"INSERT INTO group_change (gid, hash, change, known_at) SELECT 'group 100', 'hash ' || column1, "
	"hex(randomblob(column1 / 2)), 1764000000123 FROM (VALUES (50), (5000), (8100), (8150), (12000));"
	"CREATE TABLE left_behind (x); INSERT INTO left_behind SELECT randomblob(40000); DROP TABLE "
	"left_behind;"
	"COMMIT;";
/* What a client wrote before it died: in the log alone. */
static const char last_words[] =
	"UPDATE counter SET next = next + 1;"
	"INSERT INTO inbox (id, peer, sender, own, text, html, sent_at, received_at) VALUES ('the last',"
	" 'mailto:bob@example.org', 'mailto:bob@example.org', 0, hex(randomblob(5000)), NULL, 1764000001123, "
	"1764000001456);"
	"DELETE FROM undecided WHERE row = 1;";

typedef struct {
	char *folder;
	char *database;
	char *log;
	GBytes *whole_database;
	GBytes *whole_log; /* NULL: without one */
	char *contents;    /* a hash of all that is in it */
} Kept;

static PipitActor *actor;

static void
execute(PipitStore *store, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(store->db, sql, NULL, NULL, &message) != SQLITE_OK)
		g_error("%s", message);
}

static PipitStore *
open_store(const Kept *kept)
{
	g_autoptr(GError) error = NULL;
	PipitStore *store = pipit_store_open(kept->folder, HANDLE, &error);

	g_assert_no_error(error);
	return store;
}

static void
add_row(GChecksum *hash, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		guint8 type = (guint8)sqlite3_column_type(row, i);
		g_checksum_update(hash, &type, 1);
		g_checksum_update(hash, sqlite3_column_blob(row, i), sqlite3_column_bytes(row, i));
	}
}

static gboolean
add_table(GChecksum *hash, PipitStore *store, const char *table, GError **error)
{
	g_autofree char *sql = g_strdup_printf("SELECT * FROM \"%s\"", table);
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(store, error, sql, "");
	int result = SQLITE_ERROR;

	if (rows == NULL)
		return FALSE;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		add_row(hash, rows);
	return result == SQLITE_DONE;
}

/* Returns: (transfer full) a hash of all rows; NULL if not all can be read. */
static char *
read_contents(PipitStore *store, GError **error)
{
	g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
	g_autoptr(sqlite3_stmt) tables = pipit_store_query(
		store, error, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", "");
	int result = SQLITE_ERROR;

	if (tables == NULL)
		return NULL;
	while ((result = pipit_store_step(store, tables, error)) == SQLITE_ROW)
		if (!add_table(hash, store, (const char *)sqlite3_column_text(tables, 0), error))
			return NULL;
	return result == SQLITE_DONE ? g_strdup(g_checksum_get_string(hash)) : NULL;
}

/* The files as they are now, of a store that is in use or not. */
static void
keep(Kept *kept, PipitStore *store)
{
	g_autoptr(GError) error = NULL;

	kept->whole_database = pipit_damage_read(kept->database);
	kept->whole_log = store != NULL ? pipit_damage_read(kept->log) : NULL;
	PipitStore *reading = store != NULL ? store : open_store(kept);
	kept->contents = read_contents(reading, &error);
	g_assert_no_error(error);
	pipit_store_free(reading);
}

static void
kept_init(Kept *kept, gboolean with_log)
{
	const char *handles[] = {HANDLE, NULL};

	*kept = (Kept){.folder = pipit_test_folder_new()};
	kept->database = g_build_filename(kept->folder, ACCOUNT_FOLDER, "store.db", NULL);
	kept->log = g_strconcat(kept->database, "-wal", NULL);
	PipitStore *store = open_store(kept);
	g_assert_true(pipit_store_save_device(store, actor->secrets, NULL));
	g_assert_true(pipit_store_set_registered(store, actor->push_token, handles, NULL));
	execute(store, fill);
	pipit_store_free(store);
	if (!with_log) {
		keep(kept, NULL);
		return;
	}
	store = open_store(kept);
	execute(store, last_words);
	keep(kept, store);
}

static void
kept_clear(Kept *kept)
{
	pipit_test_folder_free(kept->folder);
	g_free(kept->database);
	g_free(kept->log);
	g_bytes_unref(kept->whole_database);
	g_clear_pointer(&kept->whole_log, g_bytes_unref);
	g_free(kept->contents);
}

/* The index that SQLite makes beside the log is no part of the store. */
static void
put(const Kept *kept, GBytes *database, GBytes *log)
{
	g_autofree char *index = g_strconcat(kept->database, "-shm", NULL);

	g_remove(index);
	pipit_damage_write(kept->database, database);
	if (log != NULL)
		pipit_damage_write(kept->log, log);
	else
		g_remove(kept->log);
}

/* Returns whether it was refused. */
static gboolean
try_database(gpointer user_data, GBytes *damaged, const char *what)
{
	const Kept *kept = user_data;
	g_autoptr(GError) error = NULL;

	put(kept, damaged, kept->whole_log);
	g_autoptr(PipitStore) store = pipit_store_open(kept->folder, HANDLE, &error);
	if (store != NULL) {
		g_autofree char *contents = read_contents(store, &error);
		g_assert_no_error(error);
		if (g_strcmp0(contents, kept->contents) != 0)
			g_error("%s: opened, with other contents", what);
		return FALSE;
	}
	if (!g_error_matches(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_DAMAGED))
		g_error("%s: %s", what, error->message);
	g_assert_nonnull(strstr(error->message, "Put back a copy"));
	pipit_damage_assert_same(kept->database, damaged, what);
	if (kept->whole_log != NULL)
		pipit_damage_assert_same(kept->log, kept->whole_log, what);
	return TRUE;
}

static void
try_all_of_database(gboolean with_log)
{
	Kept kept;
	guint tried = 0;

	kept_init(&kept, with_log);
	guint refused = pipit_damage_each_page(kept.whole_database, STEP, try_database, &kept, &tried);
	/* Pages that are not in use, or that the log has anew, do no harm. */
	g_assert_cmpuint(refused, >, tried / 2);
	put(&kept, kept.whole_database, kept.whole_log);
	PipitStore *store = open_store(&kept);
	pipit_store_free(store);
	kept_clear(&kept);
}

static void
test_database(void)
{
	try_all_of_database(FALSE);
}

static void
test_database_with_log(void)
{
	try_all_of_database(TRUE);
}

/* What is behind the damage in the log is lost, and that is told; a copy is kept. Only who lost the end can't know. */
static void
try_log(const Kept *kept, GBytes *damaged, gboolean at_end, const char *what)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *copy = g_strconcat(kept->log, ".damaged", NULL);

	g_remove(copy);
	put(kept, kept->whole_database, damaged);
	g_autoptr(PipitStore) store = pipit_store_open(kept->folder, HANDLE, &error);
	g_assert_no_error(error);
	g_autofree char *contents = read_contents(store, &error);
	g_assert_no_error(error);
	if (pipit_store_log_was_broken(store))
		pipit_damage_assert_same(copy, damaged, what);
	else if (!at_end && g_strcmp0(contents, kept->contents) != 0)
		g_error("%s: something was lost in silence", what);
}

static void
test_log(void)
{
	Kept kept;

	kept_init(&kept, TRUE);
	gsize frames = (g_bytes_get_size(kept.whole_log) - LOG_HEADER) / LOG_FRAME;
	for (gsize i = 0; i <= frames; i++) {
		gsize at = i == 0 ? 0 : LOG_HEADER + (i - 1) * LOG_FRAME;
		for (PipitDamage damage = 0; damage < PIPIT_DAMAGES; damage++) {
			g_autofree char *what = g_strdup_printf("frame %u of %u of the log, %s", (guint)i,
								(guint)frames, pipit_damage_name(damage));
			g_autoptr(GBytes) damaged =
				pipit_damage_do(kept.whole_log, damage, at, i == 0 ? LOG_HEADER : LOG_FRAME);
			try_log(&kept, damaged, damage == PIPIT_DAMAGE_CUT || i == frames, what);
		}
	}
	g_assert_cmpuint(frames, >, 20);
	kept_clear(&kept);
}

/* A program that dies while it writes a frame is no damage. */
static void
test_log_of_the_dead(void)
{
	Kept kept;

	kept_init(&kept, TRUE);
	gsize at = g_bytes_get_size(kept.whole_log) - LOG_FRAME;
	g_autoptr(GBytes) torn = pipit_damage_do(kept.whole_log, PIPIT_DAMAGE_NOISE,
						 at + LOG_FRAME - PIPIT_DAMAGE_PAGE, PIPIT_DAMAGE_PAGE);
	put(&kept, kept.whole_database, torn);
	PipitStore *store = open_store(&kept);
	g_assert_false(pipit_store_log_was_broken(store));
	pipit_store_free(store);
	put(&kept, kept.whole_database, kept.whole_log);
	store = open_store(&kept);
	g_assert_false(pipit_store_log_was_broken(store));
	pipit_store_free(store);
	kept_clear(&kept);
}

int
main(int argc, char **argv)
{
	/* In memory, where there is room for that: hundreds of stores are opened, and their disk is none that counts. */
	if (g_access("/dev/shm", W_OK) == 0)
		g_setenv("TMPDIR", "/dev/shm", TRUE);
	g_test_init(&argc, &argv, NULL);
	actor = pipit_actor_new(1, 1763000000);
	g_test_add_func("/damaged-store/database", test_database);
	g_test_add_func("/damaged-store/database-with-log", test_database_with_log);
	g_test_add_func("/damaged-store/log", test_log);
	g_test_add_func("/damaged-store/log-of-the-dead", test_log_of_the_dead);
	int status = g_test_run();
	pipit_actor_free(actor);
	return status;
}
