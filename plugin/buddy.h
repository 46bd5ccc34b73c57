/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buddies: the list is the client's own, and the directory says who of them can be written to. */
#pragma once

#include <prpl.h>

#include "plugin/account.h"

typedef enum {
	PIPIT_REACH_UNKNOWN, /* not asked yet */
	PIPIT_REACH_YES,
	PIPIT_REACH_NO, /* the directory knows no device */
} PipitReach;

/** Says what the directory last said of @buddy, in this connection. */
PipitReach pipit_buddy_reach(PurpleBuddy *buddy);

/** Notes and shows what became known about @address (as people read it). */
void pipit_buddy_set_reach(PurpleAccount *account, const char *address, PipitReach reach);

/** Asks the directory about all buddies of the account, in batches. */
void pipit_buddy_ask_all(PipitAccount *account);

/** libpurple's add_buddy, remove_buddy, get_info, status_text, tooltip_text and offline_message. */
void pipit_buddy_add(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group);
void pipit_buddy_remove(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group);
void pipit_buddy_get_info(PurpleConnection *gc, const char *who);
char *pipit_buddy_status_text(PurpleBuddy *buddy);
void pipit_buddy_tooltip(PurpleBuddy *buddy, PurpleNotifyUserInfo *notes, gboolean full);
gboolean pipit_buddy_takes_offline_messages(const PurpleBuddy *buddy);
