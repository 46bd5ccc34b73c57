/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of a group that are shown only when one is not in it any more: their content came late, or the person wanted the
 * group quiet, or was away.
 *
 * A window that is open shows them. Without one, who left has had enough of the group and is told nothing; who was removed
 * did not choose that and may want to know what was said before: it stands in a notice. Nothing opens a window. */
#pragma once

#include <glib.h>

#include "plugin/account.h"

/** Takes a message for which no window is open. FALSE if one is in the group: then it waits until a window is. */
gboolean pipit_room_late_take(PipitAccount *account, const PipitIncoming *incoming);

/** One is not in @group any more: what waited until the person opens it is taken, soon. */
void pipit_room_late_end(PipitAccount *account, const PipitGroup *group);

/** The account is closed: what was taken and not told yet is told now. */
void pipit_room_late_forget(PipitAccount *account);
