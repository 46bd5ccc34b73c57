/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is writing, both ways. */
#pragma once

#include <connection.h>
#include <conversation.h>

/** libpurple's send_typing. Returns: the seconds after which it is to be called again. */
unsigned int pipit_typing_send(PurpleConnection *gc, const char *who, PurpleTypingState state);

/** The engine's event. */
void pipit_typing_got(gpointer host, const char *peer, gboolean typing);
