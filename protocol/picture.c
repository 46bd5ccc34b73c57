/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of pictures; every length in them is a stranger's. */
#include "protocol/picture.h"

#include <string.h>

#include "protocol/limits.h"

static guint
be16(const guint8 *bytes)
{
	return (guint)bytes[0] << 8 | bytes[1];
}

static guint
be32(const guint8 *bytes)
{
	return be16(bytes) << 16 | be16(bytes + 2);
}

static guint
le16(const guint8 *bytes)
{
	return (guint)bytes[1] << 8 | bytes[0];
}

static guint
le24(const guint8 *bytes)
{
	return (guint)bytes[2] << 16 | le16(bytes);
}

static gboolean
begins(const guint8 *head, gsize size, const char *magic, gsize length)
{
	return size >= length && memcmp(head, magic, length) == 0;
}

/* Both or none. */
static void
set_size(PipitPicture *picture, guint width, guint height)
{
	if (width == 0 || height == 0 || width > PIPIT_PICTURE_SIDE_MAX || height > PIPIT_PICTURE_SIDE_MAX)
		return;
	picture->width = width;
	picture->height = height;
}

static void
read_png(const guint8 *head, gsize size, PipitPicture *picture)
{
	picture->type = "image/png";
	if (size >= 24 && memcmp(head + 12, "IHDR", 4) == 0)
		set_size(picture, be32(head + 16), be32(head + 20));
}

static void
read_gif(const guint8 *head, gsize size, PipitPicture *picture)
{
	picture->type = "image/gif";
	if (size >= 10)
		set_size(picture, le16(head + 6), le16(head + 8));
}

/* SOF0 to SOF15, without the three among them that are something else. */
static gboolean
is_jpeg_frame(guint8 marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* From marker to marker; scans come after the frame. */
static void
read_jpeg(const guint8 *head, gsize size, PipitPicture *picture)
{
	gsize at = 2;
	picture->type = "image/jpeg";
	while (at + 4 <= size && head[at] == 0xff) {
		guint8 marker = head[at + 1];
		if (marker == 0xff) { /* filling */
			at++;
			continue;
		}
		/* These have no length, and none belongs before a frame: a decoder would go on right behind them. */
		if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd9))
			return;
		guint length = be16(head + at + 2);
		if (is_jpeg_frame(marker) && length >= 7 && at + 9 <= size) {
			set_size(picture, be16(head + at + 7), be16(head + at + 5));
			return;
		}
		if (length < 2 || marker == 0xda)
			return;
		at += 2 + (gsize)length;
	}
}

static void
read_webp_lossy(const guint8 *chunk, PipitPicture *picture)
{
	if (memcmp(chunk + 11, "\x9d\x01\x2a", 3) == 0)
		set_size(picture, le16(chunk + 14) & 0x3fff, le16(chunk + 16) & 0x3fff);
}

static void
read_webp_lossless(const guint8 *chunk, PipitPicture *picture)
{
	if (chunk[8] != 0x2f)
		return;
	guint32 bits = le24(chunk + 9) | (guint32)chunk[12] << 24;
	set_size(picture, (bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
}

static void
read_webp(const guint8 *head, gsize size, PipitPicture *picture)
{
	const guint8 *chunk = head + 12;
	picture->type = "image/webp";
	if (size < 12 + 18)
		return;
	if (memcmp(chunk, "VP8X", 4) == 0)
		set_size(picture, le24(chunk + 12) + 1, le24(chunk + 15) + 1);
	else if (memcmp(chunk, "VP8L", 4) == 0)
		read_webp_lossless(chunk, picture);
	else if (memcmp(chunk, "VP8 ", 4) == 0)
		read_webp_lossy(chunk, picture);
}

gboolean
pipit_picture_read(const guint8 *head, gsize size, PipitPicture *picture)
{
	*picture = (PipitPicture){0};
	if (begins(head, size, "\x89PNG\r\n\x1a\n", 8))
		read_png(head, size, picture);
	else if (begins(head, size, "\xff\xd8\xff", 3))
		read_jpeg(head, size, picture);
	else if (begins(head, size, "GIF87a", 6) || begins(head, size, "GIF89a", 6))
		read_gif(head, size, picture);
	else if (begins(head, size, "RIFF", 4) && size >= 12 && memcmp(head + 8, "WEBP", 4) == 0)
		read_webp(head, size, picture);
	return picture->type != NULL;
}
