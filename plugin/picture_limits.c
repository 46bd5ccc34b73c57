/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a few bytes can ask a decoder for gigabytes or hours, and a row of one pixel's height makes Pidgin scale it to none. */
#include "plugin/picture_limits.h"

#include <string.h>

#include "protocol/picture.h"

#define LONGEST_SIDE 16384
#define STEEPEST 40 /* times as long as wide: scaled to fit a small window, one pixel must be left */
#define MAX_SCANS                                                                                            \
	64 /* of a JPEG: each is a walk over the whole picture. Cameras make 1, progressive ones 10 or so */
#define MAX_FRAMES 500

static gboolean
are_sides_harmless(guint width, guint height)
{
	return width > 0 && height > 0 && width <= LONGEST_SIDE && height <= LONGEST_SIDE &&
	       (guint64)width * height <= PIPIT_SHOWN_MAX_PIXELS && width <= (guint64)height * STEEPEST &&
	       height <= (guint64)width * STEEPEST;
}

gboolean
pipit_picture_size_fits(gint64 bytes, guint width, guint height)
{
	return bytes > 0 && bytes <= PIPIT_SHOWN_MAX_BYTES &&
	       ((width == 0 && height == 0) || are_sides_harmless(width, height));
}

/* ---- JPEG ---- */

static guint
count_scans(const guint8 *picture, gsize size)
{
	guint scans = 0;
	for (gsize i = 0; i + 1 < size; i++)
		scans += picture[i] == 0xff && picture[i + 1] == 0xda;
	return scans;
}

/* ---- GIF ---- */

#define GIF_HEADER 13
#define GIF_IMAGE 10

static gsize
colour_table(guint8 flags)
{
	return (flags & 0x80) != 0 ? (gsize)3 << ((flags & 7) + 1) : 0;
}

/* Returns where the row of blocks that begins at @at ends; @size if it does not. */
static gsize
skip_blocks(const guint8 *picture, gsize size, gsize at)
{
	while (at < size && picture[at] != 0)
		at += (gsize)picture[at] + 1;
	return MIN(at + 1, size);
}

static guint
read_16(const guint8 *p)
{
	return (guint)p[0] | (guint)p[1] << 8;
}

/* Each frame must lie within the picture, whose size is what was measured. */
static gboolean
is_frame_inside(const guint8 *frame, const PipitPicture *whole)
{
	return read_16(frame + 1) + read_16(frame + 5) <= whole->width &&
	       read_16(frame + 3) + read_16(frame + 7) <= whole->height;
}

static gboolean
are_frames_harmless(const guint8 *picture, gsize size, const PipitPicture *whole)
{
	if (size < GIF_HEADER)
		return FALSE;
	guint frames = 0;
	gsize at = GIF_HEADER + colour_table(picture[10]);
	while (at + GIF_IMAGE < size && frames <= MAX_FRAMES) {
		const guint8 *block = picture + at;
		if (block[0] == '!') {
			at = skip_blocks(picture, size, at + 2);
		} else if (block[0] == ',' && is_frame_inside(block, whole)) {
			frames++;
			at = skip_blocks(picture, size, at + GIF_IMAGE + colour_table(block[9]) + 1);
		} else {
			return block[0] == ';';
		}
	}
	return frames <= MAX_FRAMES;
}

/* ---- all ---- */

gboolean
pipit_picture_is_harmless(const guint8 *picture, gsize size, guint64 *pixels)
{
	PipitPicture head = {0};
	if (size > PIPIT_SHOWN_MAX_BYTES ||
	    !pipit_picture_read(picture, MIN(size, PIPIT_PICTURE_HEAD), &head) ||
	    !are_sides_harmless(head.width, head.height))
		return FALSE;
	*pixels = (guint64)head.width * head.height;
	if (g_str_equal(head.type, "image/jpeg"))
		return count_scans(picture, size) <= MAX_SCANS;
	if (g_str_equal(head.type, "image/gif"))
		return are_frames_harmless(picture, size, &head);
	return g_str_equal(head.type, "image/png");
}
