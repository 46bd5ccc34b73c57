/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQL in few words, and SQLite's errors in a person's. */
#include "protocol/store_private.h"

#include <errno.h>
#include <stdarg.h>

#include "protocol/i18n.h"
#include "protocol/store_groups.h"

gboolean
pipit_store_fail_damaged(PipitStore *store, const char *what, GError **error)
{
	g_set_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_DAMAGED,
		    _("The keys and messages kept in %s are damaged (%s). Nothing was changed. Put back a "
		      "copy of that "
		      "folder, or move it away to sign in as a new device."),
		    store->folder, what);
	return FALSE;
}

/* SQLite has more names for a full disk than one: the side files' come as I/O errors. */
static int
kind_of(const PipitStore *store, int code)
{
	int kind = code & 0xff;
	int number = kind == SQLITE_IOERR && store->db != NULL ? sqlite3_system_errno(store->db) : 0;
	return number == ENOSPC || number == EDQUOT ? SQLITE_FULL : kind;
}

gboolean
pipit_store_fail(PipitStore *store, int code, GError **error)
{
	const char *what = store->db != NULL ? sqlite3_errmsg(store->db) : sqlite3_errstr(code);
	switch (kind_of(store, code)) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return pipit_store_fail_damaged(store, what, error);
	case SQLITE_FULL:
		g_set_error(
			error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_FULL,
			_("There is no room left on the disk that holds %s. Make some room, then try again."),
			store->folder);
		return FALSE;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		g_set_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IN_USE,
			    _("Another program is using %s. Close it, then try again."), store->folder);
		return FALSE;
	default:
		g_set_error(
			error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IO,
			_("The folder %s can't be used: %s. Check the disk and the folder's permissions."),
			store->folder, what);
		return FALSE;
	}
}

static int
bind_bytes(sqlite3_stmt *statement, int place, GBytes *bytes)
{
	if (bytes == NULL)
		return sqlite3_bind_null(statement, place);
	gsize size = 0;
	gconstpointer start = g_bytes_get_data(bytes, &size);
	/* An empty blob must not become NULL. */
	return sqlite3_bind_blob64(statement, place, size == 0 ? "" : start, size, SQLITE_STATIC);
}

static int
bind_all(sqlite3_stmt *statement, const char *types, va_list arguments)
{
	int result = SQLITE_OK;
	for (int i = 0; types[i] != '\0' && result == SQLITE_OK; i++) {
		switch (types[i]) {
		case 's':
			result = sqlite3_bind_text(statement, i + 1, va_arg(arguments, const char *), -1,
						   SQLITE_STATIC);
			break;
		case 'i':
			result = sqlite3_bind_int64(statement, i + 1, va_arg(arguments, gint64));
			break;
		case 'd':
			result = sqlite3_bind_double(statement, i + 1, va_arg(arguments, double));
			break;
		case 'b':
			result = bind_bytes(statement, i + 1, va_arg(arguments, GBytes *));
			break;
		case 'k':
			result = sqlite3_bind_blob(statement, i + 1, va_arg(arguments, const guint8 *),
						   PIPIT_COMPACT_KEY_LEN, SQLITE_STATIC);
			break;
		default:
			g_assert_not_reached();
		}
	}
	return result;
}

static sqlite3_stmt *
query(PipitStore *store, const char *sql, const char *types, va_list arguments, GError **error)
{
	g_autoptr(sqlite3_stmt) statement = NULL;
	int result = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = bind_all(statement, types, arguments);
	if (result != SQLITE_OK) {
		pipit_store_fail(store, result, error);
		return NULL;
	}
	return g_steal_pointer(&statement);
}

sqlite3_stmt *
pipit_store_query(PipitStore *store, GError **error, const char *sql, const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	sqlite3_stmt *statement = query(store, sql, types, arguments, error);
	va_end(arguments);
	return statement;
}

static sqlite3_stmt *
query_again(PipitStore *store, sqlite3_stmt **kept, const char *sql, const char *types, va_list arguments,
	    GError **error)
{
	if (*kept == NULL)
		return *kept = query(store, sql, types, arguments, error);
	/* What it says is how it last went, which its caller knows. */
	sqlite3_reset(*kept);
	int result = bind_all(*kept, types, arguments);
	if (result == SQLITE_OK)
		return *kept;
	pipit_store_fail(store, result, error);
	return NULL;
}

