/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of pictures, and what is left of them once they are stripped. */
#include "protocol/picture.h"

#include <stdio.h>
#include <string.h>

#include "protocol/picture_strip.h"
#include "tests/support/sample.h"

static const char *const kinds[] = {"jpeg", "png", "webp"};

static void
assert_picture(const void *head, gsize size, const char *type, guint width, guint height)
{
	PipitPicture picture;

	g_assert_true(pipit_picture_read(head, size, &picture));
	g_assert_cmpstr(picture.type, ==, type);
	g_assert_cmpuint(picture.width, ==, width);
	g_assert_cmpuint(picture.height, ==, height);
}

static void
test_kind_and_size(void)
{
	static const char gif[] = "GIF89a\x02\x01\x40\x00rest";
	static const char lossless[] = "RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f\x3f\xc0\x0b\x00rest of it";
	static const char lossy[] = "RIFF\x20\0\0\0WEBPVP8 \x10\0\0\0\0\0\0\x9d\x01\x2a\x40\x00\x30\x00rest";

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *type = g_strconcat("image/", kinds[i], NULL);
		g_autoptr(GBytes) bytes = pipit_sample_picture(kinds[i]);
		assert_picture(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), type, 64, 48);
	}
	assert_picture(gif, sizeof gif, "image/gif", 258, 64);
	assert_picture(lossless, sizeof lossless, "image/webp", 64, 48);
	assert_picture(lossy, sizeof lossy, "image/webp", 64, 48);
}

/* Cut off anywhere, or with a hostile size, it is read no further. */
static void
test_hostile(void)
{
	static const char endless[] = "\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00";
	static const char huge[] = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\xff\xff\xff\xff\xff\xff\xff\xff";
	/* A marker without a length, behind which a decoder goes on at once: it finds the large frame there. */
	static const char hidden[] =
		"\xff\xd8\xff\x01\x00\x15\xff\xc0\x00\x11\x08\x75\x30\x75\x30\x03xxxxxxxxxx"
		"\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03xxxxxxxxx";
	PipitPicture picture;

	assert_picture(hidden, sizeof hidden - 1, "image/jpeg", 0, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(GBytes) bytes = pipit_sample_picture(kinds[i]);
		for (gsize size = 0; size < g_bytes_get_size(bytes); size++) {
			/* A copy of its own, so that a read behind the end is noticed. */
			g_autofree guint8 *cut = g_memdup2(g_bytes_get_data(bytes, NULL), MAX(size, 1));
			pipit_picture_read(cut, size, &picture);
			g_assert_true((picture.width == 0) == (picture.height == 0));
		}
	}
	assert_picture(endless, sizeof endless - 1, "image/jpeg", 0, 0);
	assert_picture(huge, sizeof huge - 1, "image/png", 0, 0);
	g_assert_false(pipit_picture_read((const guint8 *)"text", 4, &picture));
	g_assert_false(pipit_picture_read((const guint8 *)"", 0, &picture));
}

static GBytes *
read_all(FILE *file)
{
	fseek(file, 0, SEEK_END);
	gsize size = (gsize)ftell(file);
	g_autofree char *bytes = g_malloc(MAX(size, 1));
	rewind(file);
	g_assert_cmpuint(fread(bytes, 1, size, file), ==, size);
	return g_bytes_new_take(g_steal_pointer(&bytes), size);
}

/* Returns: (transfer full) what is left; NULL with @error. */
static GBytes *
strip(GBytes *bytes, const char *kind, GError **error)
{
	gsize size = 0;
	gconstpointer start = g_bytes_get_data(bytes, &size);
	g_autofree char *type = g_strconcat("image/", kind, NULL);
	FILE *in = fmemopen((gpointer)start, MAX(size, 1), "r");
	FILE *out = tmpfile();
	gboolean stripped = pipit_picture_strip(in, out, type, error);

	fclose(in);
	g_autoptr(GBytes) left = read_all(out);
	fclose(out);
	return stripped ? g_steal_pointer(&left) : NULL;
}

