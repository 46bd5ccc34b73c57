/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single characters in markup. */
#pragma once

#include <glib.h>

/** TRUE unless @c is a control character that a terminal or an IRC client would take as a command. */
gboolean pipit_html_is_allowed(gunichar c);

/** Appends @c so that markup shows it as itself. */
void pipit_html_append_escaped(GString *html, gunichar c);

/**
 * Reads the entity at @p, which is a '&'.
 * @c: out: its character, 0 for one that must not be.
 * Returns: its length in bytes, 0 if there is none.
 */
gsize pipit_html_entity(const char *p, gunichar *c);

/** Returns: (transfer full) @raw with its entities replaced by their characters. */
char *pipit_html_decode(const char *raw);
