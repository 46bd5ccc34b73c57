/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The windows in which one starts a group, names it or puts somebody in. */
#pragma once

#include <plugin.h>

#include "plugin/account.h"

/** Asks for a name and the people, with @people already there, and starts the group; where there are no forms (bitlbee), starts
 * it with them at once. */
void pipit_group_form_start(PipitAccount *account, const char *people);

/** Returns: (transfer full) libpurple's action for it, for the account's menu; NULL where there are no forms. */
PurplePluginAction *pipit_group_form_action(void);

/** Asks for another name for the group @peer, or for people who are to be put in. */
void pipit_group_form_rename(PipitAccount *account, const char *peer);
void pipit_group_form_add(PipitAccount *account, const char *peer);

/** Asks for a file with a picture for the group @peer. */
void pipit_group_form_picture(PipitAccount *account, const char *peer);

/** Asks whether one really wants to leave the group @peer. */
void pipit_group_form_leave(PipitAccount *account, const char *peer);
