/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the server's two clocks. */
#include "server/clock.h"

gint64
pipitd_clock_now(const PipitdClock *clock)
{
	return g_get_real_time() / 1000 + clock->offset_ms;
}

gint64
pipitd_clock_monotonic(void)
{
	return g_get_monotonic_time() / 1000;
}
