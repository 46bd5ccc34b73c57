/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and pictures in the client without a window.
 *
 * Commands: {"do": "send-file", "to", "path"?}: without a path the client asks for one; {"do": "answer", "accept": bool}, to the
 *   oldest question, or "label": the button that is called so; {"do": "choose", "path"?}, to the oldest question for a file, which is cancelled without a path;
 *   {"do": "cancel", "name"}: the person cancels the transfer of that file; {"do": "picture", "to", "path": file[:file…], "text"}:
 *   sends a message with pictures.
 * Events: {"event": "question" | "closed" (a question) | "choice" | "xfer" | "picture", …}; "xfer" has "state", "name", "size", "moved", "path". */
#pragma once

#include <json-glib/json-glib.h>
#include <purple.h>

/** Makes the client one that has windows for transfers and answers questions. */
void null_files_set_ops(PurpleRequestUiOps *requests);

/** Tells of the pictures in a line of a conversation. */
void null_files_tell_pictures(PurpleConversation *conversation, const char *html);

/** Runs the command if it is one of those above. */
gboolean null_files_run(JsonObject *command);
