/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for the main context's poll. */
#include "tests/support/loop_watch.h"

#include <time.h>

static gint64 clock_since;
static gint64 cpu_since;
static PipitHeld longest;

static gint64
cpu_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
start_turn(void)
{
	clock_since = g_get_monotonic_time();
	cpu_since = cpu_time();
}

static gint
timed_poll(GPollFD *fds, guint count, gint timeout)
{
	longest.clock = MAX(longest.clock, g_get_monotonic_time() - clock_since);
	longest.cpu = MAX(longest.cpu, cpu_time() - cpu_since);
	gint ready = g_poll(fds, count, timeout);
	start_turn();
	return ready;
}

void
pipit_loop_watch_begin(void)
{
	longest = (PipitHeld){0, 0};
	start_turn();
	g_main_context_set_poll_func(NULL, timed_poll);
}

PipitHeld
pipit_loop_watch_take(void)
{
	PipitHeld taken = longest;

	longest = (PipitHeld){0, 0};
	return taken;
}
