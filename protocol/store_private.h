/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the store's own files share: the connection, and SQL in few words. */
#pragma once

#include <sqlite3.h>

#include "crypto/device_keys.h"
#include "protocol/store.h"

struct PipitStore {
	char *folder;
	char *keys_folder;
	int lock; /* a file descriptor that holds the lock, or -1 */
	sqlite3 *db;
	PipitStoreAccount account;
	PipitDeviceSecrets *device;
	GBytes *auth_token;
	GPtrArray *prekeys; /* of StoredPrekey (store_keys.c), the newest first */
};

/**
 * Prepares @sql and binds what follows, one argument for each letter of @types: s a string or NULL, i a gint64,
 * d a double, b a GBytes or NULL, k a compact key (32 bytes). What is bound must live until the statement is freed.
 * Returns: (transfer full) NULL with PIPIT_STORE_ERROR.
 */
sqlite3_stmt *pipit_store_query(PipitStore *store, GError **error, const char *sql, const char *types, ...);

/** Goes to the next row. Returns: SQLITE_ROW, or SQLITE_DONE, or another code with PIPIT_STORE_ERROR. */
int pipit_store_step(PipitStore *store, sqlite3_stmt *statement, GError **error);

/** Runs @sql that gives no rows, bound as by pipit_store_query(). */
gboolean pipit_store_run(PipitStore *store, GError **error, const char *sql, const char *types, ...);

/** Runs @work in one transaction, which is on disk if this returns TRUE, and undone if it returns FALSE. */
typedef gboolean (*PipitStoreWork)(PipitStore *store, gpointer user_data, GError **error);
gboolean pipit_store_transaction(PipitStore *store, PipitStoreWork work, gpointer user_data, GError **error);

/** Sets PIPIT_STORE_ERROR for SQLite's result @code. Returns FALSE. */
gboolean pipit_store_fail(PipitStore *store, int code, GError **error);

/** Sets PIPIT_STORE_ERROR_DAMAGED; @what is for the curious. Returns FALSE. */
gboolean pipit_store_fail_damaged(PipitStore *store, const char *what, GError **error);

/** Returns: (transfer full) the column's bytes; NULL for SQL's NULL. */
GBytes *pipit_store_column_bytes(sqlite3_stmt *statement, int column);
/** Returns: (transfer full) the column's text; NULL for SQL's NULL. */
char *pipit_store_column_text(sqlite3_stmt *statement, int column);

/** Reads this device's keys, after the database was opened (store_keys.c). */
gboolean pipit_store_load_keys(PipitStore *store, GError **error);
void pipit_store_clear_keys(PipitStore *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)
