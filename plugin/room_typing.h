/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is writing in a group. That oneself is nobody hears of: libpurple tells of it between two people alone. */
#pragma once

#include "plugin/account.h"

/** The engine's event. */
void pipit_room_typing_got(gpointer host, const char *peer, const char *from, gboolean typing);

/** @account closes: its timers stop. */
void pipit_room_typing_forget(PipitAccount *account);
