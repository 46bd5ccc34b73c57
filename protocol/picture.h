/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kind of picture a file is and how large, by its first bytes: PNG, JPEG, GIF, WebP. Nothing is decoded. */
#pragma once

#include <glib.h>

typedef struct {
	const char *type; /* MIME; static */
	guint width;      /* pixels, as they are stored; 0 if they do not stand within what was read */
	guint height;
} PipitPicture;

/** How much of a file to read: what comes before the size of a JPEG is seldom longer. */
#define PIPIT_PICTURE_HEAD 262144

/** @head: the first @size bytes of a file. Returns: FALSE if it is none of these pictures. */
gboolean pipit_picture_read(const guint8 *head, gsize size, PipitPicture *picture);
