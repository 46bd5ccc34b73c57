/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard base64 with padding, read strictly: one text for one value, so that nobody can vary what is signed or compared. */
#pragma once

#include <glib.h>

/**
 * Reads @text, which must be exactly what encoding its bytes gives: no blanks, no line ends, zero spare bits.
 * Returns: (transfer full) @min to @max bytes; NULL if @text is anything else.
 */
GBytes *pipit_base64_decode(const char *text, gsize min, gsize max);

/** Returns: (transfer full) the bytes in base64. */
char *pipit_base64_encode(GBytes *bytes);
