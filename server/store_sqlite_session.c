/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to SQLite: its prepared statements, its errors and its transactions. */
#include "server/store_sqlite.h"

#include <string.h>

#include "server/store_sqlite_session.h"

#define BUSY_TIMEOUT_MS 10000

struct PipitdRows {
	PipitdSession *session;
	sqlite3_stmt *statement;
	int result; /* of the last step */
};

gboolean
pipitd_session_fail_damaged(const PipitdSession *session, const char *what, GError **error)
{
	g_set_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT,
		    "the store %s is damaged (%s): stop pipitd, keep that file, and put back a copy",
		    sqlite3_db_filename(session->database, NULL), what);
	return FALSE;
}

static gboolean
fail(PipitdSession *session, int result, GError **error)
{
	int kind = result & 0xff;
	gboolean full = kind == SQLITE_FULL;
	if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
		return pipitd_session_fail_damaged(session, sqlite3_errmsg(session->database), error);
	g_set_error(error, PIPITD_STORE_ERROR, full ? PIPITD_STORE_ERROR_FULL : PIPITD_STORE_ERROR_FAULT,
		    "the store: %s", sqlite3_errmsg(session->database));
	return FALSE;
}

static void
rows_free(gpointer data)
{
	PipitdRows *rows = data;
	sqlite3_finalize(rows->statement);
	g_free(rows);
}

PipitdSession *
pipitd_session_open(PipitdStore *store, const char *path, gboolean read_only, GError **error)
{
	PipitdSession *session = g_new0(PipitdSession, 1);
	session->store = store;
	session->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, rows_free);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int result = sqlite3_open_v2(path, &session->database, flags, NULL);
	if (result == SQLITE_OK)
		sqlite3_busy_timeout(session->database, BUSY_TIMEOUT_MS);
	if (result == SQLITE_OK)
		sqlite3_db_config(session->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* Debian's 3.40.1 can corrupt a database when two connections write or checkpoint at once: readers do neither. */
	const char *settings = read_only ? "PRAGMA query_only = ON; PRAGMA wal_autocheckpoint = 0"
					 : "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
					   "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; "
					   "PRAGMA wal_autocheckpoint = 2000";
	if (result == SQLITE_OK && pipitd_session_execute(session, settings, error))
		return session;
	if (result != SQLITE_OK)
		fail(session, result, error);
	pipitd_session_close(session);
	return NULL;
}

void
pipitd_session_close(PipitdSession *session)
{
	if (session == NULL)
		return;
	g_hash_table_unref(session->statements);
	sqlite3_close(session->database);
	g_free(session);
}

