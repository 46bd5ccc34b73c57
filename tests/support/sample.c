/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples: made, not kept. */
#include "tests/support/sample.h"

#include <string.h>

#include <zlib.h>

/* xorshift32. */
static guint32
next(guint32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

GBytes *
pipit_sample_bytes(gsize size, guint32 seed)
{
	guint32 state = seed * 2654435761U + 1;
	gsize words = size / 4 + 1;
	guint32 *bytes = g_new(guint32, words);

	for (gsize i = 0; i < words; i++)
		bytes[i] = next(&state);
	return g_bytes_new_take(bytes, size);
}

char *
pipit_sample_file(const char *folder, const char *name, gsize size, guint32 seed)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = pipit_sample_bytes(size, seed);
	char *path = g_build_filename(folder, name, NULL);
	const char *start = g_bytes_get_data(bytes, NULL);

	g_file_set_contents(path, size > 0 ? start : "", (gssize)size, &error);
	g_assert_no_error(error);
	return path;
}

void
pipit_sample_assert_same(const char *path, const char *other)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GMappedFile) a = g_mapped_file_new(path, FALSE, &error);
	g_assert_no_error(error);
	g_autoptr(GMappedFile) b = g_mapped_file_new(other, FALSE, &error);
	g_assert_no_error(error);
	gsize size = g_mapped_file_get_length(a);

	g_assert_cmpuint(g_mapped_file_get_length(b), ==, size);
	g_assert_true(size == 0 ||
		      memcmp(g_mapped_file_get_contents(a), g_mapped_file_get_contents(b), size) == 0);
}

gboolean
pipit_sample_holds(GBytes *bytes, const char *needle)
{
	gsize size = 0;
	const char *start = g_bytes_get_data(bytes, &size);

	return memmem(start, size, needle, strlen(needle)) != NULL;
}

/* Orientation 6 (turned right), and a text that stands for a place. */
static void
append_tiff(GByteArray *out)
{
	static const guint8 tiff[] = {
		'I',  'I',  '*', 0, 8,   0,   0,   0,                     /* little end first */
		2,    0,                                                  /* entries */
		0x0e, 0x01, 2,   0, 8,   0,   0,   0,   38,  0,   0,   0, /* a description of 8 bytes at 38 */
		0x12, 0x01, 3,   0, 1,   0,   0,   0,   6,   0,   0,   0, /* orientation */
		0,    0,    0,   0, 'P', 'L', 'A', 'C', 'E', '1', '2', 0,
	};

	g_byte_array_append(out, tiff, sizeof tiff);
}

static void
append(GByteArray *out, const char *bytes, gsize size)
{
	g_byte_array_append(out, (const guint8 *)bytes, (guint)size);
}

#define APPEND(out, literal) append(out, literal, sizeof(literal) - 1)

static void
append_jpeg_segment(GByteArray *out, guint8 marker, const guint8 *body, gsize size)
{
	const guint8 head[] = {0xff, marker, (guint8)((size + 2) >> 8), (guint8)(size + 2)};

	g_byte_array_append(out, head, sizeof head);
	g_byte_array_append(out, body, (guint)size);
}

/* No picture that could be seen, but one that is put together as they are. 64 wide, 48 high. */
static GByteArray *
make_jpeg(void)
{
	GByteArray *out = g_byte_array_new();
	g_autoptr(GByteArray) exif = g_byte_array_new();
	static const guint8 frame[] = {8, 0, 48, 0, 64, 1, 1, 0x11, 0};

	APPEND(out, "\xff\xd8");
	append_jpeg_segment(out, 0xe0, (const guint8 *)"JFIF\0\1\1\0\0\1\0\1\1\1THU", 17);
	APPEND(exif, "Exif\0\0");
	append_tiff(exif);
	append_jpeg_segment(out, 0xe1, exif->data, exif->len);
	append_jpeg_segment(out, 0xe1, (const guint8 *)"http://ns.adobe.com/xap/1.0/\0PLACE", 34);
	append_jpeg_segment(out, 0xe2, (const guint8 *)"ICC_PROFILE\0\1\1colours", 21);
	append_jpeg_segment(out, 0xed, (const guint8 *)"Photoshop 3.0\0PLACE", 19);
	append_jpeg_segment(out, 0xfe, (const guint8 *)"PLACE", 5);
	append_jpeg_segment(out, 0xdb, (const guint8 *)"tables", 6);
	append_jpeg_segment(out, 0xc2, frame, sizeof frame);
	append_jpeg_segment(out, 0xda, (const guint8 *)"scan", 4);
	APPEND(out, "dots\xff\x00more\xff\xd0");
	append_jpeg_segment(out, 0xfe, (const guint8 *)"PLACE", 5);
	append_jpeg_segment(out, 0xda, (const guint8 *)"scan", 4);
	APPEND(out, "and more\xff\xd9");
	APPEND(out, "a film of the PLACE");
	return out;
}

