/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of buddies, for a client that starts each time with none (bitlbee). Elsewhere these do nothing. */
#pragma once

#include <account.h>

/** Puts the kept buddies into the client's list, with what is set for them. */
void pipit_roster_load(PurpleAccount *account);

/** Keeps @address (as people read it), or no longer; on disk when they return. A failure is shown. */
void pipit_roster_add(PurpleAccount *account, const char *address);
void pipit_roster_remove(PurpleAccount *account, const char *address);

/** Keeps whether that buddy is told what one reads (pipit_receipt_set_tells()); likewise. */
void pipit_roster_set_tells(PurpleAccount *account, const char *address, gboolean tells);
