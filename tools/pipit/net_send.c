/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit send`: one text to one person; ends when the relay has it. */
#include <string.h>

#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/session.h"

#define TIMEOUT_S 60

static void
on_sent(PipitToolSession *session, gpointer command, const char *id, const GError *error)
{
	char **ours = command;

	/* Others, from before, may go out first. */
	if (strcmp(id, *ours) != 0)
		return;
	if (error != NULL)
		pipit_tool_session_fail(session, error);
	else
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
}

static char *
read_text(const PipitAccountOptions *options, GError **error)
{
	if (options->arguments[1] != NULL)
		return g_strdup(options->arguments[1]);
	g_autoptr(GBytes) bytes = pipit_stdin_read(error);
	if (bytes == NULL)
		return NULL;
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);
	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (!g_utf8_validate_len(text != NULL ? text : "", size, NULL)) {
		g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
				    _("the text is not in UTF-8"));
		return NULL;
	}
	return g_strndup(text != NULL ? text : "", size);
}

static gboolean
check_arguments(const PipitAccountOptions *options, GError **error)
{
	guint count = options->arguments != NULL ? g_strv_length(options->arguments) : 0;

	if (count == 1 || count == 2)
		return TRUE;
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    _("send needs the recipient's address and at most one text"));
	return FALSE;
}

static int
send_text(const PipitAccountOptions *options, const char *text, guint timeout, GError **error)
{
	const PipitToolEvents events = {.sent = on_sent};
	g_autofree char *id = NULL;
	g_autoptr(PipitToolSession) session =
		pipit_tool_session_new(options, NULL, FALSE, TRUE, timeout, &events, &id, error);
	if (session == NULL)
		return PIPIT_EXIT_FAILED;
	id = pipit_client_send(pipit_tool_session_client(session), options->arguments[0], text, NULL, error);
	if (id == NULL)
		return PIPIT_EXIT_FAILED;
	int status = pipit_tool_session_run(session);
	if (status == PIPIT_EXIT_NOT_YET)
		g_printerr("pipit: %s\n", _("not sent yet: it waits, and goes with the next command"));
	return status;
}

int
pipit_command_send(int argc, char **argv)
{
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;
	int timeout = TIMEOUT_S;
	const GOptionEntry entries[] = {
		{"timeout", 't', 0, G_OPTION_ARG_INT, &timeout, N_("How long to try (60; 0: for ever)"),
		 N_("SECONDS")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(&options, _("TO [TEXT]"),
					 _("Sends a text (else: standard input) and waits until the server "
					   "has it for every device of "
					   "the recipient."),
					 entries, argc, argv, &error) ||
	    !check_arguments(&options, &error) || !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	g_autofree char *text = read_text(&options, &error);
	if (text == NULL)
		return pipit_command_fail(error);
	int status = send_text(&options, text, (guint)MAX(timeout, 0), &error);
	if (error != NULL)
		pipit_command_fail(error);
	return status;
}
