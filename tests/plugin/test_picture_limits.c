/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pictures a client's decoder may see: measured, not decoded. */
#include "plugin/picture_limits.h"

#include <string.h>

typedef struct {
	const char *what;
	const char *bytes;
	gsize size;
	guint64 pixels; /* 0: it must not be seen */
} Case;

#define BYTES(literal) (literal), sizeof(literal) - 1

#define PNG(width, height) "\x89PNG\r\n\x1a\n\0\0\0\rIHDR" width height "\x08\x06\0\0\0"
#define JPEG(height, width)                                                                                  \
	"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\0\x11\x08" height width "\3"
#define GIF(width, height) "GIF89a" width height "\0\0\0"
#define GIF_FRAME(left, top, width, height) "," left top width height "\0\x02\x02\x4c\x01\0"

static void
check(const Case *test)
{
	guint64 pixels = 0;
	gboolean harmless = pipit_picture_is_harmless((const guint8 *)test->bytes, test->size, &pixels);
	g_test_message("%s", test->what);
	g_assert_cmpint(harmless, ==, test->pixels != 0);
	if (harmless)
		g_assert_cmpuint(pixels, ==, test->pixels);
}

static void
check_all(const Case *cases, gsize n)
{
	for (gsize i = 0; i < n; i++)
		check(&cases[i]);
}

static void
test_sizes(void)
{
	static const Case cases[] = {
		{"a small one", BYTES(PNG("\0\0\0\x20", "\0\0\0\x10")), 512},
		{"4096 by 3072", BYTES(PNG("\0\0\x10\0", "\0\0\x0c\0")), 12582912},
		{"a row more", BYTES(PNG("\0\0\x10\0", "\0\0\x0c\x01")), 0},
		{"of a product that does not fit 32 bits", BYTES(PNG("\0\1\0\0", "\0\1\0\0")), 0},
		{"of no width", BYTES(PNG("\0\0\0\0", "\0\0\0\x10")), 0},
		{"a stroke", BYTES(PNG("\0\0\0\x29", "\0\0\0\1")), 0},
		{"nearly one", BYTES(PNG("\0\0\0\x28", "\0\0\0\1")), 40},
		{"an upright one", BYTES(PNG("\0\0\0\1", "\0\0\0\x29")), 0},
		{"a JPEG", BYTES(JPEG("\3\0", "\4\0")), 786432},
		{"a large JPEG", BYTES(JPEG("\xff\xff", "\xff\xff")), 0},
		{"no more than the beginning", BYTES("\x89PNG\r\n\x1a\n"), 0},
		{"no picture", BYTES("#!/bin/sh\n"), 0},
		{"of a kind that isn't shown",
		 BYTES("RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x0f\x40\3\0\0\0\0\0\0\0\0\0\0\0\0\0"), 0},
		{"nothing", BYTES(""), 0},
	};
	check_all(cases, G_N_ELEMENTS(cases));
}

static void
test_frames(void)
{
	static const Case cases[] = {
		{"one frame",
		 BYTES(GIF("\x10\0", "\x10\0") GIF_FRAME("\0\0", "\0\0", "\x10\0", "\x10\0") ";"), 256},
		{"a part of it",
		 BYTES(GIF("\x10\0", "\x10\0") GIF_FRAME("\4\0", "\4\0", "\x0c\0", "\x0c\0") ";"), 256},
		{"one larger than the whole",
		 BYTES(GIF("\x10\0", "\x10\0") GIF_FRAME("\0\0", "\0\0", "\xff\xff", "\xff\xff") ";"), 0},
		{"one that reaches over the edge",
		 BYTES(GIF("\x10\0", "\x10\0") GIF_FRAME("\1\0", "\0\0", "\x10\0", "\x10\0") ";"), 0},
		{"the second one",
		 BYTES(GIF("\x10\0", "\x10\0") GIF_FRAME("\0\0", "\0\0", "\x10\0", "\x10\0")
			       GIF_FRAME("\0\0", "\0\0", "\x11\0", "\x10\0") ";"),
		 0},
		{"behind a remark",
		 BYTES(GIF("\x10\0", "\x10\0") "!\xfe\5hello\0" GIF_FRAME("\0\0", "\0\0", "\x11\0", "\1\0")),
		 0},
		{"something unknown in between", BYTES(GIF("\x10\0", "\x10\0") "?0123456789"), 0},
		{"cut off", BYTES(GIF("\x10\0", "\x10\0") ",\0\0"), 256},
	};
	check_all(cases, G_N_ELEMENTS(cases));
}

