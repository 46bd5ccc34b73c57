/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's log: one readable line per event on stderr, without bodies, handles, tokens or passwords. */
#pragma once

#include <glib.h>

/** Writes one line, "2026-01-31T12:00:00Z " before it. Any thread. */
void pipitd_log(const char *format, ...) G_GNUC_PRINTF(1, 2);
