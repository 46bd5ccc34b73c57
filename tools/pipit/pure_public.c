/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit public`: what the directory shows of a device. */
#include <string.h>

#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/pure_keys.h"

static gboolean
parse(int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_set_summary(
		context, _("Reads a device's private keys from standard input and writes the public "
			   "part to standard output, both as JSON."));
	return pipit_command_parse(context, argc, argv, error);
}

int
pipit_command_public(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	if (!parse(argc, argv, &error))
		return pipit_command_fail(error);
	g_autoptr(GBytes) input = pipit_stdin_read(&error);
	g_auto(PipitPrivateKeys) keys = {NULL, NULL};
	if (input == NULL || !pipit_private_keys_read(&keys, input, &error))
		return pipit_command_fail(error);
	g_autofree char *json = pipit_public_keys_to_json(&keys);
	return pipit_stdout_write(json, strlen(json), &error) ? 0 : pipit_command_fail(error);
}
