/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit keygen`: the private keys of a new device. */
#include <string.h>

#include "crypto/secret.h"
#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"
#include "tools/pipit/pure_keys.h"

/* Unix seconds, whole milliseconds. */
static double
now(void)
{
	gint64 milliseconds = g_get_real_time() / 1000;
	return (double)milliseconds / 1000;
}

static gboolean
parse(int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_set_summary(
		context,
		_("Writes the private keys of a new device to standard output, as JSON. Keep them secret."));
	return pipit_command_parse(context, argc, argv, error);
}

int
pipit_command_keygen(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	if (!parse(argc, argv, &error))
		return pipit_command_fail(error);
	g_auto(PipitPrivateKeys)
		keys = {pipit_device_secrets_generate(), pipit_prekey_secret_generate(now())};
	char *json = pipit_private_keys_to_json(&keys);
	gboolean written = pipit_stdout_write(json, strlen(json), &error);
	pipit_secret_string_free(json);
	return written ? 0 : pipit_command_fail(error);
}
