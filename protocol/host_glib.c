/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tools and tests have no libpurple: this file gives the engine the same loop out of GLib's sources. */
#include "protocol/host_glib.h"

#include <glib-unix.h>

typedef struct {
	PipitWatchFunc func;
	gpointer user_data;
} Watch;

static GIOCondition
to_glib(PipitWatchCondition condition)
{
	guint events = 0;
	if (condition & PIPIT_WATCH_READ)
		events |= G_IO_IN;
	if (condition & PIPIT_WATCH_WRITE)
		events |= G_IO_OUT;
	return (GIOCondition)events;
}

/* As libpurple's hosts do it: a hangup or an error makes the descriptor readable and writable, so that whoever
 * watches it reads the error from the descriptor. */
static PipitWatchCondition
from_glib(GIOCondition events)
{
	guint condition = 0;
	if (events & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		condition |= PIPIT_WATCH_READ;
	if (events & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		condition |= PIPIT_WATCH_WRITE;
	return (PipitWatchCondition)condition;
}

static gboolean
on_ready(int fd, GIOCondition events, gpointer user_data)
{
	const Watch *watch = user_data;

	watch->func(watch->user_data, fd, from_glib(events));
	return G_SOURCE_CONTINUE;
}

static guint
watch_add(int fd, PipitWatchCondition condition, PipitWatchFunc func, gpointer user_data)
{
	Watch *watch = g_new(Watch, 1);

	*watch = (Watch){.func = func, .user_data = user_data};
	return g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, to_glib(condition), on_ready, watch, g_free);
}

static void
source_remove(guint id)
{
	g_source_remove(id);
}

static guint
timeout_add(guint milliseconds, GSourceFunc func, gpointer user_data)
{
	return g_timeout_add(milliseconds, func, user_data);
}

const PipitLoop *
pipit_loop_glib(void)
{
	static const PipitLoop loop = {
		.timeout_add = timeout_add,
		.timeout_remove = source_remove,
		.watch_add = watch_add,
		.watch_remove = source_remove,
	};

	return &loop;
}
