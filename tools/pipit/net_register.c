/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit register`: makes an account (if it is not there yet) and sets this computer up as a device of it. */
#include "crypto/secret.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/session.h"

static void
on_online(PipitToolSession *session, gpointer command G_GNUC_UNUSED)
{
	const PipitClient *client = pipit_tool_session_client(session);

	g_print(_("%s is registered at %s\n"), pipit_client_handle(client), pipit_client_server(client));
	pipit_tool_session_end(session, PIPIT_EXIT_OK);
}

static gboolean
parse(PipitAccountOptions *options, int argc, char **argv, GError **error)
{
	const GOptionEntry entries[] = {
		{"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file,
		 N_("Read the password from the first line of FILE (else: standard input)"), N_("FILE")},
		{"invite", 0, 0, G_OPTION_ARG_STRING, &options->invite,
		 N_("The invite code, where one is needed"), N_("CODE")},
		{"name", 0, 0, G_OPTION_ARG_STRING, &options->device_name,
		 N_("What the account's other devices call this one"), N_("NAME")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(
		    options, NULL,
		    _("Creates an account, or signs in to one that is there, and sets this "
		      "computer up as one of its devices."),
		    entries, argc, argv, error))
		return FALSE;
	if (options->handle != NULL && options->arguments == NULL)
		return TRUE;
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    _("register needs --handle ADDRESS, and no arguments"));
	return FALSE;
}

int
pipit_command_register(int argc, char **argv)
{
	const PipitToolEvents events = {.online = on_online};
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;

	if (!parse(&options, argc, argv, &error))
		return pipit_command_fail(error);
	char *password = pipit_account_options_password(&options, &error);
	if (password == NULL)
		return pipit_command_fail(error);
	g_autoptr(PipitToolSession) session =
		pipit_tool_session_new(&options, password, TRUE, FALSE, 0, &events, NULL, &error);
	pipit_secret_string_free(password);
	if (session == NULL)
		return pipit_command_fail(error);
	return pipit_tool_session_run(session);
}
