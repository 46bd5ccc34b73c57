/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files on their way, as the client's own file transfers: menu, drag and drop, a question for what comes, progress, cancel. */
#pragma once

#include <ft.h>

#include "plugin/account.h"

/** libpurple's can_receive_file, new_xfer and send_file. */
gboolean pipit_xfer_can_send(PurpleConnection *gc, const char *who);
PurpleXfer *pipit_xfer_new(PurpleConnection *gc, const char *who);
void pipit_xfer_send(PurpleConnection *gc, const char *who, const char *path);

/** Asks for a file, and sends it to the group @peer. */
void pipit_xfer_choose(PipitAccount *account, const char *peer);

/** Sends the file at @path (absolute) to @who with a caption ("" for none). What goes wrong is said in the conversation. */
void pipit_xfer_send_file(PipitAccount *account, const char *who, const char *path, const char *caption);

/** Has the client ask whether the person wants what came. Returns: FALSE if it asks too much already, or can't. */
gboolean pipit_xfer_offer(PipitAccount *account, const char *who, const PipitAttachment *attachment);

/** Fetches what came, to @path (absolute), without asking. What goes wrong is said in the conversation. */
void pipit_xfer_save(PipitAccount *account, const char *who, const PipitAttachment *attachment,
		     const char *path);

/** The engine's event. */
void pipit_xfer_moved(gpointer host, const PipitTransfer *transfer);

/** The account goes offline: its transfers end here. What is being sent goes on after the next login. */
void pipit_xfer_close_all(PipitAccount *account);
