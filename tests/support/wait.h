/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for what must happen: runs the main loop until it did, and fails the test if it never does. */
#pragma once

#include <glib.h>

#define PIPIT_WAIT_LIMIT_S 60

static inline gboolean
pipit_wait_is_over(gpointer what)
{
	g_error("waited %d s in vain for: %s", PIPIT_WAIT_LIMIT_S, (const char *)what);
	return G_SOURCE_REMOVE;
}

#define pipit_wait_until(condition)                                                                          \
	G_STMT_START                                                                                         \
	{                                                                                                    \
		guint pipit_wait_limit_ = g_timeout_add_seconds(PIPIT_WAIT_LIMIT_S, pipit_wait_is_over,      \
								(gpointer) #condition);                      \
		while (!(condition))                                                                         \
			g_main_context_iteration(NULL, TRUE);                                                \
		g_source_remove(pipit_wait_limit_);                                                          \
	}                                                                                                    \
	G_STMT_END
