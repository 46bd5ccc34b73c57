/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a client hands over and then takes away (bitlbee): they are kept until they are sent, whenever that is. */
#pragma once

#include "protocol/client.h"

/** Takes the file at @path over, if the client takes such files away; else it stays where it is.
 * Returns: (transfer full) where it is now; NULL with an error. */
char *pipit_spool_take(const PipitClient *client, const char *path, GError **error);

/** Removes what is kept, once nothing is left to be sent. */
void pipit_spool_sweep(PipitClient *client);
