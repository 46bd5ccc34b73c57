/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit echo`: answers each text with the same text; somebody to write to when nobody else is there. */
#include <stdio.h>

#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/session.h"

static void
on_online(PipitToolSession *session, gpointer command G_GNUC_UNUSED)
{
	g_print(_("%s is ready\n"), pipit_client_handle(pipit_tool_session_client(session)));
	fflush(stdout);
}

static gboolean
on_message(PipitToolSession *session, gpointer command G_GNUC_UNUSED, const PipitIncoming *incoming)
{
	g_autoptr(GError) error = NULL;

	/* Else two devices of one account would answer each other. */
	if (incoming->own)
		return TRUE;
	/* A file without a word. */
	if (incoming->text[0] == '\0')
		return TRUE;
	/* In the outbox before the message counts as shown: a death in between answers twice, never not at all. */
	g_autofree char *id = pipit_client_send(pipit_tool_session_client(session), incoming->peer,
						incoming->text, incoming->html, &error);
	if (id == NULL)
		pipit_tool_session_fail(session, error);
	return id != NULL;
}

static void
on_sent(PipitToolSession *session G_GNUC_UNUSED, gpointer command G_GNUC_UNUSED, const char *id G_GNUC_UNUSED,
	const GError *error)
{
	if (error != NULL)
		pipit_command_fail(error);
}

int
pipit_command_echo(int argc, char **argv)
{
	const PipitToolEvents events = {.online = on_online, .message = on_message, .sent = on_sent};
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;

	if (!pipit_account_options_parse(&options, NULL,
					 _("Answers each text with the same text, until it is stopped."),
					 NULL, argc, argv, &error) ||
	    !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	g_autoptr(PipitToolSession) session =
		pipit_tool_session_new(&options, NULL, FALSE, TRUE, 0, &events, NULL, &error);
	if (session == NULL)
		return pipit_command_fail(error);
	int status = pipit_tool_session_run(session);
	return status == PIPIT_EXIT_NOT_YET ? PIPIT_EXIT_OK : status;
}
