/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recogniser of RFC 8259, by recursive descent; its depth is bounded. */
#include "protocol/json_syntax.h"

#include <string.h>

#define MAX_DIGITS 18

typedef struct {
	const char *at;
	const char *end;
} Scan;

static gboolean scan_value(Scan *scan, guint depth_left);

static char
peek(const Scan *scan)
{
	if (scan->at >= scan->end)
		return '\0';
	return *scan->at;
}

static gboolean
skip(Scan *scan, char c)
{
	if (scan->at >= scan->end || *scan->at != c)
		return FALSE;
	scan->at++;
	return TRUE;
}

static gboolean
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip_blanks(Scan *scan)
{
	while (is_blank(peek(scan)))
		scan->at++;
}

static gboolean
scan_word(Scan *scan, const char *word)
{
	gsize length = strlen(word);
	if ((gsize)(scan->end - scan->at) < length || memcmp(scan->at, word, length) != 0)
		return FALSE;
	scan->at += length;
	return TRUE;
}

static guint
scan_digits(Scan *scan)
{
	const char *start = scan->at;
	while (g_ascii_isdigit(peek(scan)))
		scan->at++;
	return (guint)(scan->at - start);
}

static gboolean
scan_number(Scan *scan)
{
	skip(scan, '-');
	if (!skip(scan, '0')) {
		guint digits = scan_digits(scan);
		if (digits == 0 || digits > MAX_DIGITS)
			return FALSE;
	}
	if (skip(scan, '.') && scan_digits(scan) == 0)
		return FALSE;
	if (skip(scan, 'e') || skip(scan, 'E')) {
		if (!skip(scan, '+'))
			skip(scan, '-');
		return scan_digits(scan) != 0;
	}
	return TRUE;
}

static gboolean
scan_code_unit(Scan *scan, guint *unit)
{
	*unit = 0;
	for (guint i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(peek(scan));
		if (digit < 0)
			return FALSE;
		*unit = *unit << 4 | (guint)digit;
		scan->at++;
	}
	return TRUE;
}

/* Behind "\u": a character other than U+0000, a pair of surrogates where it takes one. */
static gboolean
scan_unicode_escape(Scan *scan)
{
	guint unit = 0;
	guint low = 0;
	if (!scan_code_unit(scan, &unit) || unit == 0)
		return FALSE;
	if (unit < 0xD800 || unit > 0xDFFF)
		return TRUE;
	return unit <= 0xDBFF && scan_word(scan, "\\u") && scan_code_unit(scan, &low) && low >= 0xDC00 &&
	       low <= 0xDFFF;
}

/* Behind a backslash. */
static gboolean
skip_short_escape(Scan *scan)
{
	static const char escapes[] = "\"\\/bfnrt";
	for (const char *c = escapes; *c != '\0'; c++)
		if (skip(scan, *c))
			return TRUE;
	return FALSE;
}

static gboolean
scan_string(Scan *scan)
{
	if (!skip(scan, '"'))
		return FALSE;
	while (scan->at < scan->end) {
		guchar c = (guchar)*scan->at++;
		if (c == '"')
			return TRUE;
		if (c < 0x20)
			return FALSE;
		if (c != '\\')
			continue;
		if (skip(scan, 'u')) {
			if (!scan_unicode_escape(scan))
				return FALSE;
		} else if (!skip_short_escape(scan)) {
			return FALSE;
		}
	}
	return FALSE;
}

static gboolean
scan_array(Scan *scan, guint depth_left)
{
	skip_blanks(scan);
	if (skip(scan, ']'))
		return TRUE;
	do {
		if (!scan_value(scan, depth_left))
			return FALSE;
	} while (skip(scan, ','));
	return skip(scan, ']');
}

static gboolean
scan_object(Scan *scan, guint depth_left)
{
	skip_blanks(scan);
	if (skip(scan, '}'))
		return TRUE;
	do {
		skip_blanks(scan);
		if (!scan_string(scan))
			return FALSE;
		skip_blanks(scan);
		if (!skip(scan, ':') || !scan_value(scan, depth_left))
			return FALSE;
	} while (skip(scan, ','));
	return skip(scan, '}');
}

static gboolean
scan_bare_value(Scan *scan, guint depth_left)
{
	switch (peek(scan)) {
	case '{':
		scan->at++;
		return depth_left > 0 && scan_object(scan, depth_left - 1);
	case '[':
		scan->at++;
		return depth_left > 0 && scan_array(scan, depth_left - 1);
	case '"':
		return scan_string(scan);
	case 't':
		return scan_word(scan, "true");
	case 'f':
		return scan_word(scan, "false");
	case 'n':
		return scan_word(scan, "null");
	default:
		return scan_number(scan);
	}
}

static gboolean
scan_value(Scan *scan, guint depth_left)
{
	skip_blanks(scan);
	gboolean valid = scan_bare_value(scan, depth_left);
	skip_blanks(scan);
	return valid;
}

gboolean
pipit_json_syntax_valid(const char *text, gsize size, guint max_depth)
{
	Scan scan = {text, text + size};
	return g_utf8_validate_len(text, size, NULL) && scan_value(&scan, max_depth) && scan.at == scan.end;
}
