/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: clients render what they are given, so nothing but a short list of elements may pass, and yet each character
 * that somebody wrote must arrive. One reader makes the plain text and the safe markup in the same walk. */
#include "plugin/html.h"

#include <string.h>

#define MAX_DEPTH 32  /* deeper elements lose their formatting, never their text */
#define MAX_TAG 2048  /* bytes; without a limit, a row of unfinished tags would cost quadratic time */
#define MAX_LINK 1024 /* bytes of an href */
#define PIDGIN_TAGS 100

typedef enum {
	KIND_INLINE,  /* passes as it is */
	KIND_LINK,    /* passes with a checked href */
	KIND_SPAN,    /* passes with checked style */
	KIND_FONT,    /* becomes a span */
	KIND_BREAK,   /* a newline */
	KIND_BLOCK,   /* a newline where text stands before it */
	KIND_CONTENT, /* dropped with all that is in it */
} Kind;

typedef struct {
	const char *name;
	const char *as;
	Kind kind;
} Element;

static const Element elements[] = {
	{"b", "b", KIND_INLINE},         {"bold", "b", KIND_INLINE},     {"strong", "strong", KIND_INLINE},
	{"i", "i", KIND_INLINE},         {"italic", "i", KIND_INLINE},   {"em", "em", KIND_INLINE},
	{"u", "u", KIND_INLINE},         {"s", "s", KIND_INLINE},        {"strike", "s", KIND_INLINE},
	{"underline", "u", KIND_INLINE}, {"a", "a", KIND_LINK},          {"span", "span", KIND_SPAN},
	{"font", "span", KIND_FONT},     {"br", NULL, KIND_BREAK},       {"hr", NULL, KIND_BREAK},
	{"p", NULL, KIND_BLOCK},         {"div", NULL, KIND_BLOCK},      {"li", NULL, KIND_BLOCK},
	{"tr", NULL, KIND_BLOCK},        {"script", NULL, KIND_CONTENT}, {"style", NULL, KIND_CONTENT},
	{"title", NULL, KIND_CONTENT},
};

/* An element that was opened and not closed yet. */
typedef struct {
	const Element *element;
	gboolean visible; /* stands in the safe markup */
	gsize text_start; /* where its words begin in the text */
	gsize html_start; /* where its tag stands in the safe markup, and how long it is */
	gsize html_length;
	char *href;     /* of a visible link, decoded */
	char *raw_href; /* as it was written: libpurple's own linkifier does not escape it */
} Open;

typedef struct {
	GString *text;
	GString *html;
	GArray *open; /* of Open */
	gboolean formatted;
	gboolean comment_ends; /* FALSE once no further "-->" is there: it need not be looked for again */
} Reader;

static void
open_clear(gpointer data)
{
	Open *open = data;
	g_free(open->href);
	g_free(open->raw_href);
}

static gboolean
is_allowed(gunichar c)
{
	if (c == '\n' || c == '\t')
		return TRUE;
	/* A terminal or an IRC client takes these as commands (ESC, CTCP's 01, the C1 controls). */
	return c >= 0x20 && !(c >= 0x7f && c <= 0x9f);
}

static void
append_escaped(GString *html, gunichar c)
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

static void
append_character(Reader *reader, gunichar c)
{
	if (!is_allowed(c))
		return;
	g_string_append_unichar(reader->text, c);
	if (c == '\n')
		g_string_append(reader->html, "<br>");
	else
		append_escaped(reader->html, c);
}

/* Returns the length of the entity at @p, 0 if there is none. */
static gsize
entity_at(const char *p, gunichar *c)
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

