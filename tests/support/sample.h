/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files to be sent in tests, and comparing them. */
#pragma once

#include <glib.h>

/** Writes @size bytes that repeat nowhere, told apart by @seed. Returns: (transfer full) its path. */
char *pipit_sample_file(const char *folder, const char *name, gsize size, guint32 seed);
/** Returns: (transfer full) the same bytes. */
GBytes *pipit_sample_bytes(gsize size, guint32 seed);
/** Fails the test unless both files hold the same. */
void pipit_sample_assert_same(const char *path, const char *other);
/** Writes a small picture with a place in its EXIF, which is turned. @type: "jpeg", "png" or "webp".
 * Returns: (transfer full) */
GBytes *pipit_sample_picture(const char *type);
/** TRUE if @needle is in there. */
gboolean pipit_sample_holds(GBytes *bytes, const char *needle);
