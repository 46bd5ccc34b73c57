/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The menus of buddies and of groups. */
#pragma once

#include <blist.h>

/** libpurple's blist_node_menu. Returns: (transfer full) */
GList *pipit_menu_of_node(PurpleBlistNode *node);
