/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes out of a picture what it tells beside itself: where and when it was taken, with what, by whom, smaller versions of
 * it, comments. What is needed to show it right stays: the colour profile, and which side is up. */
#pragma once

#include <stdio.h>

#include <glib.h>

#define PIPIT_PICTURE_ERROR (pipit_picture_error_quark())
GQuark pipit_picture_error_quark(void);

typedef enum {
	PIPIT_PICTURE_ERROR_MALFORMED, /* it is not what its first bytes say: nobody can tell what is in it */
	PIPIT_PICTURE_ERROR_IO,        /* errno's words: it can't be read, or the copy not written */
} PipitPictureError;

/** TRUE for "image/jpeg", "image/png" and "image/webp". */
gboolean pipit_picture_can_strip(const char *type);

/** Copies a picture of such a @type, from the start of @in to the start of @out, which can be sought in. Pure but for these.
 * FALSE with PIPIT_PICTURE_ERROR; what is in @out then is not to be used. */
gboolean pipit_picture_strip(FILE *in, FILE *out, const char *type, GError **error);
