/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: people read a time without a date as today's. */
#include "plugin/day.h"

gboolean
pipit_day_is_today(GDateTime *when)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	return g_date_time_get_year(when) == g_date_time_get_year(now) &&
	       g_date_time_get_day_of_year(when) == g_date_time_get_day_of_year(now);
}
