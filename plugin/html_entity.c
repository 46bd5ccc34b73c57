/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a character can be written in several ways, and what a check sees must be what the client shows. */
#include "plugin/html_entity.h"

#include <string.h>

gboolean
pipit_html_is_allowed(gunichar c)
{
	if (c == '\n' || c == '\t')
		return TRUE;
	/* A terminal or an IRC client takes these as commands (ESC, CTCP's 01, the C1 controls). */
	return c >= 0x20 && !(c >= 0x7f && c <= 0x9f);
}

void
pipit_html_append_escaped(GString *html, gunichar c)
{
	/* bitlbee knows named entities only, so an apostrophe stays what it is. */
	if (c == '<')
		g_string_append(html, "&lt;");
	else if (c == '>')
		g_string_append(html, "&gt;");
	else if (c == '&')
		g_string_append(html, "&amp;");
	else if (c == '"')
		g_string_append(html, "&quot;");
	else
		g_string_append_unichar(html, c);
}

gsize
pipit_html_entity(const char *p, gunichar *c)
{
	static const struct {
		const char *name;
		gunichar c;
	} named[] = {
		{"&amp;", '&'},   {"&lt;", '<'},    {"&gt;", '>'},    {"&quot;", '"'},
		{"&apos;", '\''}, {"&nbsp;", 0xa0}, {"&copy;", 0xa9}, {"&reg;", 0xae},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(named); i++) {
		gsize length = strlen(named[i].name);
		if (g_ascii_strncasecmp(p, named[i].name, length) == 0) {
			*c = named[i].c;
			return length;
		}
	}
	if (p[1] != '#')
		return 0;
	gboolean hex = p[2] == 'x' || p[2] == 'X';
	const char *digits = p + (hex ? 3 : 2);
	if (!(hex ? g_ascii_isxdigit(*digits) : g_ascii_isdigit(*digits)))
		return 0;
	char *end = NULL;
	guint64 number = g_ascii_strtoull(digits, &end, hex ? 16 : 10);
	if (*end != ';' || end - p > 12)
		return 0;
	*c = number <= 0x10ffff && g_unichar_validate((gunichar)number) ? (gunichar)number : 0;
	return (gsize)(end - p) + 1;
}

char *
pipit_html_decode(const char *raw)
{
	GString *out = g_string_new(NULL);
	while (*raw != '\0') {
		gunichar c = 0;
		gsize length = *raw == '&' ? pipit_html_entity(raw, &c) : 0;
		if (length > 0) {
			if (c != 0)
				g_string_append_unichar(out, c);
			raw += length;
		} else {
			g_string_append_c(out, *raw++);
		}
	}
	return g_string_free(out, FALSE);
}
