/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened in groups, told to the person. */
#pragma once

#include <glib.h>

#include "plugin/account.h"
#include "protocol/client.h"

/**
 * One has just changed the group @peer, or made or left it. While there is no connection, the engine tells nothing: what there is
 * to see of it is shown all the same, and that the others do not know yet.
 */
void pipit_group_news_made(PipitAccount *account, const char *peer);

/** The engine's event. */
gboolean pipit_group_news_got(gpointer host, const PipitGroupNews *news);