sqlite3_stmt *
pipit_store_query_again(PipitStore *store, sqlite3_stmt **kept, GError **error, const char *sql,
			const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	sqlite3_stmt *statement = query_again(store, kept, sql, types, arguments, error);
	va_end(arguments);
	return statement;
}

int
pipit_store_step(PipitStore *store, sqlite3_stmt *statement, GError **error)
{
	int result = sqlite3_step(statement);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		pipit_store_fail(store, result, error);
	return result;
}

static gboolean
run(PipitStore *store, GError **error, const char *sql, const char *types, va_list arguments)
{
	g_autoptr(sqlite3_stmt) statement = query(store, sql, types, arguments, error);
	return statement != NULL && pipit_store_step(store, statement, error) == SQLITE_DONE;
}

static gboolean
run_plain(PipitStore *store, GError **error, const char *sql, ...)
{
	va_list nothing;
	va_start(nothing, sql);
	gboolean ran = run(store, error, sql, "", nothing);
	va_end(nothing);
	return ran;
}

gboolean
pipit_store_set_waiting(PipitStore *store, PipitStoreWaiting waiting, GError **error)
{
	static const char *const pragmas[] = {
		[PIPIT_STORE_WAITS] = "PRAGMA synchronous = FULL",
		[PIPIT_STORE_WAITS_LATER] = "PRAGMA synchronous = NORMAL",
		[PIPIT_STORE_WAITS_NEVER] = "PRAGMA synchronous = OFF",
	};
	if (store->waiting == waiting)
		return TRUE;
	/* It may be in force even where this fails. */
	store->waiting = PIPIT_STORE_WAITS_UNKNOWN;
	if (!run_plain(store, error, pragmas[waiting]))
		return FALSE;
	store->waiting = waiting;
	return TRUE;
}

gboolean
pipit_store_run(PipitStore *store, GError **error, const char *sql, const char *types, ...)
{
	/* Outside of a transaction it is one of its own. */
	if (sqlite3_get_autocommit(store->db) && !pipit_store_set_waiting(store, PIPIT_STORE_WAITS, error))
		return FALSE;
	va_list arguments;
	va_start(arguments, types);
	gboolean ran = run(store, error, sql, types, arguments);
	va_end(arguments);
	return ran;
}

gboolean
pipit_store_run_again(PipitStore *store, sqlite3_stmt **kept, GError **error, const char *sql,
		      const char *types, ...)
{
	va_list arguments;
	va_start(arguments, types);
	sqlite3_stmt *statement = query_again(store, kept, sql, types, arguments, error);
	va_end(arguments);
	return statement != NULL && pipit_store_step(store, statement, error) == SQLITE_DONE;
}

static gboolean
run_transaction(PipitStore *store, PipitStoreWaiting waiting, PipitStoreWork work, gpointer user_data,
		GError **error)
{
	if (!pipit_store_set_waiting(store, waiting, error) || !run_plain(store, error, "BEGIN IMMEDIATE"))
		return FALSE;
	pipit_store_forget_many_histories(store);
	if (work(store, user_data, error) && run_plain(store, error, "COMMIT"))
		return TRUE;
	pipit_store_forget_histories(store);
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return FALSE;
}

gboolean
pipit_store_transaction(PipitStore *store, PipitStoreWork work, gpointer user_data, GError **error)
{
	return run_transaction(store, PIPIT_STORE_WAITS, work, user_data, error);
}

gboolean
pipit_store_transaction_lazily(PipitStore *store, PipitStoreWork work, gpointer user_data, GError **error)
{
	return run_transaction(store, PIPIT_STORE_WAITS_LATER, work, user_data, error);
}

GBytes *
pipit_store_column_bytes(sqlite3_stmt *statement, int column)
{
	if (sqlite3_column_type(statement, column) == SQLITE_NULL)
		return NULL;
	const void *start = sqlite3_column_blob(statement, column);
	return g_bytes_new(start, (gsize)sqlite3_column_bytes(statement, column));
}

char *
pipit_store_column_text(sqlite3_stmt *statement, int column)
{
	return g_strdup((const char *)sqlite3_column_text(statement, column));
}
