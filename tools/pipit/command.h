/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `pipit`: each is one function that is called like main(), with its own name as argv[0]. */
#pragma once

#include <glib.h>

typedef struct {
	const char *name;
	const char *summary; /* one line for `pipit --help`, translated there */
	int (*run)(int argc, char **argv);
} PipitCommand;

/* Each returns the exit status: 0, or 1 after one line on stderr (tools/pipit/session.h has one more). */
int pipit_command_keygen(int argc, char **argv);
int pipit_command_public(int argc, char **argv);
int pipit_command_seal(int argc, char **argv);
int pipit_command_open(int argc, char **argv);
int pipit_command_register(int argc, char **argv);
int pipit_command_send(int argc, char **argv);
int pipit_command_listen(int argc, char **argv);
int pipit_command_echo(int argc, char **argv);
int pipit_command_fetch(int argc, char **argv);
int pipit_command_drafts(int argc, char **argv);
int pipit_command_devices(int argc, char **argv);
int pipit_command_group(int argc, char **argv);

/**
 * Reads the options of a command that takes nothing else; --help prints and exits.
 * Returns: FALSE with G_OPTION_ERROR for an unknown option or an argument that is none.
 */
gboolean pipit_command_parse(GOptionContext *context, int argc, char **argv, GError **error);

/**
 * Says on stderr, in one line, what went wrong.
 * @error: (nullable) NULL says nothing, for what was already said.
 * Returns: 1, the exit status.
 */
int pipit_command_fail(const GError *error);