void
pipitd_session_let_checkpoint(PipitdSession *session)
{
	sqlite3_db_config(session->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

gboolean
pipitd_session_execute(PipitdSession *session, const char *sql, GError **error)
{
	int result = sqlite3_exec(session->database, sql, NULL, NULL, NULL);
	return result == SQLITE_OK || fail(session, result, error);
}

static PipitdRows *
rows_for(PipitdSession *session, const char *sql)
{
	PipitdRows *rows = g_hash_table_lookup(session->statements, sql);
	if (rows == NULL) {
		rows = g_new0(PipitdRows, 1);
		rows->session = session;
		g_hash_table_insert(session->statements, (gpointer)sql, rows);
	}
	/* Also one that could not be prepared before: what was in the way may have passed. */
	if (rows->statement == NULL)
		rows->result = sqlite3_prepare_v3(session->database, sql, -1, SQLITE_PREPARE_PERSISTENT,
						  &rows->statement, NULL);
	return rows;
}

static int
bind_bytes(sqlite3_stmt *statement, int index, gconstpointer bytes, gsize size)
{
	/* A NULL pointer would be bound as null, and no bytes are not that. */
	return sqlite3_bind_blob64(statement, index, size == 0 ? "" : bytes, size, SQLITE_STATIC);
}

static int
bind_shared(sqlite3_stmt *statement, int index, GBytes *bytes)
{
	if (bytes == NULL)
		return sqlite3_bind_null(statement, index);
	gsize size;
	gconstpointer start = g_bytes_get_data(bytes, &size);
	return bind_bytes(statement, index, start, size);
}

static int
bind_one(sqlite3_stmt *statement, int index, char type, va_list *arguments)
{
	switch (type) {
	case 'i':
		return sqlite3_bind_int64(statement, index, va_arg(*arguments, gint64));
	case 'd':
		return sqlite3_bind_double(statement, index, va_arg(*arguments, double));
	case 't':
		return sqlite3_bind_text(statement, index, va_arg(*arguments, const char *), -1,
					 SQLITE_STATIC);
	case 'B':
		return bind_shared(statement, index, va_arg(*arguments, GBytes *));
	case 'b': {
		gconstpointer bytes = va_arg(*arguments, gconstpointer);
		return bind_bytes(statement, index, bytes, va_arg(*arguments, gsize));
	}
	default:
		return SQLITE_MISUSE;
	}
}

static PipitdRows *
start(PipitdSession *session, const char *sql, const char *types, va_list *arguments)
{
	PipitdRows *rows = rows_for(session, sql);
	if (rows->statement == NULL)
		return rows;
	g_assert(!sqlite3_stmt_busy(rows->statement)); /* the same statement within its own loop */
	rows->result = SQLITE_OK;
	for (int i = 0; types[i] != '\0' && rows->result == SQLITE_OK; i++)
		rows->result = bind_one(rows->statement, i + 1, types[i], arguments);
	return rows;
}

PipitdRows *
pipitd_sql(PipitdSession *session, const char *sql, const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	PipitdRows *rows = start(session, sql, types, &arguments);
	va_end(arguments);
	return rows;
}

gboolean
pipitd_rows_next(PipitdRows *rows)
{
	if (rows->result != SQLITE_OK && rows->result != SQLITE_ROW)
		return FALSE;
	rows->result = sqlite3_step(rows->statement);
	return rows->result == SQLITE_ROW;
}

gboolean
pipitd_rows_check(PipitdRows *rows, GError **error)
{
	if (rows->result == SQLITE_OK || rows->result == SQLITE_ROW || rows->result == SQLITE_DONE)
		return TRUE;
	return fail(rows->session, rows->result, error);
}

void
pipitd_rows_end(PipitdRows *rows)
{
	if (rows->statement == NULL)
		return;
	sqlite3_reset(rows->statement);
	sqlite3_clear_bindings(rows->statement);
}

gint64
pipitd_rows_int(PipitdRows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

double
pipitd_rows_double(PipitdRows *rows, int column)
{
	return sqlite3_column_double(rows->statement, column);
}

char *
pipitd_rows_text(PipitdRows *rows, int column)
{
	return g_strdup((const char *)sqlite3_column_text(rows->statement, column));
}

GBytes *
pipitd_rows_bytes(PipitdRows *rows, int column)
{
	if (sqlite3_column_type(rows->statement, column) == SQLITE_NULL)
		return NULL;
	gconstpointer bytes = sqlite3_column_blob(rows->statement, column);
	return g_bytes_new(bytes, (gsize)sqlite3_column_bytes(rows->statement, column));
}

void
pipitd_rows_fixed(PipitdRows *rows, int column, guint8 *bytes, gsize size)
{
	gconstpointer stored = sqlite3_column_blob(rows->statement, column);
	if ((gsize)sqlite3_column_bytes(rows->statement, column) == size)
		memcpy(bytes, stored, size);
	else
		memset(bytes, 0, size);
}

gboolean
pipitd_sql_run(PipitdSession *session, GError **error, const char *sql, const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	g_autoptr(PipitdRows) rows = start(session, sql, types, &arguments);
	va_end(arguments);
	while (pipitd_rows_next(rows))
		continue;
	return pipitd_rows_check(rows, error);
}

gint64
pipitd_sql_changes(PipitdSession *session)
{
	return sqlite3_changes64(session->database);
}

gint64
pipitd_sql_inserted(PipitdSession *session)
{
	return sqlite3_last_insert_rowid(session->database);
}

gboolean
pipitd_session_begin(PipitdSession *session, GError **error)
{
	return pipitd_sql_run(session, error, "BEGIN IMMEDIATE", "");
}

gboolean
pipitd_session_commit(PipitdSession *session, GError **error)
{
	return pipitd_sql_run(session, error, "COMMIT", "");
}

void
pipitd_session_rollback(PipitdSession *session)
{
	if (pipitd_session_in_transaction(session))
		pipitd_sql_run(session, NULL, "ROLLBACK", "");
}

gboolean
pipitd_session_begin_job(PipitdSession *session, GError **error)
{
	return pipitd_sql_run(session, error, "SAVEPOINT job", "");
}

gboolean
pipitd_session_end_job(PipitdSession *session, GError **error)
{
	return pipitd_sql_run(session, error, "RELEASE job", "");
}

void
pipitd_session_undo_job(PipitdSession *session)
{
	if (!pipitd_session_in_transaction(session))
		return;
	pipitd_sql_run(session, NULL, "ROLLBACK TO job", "");
	pipitd_sql_run(session, NULL, "RELEASE job", "");
}

gboolean
pipitd_session_in_transaction(PipitdSession *session)
{
	return !sqlite3_get_autocommit(session->database);
}
