/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture of a group. */
#pragma once

#include <blist.h>

#include "plugin/account.h"

/** Shows the picture that @group has, or none, at its @entry in the buddy list; nothing where clients keep no pictures. */
void pipit_room_picture_show(PurpleChat *entry, const PipitGroup *group);

/**
 * Gives the group @peer the picture in the file at @path; with an empty path, none.
 * Returns: (transfer full) NULL; on failure a sentence for the person.
 */
char *pipit_room_picture_set(PipitAccount *account, const char *peer, const char *path);
