/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store on SQLite: its file, its tables, and the sessions that it lends. */
#include "server/store_sqlite.h"

#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/random.h"
#include "protocol/wal.h"
#include "server/log.h"
#include "server/store_sqlite_session.h"
#include "server/store_upkeep.h"

#define SCHEMA_VERSION ((gint64)G_N_ELEMENTS(schemas))
#define EPOCH_BYTES 8

G_DEFINE_QUARK(pipitd - store - error - quark, pipitd_store_error)

struct PipitdStore {
	char *path;
	char *epoch;
	PipitdSession *writer;
	GMutex lock;     /* over idle */
	GPtrArray *idle; /* reading sessions that nobody uses now */
};

/* A message's number counts by device, so that it tells a device nothing of the others' traffic, and so that the tables
 * can be spread by device one day. deliveries is what makes a send idempotent: it remembers what queue has forgotten. */
static const char first_schema[] =
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
	"PRAGMA user_version = 1";

/* recipients: handles, until the blob is complete. device: which uploads it, and may be gone before the blob is. */
static const char second_schema[] =
	"CREATE TABLE blobs(id TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts,"
	" device INTEGER NOT NULL, size INTEGER NOT NULL, recipients TEXT NOT NULL,"
	" created_at INTEGER NOT NULL, completed_at INTEGER, unwanted INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX blobs_account ON blobs(account, size);"
	"CREATE TABLE blob_waits(id INTEGER PRIMARY KEY, blob TEXT NOT NULL REFERENCES blobs ON DELETE "
	"CASCADE,"
	" device INTEGER NOT NULL);"
	"CREATE UNIQUE INDEX blob_waits_blob ON blob_waits(blob, device);"
	"CREATE INDEX blob_waits_device ON blob_waits(device);"
	"PRAGMA user_version = 2";

/* kept: so much of the blob was answered to be on the disk. */
static const char third_schema[] = "ALTER TABLE blobs ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;"
				   "PRAGMA user_version = 3";

/* What takes a store from each version to the next. */
static const char *const schemas[] = {first_schema, second_schema, third_schema};

static gboolean
fail_errno(const char *path, GError **error)
{
	g_set_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT, "%s: %s", path, g_strerror(errno));
	return FALSE;
}

static gboolean
create_file(const char *path, GError **error)
{
	/* SQLite gives the files beside it the mode of this one. */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_errno(path, error);
	close(fd);
	return TRUE;
}

