/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether bytes are JSON at all, asked before json-glib sees them: it takes much that is not, recurses without a limit
 * and ends strings at an escaped NUL. */
#pragma once

#include <glib.h>

/**
 * TRUE if @text is one JSON value (RFC 8259) in UTF-8, nested at most @max_depth deep, with no U+0000 and no lone
 * surrogate in a string, and no whole number of more than 18 digits (they fit 64 bits).
 */
gboolean pipit_json_syntax_valid(const char *text, gsize size, guint max_depth);
