/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: who tries again at once and for ever keeps a server down that is just coming back. */
#include "protocol/backoff.h"

#define FIRST_MS 1000
#define MAX_MS 300000
#define DOUBLINGS 9 /* until it is longer than the longest */

gint64
pipit_backoff(guint attempts, gint64 retry_after)
{
	gint64 longest = MIN((gint64)FIRST_MS << MIN(attempts, DOUBLINGS), MAX_MS);
	/* Jitter, or all clients come back at once after the server was away. */
	gint64 delay = longest / 2 + g_random_int_range(0, (gint32)(longest / 2) + 1);

	return MAX(delay, MIN(retry_after, MAX_MS));
}
