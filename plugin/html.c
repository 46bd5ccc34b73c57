/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: clients render what they are given, so nothing but a short list of elements may pass, and yet each character
 * that somebody wrote must arrive. One reader makes the plain text and the safe markup in the same walk. */
#include "plugin/html.h"

#include <string.h>

#include "plugin/html_attribute.h"
#include "plugin/html_entity.h"

#define MAX_DEPTH 32 /* deeper elements lose their formatting, never their text */
#define MAX_TAG 2048 /* bytes; without a limit, a row of unfinished tags would cost quadratic time */
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

static void
append_character(Reader *reader, gunichar c)
{
	if (!pipit_html_is_allowed(c))
		return;
	g_string_append_unichar(reader->text, c);
	if (c == '\n')
		g_string_append(reader->html, "<br>");
	else
		pipit_html_append_escaped(reader->html, c);
}

/* ---- elements ---- */

static void
write_attribute(GString *html, const char *name, const char *value)
{
	g_string_append_printf(html, " %s=\"", name);
	for (const char *p = value; *p != '\0'; p = g_utf8_next_char(p))
		pipit_html_append_escaped(html, g_utf8_get_char(p));
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
	g_autofree char *raw = pipit_html_attribute(attributes, end, "href");
	g_autofree char *href = raw != NULL ? pipit_html_decode(raw) : NULL;
	open->visible = href != NULL && pipit_html_is_link_allowed(href) && !is_inside_link(reader);
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
	g_autofree char *raw = pipit_html_attribute(attributes, end, "style");
	g_autofree char *decoded = raw != NULL ? pipit_html_decode(raw) : NULL;
	g_autofree char *style = open->element->kind == KIND_FONT ? pipit_html_safe_font(attributes, end)
				 : decoded != NULL                ? pipit_html_safe_style(decoded)
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
	gsize length = pipit_html_entity(p, &c);
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
		newlines += *p == '\n' || (*p == '\r' && p[1] != '\n');
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
		else if (pipit_html_is_allowed(c))
			pipit_html_append_escaped(html, c);
	}
	return g_string_free(html, FALSE);
}
