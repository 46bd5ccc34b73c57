/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the person set for one group alone, in a file of ours: bitlbee keeps nothing, and elsewhere an entry in the buddy
 * list can be removed. */
#pragma once

#include <account.h>

typedef enum {
	PIPIT_ROOM_QUIET,  /* no window opens by itself for what is written there */
	PIPIT_ROOM_CLOSED, /* the person closed its window */
} PipitRoomSetting;

/** @id: the group's UUID. */
gboolean pipit_room_setting_get(PurpleAccount *account, const char *id, PipitRoomSetting setting);

/** On disk when it returns. A failure is shown. */
void pipit_room_setting_set(PurpleAccount *account, const char *id, PipitRoomSetting setting, gboolean on);

/** Forgets all that was set for a group. */
void pipit_room_setting_forget(PurpleAccount *account, const char *id);
