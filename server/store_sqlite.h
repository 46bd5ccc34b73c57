/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQL on SQLite for the store_sqlite_*.c files, and for no other: statements are prepared once a session and reused.
 *
 * Failures are sticky in the rows, so that a caller reads them all and looks once:
 *
 *	g_autoptr(PipitdRows) rows = pipitd_sql(session, "SELECT name FROM devices WHERE account = ?", "i", account);
 *	while (pipitd_rows_next(rows))
 *		…
 *	return pipitd_rows_check(rows, error);
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

#include "server/store.h"

typedef struct PipitdRows PipitdRows;

/**
 * Starts a statement. @sql must be a literal: it is its own key. @types: one letter for each "?", and its arguments:
 * i gint64, d double, t const char * (NULL for null), B GBytes * (NULL for null), b gconstpointer and gsize.
 * What the arguments point to must live until the rows end.
 * Returns: (transfer full) never NULL; end it before the same statement starts again.
 */
PipitdRows *pipitd_sql(PipitdSession *session, const char *sql, const char *types, ...);

/** Goes to the next row. FALSE at the end or on failure. */
gboolean pipitd_rows_next(PipitdRows *rows);

/** FALSE with PIPITD_STORE_ERROR if a step failed. */
gboolean pipitd_rows_check(PipitdRows *rows, GError **error);

/** Gives the statement back for the next use. */
void pipitd_rows_end(PipitdRows *rows);

/* Columns of the present row, from 0. Text and bytes are copies. */
gint64 pipitd_rows_int(PipitdRows *rows, int column);
double pipitd_rows_double(PipitdRows *rows, int column);
char *pipitd_rows_text(PipitdRows *rows, int column);
GBytes *pipitd_rows_bytes(PipitdRows *rows, int column); /* NULL for null */
/** Copies a column of exactly @size bytes; zeros if it has another size. */
void pipitd_rows_fixed(PipitdRows *rows, int column, guint8 *bytes, gsize size);

/** Runs a statement that gives no rows. */
gboolean pipitd_sql_run(PipitdSession *session, GError **error, const char *sql, const char *types, ...);

/** Returns: how many rows the last statement that ran changed. */
gint64 pipitd_sql_changes(PipitdSession *session);

/** Returns: the row id that the last insertion got. */
gint64 pipitd_sql_inserted(PipitdSession *session);

/** Opens a session. @read_only: one that reads what is committed. */
PipitdSession *pipitd_session_open(PipitdStore *store, const char *path, gboolean read_only, GError **error);
void pipitd_session_close(PipitdSession *session);

/** Runs statements whose text is made here and holds no values of others. */
gboolean pipitd_session_execute(PipitdSession *session, const char *sql, GError **error);

/** Lets closing it move its log into the database, as the last one of a store does; not let at first: what turns out to be
 * damaged, or none of ours, is left as it is. */
void pipitd_session_let_checkpoint(PipitdSession *session);

/** Returns: FALSE, with PIPITD_STORE_ERROR_FAULT and what the operator is to do. */
gboolean pipitd_session_fail_damaged(const PipitdSession *session, const char *what, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdRows, pipitd_rows_end)
