/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's clock, which `--clock-offset` moves so that tests see what a month does. */
#pragma once

#include <glib.h>

#define PIPITD_MS_PER_SECOND G_GINT64_CONSTANT(1000)
#define PIPITD_MS_PER_MINUTE (60 * PIPITD_MS_PER_SECOND)
#define PIPITD_MS_PER_HOUR (60 * PIPITD_MS_PER_MINUTE)
#define PIPITD_MS_PER_DAY (24 * PIPITD_MS_PER_HOUR)

typedef struct {
	gint64 offset_ms;
} PipitdClock;

/** Returns: milliseconds since 1970 by this clock. */
gint64 pipitd_clock_now(const PipitdClock *clock);

/** Returns: milliseconds of a clock that is never set, for waits and limits. */
gint64 pipitd_clock_monotonic(void);
