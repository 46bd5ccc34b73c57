/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts, their handles, and invites in the store. */
#pragma once

#include "server/store.h"
#include "server/tokens.h"

/**
 * Finds the account that a handle belongs to.
 * @account: out, 0 if there is none. @password: out, (transfer full), its hash; optional.
 */
gboolean pipitd_store_find_account(PipitdSession *session, const char *handle, gint64 *account,
				   char **password, GError **error);

/** Returns: (transfer full) the hash of the account's password; NULL with PIPITD_STORE_ERROR. */
char *pipitd_store_account_password(PipitdSession *session, gint64 account, GError **error);

/** Returns: (transfer full) the account's handles, oldest first; NULL with PIPITD_STORE_ERROR. */
char **pipitd_store_account_handles(PipitdSession *session, gint64 account, GError **error);

/**
 * Creates an account with its first handle.
 * @invite: hash of the invite code that it uses up, or NULL where none is needed.
 * @account: out.
 * Returns: FALSE with _HANDLE_TAKEN or _INVITE_INVALID.
 */
gboolean pipitd_store_create_account(PipitdSession *session, const char *handle, const char *password,
				     const guint8 *invite, gint64 now, gint64 *account, GError **error);

/** Gives an account one more handle; one that it has already is fine. FALSE with _HANDLE_TAKEN or _TOO_MANY. */
gboolean pipitd_store_add_handle(PipitdSession *session, gint64 account, const char *handle, gint64 now,
				 GError **error);

/** Makes an invite for @uses accounts. */
gboolean pipitd_store_create_invite(PipitdSession *session, const guint8 code[static PIPITD_TOKEN_HASH_LEN],
				    gint64 uses, gint64 now, GError **error);

/** FALSE with _INVITE_INVALID unless the invite can still be used. */
gboolean pipitd_store_check_invite(PipitdSession *session, const guint8 code[static PIPITD_TOKEN_HASH_LEN],
				   GError **error);
