/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long to wait before something is tried again that did not work and will. */
#pragma once

#include <glib.h>

#define PIPIT_BACKOFF_MAX_MS 300000

/** @attempts: how many failed before this one. Returns: ms: about a second at first, twice as long each time, at most
 * PIPIT_BACKOFF_MAX_MS; up to half of it less, by chance. */
gint64 pipit_backoff(guint attempts);
