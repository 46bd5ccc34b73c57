/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches sockets that nobody reads now, for the peer's going away, and deadlines. libmicrohttpd does neither for a
 * suspended connection. */
#pragma once

#include <glib.h>

typedef enum {
	PIPITD_WATCH_GONE,     /* the peer closed, or the connection broke */
	PIPITD_WATCH_DEADLINE, /* the time has come */
} PipitdWatchEvent;

/** Called once, on the watcher's thread; the watch is removed by then. */
typedef void (*PipitdWatchFunc)(gpointer user_data, guint64 watch, PipitdWatchEvent event);

typedef struct PipitdWatcher PipitdWatcher;

/** Starts the thread. Returns: (transfer full) NULL with G_FILE_ERROR if the system gives no epoll. */
PipitdWatcher *pipitd_watcher_new(GError **error);

/** Stops the thread; watches that are left never call. NULL is fine. */
void pipitd_watcher_free(PipitdWatcher *watcher);

/**
 * Watches @fd, if it is not -1, and waits for @deadline (pipitd_clock_monotonic()).
 * Returns: the watch, never 0. It may call before this returns.
 */
guint64 pipitd_watcher_add(PipitdWatcher *watcher, int fd, gint64 deadline, PipitdWatchFunc func,
			   gpointer user_data);

/** Stops a watch. One that has just called, or is about to on its thread, is fine. */
void pipitd_watcher_remove(PipitdWatcher *watcher, guint64 watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdWatcher, pipitd_watcher_free)
