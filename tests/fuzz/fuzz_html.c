/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Markup of a stranger: what comes out is text, and markup of the few elements that the header promises, balanced, which
 * says the same. */
#include "plugin/html.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static const char *const elements[] = {"b", "i", "u", "s", "em", "strong", "a", "span", NULL};

static void
check_text(const char *text)
{
	fuzz_require(g_utf8_validate(text, -1, NULL));
	for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
		fuzz_require(!g_unichar_iscntrl(g_utf8_get_char(p)) || *p == '\n' || *p == '\t');
}

static gboolean
begins_with(const char *text, const char *beginning)
{
	return g_ascii_strncasecmp(text, beginning, strlen(beginning)) == 0;
}

/* What may stand in a start tag behind its name. */
static void
check_attributes(const char *name, const char *attributes)
{
	if (strcmp(name, "a") == 0)
		fuzz_require(begins_with(attributes, " href=\"http://") ||
			     begins_with(attributes, " href=\"https://") ||
			     begins_with(attributes, " href=\"mailto:"));
	else if (strcmp(name, "span") == 0)
		fuzz_require(g_str_has_prefix(attributes, " style=\""));
	else
		fuzz_require(attributes[0] == '\0');
	const char *quote = strchr(attributes, '"');
	fuzz_require(quote == NULL || strchr(quote + 1, '"') == attributes + strlen(attributes) - 1);
}

/* @tag: what stands between < and >. */
static void
check_tag(const char *tag, GPtrArray *open)
{
	if (strcmp(tag, "br") == 0)
		return;
	gboolean closing = tag[0] == '/';
	const char *start = closing ? tag + 1 : tag;
	char *name = g_strndup(start, strspn(start, "abcdefghijklmnopqrstuvwxyz"));
	fuzz_require(g_strv_contains(elements, name));
	if (closing) {
		fuzz_require(open->len > 0 && strcmp(open->pdata[open->len - 1], name) == 0);
		g_ptr_array_remove_index(open, open->len - 1);
		g_free(name);
		return;
	}
	check_attributes(name, start + strlen(name));
	g_ptr_array_add(open, name);
}

static void
check_safe(const char *safe)
{
	g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(g_free);
	check_text(safe);
	for (const char *p = strchr(safe, '<'); p != NULL; p = strchr(p, '<')) {
		const char *end = strchr(p, '>');
		fuzz_require(end != NULL);
		g_autofree char *tag = g_strndup(p + 1, (gsize)(end - p) - 1);
		check_tag(tag, open);
		p = end + 1;
	}
	fuzz_require(open->len == 0);
}

static void
check_markup(const char *markup)
{
	g_autofree char *text = NULL;
	g_autofree char *safe = NULL;
	pipit_html_read(markup, &text, &safe);
	check_text(text);
	if (safe == NULL)
		return;
	check_safe(safe);
	g_autofree char *text_again = NULL;
	g_autofree char *safe_again = NULL;
	pipit_html_read(safe, &text_again, &safe_again);
	fuzz_require(strcmp(text, text_again) == 0);
	fuzz_require(g_strcmp0(safe, safe_again) == 0);
}

static void
check_from_text(const char *plain)
{
	g_autofree char *html = pipit_html_from_text(plain);
	g_autofree char *text = NULL;
	g_autofree char *safe = NULL;
	g_autofree char *html_again = NULL;
	pipit_html_read(html, &text, &safe);
	fuzz_require(safe == NULL);
	html_again = pipit_html_from_text(text);
	fuzz_require(strcmp(html, html_again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *bytes = fuzz_string(&input);
	g_autofree char *markup = g_utf8_make_valid(bytes, -1);
	check_markup(markup);
	check_from_text(markup);
	return 0;
}