static void
append_32(GByteArray *out, guint32 number)
{
	const guint8 bytes[] = {(guint8)(number >> 24), (guint8)(number >> 16), (guint8)(number >> 8),
				(guint8)number};

	g_byte_array_append(out, bytes, sizeof bytes);
}

static void
append_png_chunk(GByteArray *out, const char *type, const guint8 *body, gsize size)
{
	append_32(out, (guint32)size);
	gsize start = out->len;
	append(out, type, 4);
	g_byte_array_append(out, body, (guint)size);
	append_32(out, (guint32)crc32(0, out->data + start, (uInt)(out->len - start)));
}

static GByteArray *
make_png(void)
{
	GByteArray *out = g_byte_array_new();
	g_autoptr(GByteArray) exif = g_byte_array_new();

	append_tiff(exif);
	APPEND(out, "\x89PNG\r\n\x1a\n");
	append_png_chunk(out, "IHDR", (const guint8 *)"\0\0\0\x40\0\0\0\x30\x8\0\0\0\0", 13);
	append_png_chunk(out, "iCCP", (const guint8 *)"colours", 7);
	append_png_chunk(out, "tEXt", (const guint8 *)"Comment\0PLACE", 13);
	append_png_chunk(out, "eXIf", exif->data, exif->len);
	append_png_chunk(out, "IDAT", (const guint8 *)"dots", 4);
	append_png_chunk(out, "tIME", (const guint8 *)"PLACE12", 7);
	append_png_chunk(out, "IEND", (const guint8 *)"", 0);
	APPEND(out, "PLACE");
	return out;
}

static void
append_webp_chunk(GByteArray *out, const char *type, const guint8 *body, gsize size)
{
	const guint8 length[] = {(guint8)size, (guint8)(size >> 8), 0, 0};

	append(out, type, 4);
	g_byte_array_append(out, length, sizeof length);
	g_byte_array_append(out, body, (guint)size);
	if (size % 2 != 0)
		APPEND(out, "\0");
}

static GByteArray *
make_webp(void)
{
	GByteArray *out = g_byte_array_new();
	g_autoptr(GByteArray) exif = g_byte_array_new();

	append_tiff(exif);
	APPEND(out, "RIFF\0\0\0\0WEBP");
	append_webp_chunk(out, "VP8X", (const guint8 *)"\x2c\0\0\0\x3f\0\0\x2f\0\0", 10);
	append_webp_chunk(out, "ICCP", (const guint8 *)"colours", 7);
	append_webp_chunk(out, "VP8 ", (const guint8 *)"dots", 4);
	append_webp_chunk(out, "EXIF", exif->data, exif->len);
	append_webp_chunk(out, "XMP ", (const guint8 *)"PLACE", 5);
	out->data[4] = (guint8)(out->len - 8);
	out->data[5] = (guint8)((out->len - 8) >> 8);
	return out;
}

GBytes *
pipit_sample_picture(const char *type)
{
	if (strcmp(type, "jpeg") == 0)
		return g_byte_array_free_to_bytes(make_jpeg());
	if (strcmp(type, "png") == 0)
		return g_byte_array_free_to_bytes(make_png());
	return g_byte_array_free_to_bytes(make_webp());
}