/* Returns (transfer full) @head, and @n times @part behind it. */
static GByteArray *
repeat(const char *head, gsize head_size, const char *part, gsize part_size, guint n)
{
	GByteArray *all = g_byte_array_new();
	g_byte_array_append(all, (const guint8 *)head, (guint)head_size);
	for (guint i = 0; i < n; i++)
		g_byte_array_append(all, (const guint8 *)part, (guint)part_size);
	return all;
}

static void
check_repeated(const char *head, gsize head_size, const char *part, gsize part_size, guint n,
	       gboolean expected)
{
	guint64 pixels = 0;
	g_autoptr(GByteArray) all = repeat(head, head_size, part, part_size, n);
	g_assert_cmpint(pipit_picture_is_harmless(all->data, all->len, &pixels), ==, expected);
}

static void
test_patience(void)
{
	static const char jpeg[] = JPEG("\0\x10", "\0\x10");
	static const char scan[] = "\xff\xda\0\x08\1\1\0\0\x3f\0\x12";
	check_repeated(jpeg, sizeof jpeg - 1, scan, sizeof scan - 1, 64, TRUE);
	check_repeated(jpeg, sizeof jpeg - 1, scan, sizeof scan - 1, 65, FALSE);
	static const char gif[] = GIF("\x10\0", "\x10\0");
	static const char frame[] = GIF_FRAME("\0\0", "\0\0", "\1\0", "\1\0");
	check_repeated(gif, sizeof gif - 1, frame, sizeof frame - 1, 500, TRUE);
	check_repeated(gif, sizeof gif - 1, frame, sizeof frame - 1, 502, FALSE);
}

static void
test_bytes(void)
{
	static const char png[] = PNG("\0\0\0\x20", "\0\0\0\x10");
	check_repeated(png, sizeof png - 1, "", 1, PIPIT_SHOWN_MAX_BYTES - (sizeof png - 1), TRUE);
	check_repeated(png, sizeof png - 1, "", 1, PIPIT_SHOWN_MAX_BYTES - (sizeof png - 1) + 1, FALSE);
}

/* What the sender says of it decides whether it is fetched at all. */
static void
test_announced(void)
{
	g_assert_true(pipit_picture_size_fits(1, 0, 0));
	g_assert_true(pipit_picture_size_fits(PIPIT_SHOWN_MAX_BYTES, 4096, 3072));
	g_assert_false(pipit_picture_size_fits(PIPIT_SHOWN_MAX_BYTES + 1, 10, 10));
	g_assert_false(pipit_picture_size_fits(1000, 4096, 3073));
	g_assert_false(pipit_picture_size_fits(1000, 65536, 65536));
	g_assert_false(pipit_picture_size_fits(1000, 0, 10));
	g_assert_false(pipit_picture_size_fits(0, 10, 10));
	g_assert_false(pipit_picture_size_fits(-1, 10, 10));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/picture-limits/sizes", test_sizes);
	g_test_add_func("/picture-limits/frames", test_frames);
	g_test_add_func("/picture-limits/patience", test_patience);
	g_test_add_func("/picture-limits/bytes", test_bytes);
	g_test_add_func("/picture-limits/announced", test_announced);
	return g_test_run();
}
