/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: attributes are where markup loads, runs and hides things, so each value that passes is on a list. */
#include "plugin/html_attribute.h"

#include <string.h>

#include "plugin/html_entity.h"

#define MAX_LINK 1024 /* bytes of an href */

static gboolean
is_space(char c)
{
	return g_ascii_isspace(c);
}

char *
pipit_html_attribute(const char *p, const char *end, const char *name)
{
	while (p < end) {
		while (p < end && (is_space(*p) || *p == '/'))
			p++;
		const char *start = p;
		while (p < end && !is_space(*p) && *p != '=')
			p++;
		gboolean wanted = (gsize)(p - start) == strlen(name) &&
				  g_ascii_strncasecmp(start, name, strlen(name)) == 0;
		while (p < end && is_space(*p))
			p++;
		if (p == end || *p != '=')
			continue;
		p++;
		while (p < end && is_space(*p))
			p++;
		char quote = '\0';
		if (p < end && (*p == '"' || *p == '\''))
			quote = *p++;
		const char *value = p;
		while (p < end && (quote != '\0' ? *p != quote : !is_space(*p)))
			p++;
		if (wanted)
			return g_strndup(value, (gsize)(p - value));
		if (quote != '\0' && p < end)
			p++;
	}
	return NULL;
}

gboolean
pipit_html_is_link_allowed(const char *href)
{
	if (strlen(href) > MAX_LINK)
		return FALSE;
	for (const char *p = href; *p != '\0'; p = g_utf8_next_char(p))
		if (g_utf8_get_char(p) <= ' ' || !pipit_html_is_allowed(g_utf8_get_char(p)))
			return FALSE;
	return g_ascii_strncasecmp(href, "http://", 7) == 0 ||
	       g_ascii_strncasecmp(href, "https://", 8) == 0 || g_ascii_strncasecmp(href, "mailto:", 7) == 0;
}

static gboolean
is_colour(const char *value)
{
	gsize length = strlen(value);
	if (value[0] == '#')
		return (length == 4 || length == 7) &&
		       strspn(value + 1, "0123456789abcdefABCDEF") == length - 1;
	return length >= 3 && length <= 20 &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

static gboolean
is_style_allowed(const char *property, const char *value)
{
	static const char *const weights[] = {"bold", "normal", "100", "200", "300", "400",
					      "500",  "600",    "700", "800", "900", NULL};
	static const char *const styles[] = {"italic", "oblique", "normal", NULL};
	static const char *const decorations[] = {"underline", "line-through", "none", NULL};
	if (g_str_equal(property, "color") || g_str_equal(property, "background") ||
	    g_str_equal(property, "background-color"))
		return is_colour(value);
	if (g_str_equal(property, "font-weight"))
		return g_strv_contains(weights, value);
	if (g_str_equal(property, "font-style"))
		return g_strv_contains(styles, value);
	if (g_str_equal(property, "text-decoration"))
		return g_strv_contains(decorations, value);
	return FALSE;
}

char *
pipit_html_safe_style(const char *style)
{
	GString *safe = g_string_new(NULL);
	g_auto(GStrv) declarations = g_strsplit(style, ";", 16);
	for (guint i = 0; declarations[i] != NULL; i++) {
		char *colon = strchr(declarations[i], ':');
		if (colon == NULL)
			continue;
		*colon = '\0';
		g_autofree char *property = g_ascii_strdown(g_strstrip(declarations[i]), -1);
		g_autofree char *value = g_ascii_strdown(g_strstrip(colon + 1), -1);
		if (is_style_allowed(property, value))
			g_string_append_printf(safe, "%s%s: %s", safe->len > 0 ? "; " : "", property, value);
	}
	if (safe->len == 0) {
		g_string_free(safe, TRUE);
		return NULL;
	}
	return g_string_free(safe, FALSE);
}

char *
pipit_html_safe_font(const char *attributes, const char *end)
{
	g_autofree char *colour = pipit_html_attribute(attributes, end, "color");
	g_autofree char *back = pipit_html_attribute(attributes, end, "back");
	g_autofree char *style =
		g_strdup_printf("%s%s;%s%s", colour != NULL ? "color:" : "", colour != NULL ? colour : "",
				back != NULL ? "background:" : "", back != NULL ? back : "");
	return pipit_html_safe_style(style);
}
