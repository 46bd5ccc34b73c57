/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pictures of others a client's decoder may see. */
#pragma once

#include <glib.h>

#define PIPIT_SHOWN_MAX_BYTES 8388608
#define PIPIT_SHOWN_MAX_PIXELS 12582912 /* what a telephone's camera makes, and 48 MiB in memory */

/** TRUE if a picture of this size can be shown; 0 for what is not known. */
gboolean pipit_picture_size_fits(gint64 bytes, guint width, guint height);

/** Looks at @picture without decoding it. @pixels: out: of all that is decoded at once.
 * Returns: FALSE if it is none, of a kind that clients don't show, or may be made to exhaust them. */
gboolean pipit_picture_is_harmless(const guint8 *picture, gsize size, guint64 *pixels);
