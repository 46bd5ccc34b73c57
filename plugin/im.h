/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instant messages between the client's conversations and the engine. */
#pragma once

#include <conversation.h>

#include "plugin/account.h"

/** libpurple's send_im: @who is an address or a contact's name, @markup what the client's input line gave.
 * Returns: 1 once the message is in the outbox, durably; 0 if that was shown elsewhere, or an error was; -E2BIG if it is
 * too long. */
int pipit_im_send(PurpleConnection *gc, const char *who, const char *markup, PurpleMessageFlags flags);

/**
 * Runs @markup (valid UTF-8) if it is a command, else writes it down to go to @who, an address or a group.
 * @window: what the conversation is called where an error is to be shown.
 * Returns: what pipit_im_send() does.
 */
int pipit_im_post(PipitAccount *account, const char *who, const char *window, const char *markup);

/** The engine's events: what came in, what became of what was sent, and what is to be said. */
gboolean pipit_im_receive(gpointer host, const PipitIncoming *incoming);
void pipit_im_sent(gpointer host, const char *id, const char *peer, const GError *error);
/** Whom the group @peer does not reach is told anew, though it was told before. */
void pipit_im_tell_unreached_again(PipitAccount *account, const char *peer);
void pipit_im_notice(gpointer host, const char *peer, const char *text);
void pipit_im_own_devices_missed(gpointer host, const char *peer, const char *text);
gboolean pipit_im_new_device(gpointer host, const char *peer, const char *text);
