/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long GLib's main loop is held: from the end of one poll to the beginning of the next, whoever is to blame. */
#pragma once

#include <glib.h>

typedef struct {
	gint64 clock; /* µs, the longest by the clock */
	/* µs, the longest of this thread's own time: a busy machine takes the processor away, and makes the disk slow */
	gint64 cpu;
} PipitHeld;

/** Watches the default main context from now on. */
void pipit_loop_watch_begin(void);

/** Returns: the longest since the last call. */
PipitHeld pipit_loop_watch_take(void);
