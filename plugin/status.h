/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statuses that an account can have, and a buddy be shown with. */
#pragma once

#include <glib.h>

#include <status.h>

#define PIPIT_STATUS_AVAILABLE "available"
#define PIPIT_STATUS_OFFLINE "offline"

/** libpurple's status_types. Returns: (transfer full) */
GList *pipit_status_types(PurpleAccount *account);
