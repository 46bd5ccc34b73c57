/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markup, in both directions: what a client's input line hands out, and what a stranger put into a message. */
#pragma once

#include <glib.h>

/**
 * Reads @markup (valid UTF-8, hostile or not) into what it says and a safe form of how it looks.
 *
 * A newline is one whether it is written "\n" or "<br>". Control characters but tab and newline are dropped.
 * @text: out, (transfer full): the plain text; a link whose words are not its target carries the target behind it.
 * @safe: out, (transfer full) (nullable): balanced markup of b i u s em strong br a[href] span[style] alone, that
 *   says the same as @text; NULL if there is no formatting, so that the text alone is all there is.
 */
void pipit_html_read(const char *markup, char **text, char **safe);

/**
 * Writes plain @text as markup that every client shows as exactly that text.
 * Returns: (transfer full)
 */
char *pipit_html_from_text(const char *text);

/** TRUE if Pidgin would strip all tags from @html, as it does past 100 of them, and show the rest as markup again. */
gboolean pipit_html_has_too_many_tags(const char *html);
