/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host gives the engine: a loop, a place on disk, and ears. The plugin fills it in with libpurple's functions,
 * tools and tests with GLib's (protocol/host_glib.h).
 *
 * Threads: the engine calls the host, and is called by it, on the host's main thread alone. */
#pragma once

#include <glib.h>

typedef enum {
	PIPIT_WATCH_READ = 1 << 0,
	PIPIT_WATCH_WRITE = 1 << 1,
} PipitWatchCondition;

typedef void (*PipitWatchFunc)(gpointer user_data, int fd, PipitWatchCondition condition);

/* The host's main loop. The functions are libpurple's own in shape: purple_timeout_* and purple_input_*. */
typedef struct {
	/** Calls @func after @milliseconds, and again as long as it returns TRUE. Returns an id, never 0. */
	guint (*timeout_add)(guint milliseconds, GSourceFunc func, gpointer user_data);
	void (*timeout_remove)(guint id);
	/** Calls @func whenever @fd is ready for @condition. Returns an id, never 0. */
	guint (*watch_add)(int fd, PipitWatchCondition condition, PipitWatchFunc func, gpointer user_data);
	void (*watch_remove)(guint id);
} PipitLoop;
