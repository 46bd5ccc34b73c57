/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JPEG: segments that are needed to decode it, the colour profile, and the orientation. What follows its end (second pictures, films) is
 * dropped too. */
#include "protocol/picture_strip_private.h"

#include <string.h>

#define SOI 0xd8
#define EOI 0xd9
#define SOS 0xda
#define APP0 0xe0
#define APP1 0xe1
#define APP2 0xe2
#define APP14 0xee
#define JFIF_LEN 14 /* without its small picture */
#define EXIF_MAGIC_LEN 6

typedef struct {
	guint8 marker;
	guint8 body[65536];
	gsize size;
} Segment;

static gboolean
begins(const Segment *segment, const char *magic, gsize length)
{
	return segment->size >= length && memcmp(segment->body, magic, length) == 0;
}

/* Tables, frames, scans and what belongs to them. */
static gboolean
is_of_the_picture(guint8 marker)
{
	return (marker >= 0xc0 && marker <= 0xcf) || (marker >= SOS && marker <= 0xdf);
}

static gboolean
is_without_body(guint8 marker)
{
	return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

static gboolean
write_segment(FILE *out, guint8 marker, const guint8 *body, gsize size)
{
	const guint8 head[] = {0xff, marker, (guint8)((size + 2) >> 8), (guint8)(size + 2)};
	return pipit_strip_write(out, head, sizeof head) && pipit_strip_write(out, body, size);
}

static gboolean
write_jfif(Segment *segment, FILE *out)
{
	segment->body[12] = segment->body[13] = 0; /* sides of the small picture */
	return write_segment(out, APP0, segment->body, JFIF_LEN);
}

static gboolean
write_orientation(const Segment *segment, FILE *out)
{
	guint8 exif[EXIF_MAGIC_LEN + PIPIT_EXIF_ORIENTED_LEN] = "Exif\0";
	guint orientation =
		pipit_exif_orientation(segment->body + EXIF_MAGIC_LEN, segment->size - EXIF_MAGIC_LEN);
	if (orientation == 0)
		return TRUE;
	pipit_exif_oriented(orientation, exif + EXIF_MAGIC_LEN);
	return write_segment(out, APP1, exif, sizeof exif);
}

static gboolean
pass_segment(Segment *segment, FILE *out)
{
	if (is_of_the_picture(segment->marker) ||
	    (segment->marker == APP2 && begins(segment, "ICC_PROFILE", 12)) ||
	    (segment->marker == APP14 && begins(segment, "Adobe", 5)))
		return write_segment(out, segment->marker, segment->body, segment->size);
	if (segment->marker == APP0 && segment->size >= JFIF_LEN && begins(segment, "JFIF", 5))
		return write_jfif(segment, out);
	if (segment->marker == APP1 && begins(segment, "Exif\0", EXIF_MAGIC_LEN))
		return write_orientation(segment, out);
	return TRUE;
}

static gboolean
read_segment(Segment *segment, FILE *in)
{
	guint8 length[2];
	if (!pipit_strip_read(in, length, sizeof length))
		return FALSE;
	gsize size = (gsize)length[0] << 8 | length[1];
	segment->size = size - 2;
	return size >= 2 && pipit_strip_read(in, segment->body, segment->size);
}

/* The next marker; -1 at the end or where there is none. */
static int
read_marker(FILE *in)
{
	int c = getc_unlocked(in);
	if (c != 0xff)
		return -1;
	while (c == 0xff) /* filling */
		c = getc_unlocked(in);
	return c == 0 ? -1 : c;
}

/* What follows a scan's header, up to the next marker, which is returned; EOI where the file ends in there. */
static int
pass_scan(FILE *in, FILE *out)
{
	for (int c = getc_unlocked(in); c != EOF; c = getc_unlocked(in)) {
		if (c != 0xff) {
			putc_unlocked(c, out);
			continue;
		}
		int next = getc_unlocked(in);
		while (next == 0xff)
			next = getc_unlocked(in);
		if (next == EOF)
			break;
		if (next != 0 && !is_without_body((guint8)next))
			return next;
		putc_unlocked(0xff, out);
		putc_unlocked(next, out);
	}
	return EOI;
}

static gboolean
pass_segments(Segment *segment, FILE *in, FILE *out)
{
	static const guint8 end[] = {0xff, EOI};
	int marker = read_marker(in);
	while (marker != EOI) {
		if (marker < 0)
			return FALSE;
		segment->marker = (guint8)marker;
		if (!is_without_body(segment->marker) &&
		    (!read_segment(segment, in) || !pass_segment(segment, out)))
			return FALSE;
		marker = segment->marker == SOS ? pass_scan(in, out) : read_marker(in);
	}
	return !ferror(in) && !ferror(out) && pipit_strip_write(out, end, sizeof end);
}

gboolean
pipit_strip_jpeg(FILE *in, FILE *out)
{
	static const guint8 start[] = {0xff, SOI};
	guint8 first[2];
	if (!pipit_strip_read(in, first, sizeof first) || memcmp(first, start, sizeof start) != 0 ||
	    !pipit_strip_write(out, start, sizeof start))
		return FALSE;
	g_autofree Segment *segment = g_new(Segment, 1);
	return pass_segments(segment, in, out);
}
