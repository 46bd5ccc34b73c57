/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The account's devices, in a window, and removing one. */
#pragma once

#include <plugin.h>

/** libpurple's actions: the entries in the account's menu. Returns: (transfer full) */
GList *pipit_devices_actions(PurplePlugin *plugin, gpointer context);

/** Returns: (transfer full) a time of the list, in words; @milliseconds since 1970. */
char *pipit_devices_describe_time(gint64 milliseconds);
