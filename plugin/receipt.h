/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was delivered and read, both ways. */
#pragma once

#include <conversation.h>

#include "plugin/account.h"

/** From now on, looking at a conversation counts as reading it; until pipit_conversation_unwatch(). */
void pipit_receipt_watch(PipitAccount *account);

/** A message of @who, an address or a group, was shown: it is read if the person sees it. */
void pipit_receipt_shown(PipitAccount *account, const char *who);

/** Returns: (transfer full) what is known of the last message to @who, an address or a group, as a few words; NULL if
 * nothing is. */
char *pipit_receipt_describe(PurpleAccount *account, const char *who);

/** TRUE unless the person set for @buddy alone that they are not told. */
gboolean pipit_receipt_tells(PurpleBuddy *buddy);
void pipit_receipt_set_tells(PurpleBuddy *buddy, gboolean tells);

/** The engine's events. */
void pipit_receipt_got(gpointer host, const PipitReceipt *receipt);
void pipit_receipt_read_elsewhere(gpointer host, const char *peer);
