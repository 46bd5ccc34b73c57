/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WebP, animated too: the same by its own kind of chunks. Its header counts the bytes of the whole, and says what is in it. */
#include "protocol/picture_strip_private.h"

#include <string.h>

#define RIFF_LEN 12
#define HEAD_LEN 8
#define FLAG_EXIF 0x08
#define FLAG_XMP 0x04

typedef struct {
	FILE *in;
	FILE *out;
	long flags_at; /* in @out; 0: it has none */
	guint8 flags;
	gboolean oriented;
} Webp;

static gsize
length_of(const guint8 *bytes)
{
	return (gsize)bytes[3] << 24 | (gsize)bytes[2] << 16 | (gsize)bytes[1] << 8 | bytes[0];
}

static void
put_length(guint8 *bytes, gsize length)
{
	for (guint i = 0; i < 4; i++)
		bytes[i] = (guint8)(length >> (8 * i));
}

static gboolean
is_kept(const guint8 *type)
{
	static const char kept[] = "VP8  VP8L VP8X ALPH ANIM ANMF ICCP";
	for (const char *c = kept; c < kept + sizeof kept - 1; c += 5)
		if (memcmp(c, type, 4) == 0)
			return TRUE;
	return FALSE;
}

/* Chunks have an even length. */
static gsize
padded(gsize size)
{
	return size + size % 2;
}

/* An animation's frames hold chunks of their own: of unknown ones there nothing is to be shown either, but nobody writes them. */
static gboolean
pass_header(Webp *webp, const guint8 *head, gsize size)
{
	if (size < 1 || webp->flags_at != 0 || !pipit_strip_write(webp->out, head, HEAD_LEN) ||
	    !pipit_strip_read(webp->in, &webp->flags, 1))
		return FALSE;
	webp->flags &= (guint8) ~(FLAG_EXIF | FLAG_XMP);
	webp->flags_at = ftell(webp->out);
	return pipit_strip_write(webp->out, &webp->flags, 1) &&
	       pipit_strip_copy(webp->in, webp->out, padded(size) - 1);
}

static gboolean
write_orientation(Webp *webp, guint orientation)
{
	guint8 chunk[HEAD_LEN + PIPIT_EXIF_ORIENTED_LEN] = "EXIF";
	put_length(chunk + 4, PIPIT_EXIF_ORIENTED_LEN);
	pipit_exif_oriented(orientation, chunk + HEAD_LEN);
	webp->oriented = TRUE;
	return pipit_strip_write(webp->out, chunk, sizeof chunk);
}

static gboolean
pass_exif(Webp *webp, gsize size)
{
	if (size > PIPIT_EXIF_MAX || webp->oriented)
		return pipit_strip_skip(webp->in, padded(size));
	g_autofree guint8 *bytes = g_malloc(padded(size) + 1);
	if (!pipit_strip_read(webp->in, bytes, padded(size)))
		return FALSE;
	/* Some write JPEG's introduction before it. */
	gsize start = size > 6 && memcmp(bytes, "Exif\0", 6) == 0 ? 6 : 0;
	guint orientation = pipit_exif_orientation(bytes + start, size - start);
	return orientation == 0 || webp->flags_at == 0 || write_orientation(webp, orientation);
}

static gboolean
pass_chunk(Webp *webp, const guint8 *head)
{
	gsize size = length_of(head + 4);
	if (memcmp(head, "VP8X", 4) == 0)
		return pass_header(webp, head, size);
	if (memcmp(head, "EXIF", 4) == 0)
		return pass_exif(webp, size);
	if (is_kept(head))
		return pipit_strip_write(webp->out, head, HEAD_LEN) &&
		       pipit_strip_copy(webp->in, webp->out, padded(size));
	return pipit_strip_skip(webp->in, padded(size));
}

static gboolean
pass_chunks(Webp *webp, gsize left)
{
	while (left >= HEAD_LEN) {
		guint8 head[HEAD_LEN];
		if (!pipit_strip_read(webp->in, head, sizeof head))
			return FALSE;
		gsize size = HEAD_LEN + padded(length_of(head + 4));
		if (size > left + 1 || !pass_chunk(webp, head))
			return FALSE;
		left -= MIN(size, left);
	}
	return TRUE;
}

static gboolean
write_at(FILE *out, long at, const guint8 *bytes, gsize size)
{
	return fseek(out, at, SEEK_SET) == 0 && pipit_strip_write(out, bytes, size);
}

static gboolean
finish(Webp *webp)
{
	guint8 length[4];
	long size = ftell(webp->out);
	if (size < RIFF_LEN)
		return FALSE;
	put_length(length, (gsize)size - 8);
	if (webp->oriented)
		webp->flags |= FLAG_EXIF;
	return write_at(webp->out, 4, length, sizeof length) &&
	       (webp->flags_at == 0 || write_at(webp->out, webp->flags_at, &webp->flags, 1));
}

gboolean
pipit_strip_webp(FILE *in, FILE *out)
{
	Webp webp = {.in = in, .out = out};
	guint8 riff[RIFF_LEN];
	if (!pipit_strip_read(in, riff, sizeof riff) || memcmp(riff, "RIFF", 4) != 0 ||
	    memcmp(riff + 8, "WEBP", 4) != 0 || !pipit_strip_write(out, riff, sizeof riff))
		return FALSE;
	gsize size = length_of(riff + 4);
	return size >= 4 && pass_chunks(&webp, size - 4) && finish(&webp);
}
