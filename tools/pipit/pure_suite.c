/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of sealing and opening; errors name the file that they are about. */
#include "tools/pipit/pure_suite.h"

#include "protocol/i18n.h"
#include "tools/pipit/command.h"
#include "tools/pipit/pure_io.h"

static gboolean
missing(GError **error, const char *option)
{
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("the option %s is missing"), option);
	return FALSE;
}

static gboolean
check(const PipitSealOptions *options, PipitSuite *suite, GError **error)
{
	if (options->suite == NULL)
		return missing(error, "--suite");
	if (options->sender == NULL)
		return missing(error, "--sender");
	if (options->recipient == NULL)
		return missing(error, "--recipient");
	if (pipit_suite_parse(options->suite, suite))
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    _("there is no suite “%s”, only “pair” and “pair-ec”"), options->suite);
	return FALSE;
}

gboolean
pipit_seal_options_parse(PipitSealOptions *options, PipitSuite *suite, const char *summary,
			 gboolean with_counter, int argc, char **argv, GError **error)
{
	const GOptionEntry common[] = {
		{"suite", 0, 0, G_OPTION_ARG_STRING, &options->suite, N_("the format: pair or pair-ec"),
		 N_("SUITE")},
		{"sender", 0, 0, G_OPTION_ARG_FILENAME, &options->sender, N_("keys of the sending device"),
		 N_("FILE")},
		{"recipient", 0, 0, G_OPTION_ARG_FILENAME, &options->recipient,
		 N_("keys of the receiving device"), N_("FILE")},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	const GOptionEntry counter[] = {
		{"counter", 0, 0, G_OPTION_ARG_STRING, &options->counter,
		 N_("the counter of a pair-ec message, 0 to 4294967295 (default: seconds since 2020)"),
		 N_("NUMBER")},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_option_context_set_summary(context, summary);
	g_option_context_add_main_entries(context, common, GETTEXT_PACKAGE);
	if (with_counter)
		g_option_context_add_main_entries(context, counter, GETTEXT_PACKAGE);
	return pipit_command_parse(context, argc, argv, error) && check(options, suite, error);
}

void
pipit_seal_options_clear(PipitSealOptions *options)
{
	g_free(options->suite);
	g_free(options->sender);
	g_free(options->recipient);
	g_free(options->counter);
}

gboolean
pipit_private_keys_load(PipitPrivateKeys *keys, const char *path, GError **error)
{
	g_autoptr(GBytes) json = pipit_file_read(path, error);
	if (json == NULL)
		return FALSE;
	if (pipit_private_keys_read(keys, json, error))
		return TRUE;
	g_prefix_error(error, "%s: ", path);
	return FALSE;
}

PipitDevicePublic *
pipit_public_keys_load(const char *path, GError **error)
{
	g_autoptr(GBytes) json = pipit_file_read(path, error);
	if (json == NULL)
		return NULL;
	PipitDevicePublic *device = pipit_public_keys_read(json, error);
	if (device == NULL)
		g_prefix_error(error, "%s: ", path);
	return device;
}
