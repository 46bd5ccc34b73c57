/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: the engine must live on whatever loop the client has, and libpurple hides which one that is. */
#include "plugin/loop.h"

#include <purple.h>

G_STATIC_ASSERT((int)PIPIT_WATCH_READ == (int)PURPLE_INPUT_READ);
G_STATIC_ASSERT((int)PIPIT_WATCH_WRITE == (int)PURPLE_INPUT_WRITE);

static guint
timeout_add(guint milliseconds, GSourceFunc func, gpointer user_data)
{
	return purple_timeout_add(milliseconds, func, user_data);
}

static void
timeout_remove(guint id)
{
	purple_timeout_remove(id);
}

static guint
watch_add(int fd, PipitWatchCondition condition, PipitWatchFunc func, gpointer user_data)
{
	/* The two function types differ only in the name of an enum with the same values. */
	return purple_input_add(fd, (PurpleInputCondition)condition, (PurpleInputFunction)func, user_data);
}

static void
watch_remove(guint id)
{
	purple_input_remove(id);
}

const PipitLoop *
pipit_loop_purple(void)
{
	static const PipitLoop loop = {timeout_add, timeout_remove, watch_add, watch_remove};
	return &loop;
}
