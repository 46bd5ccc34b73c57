/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P-256, the one seam to the library that computes it (make P256=nettle or P256=gcrypt). Every scalar, point and
 * signature that comes in is checked here; scalars are big-endian, points are 04 || X || Y. Where the library fails
 * (libgcrypt may, for want of memory) the answer is FALSE as well, and nothing is written. */
#pragma once

#include <glib.h>

#define PIPIT_P256_SCALAR_LEN 32
#define PIPIT_P256_POINT_LEN 65
#define PIPIT_P256_COORDINATE_LEN 32
#define PIPIT_P256_SIGNATURE_LEN 64

/** Returns: (transfer none) "nettle" or "gcrypt". */
const char *pipit_p256_backend(void);

/** TRUE if @scalar is in 1 .. n-1; constant time. */
gboolean pipit_p256_scalar_valid(const guint8 scalar[static PIPIT_P256_SCALAR_LEN]);

/** Draws a random scalar in 1 .. n-1, each as likely as the other. Wipe it after use. */
void pipit_p256_scalar_random(guint8 scalar[static PIPIT_P256_SCALAR_LEN]);

/** Draws a random scalar in 1 .. n-1 and computes its point. Aborts if the library fails, as g_malloc() does. */
void pipit_p256_generate(guint8 scalar[static PIPIT_P256_SCALAR_LEN],
			 guint8 point[static PIPIT_P256_POINT_LEN]);

/** Computes the point of @scalar; FALSE if @scalar is 0 or >= n. */
gboolean pipit_p256_public(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
			   guint8 point[static PIPIT_P256_POINT_LEN]);

/** Replaces @scalar by n - @scalar, whose point has the other Y; constant time. @scalar must be in 1 .. n-1. */
void pipit_p256_negate(guint8 scalar[static PIPIT_P256_SCALAR_LEN]);

/** TRUE if the 65 bytes are an uncompressed point on the curve. */
gboolean pipit_p256_point_valid(const guint8 point[static PIPIT_P256_POINT_LEN]);

/** Writes the point with this X and the smaller Y (Y <= p - Y); FALSE if x >= p or no point has it. */
gboolean pipit_p256_decompress(const guint8 x[static PIPIT_P256_COORDINATE_LEN],
			       guint8 point[static PIPIT_P256_POINT_LEN]);

/** Writes the X coordinate of @scalar times @point; FALSE if either is not valid. */
gboolean pipit_p256_ecdh(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
			 const guint8 point[static PIPIT_P256_POINT_LEN],
			 guint8 x[static PIPIT_P256_COORDINATE_LEN]);

/** Signs @digest (20 or 32 bytes) by ECDSA, raw r || s; FALSE if @scalar is not valid. */
gboolean pipit_p256_sign(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], const guint8 *digest,
			 gsize digest_size, guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);

/** TRUE if @signature (raw r || s, both in 1 .. n-1) of @digest verifies under @point. */
gboolean pipit_p256_verify(const guint8 point[static PIPIT_P256_POINT_LEN], const guint8 *digest,
			   gsize digest_size, const guint8 signature[static PIPIT_P256_SIGNATURE_LEN]);
