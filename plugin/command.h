/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that are typed into a conversation: "/resend", and "!pipit resend" in bitlbee, whose clients keep the slash for
 * themselves. */
#pragma once

#include <cmds.h>

#include "plugin/account.h"

/* One command: in which conversations it can be typed, and what it does there. */
typedef struct {
	const char *name;
	const char *arguments; /* as libpurple takes them */
	const char *help;
	/* @who: an address, or a group. @argument: what stands behind the name, or "". */
	void (*run)(PipitAccount *account, const char *who, const char *argument);
	PurpleCmdFlag where;
} PipitCommand;

/** Makes the commands known to libpurple, and takes them back. */
void pipit_command_register(void);
void pipit_command_unregister(void);

/** Runs @text (plain) if it is a command, in the conversation with @who, an address or a group. Returns: FALSE if it is none. */
gboolean pipit_command_try(PipitAccount *account, const char *who, const char *text);

/** Returns: (transfer full) how one types the command @name here. */
char *pipit_command_spelling(const char *name);
