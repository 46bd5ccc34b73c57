/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The windows of groups. Closing one is not leaving the group: it opens again when something is written there. */
#pragma once

#include <conversation.h>

#include "plugin/account.h"

/** The plugin is unloaded: nothing may be called back any more. */
void pipit_room_unload(void);

/** Returns: (transfer none) the group whose window libpurple knows by @id; NULL if there is none. */
const char *pipit_room_peer(const PipitAccount *account, int id);

/** Returns: (transfer none) the group that @conversation shows; NULL if it shows none. */
const char *pipit_room_of(const PipitAccount *account, PurpleConversation *conversation);

/** Returns: (transfer none) the group whose window has that name; NULL if there is none. */
const char *pipit_room_called(const PipitAccount *account, const char *window);

/** Returns: (transfer none) what libpurple calls oneself in a group. */
const char *pipit_room_self(const PipitAccount *account);

/** Returns: (transfer none) the window of the group @peer, also one that can't be written in any more; NULL if there is
 * none. */
PurpleConversation *pipit_room_find(PipitAccount *account, const char *peer);

/** Returns: (transfer none) the window of @group, opened if need be, as the group stands now. */
PurpleConversation *pipit_room_open(PipitAccount *account, const PipitGroup *group);

/** The same, by what the person typed to have it opened. */
PurpleConversation *pipit_room_open_as(PipitAccount *account, const PipitGroup *group, const char *typed);

/** Returns: (transfer none) the window in which to show a message of the group @peer, opened if need be; NULL if it is
 * closed and the person wants it quiet, or is not in the group any more: nothing of such a group opens a window. Then,
 * when it is written there: pipit_room_written(). */
PurpleConversation *pipit_room_open_for_message(PipitAccount *account, const char *peer);

/** What was to be written into that window stands there. If one is not in the group, nothing can be from now on. */
void pipit_room_written(PipitAccount *account, const char *peer);

/** TRUE if @peer is a group in which one is not any more, and which no window shows: nobody asks what becomes of it. */
gboolean pipit_room_is_past(PipitAccount *account, const char *peer);

/** TRUE if the person wants no window to open by itself for that group. */
gboolean pipit_room_is_quiet(const PipitAccount *account, const char *peer);

/** Makes it so, or no longer; then what came meanwhile is shown. */
void pipit_room_set_quiet(PipitAccount *account, const char *peer, gboolean quiet);

/** Brings the name and the members in the window up to date, if there is one, and the entry in the buddy list. */
void pipit_room_update(PipitAccount *account, const PipitGroup *group);

/** One is not in @group any more: its window shows that, and nothing can be written there. */
void pipit_room_shut(PipitAccount *account, const PipitGroup *group);

/** Shows a line (plain) that nobody sent: in the window if one is open, else when it will be. @when: seconds. */
void pipit_room_tell(PipitAccount *account, const PipitGroup *group, const char *text, time_t when);

/** Shows a line (plain) that nobody sent, at once, in a window that is opened if need be; beside it, if one is not in the
 * group any more and no window is open. */
void pipit_room_say(PipitAccount *account, const char *peer, const char *text, PurpleMessageFlags flags);

/** The account is online: what was open where windows do not outlive the connection (bitlbee) opens again. */
void pipit_room_reopen(PipitAccount *account);

/** libpurple's line about somebody who comes or goes is left out: ours says by whose doing. And windows keep their titles,
 * offline too. */
void pipit_room_watch(PipitAccount *account);

/** Forgets all windows of @account, which is closed, and touches none. */
void pipit_room_forget(PipitAccount *account);
