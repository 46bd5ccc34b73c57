/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which format is which, and what they have in common. Each keeps what it knows to be harmless and drops all else. */
#include "protocol/picture_strip_private.h"

#include <errno.h>
#include <string.h>

#define ORIENTATION_TAG 0x0112
#define SHORT_TYPE 3
#define ENTRY_LEN 12

G_DEFINE_QUARK(pipit - picture - error - quark, pipit_picture_error)

typedef struct {
	const char *type;
	gboolean (*strip)(FILE *in, FILE *out);
} Format;

static const Format formats[] = {
	{"image/jpeg", pipit_strip_jpeg},
	{"image/png", pipit_strip_png},
	{"image/webp", pipit_strip_webp},
};

static const Format *
find_format(const char *type)
{
	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
		if (g_strcmp0(formats[i].type, type) == 0)
			return &formats[i];
	return NULL;
}

gboolean
pipit_picture_can_strip(const char *type)
{
	return find_format(type) != NULL;
}

gboolean
pipit_picture_strip(FILE *in, FILE *out, const char *type, GError **error)
{
	const Format *format = find_format(type);
	errno = 0;
	if (format->strip(in, out) && fflush(out) == 0)
		return TRUE;
	if (ferror(in) || ferror(out))
		g_set_error_literal(error, PIPIT_PICTURE_ERROR, PIPIT_PICTURE_ERROR_IO, g_strerror(errno));
	else
		g_set_error_literal(error, PIPIT_PICTURE_ERROR, PIPIT_PICTURE_ERROR_MALFORMED,
				    "the picture is damaged");
	return FALSE;
}

gboolean
pipit_strip_read(FILE *in, guint8 *bytes, gsize size)
{
	return fread(bytes, 1, size, in) == size;
}

gboolean
pipit_strip_write(FILE *out, const guint8 *bytes, gsize size)
{
	return fwrite(bytes, 1, size, out) == size;
}

gboolean
pipit_strip_copy(FILE *in, FILE *out, gsize size)
{
	guint8 room[16384];
	while (size > 0) {
		gsize turn = MIN(size, sizeof room);
		if (!pipit_strip_read(in, room, turn) || !pipit_strip_write(out, room, turn))
			return FALSE;
		size -= turn;
	}
	return TRUE;
}

gboolean
pipit_strip_skip(FILE *in, gsize size)
{
	guint8 room[16384];
	while (size > 0) {
		gsize turn = MIN(size, sizeof room);
		if (!pipit_strip_read(in, room, turn))
			return FALSE;
		size -= turn;
	}
	return TRUE;
}

/* Numbers in TIFF have the byte order that its first letter says. */
static guint
tiff_16(const guint8 *tiff, const guint8 *at)
{
	return tiff[0] == 'I' ? (guint)at[1] << 8 | at[0] : (guint)at[0] << 8 | at[1];
}

static guint32
tiff_32(const guint8 *tiff, const guint8 *at)
{
	return tiff[0] == 'I' ? (guint32)tiff_16(tiff, at + 2) << 16 | tiff_16(tiff, at)
			      : (guint32)tiff_16(tiff, at) << 16 | tiff_16(tiff, at + 2);
}

static guint
orientation_of_entry(const guint8 *tiff, const guint8 *entry)
{
	if (tiff_16(tiff, entry) != ORIENTATION_TAG || tiff_16(tiff, entry + 2) != SHORT_TYPE)
		return 0;
	guint orientation = tiff_16(tiff, entry + 8);
	return orientation >= 2 && orientation <= 8 ? orientation : 0;
}

guint
pipit_exif_orientation(const guint8 *tiff, gsize size)
{
	if (size < 8 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
		return 0;
	gsize directory = tiff_32(tiff, tiff + 4);
	if (directory > size - 2)
		return 0;
	guint entries = tiff_16(tiff, tiff + directory);
	for (guint i = 0; i < entries; i++) {
		gsize at = directory + 2 + (gsize)i * ENTRY_LEN;
		if (at + ENTRY_LEN > size)
			return 0;
		guint orientation = orientation_of_entry(tiff, tiff + at);
		if (orientation != 0)
			return orientation;
	}
	return 0;
}

void
pipit_exif_oriented(guint orientation, guint8 tiff[static PIPIT_EXIF_ORIENTED_LEN])
{
	static const guint8 model[PIPIT_EXIF_ORIENTED_LEN] = {
		'M', 'M',  0, '*',        0, 0, 0, 8,             /* the first directory is at 8 */
		0,   1,                                           /* entries */
		1,   0x12, 0, SHORT_TYPE, 0, 0, 0, 1, 0, 0, 0, 0, /* the value is at 18 */
		0,   0,    0, 0,                                  /* no other directory */
	};
	memcpy(tiff, model, sizeof model);
	tiff[19] = (guint8)orientation;
}
