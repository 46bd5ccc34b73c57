/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk may take 100 ms and more, and the host's window must not: SQLite's syncs, in workers. */
#include "protocol/store_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "protocol/i18n.h"
#include "protocol/store_private.h"

#define CHECKPOINT_PAGES 256
/* So much gathers where no round comes to its end; then it is done within a commit. */
#define CHECKPOINT_PAGES_MAX 8192

/* Descriptors of our own beside SQLite's: a sync through any of them is one of the file. Closing one drops the locks that
 * SQLite has in this process, so they stay open as long as a job may need them; the store's own lock keeps others out. */
struct PipitStoreFiles {
	gint refs;
	int log;
	int database;
};

struct PipitStoreSync {
	PipitStoreFiles *files;
	gboolean of_database; /* else of the log */
	int code;             /* errno */
};

PipitStoreFiles *
pipit_store_files_open(const char *database)
{
	PipitStoreFiles *files = g_new(PipitStoreFiles, 1);
	g_autofree char *log = g_strconcat(database, "-wal", NULL);
	files->refs = 1;
	files->log = open(log, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	files->database = open(database, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (files->log < 0 || files->database < 0) {
		int code = errno;
		pipit_store_files_unref(files);
		errno = code;
		return NULL;
	}
	return files;
}

void
pipit_store_files_unref(PipitStoreFiles *files)
{
	if (files == NULL || !g_atomic_int_dec_and_test(&files->refs))
		return;
	if (files->log >= 0)
		close(files->log);
	if (files->database >= 0)
		close(files->database);
	g_free(files);
}

static PipitStoreSync *
sync_new(PipitStore *store, gboolean of_database)
{
	PipitStoreSync *sync = g_new0(PipitStoreSync, 1);
	g_atomic_int_inc(&store->files->refs);
	sync->files = store->files;
	sync->of_database = of_database;
	return sync;
}

PipitStoreSync *
pipit_store_sync_new(PipitStore *store)
{
	return sync_new(store, FALSE);
}

void
pipit_store_sync_run(gpointer job)
{
	PipitStoreSync *sync = job;
	int fd = sync->of_database ? sync->files->database : sync->files->log;
	sync->code = fdatasync(fd) == 0 ? 0 : errno;
}

gboolean
pipit_store_sync_check(PipitStore *store, const PipitStoreSync *sync, GError **error)
{
	if (sync->code == 0)
		return TRUE;
	errno = sync->code;
	return pipit_store_fail_io(store, store->folder, error);
}

void
pipit_store_sync_free(gpointer job)
{
	PipitStoreSync *sync = job;
	if (sync == NULL)
		return;
	pipit_store_files_unref(sync->files);
	g_free(sync);
}

/* SQLite tells after each commit how long the log is. */
static int
on_commit(void *user_data, sqlite3 *db, const char *name G_GNUC_UNUSED, int pages)
{
	PipitStore *store = user_data;
	if (pages < store->log_pages)
		store->copied_pages = 0; /* it was begun anew */
	store->log_pages = pages;
	if (pages >= CHECKPOINT_PAGES_MAX)
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

void
pipit_store_checkpoint_watch(PipitStore *store)
{
	sqlite3_wal_hook(store->db, on_commit, store);
}

/* A read transaction of the second connection, which stays open. */
static gboolean
take_snapshot(PipitStore *store)
{
	if (store->reader == NULL) {
		if (sqlite3_open_v2(sqlite3_db_filename(store->db, NULL), &store->reader,
				    SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
			g_clear_pointer(&store->reader, sqlite3_close);
			return FALSE;
		}
		sqlite3_wal_autocheckpoint(store->reader, 0);
	}
	if (sqlite3_exec(store->reader, "BEGIN; SELECT 1 FROM setting LIMIT 1", NULL, NULL, NULL) ==
	    SQLITE_OK)
		return TRUE;
	sqlite3_exec(store->reader, "ROLLBACK", NULL, NULL, NULL);
	return FALSE;
}

static void
end_round(PipitStore *store)
{
	sqlite3_exec(store->reader, "ROLLBACK", NULL, NULL, NULL);
	store->checkpoint = PIPIT_CHECKPOINT_NONE;
}

static gboolean
copy_pages(PipitStore *store)
{
	return pipit_store_set_waiting(store, PIPIT_STORE_WAITS_NEVER, NULL) &&
	       sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK;
}

gboolean
pipit_store_checkpoint_due(const PipitStore *store)
{
	return store->checkpoint != PIPIT_CHECKPOINT_NONE ||
	       store->log_pages >= store->copied_pages + CHECKPOINT_PAGES;
}

PipitStoreSync *
pipit_store_checkpoint_next(PipitStore *store, gboolean synced)
{
	switch (store->checkpoint) {
	case PIPIT_CHECKPOINT_NONE:
		if (!take_snapshot(store))
			return NULL;
		store->snapshot_pages = store->log_pages;
		store->checkpoint = PIPIT_CHECKPOINT_LOG;
		return sync_new(store, FALSE);
	case PIPIT_CHECKPOINT_LOG:
		if (!synced || !copy_pages(store)) {
			end_round(store);
			return NULL;
		}
		store->checkpoint = PIPIT_CHECKPOINT_COPIED;
		return sync_new(store, TRUE);
	case PIPIT_CHECKPOINT_COPIED:
		if (!synced)
			return sync_new(store, TRUE);
		store->copied_pages = store->snapshot_pages;
		end_round(store);
		return NULL;
	}
	g_return_val_if_reached(NULL);
}

void
pipit_store_checkpoint_close(PipitStore *store)
{
	/* Without the snapshot SQLite may begin the log anew. */
	if (store->checkpoint == PIPIT_CHECKPOINT_COPIED)
		fdatasync(store->files->database);
	/* As it is closed, SQLite copies what is in the log and removes that. */
	if (!pipit_store_set_waiting(store, PIPIT_STORE_WAITS, NULL))
		sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	g_clear_pointer(&store->reader, sqlite3_close);
	store->checkpoint = PIPIT_CHECKPOINT_NONE;
}
