/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting over a break of the connection without libpurple: conversations stay open to be written in. */
#pragma once

#include "plugin/account.h"

/** From now on, a conversation that is opened during a break says that there is one. Ends with all of @account's signals. */
void pipit_reconnect_watch(PipitAccount *account);

/** Takes a connection that broke, or did not come about where one was before: tries again by itself for as long as it takes, and after some seconds tells the
 * person why.
 * Returns: FALSE if the break is not of that kind, and @error is to be reported now. */
gboolean pipit_reconnect_begin(PipitAccount *account, const GError *error);

/** The connection is up again. */
void pipit_reconnect_succeeded(PipitAccount *account);

/** It goes for good. */
void pipit_reconnect_end(PipitAccount *account);
