/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that are typed into a conversation: "/resend", and "!pipit resend" in bitlbee, whose clients keep the slash for
 * themselves. */
#pragma once

#include "plugin/account.h"

/** Makes the commands known to libpurple, and takes them back. */
void pipit_command_register(void);
void pipit_command_unregister(void);

/** Runs @text (plain) if it is a command, in the conversation with @who. Returns: FALSE if it is none. */
gboolean pipit_command_try(PipitAccount *account, const char *who, const char *text);

/** Returns: (transfer full) how one types the command @name here. */
char *pipit_command_spelling(const char *name);
