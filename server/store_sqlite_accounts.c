/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts, their handles, and invites on SQLite. */
#include "server/store_accounts.h"

#include "server/store_sqlite.h"

gboolean
pipitd_store_find_account(PipitdSession *session, const char *handle, gint64 *account, char **password,
			  GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(session,
						"SELECT a.id, a.password FROM handles h JOIN accounts a"
						" ON a.id = h.account WHERE h.handle = ?",
						"t", handle);
	gboolean found = pipitd_rows_next(rows);
	if (!pipitd_rows_check(rows, error))
		return FALSE;
	*account = found ? pipitd_rows_int(rows, 0) : 0;
	if (password != NULL)
		*password = found ? pipitd_rows_text(rows, 1) : NULL;
	return TRUE;
}

char *
pipitd_store_account_password(PipitdSession *session, gint64 account, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT password FROM accounts WHERE id = ?", "i", account);
	if (pipitd_rows_next(rows))
		return pipitd_rows_text(rows, 0);
	if (pipitd_rows_check(rows, error))
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_NOT_FOUND,
				    "no such account");
	return NULL;
}

char **
pipitd_store_account_handles(PipitdSession *session, gint64 account, GError **error)
{
	g_autoptr(GPtrArray) handles = g_ptr_array_new_null_terminated(1, g_free, TRUE);
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT handle FROM handles WHERE account = ? ORDER BY id", "i", account);
	while (pipitd_rows_next(rows))
		g_ptr_array_add(handles, pipitd_rows_text(rows, 0));
	if (!pipitd_rows_check(rows, error))
		return NULL;
	return (char **)g_ptr_array_steal(handles, NULL);
}

static gboolean
use_invite(PipitdSession *session, const guint8 *code, GError **error)
{
	if (!pipitd_sql_run(session, error, "UPDATE invites SET uses = uses - 1 WHERE code = ? AND uses > 0",
			    "b", code, (gsize)PIPITD_TOKEN_HASH_LEN))
		return FALSE;
	if (pipitd_sql_changes(session) == 1)
		return TRUE;
	g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_INVITE_INVALID,
			    "this invite is not known, or was used up");
	return FALSE;
}

static gboolean
check_free(PipitdSession *session, const char *handle, GError **error)
{
	gint64 account;
	if (!pipitd_store_find_account(session, handle, &account, NULL, error))
		return FALSE;
	if (account == 0)
		return TRUE;
	g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_HANDLE_TAKEN,
			    "there is an account with this address already");
	return FALSE;
}

static gboolean
insert_handle(PipitdSession *session, gint64 account, const char *handle, gint64 now, GError **error)
{
	return pipitd_sql_run(session, error,
			      "INSERT INTO handles(handle, account, added_at) VALUES (?, ?, ?)", "tii",
			      handle, account, now);
}

gboolean
pipitd_store_create_account(PipitdSession *session, const char *handle, const char *password,
			    const guint8 *invite, gint64 now, gint64 *account, GError **error)
{
	if (!check_free(session, handle, error) || (invite != NULL && !use_invite(session, invite, error)) ||
	    !pipitd_sql_run(session, error, "INSERT INTO accounts(password, created_at) VALUES (?, ?)", "ti",
			    password, now))
		return FALSE;
	*account = pipitd_sql_inserted(session);
	return insert_handle(session, *account, handle, now, error);
}

static gboolean
check_room(PipitdSession *session, gint64 account, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT count(*) FROM handles WHERE account = ?", "i", account);
	gint64 count = pipitd_rows_next(rows) ? pipitd_rows_int(rows, 0) : 0;
	if (!pipitd_rows_check(rows, error))
		return FALSE;
	if (count < PIPIT_ACCOUNT_MAX_HANDLES)
		return TRUE;
	g_set_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_TOO_MANY,
		    "an account has at most %d addresses", PIPIT_ACCOUNT_MAX_HANDLES);
	return FALSE;
}

gboolean
pipitd_store_add_handle(PipitdSession *session, gint64 account, const char *handle, gint64 now,
			GError **error)
{
	gint64 owner;
	if (!pipitd_store_find_account(session, handle, &owner, NULL, error))
		return FALSE;
	if (owner == account)
		return TRUE;
	return check_free(session, handle, error) && check_room(session, account, error) &&
	       insert_handle(session, account, handle, now, error);
}

gboolean
pipitd_store_create_invite(PipitdSession *session, const guint8 code[static PIPITD_TOKEN_HASH_LEN],
			   gint64 uses, gint64 now, GError **error)
{
	return pipitd_sql_run(session, error, "INSERT INTO invites(code, uses, created_at) VALUES (?, ?, ?)",
			      "bii", code, (gsize)PIPITD_TOKEN_HASH_LEN, uses, now);
}

gboolean
pipitd_store_check_invite(PipitdSession *session, const guint8 code[static PIPITD_TOKEN_HASH_LEN],
			  GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(session, "SELECT 1 FROM invites WHERE code = ? AND uses > 0",
						"b", code, (gsize)PIPITD_TOKEN_HASH_LEN);
	if (pipitd_rows_next(rows))
		return TRUE;
	if (pipitd_rows_check(rows, error))
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_INVITE_INVALID,
				    "this invite is not known, or was used up");
	return FALSE;
}
