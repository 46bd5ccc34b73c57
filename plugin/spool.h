/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a client hands over and then takes away, and those that it wants to have whole (bitlbee): they are kept here until they
 * are sent, or are there. */
#pragma once

#include "protocol/client.h"

/** Takes the file at @path over, if the client takes such files away; else it stays where it is.
 * Returns: (transfer full) where it is now; NULL with an error. */
char *pipit_spool_take(const PipitClient *client, const char *path, GError **error);

/** Returns: (transfer full) where the attachment @number is to be put meanwhile, so that a second try goes on there; NULL with an
 * error. */
char *pipit_spool_place(const PipitClient *client, gint64 number, GError **error);

/** Moves what came, at @path, to where the client wants it. Returns: FALSE if it could not; it is still at @path then. */
gboolean pipit_spool_hand_over(const char *path, const char *wanted);

/** Moves what came, and could not be handed over, to what the person saves; replaces nothing there.
 * Returns: (transfer full) where it is; NULL with an error in PIPIT_CLIENT_ERROR, and then it is lost with the next sweep. */
char *pipit_spool_rescue(const PipitTransfer *transfer, GError **error);

/** Removes what is kept, once nothing is on its way. */
void pipit_spool_sweep(PipitClient *client);
