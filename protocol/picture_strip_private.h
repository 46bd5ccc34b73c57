/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats share: reading that notices the end, and the one word of EXIF that is kept. */
#pragma once

#include "protocol/picture_strip.h"

#define PIPIT_EXIF_ORIENTED_LEN 26
#define PIPIT_EXIF_MAX 65536 /* of it, so much is looked at */

/* FALSE: it ended early, or can't be written: see feof() and ferror(). */
gboolean pipit_strip_read(FILE *in, guint8 *bytes, gsize size);
gboolean pipit_strip_write(FILE *out, const guint8 *bytes, gsize size);
gboolean pipit_strip_copy(FILE *in, FILE *out, gsize size);
gboolean pipit_strip_skip(FILE *in, gsize size);

/** Returns: EXIF's orientation, 1 to 8; 0 if it does not say, or 1, which says nothing. @tiff: from its byte order on. */
guint pipit_exif_orientation(const guint8 *tiff, gsize size);
/** Writes an EXIF that says nothing else. */
void pipit_exif_oriented(guint orientation, guint8 tiff[static PIPIT_EXIF_ORIENTED_LEN]);

/* FALSE: malformed, or ferror() of either. */
gboolean pipit_strip_jpeg(FILE *in, FILE *out);
gboolean pipit_strip_png(FILE *in, FILE *out);
gboolean pipit_strip_webp(FILE *in, FILE *out);
