/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of buddies, for a client that starts each time with none (bitlbee). Elsewhere these do nothing. */
#pragma once

#include <account.h>

/** Puts the kept buddies into the client's list. */
void pipit_roster_load(PurpleAccount *account);

/** Keeps @address (as people read it), or no longer; on disk when they return. A failure is shown. */
void pipit_roster_add(PurpleAccount *account, const char *address);
void pipit_roster_remove(PurpleAccount *account, const char *address);