static gboolean
apply_schemas(PipitdSession *writer, gint64 version, GError **error)
{
	for (gint64 i = version; i < SCHEMA_VERSION; i++) {
		if (!pipitd_session_execute(writer, schemas[i], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
create_tables(PipitdSession *writer, GError **error)
{
	guint64 random[EPOCH_BYTES / sizeof(guint64)];
	pipit_random(random, sizeof random);
	g_autofree char *epoch = g_strdup_printf("%016" G_GINT64_MODIFIER "x", random[0]);
	if (pipitd_session_begin(writer, error) && apply_schemas(writer, 0, error) &&
	    pipitd_sql_run(writer, error, "INSERT INTO meta(key, value) VALUES ('epoch', ?)", "t", epoch) &&
	    pipitd_session_commit(writer, error))
		return TRUE;
	pipitd_session_rollback(writer);
	return FALSE;
}

/* From what an earlier version of pipitd made. */
static gboolean
bring_up(PipitdSession *writer, gint64 version, GError **error)
{
	if (pipitd_session_begin(writer, error) && apply_schemas(writer, version, error) &&
	    pipitd_session_commit(writer, error))
		return TRUE;
	pipitd_session_rollback(writer);
	return FALSE;
}

static gboolean
check_version(PipitdSession *writer, GError **error)
{
	gint64 version = -1;
	{
		g_autoptr(PipitdRows) rows = pipitd_sql(writer, "PRAGMA user_version", "");
		if (pipitd_rows_next(rows))
			version = pipitd_rows_int(rows, 0);
		if (!pipitd_rows_check(rows, error))
			return FALSE;
	}
	if (version <= 0)
		return pipitd_session_fail_damaged(writer, "it has no version", error);
	if (version <= SCHEMA_VERSION)
		return version == SCHEMA_VERSION || bring_up(writer, version, error);
	g_set_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_NEWER,
		    "this store was made by a later version of pipitd (format %" G_GINT64_FORMAT
		    ", known: %" G_GINT64_FORMAT ")",
		    version, SCHEMA_VERSION);
	return FALSE;
}

static gboolean
limit_size(PipitdSession *writer, gint64 max_bytes, GError **error)
{
	gint64 page = 4096;
	{
		g_autoptr(PipitdRows) rows = pipitd_sql(writer, "PRAGMA page_size", "");
		if (pipitd_rows_next(rows))
			page = pipitd_rows_int(rows, 0);
		if (!pipitd_rows_check(rows, error))
			return FALSE;
	}
	g_autofree char *sql =
		g_strdup_printf("PRAGMA max_page_count = %" G_GINT64_FORMAT, MAX(max_bytes / page, 1));
	return max_bytes == 0 || pipitd_session_execute(writer, sql, error);
}

static gboolean
read_epoch(PipitdStore *store, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(store->writer, "SELECT value FROM meta WHERE key = 'epoch'", "");
	if (pipitd_rows_next(rows))
		store->epoch = pipitd_rows_text(rows, 0);
	if (!pipitd_rows_check(rows, error))
		return FALSE;
	if (store->epoch != NULL)
		return TRUE;
	g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT, "the store has no epoch");
	return FALSE;
}

static gboolean
sync_folder_of(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	gboolean synced = fd >= 0 && fsync(fd) == 0;
	if (!synced)
		fail_errno(folder, error);
	if (fd >= 0)
		close(fd);
	return synced;
}

static void
remove_with_log(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *file = g_strconcat(path, ends[i], NULL);
		g_unlink(file);
	}
}

/* Under another name first: a store that is there has its tables, so that one that has none was damaged. */
static gboolean
create_store(const char *path, GError **error)
{
	g_autofree char *new_path = g_strconcat(path, ".new", NULL);
	remove_with_log(new_path);
	if (!create_file(new_path, error))
		return FALSE;
	PipitdSession *session = pipitd_session_open(NULL, new_path, FALSE, error);
	gboolean made =
		session != NULL && create_tables(session, error) && pipitd_store_checkpoint(session, error);
	if (made)
		pipitd_session_let_checkpoint(session); /* and remove the log, which is empty */
	pipitd_session_close(session);
	if (!made)
		return FALSE;
	return (rename(new_path, path) == 0 || fail_errno(path, error)) && sync_folder_of(path, error);
}

/* @size: out: 0 if there is no such file. */
static gboolean
find_size(const char *path, gint64 *size, GError **error)
{
	struct stat status;
	*size = 0;
	if (stat(path, &status) == 0)
		*size = status.st_size;
	else if (errno != ENOENT)
		return fail_errno(path, error);
	return TRUE;
}

/* SQLite would begin a new database where this one is empty or gone, and delete the log for that. */
static gboolean
ensure_store(const char *path, GError **error)
{
	g_autofree char *log = g_strconcat(path, "-wal", NULL);
	gint64 size = 0;
	gint64 log_size = 0;
	if (!find_size(path, &size, error) || !find_size(log, &log_size, error))
		return FALSE;
	if (size > 0)
		return TRUE;
	if (log_size == 0 && access(path, F_OK) != 0 && errno == ENOENT)
		return create_store(path, error);
	g_set_error(
		error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT,
		"the store %s is damaged (it is empty or gone): keep what is left of it, and put back a copy",
		path);
	return FALSE;
}

static gboolean
look_at_log(const char *path, GError **error)
{
	g_autoptr(GError) failed = NULL;
	gboolean broken = FALSE;
	if (!pipit_wal_keep_broken(path, &broken, &failed)) {
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT, failed->message);
		return FALSE;
	}
	if (broken)
		pipitd_log(
			"what was written last to %s before pipitd was interrupted is damaged: messages of "
			"that time may be lost; the damaged log is kept as %s-wal.damaged",
			path, path);
	return TRUE;
}

static gboolean
look_into(PipitdStore *store, gint64 max_bytes, GError **error)
{
	if (!check_version(store->writer, error) || !limit_size(store->writer, max_bytes, error) ||
	    !read_epoch(store, error))
		return FALSE;
	pipitd_session_let_checkpoint(store->writer);
	return TRUE;
}

PipitdStore *
pipitd_store_open(const char *path, gint64 max_bytes, GError **error)
{
	if (!ensure_store(path, error) || !look_at_log(path, error))
		return NULL;
	g_autoptr(PipitdStore) store = g_new0(PipitdStore, 1);
	g_mutex_init(&store->lock);
	store->path = g_strdup(path);
	store->idle = g_ptr_array_new();
	store->writer = pipitd_session_open(store, path, FALSE, error);
	if (store->writer == NULL || !look_into(store, max_bytes, error))
		return NULL;
	return g_steal_pointer(&store);
}

void
pipitd_store_close(PipitdStore *store)
{
	if (store == NULL)
		return;
	for (guint i = 0; i < store->idle->len; i++)
		pipitd_session_close(store->idle->pdata[i]);
	g_ptr_array_unref(store->idle);
	/* The last connection checkpoints as it closes: that must be the writer's. */
	pipitd_session_close(store->writer);
	g_mutex_clear(&store->lock);
	g_free(store->epoch);
	g_free(store->path);
	g_free(store);
}

const char *
pipitd_store_epoch(const PipitdStore *store)
{
	return store->epoch;
}

PipitdSession *
pipitd_store_reader(PipitdStore *store, GError **error)
{
	g_mutex_lock(&store->lock);
	PipitdSession *session = NULL;
	if (store->idle->len > 0)
		session = g_ptr_array_steal_index_fast(store->idle, store->idle->len - 1);
	g_mutex_unlock(&store->lock);
	return session != NULL ? session : pipitd_session_open(store, store->path, TRUE, error);
}

void
pipitd_session_release(PipitdSession *session)
{
	PipitdStore *store = session->store;
	g_mutex_lock(&store->lock);
	g_ptr_array_add(store->idle, session);
	g_mutex_unlock(&store->lock);
}

PipitdSession *
pipitd_store_writer(PipitdStore *store)
{
	return store->writer;
}
