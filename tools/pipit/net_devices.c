/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit devices`: the account's devices, with what tells them apart, and removing one. */
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/session.h"

#define TIMEOUT_S 60

static char *
date_of(gint64 milliseconds)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_local(milliseconds / 1000);

	return date != NULL ? g_date_time_format(date, "%Y-%m-%d %H:%M") : g_strdup("?");
}

static void
print_device(const PipitOwnDevice *device)
{
	g_autofree char *added = date_of(device->added_at);
	g_autofree char *seen = date_of(device->seen_at);

	g_print("%s  %s%s\n", device->fingerprint, device->name, device->this_one ? _(" (this one)") : "");
	g_print(_("    added %s, last seen %s\n"), added, seen);
}

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	PipitToolSession *session = user_data;

	if (error != NULL) {
		if (error->code != PIPIT_CLIENT_ERROR_ABORTED)
			pipit_tool_session_fail(session, error);
		return;
	}
	for (guint i = 0; i < n_devices; i++)
		print_device(&devices[i]);
	pipit_tool_session_end(session, PIPIT_EXIT_OK);
}

static void
on_removed(gpointer user_data, const GError *error)
{
	PipitToolSession *session = user_data;

	if (error == NULL)
		pipit_tool_session_end(session, PIPIT_EXIT_OK);
	else if (error->code != PIPIT_CLIENT_ERROR_ABORTED)
		pipit_tool_session_fail(session, error);
}

/* @command: the fingerprint of the one to remove, or NULL. */
static void
on_online(PipitToolSession *session, gpointer command)
{
	PipitClient *client = pipit_tool_session_client(session);

	if (command != NULL)
		pipit_client_remove_device(client, command, on_removed, session);
	else
		pipit_client_devices(client, on_devices, session);
}

int
pipit_command_devices(int argc, char **argv)
{
	const PipitToolEvents events = {.online = on_online};
	g_auto(PipitAccountOptions) options = {0};
	g_autoptr(GError) error = NULL;
	g_autofree char *fingerprint = NULL;
	const GOptionEntry entries[] = {
		{"remove", 0, 0, G_OPTION_ARG_STRING, &fingerprint,
		 N_("Remove the device whose fingerprint begins so"), N_("FINGERPRINT")},
		G_OPTION_ENTRY_NULL,
	};

	if (!pipit_account_options_parse(&options, NULL,
					 _("Lists the devices of the account, or removes one."), entries,
					 argc, argv, &error) ||
	    !pipit_account_options_complete(&options, &error))
		return pipit_command_fail(error);
	g_autoptr(PipitToolSession) session =
		pipit_tool_session_new(&options, NULL, FALSE, FALSE, TIMEOUT_S, &events, fingerprint, &error);
	if (session == NULL)
		return pipit_command_fail(error);
	return pipit_tool_session_run(session);
}
