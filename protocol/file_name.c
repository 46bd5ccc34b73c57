/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a name is the part of a file that a stranger writes into one's own folder, and the part by which people judge what it
 * is. "photo<U+202E>gpj.exe" reads as "photoexe.jpg". */
#include "protocol/file_name.h"

#include <string.h>

#define NAME_MAX_BYTES 180 /* with room for a number and a *.part of it in the 255 of a file system */
#define ENDING_MAX_BYTES 24
#define ZERO_WIDTH_NON_JOINER 0x200c /* Persian needs it */
#define ZERO_WIDTH_JOINER 0x200d     /* and emoji this one */
#define FALLBACK "file"

static const char *
last_part(const char *name)
{
	const char *part = name;
	for (const char *c = name; *c != '\0'; c++)
		if (*c == '/' || *c == '\\')
			part = c + 1;
	return part;
}

static gboolean
is_dropped(gunichar c)
{
	switch (g_unichar_type(c)) {
	case G_UNICODE_FORMAT: /* with it all that turns the direction */
		return c != ZERO_WIDTH_NON_JOINER && c != ZERO_WIDTH_JOINER;
	case G_UNICODE_CONTROL:
	case G_UNICODE_UNASSIGNED:
	case G_UNICODE_SURROGATE:
	case G_UNICODE_PRIVATE_USE:
		return !g_unichar_isspace(c);
	default:
		return FALSE;
	}
}

/* A row of blanks would push the ending off the screen: each becomes one. */
static void
append_character(GString *safe, gunichar c)
{
	gboolean is_blank = g_unichar_isspace(c) || g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR ||
			    g_unichar_type(c) == G_UNICODE_LINE_SEPARATOR ||
			    g_unichar_type(c) == G_UNICODE_PARAGRAPH_SEPARATOR;
	if (is_blank) {
		if (safe->len > 0 && safe->str[safe->len - 1] != ' ')
			g_string_append_c(safe, ' ');
	} else if (c < 0x80 && strchr(":*?\"<>|", (int)c) != NULL) {
		g_string_append_c(safe, '_');
	} else {
		g_string_append_unichar(safe, c);
	}
}

static GString *
clean(const char *part)
{
	GString *safe = g_string_new(NULL);
	for (const char *c = part; *c != '\0'; c = g_utf8_next_char(c)) {
		gunichar character = g_utf8_get_char(c);
		if (!is_dropped(character))
			append_character(safe, character);
	}
	return safe;
}

/* A dot hides it, a dash makes an option of it. */
static void
strip_ends(GString *name)
{
	gsize leading = strspn(name->str, ".- ");
	g_string_erase(name, 0, (gssize)leading);
	while (name->len > 0 && strchr(". ", name->str[name->len - 1]) != NULL)
		g_string_truncate(name, name->len - 1);
}

/* Where the ending begins, its dot; the name's length if it has none. */
static gsize
ending_of(const char *name)
{
	gsize length = strlen(name);
	const char *dot = strrchr(name, '.');
	gboolean is_ending = dot != NULL && dot != name && length - (gsize)(dot - name) <= ENDING_MAX_BYTES;
	return is_ending ? (gsize)(dot - name) : length;
}

/* Cuts what stands before the ending, between two characters. */
static void
shorten(GString *name)
{
	if (name->len <= NAME_MAX_BYTES)
		return;
	gsize ending = ending_of(name->str);
	gsize kept = NAME_MAX_BYTES - (name->len - ending);
	while (kept > 0 && ((guchar)name->str[kept] & 0xc0) == 0x80)
		kept--;
	g_string_erase(name, (gssize)kept, (gssize)(ending - kept));
}

static gboolean
is_numbered_device(const char *stem, gsize length)
{
	return length == 4 && g_ascii_isdigit(stem[3]) &&
	       (g_ascii_strncasecmp(stem, "com", 3) == 0 || g_ascii_strncasecmp(stem, "lpt", 3) == 0);
}

/* Windows' names of devices, with whatever ending. */
static gboolean
is_reserved(const char *name)
{
	static const char *const devices[] = {"con", "prn", "aux", "nul"};
	gsize length = strcspn(name, ".");
	for (gsize i = 0; i < G_N_ELEMENTS(devices); i++)
		if (length == strlen(devices[i]) && g_ascii_strncasecmp(name, devices[i], length) == 0)
			return TRUE;
	return is_numbered_device(name, length);
}

static gboolean
can_be_seen(const char *name)
{
	for (const char *c = name; *c != '\0'; c = g_utf8_next_char(c))
		if (g_unichar_isgraph(g_utf8_get_char(c)))
			return TRUE;
	return FALSE;
}

char *
pipit_file_name_safe(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name != NULL ? name : "", -1);
	g_autoptr(GString) safe = clean(last_part(valid));
	strip_ends(safe);
	if (is_reserved(safe->str))
		g_string_prepend_c(safe, '_');
	shorten(safe);
	strip_ends(safe);
	if (!can_be_seen(safe->str))
		return g_strdup(FALLBACK);
	return g_strdup(safe->str);
}

char *
pipit_file_name_numbered(const char *name, guint n)
{
	gsize ending = ending_of(name);
	return g_strdup_printf("%.*s (%u)%s", (int)ending, name, n, name + ending);
}
