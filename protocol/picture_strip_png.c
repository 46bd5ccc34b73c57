/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PNG, animated too: chunks that make the picture and its colours, and the orientation. */
#include "protocol/picture_strip_private.h"

#include <string.h>
#include <zlib.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define HEAD_LEN 8
#define CRC_LEN 4
#define CHUNK_MAX G_MAXINT32
#define EXIF_TYPE 0x65584966 /* "eXIf" */

static gsize
length_of(const guint8 *head)
{
	return (gsize)head[0] << 24 | (gsize)head[1] << 16 | (gsize)head[2] << 8 | head[3];
}

static gboolean
is_kept(const guint8 *type)
{
	static const char kept[] =
		"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT "
		"cICP mDCV cLLI";
	for (const char *c = kept; c < kept + sizeof kept - 1; c += 5)
		if (memcmp(c, type, 4) == 0)
			return TRUE;
	return FALSE;
}

static void
put_32(guint8 *bytes, guint32 number)
{
	for (guint i = 0; i < 4; i++)
		bytes[i] = (guint8)(number >> (24 - 8 * i));
}

static gboolean
write_orientation(guint orientation, FILE *out)
{
	guint8 chunk[HEAD_LEN + PIPIT_EXIF_ORIENTED_LEN + CRC_LEN];
	put_32(chunk, PIPIT_EXIF_ORIENTED_LEN);
	put_32(chunk + 4, EXIF_TYPE);
	pipit_exif_oriented(orientation, chunk + HEAD_LEN);
	put_32(chunk + HEAD_LEN + PIPIT_EXIF_ORIENTED_LEN,
	       (guint32)crc32(0, chunk + 4, 4 + PIPIT_EXIF_ORIENTED_LEN));
	return pipit_strip_write(out, chunk, sizeof chunk);
}

static gboolean
pass_exif(gsize size, FILE *in, FILE *out)
{
	if (size > PIPIT_EXIF_MAX)
		return pipit_strip_skip(in, size + CRC_LEN);
	g_autofree guint8 *tiff = g_malloc(MAX(size, 1));
	if (!pipit_strip_read(in, tiff, size) || !pipit_strip_skip(in, CRC_LEN))
		return FALSE;
	guint orientation = pipit_exif_orientation(tiff, size);
	return orientation == 0 || write_orientation(orientation, out);
}

static gboolean
pass_chunk(const guint8 *head, FILE *in, FILE *out)
{
	gsize size = length_of(head);
	if (size > CHUNK_MAX)
		return FALSE;
	if (is_kept(head + 4))
		return pipit_strip_write(out, head, HEAD_LEN) && pipit_strip_copy(in, out, size + CRC_LEN);
	if (memcmp(head + 4, "eXIf", 4) == 0)
		return pass_exif(size, in, out);
	return pipit_strip_skip(in, size + CRC_LEN);
}

gboolean
pipit_strip_png(FILE *in, FILE *out)
{
	guint8 head[HEAD_LEN];
	if (!pipit_strip_read(in, head, sizeof head) || memcmp(head, SIGNATURE, sizeof head) != 0 ||
	    !pipit_strip_write(out, head, sizeof head))
		return FALSE;
	do {
		if (!pipit_strip_read(in, head, sizeof head) || !pass_chunk(head, in, out))
			return FALSE;
	} while (memcmp(head + 4, "IEND", 4) != 0);
	return TRUE;
}
