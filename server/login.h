/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proving a password: limited, off the serving threads, and the same for an account that does not exist. */
#pragma once

#include "server/request.h"

/* Must be the first member of the state that the handler keeps in the request. */
typedef struct {
	char *password; /* wiped with the state */
	char *hash;     /* of the account's password; NULL: no such account */
	gint64 account; /* 0: none */
	char *network;
	char *limit_key; /* what failed attempts are counted by, beside the network */
	gboolean proved;
} PipitdLogin;

/** Takes the password out of a body, and checks its length; FALSE if the request was answered. */
gboolean pipitd_login_read(PipitdRequest *request, JsonObject *body, PipitdLogin *login);

/** Wipes and frees what is in it. */
void pipitd_login_clear(PipitdLogin *login);

/**
 * Checks the password against the account of @handle, or against @account's if it is not 0, then goes on with @next;
 * or answers. @handle is what failed attempts are counted by.
 */
void pipitd_login_prove(PipitdRequest *request, const char *handle, gint64 account, PipitdHandler next);

/** For @next: TRUE if the password was right; else the request is answered with `wrong-password`. */
gboolean pipitd_login_proved(PipitdRequest *request);
