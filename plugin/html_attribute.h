/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attributes of a tag, and which of their values may pass. */
#pragma once

#include <glib.h>

/** Returns: (transfer full) the value of attribute @name within a tag from @p (behind its name) to @end (its '>'), as it
 * is written; NULL if it is not there. */
char *pipit_html_attribute(const char *p, const char *end, const char *name);

/** TRUE if @href (decoded) is an http, https or mailto address that a link may lead to. */
gboolean pipit_html_is_link_allowed(const char *href);

/** Returns: (transfer full) what of @style (decoded) may pass; NULL if that is nothing. */
char *pipit_html_safe_style(const char *style);

/** Returns: (transfer full) the colours of a font tag's attributes as a style; NULL if it has none that may pass. */
char *pipit_html_safe_font(const char *p, const char *end);
