/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which account a command works for: its options, the same for every command that talks to a server. */
#pragma once

#include <glib.h>

#include "protocol/client.h"

typedef struct {
	char *handle;
	char *server;
	char *store; /* absolute */
	char *ca_file;
	char *password_file;
	char *invite;
	char *device_name;
	char **arguments; /* what is left, or NULL */
} PipitAccountOptions;

void pipit_account_options_clear(PipitAccountOptions *options);

/**
 * Reads the options of an account and those of the command itself; --help prints and exits.
 * @arguments: such as "TO [TEXT]", for the help. @entries: the command's own, or NULL.
 * Returns: FALSE with G_OPTION_ERROR.
 */
gboolean pipit_account_options_parse(PipitAccountOptions *options, const char *arguments, const char *summary,
				     const GOptionEntry *entries, int argc, char **argv, GError **error);

/**
 * Finds out what was not said, for an account that is set up already: the handle, if the store has one account alone, and
 * the server that it was set up at.
 * Returns: FALSE with G_OPTION_ERROR or PIPIT_STORE_ERROR.
 */
gboolean pipit_account_options_complete(PipitAccountOptions *options, GError **error);

/**
 * Reads the account's password: from the file, else from standard input, where a terminal is asked without echo.
 * Returns: (transfer full) free with pipit_secret_string_free(); NULL with an error.
 */
char *pipit_account_options_password(const PipitAccountOptions *options, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitAccountOptions, pipit_account_options_clear)
