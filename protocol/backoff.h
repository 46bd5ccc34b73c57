/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to wait before something is tried again that did not work and will. */
#pragma once

#include <glib.h>

/**
 * @attempts: how many failed before this one.
 * @retry_after: ms that the server asks for; 0 if it does not.
 * Returns: ms: about a second at first, twice as long each time, at most 5 minutes; up to half of it less, by chance; and not
 *   less than the server asks for, up to those 5 minutes.
 */
gint64 pipit_backoff(guint attempts, gint64 retry_after);
