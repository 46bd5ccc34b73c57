/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting over a short break of the connection without telling libpurple. */
#pragma once

#include "plugin/account.h"

/** Takes a connection that was up and broke: tries again by itself for a few seconds, then reports @error.
 * Returns: FALSE if the break is not of that kind, and @error is to be reported now. */
gboolean pipit_reconnect_begin(PipitAccount *account, const GError *error);

/** The connection is up again, or goes for good. */
void pipit_reconnect_end(PipitAccount *account);
