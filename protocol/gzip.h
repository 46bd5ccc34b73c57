/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip (RFC 1952) of a message: always one member, and never more out of it than the reader bargained for. */
#pragma once

#include <glib.h>

/** Returns: (transfer full) @bytes deflated; the header names neither time nor system. */
GBytes *pipit_gzip(GBytes *bytes);

/**
 * Inflates exactly one gzip member, with nothing behind it, to at most @max bytes.
 * Returns: (transfer full) in memory that is wiped; NULL if @bytes is anything else or would grow past @max.
 */
GBytes *pipit_gunzip(GBytes *bytes, gsize max);