static void
test_what_is_left(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) bytes = pipit_sample_picture(kinds[i]);
		g_assert_true(pipit_sample_holds(bytes, "PLACE"));
		g_autoptr(GBytes) left = strip(bytes, kinds[i], &error);
		g_assert_no_error(error);
		g_assert_false(pipit_sample_holds(left, "PLACE"));
		g_assert_true(pipit_sample_holds(left, "colours"));
		g_assert_true(pipit_sample_holds(left, "dots"));
		/* Which side is up: tag 0x0112, a short, one, 6. */
		g_autoptr(GBytes) turned = g_bytes_new_static("\x01\x12\0\x03\0\0\0\x01\0\x06", 10);
		gsize size = 0;
		const char *start = g_bytes_get_data(left, &size);
		g_assert_nonnull(memmem(start, size, g_bytes_get_data(turned, NULL), 10));
		/* Once more changes nothing. */
		g_autoptr(GBytes) again = strip(left, kinds[i], &error);
		g_assert_no_error(error);
		g_assert_true(g_bytes_equal(again, left));
	}
}

static void
test_jpeg_scans_are_whole(void)
{
	g_autoptr(GBytes) bytes = pipit_sample_picture("jpeg");
	g_autoptr(GBytes) left = strip(bytes, "jpeg", NULL);
	gsize size = 0;
	const char *start = g_bytes_get_data(left, &size);

	g_assert_nonnull(memmem(start, size, "dots\xff\x00more\xff\xd0", 12));
	g_assert_true(pipit_sample_holds(left, "and more\xff\xd9"));
	g_assert_true(pipit_sample_holds(left, "tables"));
	g_assert_false(pipit_sample_holds(left, "THU"));
	g_assert_false(pipit_sample_holds(left, "film"));
}

static void
test_webp_counts_right(void)
{
	g_autoptr(GBytes) bytes = pipit_sample_picture("webp");
	g_autoptr(GBytes) left = strip(bytes, "webp", NULL);
	gsize size = 0;
	const guint8 *start = g_bytes_get_data(left, &size);

	g_assert_cmpuint(start[4] | (guint)start[5] << 8, ==, size - 8);
	g_assert_cmphex(start[20], ==, 0x28); /* a profile and EXIF; no XMP */
}

/* What can't be understood is not passed on as if it could. */
static void
test_damaged(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GBytes) bytes = pipit_sample_picture(kinds[i]);
		g_autoptr(GBytes) cut = g_bytes_new_from_bytes(bytes, 0, 40);
		g_assert_null(strip(cut, kinds[i], &error));
		g_assert_error(error, PIPIT_PICTURE_ERROR, PIPIT_PICTURE_ERROR_MALFORMED);
		g_autoptr(GBytes) text = g_bytes_new_static("this is a text", 14);
		g_assert_null(strip(text, kinds[i], NULL));
	}
}

static void
test_damaged_anyhow(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autoptr(GBytes) whole = pipit_sample_picture(kinds[i]);
		gsize size = g_bytes_get_size(whole);
		for (gsize at = 0; at < size; at++) {
			guint8 *bytes = g_memdup2(g_bytes_get_data(whole, NULL), size);
			bytes[at] = (guint8)g_test_rand_int();
			g_autoptr(GBytes) damaged = g_bytes_new_take(bytes, size);
			g_autoptr(GBytes) left = strip(damaged, kinds[i], NULL);
			g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, at);
			g_autoptr(GBytes) left_of_cut = strip(cut, kinds[i], NULL);
		}
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/picture/kind-and-size", test_kind_and_size);
	g_test_add_func("/picture/hostile", test_hostile);
	g_test_add_func("/picture/strip/what-is-left", test_what_is_left);
	g_test_add_func("/picture/strip/jpeg-scans-are-whole", test_jpeg_scans_are_whole);
	g_test_add_func("/picture/strip/webp-counts-right", test_webp_counts_right);
	g_test_add_func("/picture/strip/damaged", test_damaged);
	g_test_add_func("/picture/strip/damaged-anyhow", test_damaged_anyhow);
	return g_test_run();
}
