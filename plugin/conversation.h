/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to conversation windows apart from messages: lines that nobody sent, and windows opened by a name. */
#pragma once

#include "plugin/account.h"

/** Returns: (transfer none) what the plugin calls the conversation with @peer: an address as people read it, or the group
 * itself. */
const char *pipit_conversation_who(const char *peer);

/** Shows @text (plain) as an error in the conversation with @who, in a way that is visible in every client. */
void pipit_conversation_show_error(PurpleAccount *account, const char *who, const char *text);

/** Shows @text (plain) as a remark in the conversation with @who. */
void pipit_conversation_show_notice(PurpleAccount *account, const char *who, const char *text);

/** Shows @text (plain), which the plugin wrote for the person, as sent in the conversation with @who. */
void pipit_conversation_show_sent(PipitAccount *account, const char *who, const char *text);

/** Returns: (transfer none) the conversation with @who; NULL if none is open. */
PurpleConversation *pipit_conversation_find(PurpleAccount *account, const char *who);

/** Returns: (transfer none) the conversation with @who, opened if need be. */
PurpleConversation *pipit_conversation_with(PurpleAccount *account, const char *who);

/** Closes @conversation as soon as whoever is busy with it now has returned. */
void pipit_conversation_close_soon(PipitAccount *account, PurpleConversation *conversation);
/** Notes that the person wrote to @who. */
void pipit_conversation_written(PurpleAccount *account, const char *who);

/** TRUE if @who is no stranger: in the buddy list, or written to in the conversation that is open. */
gboolean pipit_conversation_is_known(PurpleAccount *account, const char *who);

/** From now on, a conversation that is opened by a contact's name becomes the one with the contact's address. */
void pipit_conversation_watch(PipitAccount *account);
void pipit_conversation_unwatch(PipitAccount *account);
