/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `pipit`: a Pipit client without libpurple, for scripts, bots and checks. This file only finds the command. */
#include "tools/pipit/command.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "protocol/i18n.h"

static const PipitCommand commands[] = {
	{"register", N_("create an account, set this computer up for it"), pipit_command_register},
	{"send", N_("send a text, or files"), pipit_command_send},
	{"listen", N_("write each message that comes as a line of JSON"), pipit_command_listen},
	{"fetch", N_("fetch a file that came with a message"), pipit_command_fetch},
	{"drafts", N_("list the files that are not sent yet, try again or cancel"), pipit_command_drafts},
	{"echo", N_("answer each text with the same text"), pipit_command_echo},
	{"group", N_("make a group, list and change groups"), pipit_command_group},
	{"devices", N_("list the account's devices, or remove one"), pipit_command_devices},
	{"keygen", N_("make a device's private keys, as JSON on standard output"), pipit_command_keygen},
	{"public", N_("read private keys, write what others see of them"), pipit_command_public},
	{"seal", N_("seal standard input for a device"), pipit_command_seal},
	{"open", N_("open a sealed payload from standard input"), pipit_command_open},
};

static void
print_help(void)
{
	g_print("%s\n\n", _("Usage: pipit COMMAND [OPTION…]"));
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
		g_print("  %-10s %s\n", commands[i].name, _(commands[i].summary));
	g_print("\n%s\n",
		_("“pipit COMMAND --help” tells the options of a command, “pipit --version” the version."));
}

static const PipitCommand *
command_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

gboolean
pipit_command_parse(GOptionContext *context, int argc, char **argv, GError **error)
{
	g_option_context_set_translation_domain(context, GETTEXT_PACKAGE);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return FALSE;
	if (argc <= 1)
		return TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _("“%s” is not an option"), argv[1]);
	return FALSE;
}

int
pipit_command_fail(const GError *error)
{
	if (error == NULL)
		return 1;
	/* GLib's and libraries' messages may hold line breaks; scripts rely on one line. */
	g_autofree char *line = g_strdelimit(g_strdup(error->message), "\r\n", ' ');
	g_printerr("pipit: %s\n", line);
	return 1;
}

int
main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	bindtextdomain(GETTEXT_PACKAGE, PIPIT_LOCALEDIR);
	bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");

	const char *name = argc < 2 ? "--help" : argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_help();
		return argc < 2 ? 1 : 0;
	}
	if (strcmp(name, "--version") == 0) {
		g_print("pipit %s\n", PIPIT_VERSION);
		return 0;
	}
	const PipitCommand *command = command_find(name);
	if (command == NULL) {
		g_printerr(_("pipit: there is no command “%s”; “pipit --help” lists them\n"), name);
		return 1;
	}
	g_autofree char *title = g_strdup_printf("pipit %s", name);
	g_set_prgname(title); /* --help shows it */
	return command->run(argc - 1, argv + 1);
}
