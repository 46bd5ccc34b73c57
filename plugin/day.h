/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What day a time is of, for lines that need no date while it is today. */
#pragma once

#include <glib.h>

/** TRUE if @when is of this day, by the person's own clock and calendar. */
gboolean pipit_day_is_today(GDateTime *when);
