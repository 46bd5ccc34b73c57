/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the client without a window tells, a JSON object a line, and what it is told. */
#pragma once

#include <json-glib/json-glib.h>
#include <purple.h>

/** Prints one event: its name, then pairs of member and value, and NULL; a value that is NULL is left out. */
void null_tell(const char *event, ...) G_GNUC_NULL_TERMINATED;

/** Returns: (transfer none) the member @name of a command; NULL if it has none. */
const char *null_member(JsonObject *command, const char *name);

/** Returns: (transfer none) the one account; NULL before there is one. */
PurpleAccount *null_account(void);

/** Returns: (transfer none) the conversation with @to, opened if need be; or the window of the group that is called so. */
PurpleConversation *null_conversation(const char *to);
