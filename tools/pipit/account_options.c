/* SPDX-License-Identifier: GPL-2.0-or-later */
/* People name an account once, when they register it; afterwards the store knows the rest. */
#include "tools/pipit/account_options.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"
#include "protocol/store.h"
#include "tools/pipit/pure_io.h"

void
pipit_account_options_clear(PipitAccountOptions *options)
{
	g_free(options->handle);
	g_free(options->server);
	g_free(options->store);
	g_free(options->ca_file);
	g_free(options->password_file);
	g_free(options->invite);
	g_free(options->device_name);
	g_strfreev(options->arguments);
}

static gboolean
parse(PipitAccountOptions *options, GOptionContext *context, const GOptionEntry *own, int argc, char **argv,
      GError **error)
{
	const GOptionEntry common[] = {
		{"handle", 'a', 0, G_OPTION_ARG_STRING, &options->handle,
		 N_("The account's address (needed only if the store has several)"), N_("ADDRESS")},
		{"server", 0, 0, G_OPTION_ARG_STRING, &options->server,
		 N_("The server (else: as when registering, or found by the address)"), N_("URL")},
		{"store", 0, 0, G_OPTION_ARG_FILENAME, &options->store,
		 N_("Folder for keys and messages (else: the user's data folder)"), N_("DIR")},
		{"ca", 0, 0, G_OPTION_ARG_FILENAME, &options->ca_file,
		 N_("Issuers to trust instead of the system's (PEM)"), N_("FILE")},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->arguments, NULL, NULL},
		G_OPTION_ENTRY_NULL,
	};

	g_option_context_set_translation_domain(context, GETTEXT_PACKAGE);
	g_option_context_add_main_entries(context, common, GETTEXT_PACKAGE);
	if (own != NULL)
		g_option_context_add_main_entries(context, own, GETTEXT_PACKAGE);
	return g_option_context_parse(context, &argc, &argv, error);
}

gboolean
pipit_account_options_parse(PipitAccountOptions *options, const char *arguments, const char *summary,
			    const GOptionEntry *entries, int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(arguments);

	g_option_context_set_summary(context, summary);
	if (!parse(options, context, entries, argc, argv, error))
		return FALSE;
	g_autofree char *folder = g_steal_pointer(&options->store);
	options->store = g_canonicalize_filename(folder != NULL ? folder : g_get_user_data_dir(), NULL);
	return TRUE;
}

static gboolean
refuse(GError **error, const char *sentence)
{
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, sentence);
	return FALSE;
}

/* The folder of an account is its handle, escaped (protocol/store.c). */
static char *
handle_of_folder(const char *name)
{
	g_autofree char *handle = g_uri_unescape_string(name, NULL);

	return handle != NULL && pipit_handle_valid(handle) ? g_steal_pointer(&handle) : NULL;
}

static gboolean
find_handle(PipitAccountOptions *options, GError **error)
{
	g_autofree char *folder = g_build_filename(options->store, "pipit", NULL);
	g_autoptr(GDir) accounts = g_dir_open(folder, 0, NULL);

	for (const char *name; accounts != NULL && (name = g_dir_read_name(accounts)) != NULL;) {
		g_autofree char *handle = handle_of_folder(name);
		if (handle == NULL)
			continue;
		if (options->handle != NULL)
			return refuse(error, _("there are several accounts: name one with --handle"));
		options->handle = g_steal_pointer(&handle);
	}
	if (options->handle == NULL)
		return refuse(error, _("there is no account yet: “pipit register” makes one"));
	return TRUE;
}

gboolean
pipit_account_options_complete(PipitAccountOptions *options, GError **error)
{
	if (options->handle == NULL && !find_handle(options, error))
		return FALSE;
	if (options->server != NULL)
		return TRUE;
	g_autofree char *handle = pipit_handle_parse(options->handle);
	if (handle == NULL)
		return refuse(error, _("this is no address"));
	g_autoptr(PipitStore) store = pipit_store_open(options->store, handle, error);
	if (store == NULL)
		return FALSE;
	options->server = g_strdup(pipit_store_account(store)->server);
	return TRUE;
}

/* Reads a line from the terminal without showing it. */
static char *
ask_password(void)
{
	struct termios shown;
	char *line = pipit_secret_new(PIPIT_PASSWORD_MAX + 2);
	char *password = NULL;

	fputs(_("Password: "), stderr);
	tcgetattr(STDIN_FILENO, &shown);
	struct termios hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	if (fgets(line, PIPIT_PASSWORD_MAX + 2, stdin) != NULL)
		password = g_strdup(line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputc('\n', stderr);
	pipit_secret_free(line);
	return password;
}

static char *
first_line(GBytes *bytes)
{
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);

	return g_strndup(text != NULL ? text : "", size);
}

char *
pipit_account_options_password(const PipitAccountOptions *options, GError **error)
{
	char *password = NULL;

	if (options->password_file == NULL && isatty(STDIN_FILENO)) {
		password = ask_password();
	} else {
		g_autoptr(GBytes) bytes = options->password_file != NULL
						  ? pipit_file_read(options->password_file, error)
						  : pipit_stdin_read(error);
		if (bytes == NULL)
			return NULL;
		password = first_line(bytes);
	}
	if (password != NULL)
		password[strcspn(password, "\r\n")] = '\0';
	if (password == NULL || password[0] == '\0') {
		pipit_secret_string_free(password);
		refuse(error,
		       _("there is no password: give it in a file (--password-file) or on standard input"));
		return NULL;
	}
	return password;
}
