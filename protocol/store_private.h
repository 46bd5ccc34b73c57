/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the store's own files share: the connection, and SQL in few words. */
#pragma once

#include <sqlite3.h>

#include "crypto/device_keys.h"
#include "protocol/store.h"

/* Files of a store that workers sync (store_sync.c). */
typedef struct PipitStoreFiles PipitStoreFiles;

/* How far a round of copying the log into the database has come (store_sync.h). */
typedef enum {
	PIPIT_CHECKPOINT_NONE,
	PIPIT_CHECKPOINT_LOG,    /* the log is being synced */
	PIPIT_CHECKPOINT_COPIED, /* the database is being synced: until then the log must stay */
} PipitCheckpoint;

/* SQLite's "synchronous". */
typedef enum {
	PIPIT_STORE_WAITS,       /* each commit until it is on the disk */
	PIPIT_STORE_WAITS_LATER, /* with one that waits, or a sync */
	PIPIT_STORE_WAITS_NEVER, /* syncs are somebody else's */
	PIPIT_STORE_WAITS_UNKNOWN,
} PipitStoreWaiting;

struct PipitStore {
	char *folder;
	char *keys_folder;
	int lock; /* a file descriptor that holds the lock, or -1 */
	sqlite3 *db;
	PipitStoreWaiting waiting;
	gboolean log_was_broken;
	PipitStoreFiles *files;
	sqlite3 *reader; /* holds the snapshot of a round; NULL before the first */
	PipitCheckpoint checkpoint;
	int log_pages;      /* in the log */
	int snapshot_pages; /* of them, those of this round */
	int copied_pages;   /* of them, those that are in the database */
	PipitStoreAccount account;
	PipitDeviceSecrets *device;
	GBytes *auth_token;
	GHashTable *histories; /* gid -> PipitGroupHistory; NULL before one is read (store_groups.c) */
	GPtrArray *prekeys;    /* of StoredPrekey (store_keys.c), the newest first */
};

/**
 * Prepares @sql and binds what follows, one argument for each letter of @types: s a string or NULL, i a gint64,
 * d a double, b a GBytes or NULL, k a compact key (32 bytes). What is bound must live until the statement is freed.
 * Returns: (transfer full) NULL with PIPIT_STORE_ERROR.
 */
sqlite3_stmt *pipit_store_query(PipitStore *store, GError **error, const char *sql, const char *types, ...);

/**
 * The same for what is asked many times in a row, since preparing takes longer than running.
 * @kept: the caller's: NULL the first time, and then the statement, of this very @sql.
 * Returns: (transfer none) *@kept; NULL with PIPIT_STORE_ERROR.
 */
sqlite3_stmt *pipit_store_query_again(PipitStore *store, sqlite3_stmt **kept, GError **error, const char *sql,
				      const char *types, ...);

/** Goes to the next row. Returns: SQLITE_ROW, or SQLITE_DONE, or another code with PIPIT_STORE_ERROR. */
int pipit_store_step(PipitStore *store, sqlite3_stmt *statement, GError **error);

/** Runs @sql that gives no rows, bound as by pipit_store_query(). */
gboolean pipit_store_run(PipitStore *store, GError **error, const char *sql, const char *types, ...);

/** The same many times in a row, inside a transaction; @kept as in pipit_store_query_again(). */
gboolean pipit_store_run_again(PipitStore *store, sqlite3_stmt **kept, GError **error, const char *sql,
			       const char *types, ...);

/** Runs @work in one transaction, which is on disk if this returns TRUE, and undone if it returns FALSE. */
typedef gboolean (*PipitStoreWork)(PipitStore *store, gpointer user_data, GError **error);
gboolean pipit_store_transaction(PipitStore *store, PipitStoreWork work, gpointer user_data, GError **error);

/** The same, but on disk only with what is committed or synced after it (protocol/store_sync.h). */
gboolean pipit_store_transaction_lazily(PipitStore *store, PipitStoreWork work, gpointer user_data,
					GError **error);
/** How commits treat the disk from now on; what is so already costs nothing. Outside of transactions. Nobody need go back:
 * whoever wants another way says so, before there is anything to lose by a failure. */
gboolean pipit_store_set_waiting(PipitStore *store, PipitStoreWaiting waiting, GError **error);

/** Sets PIPIT_STORE_ERROR for SQLite's result @code. Returns FALSE. */
gboolean pipit_store_fail(PipitStore *store, int code, GError **error);

/** Sets PIPIT_STORE_ERROR for errno at @path. Returns FALSE. */
gboolean pipit_store_fail_io(PipitStore *store, const char *path, GError **error);

/** Sets PIPIT_STORE_ERROR_DAMAGED; @what is for the curious. Returns FALSE. */
gboolean pipit_store_fail_damaged(PipitStore *store, const char *what, GError **error);

/** Returns: (transfer full) the column's bytes; NULL for SQL's NULL. */
GBytes *pipit_store_column_bytes(sqlite3_stmt *statement, int column);
/** Returns: (transfer full) the column's text; NULL for SQL's NULL. */
char *pipit_store_column_text(sqlite3_stmt *statement, int column);

/** Reads this device's keys, after the database was opened (store_keys.c). */
gboolean pipit_store_load_keys(PipitStore *store, GError **error);
void pipit_store_clear_keys(PipitStore *store);

/** The store's part of store_sync.c. @database: its path. NULL with errno. */
PipitStoreFiles *pipit_store_files_open(const char *database);
void pipit_store_files_unref(PipitStoreFiles *files);
void pipit_store_checkpoint_watch(PipitStore *store);
/** Before the connection is closed. */
void pipit_store_checkpoint_close(PipitStore *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)