static char *
decode(const char *raw)
{
	GString *out = g_string_new(NULL);
	while (*raw != '\0') {
		gunichar c = 0;
		gsize length = *raw == '&' ? entity_at(raw, &c) : 0;
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

static gboolean
is_space(char c)
{
	return g_ascii_isspace(c);
}

/* Returns the value of attribute @name within the tag @p .. @end, as it is written; NULL if it is not there. */
static char *
attribute(const char *p, const char *end, const char *name)
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
		char quote = p < end && (*p == '"' || *p == '\'') ? *p++ : '\0';
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

/* ---- what a link and a style may hold ---- */

static gboolean
is_link_allowed(const char *href)
{
	if (strlen(href) > MAX_LINK)
		return FALSE;
	for (const char *p = href; *p != '\0'; p = g_utf8_next_char(p))
		if (g_utf8_get_char(p) <= ' ' || !is_allowed(g_utf8_get_char(p)))
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

/* Returns (transfer full) the part of @style that may pass, NULL if nothing is left. */
static char *
safe_style(const char *style)
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

static char *
safe_font(const char *attributes, const char *end)
{
	g_autofree char *colour = attribute(attributes, end, "color");
	g_autofree char *back = attribute(attributes, end, "back");
	g_autofree char *style =
		g_strdup_printf("%s%s;%s%s", colour != NULL ? "color:" : "", colour != NULL ? colour : "",
				back != NULL ? "background:" : "", back != NULL ? back : "");
	return safe_style(style);
}

/* ---- elements ---- */

static void
write_attribute(GString *html, const char *name, const char *value)
{
	g_string_append_printf(html, " %s=\"", name);
	for (const char *p = value; *p != '\0'; p = g_utf8_next_char(p))
		append_escaped(html, g_utf8_get_char(p));
	g_string_append_c(html, '"');
}

static gboolean
is_inside_link(const Reader *reader)
{
	for (guint i = 0; i < reader->open->len; i++)
		if (g_array_index(reader->open, Open, i).href != NULL)
			return TRUE;
	return FALSE;
}

static void
open_link(Reader *reader, Open *open, const char *attributes, const char *end)
{
	g_autofree char *raw = attribute(attributes, end, "href");
	g_autofree char *href = raw != NULL ? decode(raw) : NULL;
	open->visible = href != NULL && is_link_allowed(href) && !is_inside_link(reader);
	if (!open->visible)
		return;
	g_string_append(reader->html, "<a");
	write_attribute(reader->html, "href", href);
	g_string_append_c(reader->html, '>');
	open->href = g_steal_pointer(&href);
	open->raw_href = g_steal_pointer(&raw);
}

static void
open_span(Reader *reader, Open *open, const char *attributes, const char *end)
{
	g_autofree char *raw = attribute(attributes, end, "style");
	g_autofree char *decoded = raw != NULL ? decode(raw) : NULL;
	g_autofree char *style = open->element->kind == KIND_FONT ? safe_font(attributes, end)
				 : decoded != NULL                ? safe_style(decoded)
								  : NULL;
	open->visible = style != NULL;
	if (!open->visible)
		return;
	g_string_append(reader->html, "<span");
	write_attribute(reader->html, "style", style);
	g_string_append_c(reader->html, '>');
	reader->formatted = TRUE;
}

static void
open_inline(Reader *reader, Open *open)
{
	open->visible = TRUE;
	g_string_append_printf(reader->html, "<%s>", open->element->as);
	reader->formatted = TRUE;
}

static void
open_element(Reader *reader, const Element *element, const char *attributes, const char *end)
{
	if (element->kind == KIND_BREAK || (element->kind == KIND_BLOCK && reader->text->len > 0))
		append_character(reader, '\n');
	if (element->as == NULL || reader->open->len >= MAX_DEPTH)
		return;
	Open open = {.element = element, .text_start = reader->text->len, .html_start = reader->html->len};
	if (element->kind == KIND_LINK)
		open_link(reader, &open, attributes, end);
	else if (element->kind == KIND_INLINE)
		open_inline(reader, &open);
	else
		open_span(reader, &open, attributes, end);
	open.html_length = reader->html->len - open.html_start;
	g_array_append_val(reader->open, open);
}

/* TRUE if @words are just the address of the link: clients make such a text clickable by themselves. */
static gboolean
says_its_target(const char *words, const char *href)
{
	if (g_str_equal(words, href))
		return TRUE;
	const char *rest = strstr(href, "://");
	if (rest != NULL)
		return g_str_equal(words, rest + 3);
	return g_str_equal(words, href + strlen("mailto:"));
}

static void
close_link(Reader *reader, const Open *open)
{
	const char *words = reader->text->str + open->text_start;
	if (says_its_target(words, open->href) || says_its_target(words, open->raw_href)) {
		g_string_erase(reader->html, (gssize)open->html_start, (gssize)open->html_length);
		return;
	}
	g_string_append(reader->html, "</a>");
	g_string_append_printf(reader->text, " (%s)", open->href);
	reader->formatted = TRUE;
}

static void
close_last(Reader *reader)
{
	Open *open = &g_array_index(reader->open, Open, reader->open->len - 1);
	if (open->href != NULL)
		close_link(reader, open);
	else if (open->visible)
		g_string_append_printf(reader->html, "</%s>", open->element->as);
	g_array_set_size(reader->open, reader->open->len - 1);
}

static void
close_element(Reader *reader, const Element *element)
{
	guint depth = reader->open->len;
	while (depth > 0 && g_array_index(reader->open, Open, depth - 1).element != element)
		depth--;
	if (depth == 0)
		return;
	while (reader->open->len >= depth)
		close_last(reader);
}

/* ---- tags ---- */

static const Element *
element_named(const char *name, gsize length)
{
	for (gsize i = 0; i < G_N_ELEMENTS(elements); i++)
		if (strlen(elements[i].name) == length &&
		    g_ascii_strncasecmp(elements[i].name, name, length) == 0)
			return &elements[i];
	return NULL;
}

/* Returns the '>' of the tag that begins at @p, quotes heeded where they are closed; NULL if it does not end. */
static const char *
tag_end(const char *p)
{
	const char *first = NULL;
	char quote = '\0';
	for (gsize i = 0; i < MAX_TAG && p[i] != '\0'; i++) {
		if (p[i] == '>' && first == NULL)
			first = p + i;
		if (p[i] == '>' && quote == '\0')
			return p + i;
		if (quote != '\0' && p[i] == quote)
			quote = '\0';
		else if (quote == '\0' && (p[i] == '"' || p[i] == '\'') && p[i - 1] == '=')
			quote = p[i];
	}
	return first;
}

/* Returns what follows the "</name" that ends @element's content, or the end of the markup. */
static const char *
skip_content(const Element *element, const char *p)
{
	gsize length = strlen(element->name);
	for (; *p != '\0'; p++)
		if (p[0] == '<' && p[1] == '/' && g_ascii_strncasecmp(p + 2, element->name, length) == 0)
			return p;
	return p;
}

static const char *
read_comment(Reader *reader, const char *p)
{
	const char *end = reader->comment_ends ? strstr(p, "-->") : NULL;
	if (end != NULL)
		return end + 3;
	reader->comment_ends = FALSE;
	append_character(reader, '<');
	return p + 1;
}

/* @p stands at a '<'. */
static const char *
read_tag(Reader *reader, const char *p)
{
	if (g_str_has_prefix(p, "<!--"))
		return read_comment(reader, p);
	gboolean closing = p[1] == '/';
	const char *name = p + (closing ? 2 : 1);
	gboolean is_tag = g_ascii_isalpha(*name) || (!closing && (*name == '!' || *name == '?'));
	const char *end = is_tag ? tag_end(p + 1) : NULL;
	if (end == NULL) {
		append_character(reader, '<');
		return p + 1;
	}
	const char *name_end = name;
	while (g_ascii_isalnum(*name_end))
		name_end++;
	const Element *element = element_named(name, (gsize)(name_end - name));
	if (element == NULL)
		return end + 1;
	if (closing)
		close_element(reader, element);
	else if (element->kind == KIND_CONTENT)
		return skip_content(element, end + 1);
	else
		open_element(reader, element, name_end, end);
	return end + 1;
}

static const char *
read_entity(Reader *reader, const char *p)
{
	gunichar c = '&';
	gsize length = entity_at(p, &c);
	append_character(reader, c == '\r' ? '\n' : c);
	return p + MAX(length, 1);
}

static const char *
read_character(Reader *reader, const char *p)
{
	/* "\r\n" and a lone "\r" are newlines too: IRC ends a command at either. */
	if (*p == '\r') {
		append_character(reader, '\n');
		return p + (p[1] == '\n' ? 2 : 1);
	}
	append_character(reader, g_utf8_get_char(p));
	return g_utf8_next_char(p);
}

void
pipit_html_read(const char *markup, char **text, char **safe)
{
	Reader reader = {
		.text = g_string_new(NULL),
		.html = g_string_new(NULL),
		.open = g_array_new(FALSE, FALSE, sizeof(Open)),
		.comment_ends = TRUE,
	};
	g_array_set_clear_func(reader.open, open_clear);
	const char *p = markup;
	while (*p != '\0') {
		if (*p == '<')
			p = read_tag(&reader, p);
		else if (*p == '&')
			p = read_entity(&reader, p);
		else
			p = read_character(&reader, p);
	}
	while (reader.open->len > 0)
		close_last(&reader);
	g_array_unref(reader.open);
	*text = g_string_free(reader.text, FALSE);
	*safe = g_string_free(reader.html, !reader.formatted);
}

static guint
count_tags(const char *html)
{
	guint tags = 0;
	for (const char *p = strchr(html, '<'); p != NULL; p = strchr(p + 1, '<'))
		tags++;
	return tags;
}

gboolean
pipit_html_has_too_many_tags(const char *html)
{
	return count_tags(html) > PIDGIN_TAGS;
}

static guint
count_newlines(const char *text)
{
	guint newlines = 0;
	for (const char *p = text; *p != '\0'; p++)
		newlines += *p == '\n' || *p == '\r';
	return newlines;
}

char *
pipit_html_from_text(const char *text)
{
	/* HTML logs want <br>; past Pidgin's limit of tags the bare newline, which all clients show as well. */
	const char *newline = count_newlines(text) > PIDGIN_TAGS ? "\n" : "<br>";
	GString *html = g_string_new(NULL);
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		if (c == '\n' || (c == '\r' && p[1] != '\n'))
			g_string_append(html, newline);
		else if (is_allowed(c))
			append_escaped(html, c);
	}
	return g_string_free(html, FALSE);
}
