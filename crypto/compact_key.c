/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A private key whose public Y is the larger is turned into its negative: the same X, the smaller Y, and as random as one
 * that was drawn again. */
#include "crypto/compact_key.h"

#include <string.h>

/* TRUE if Y > p - Y, which is Y > (p - 1) / 2. */
static gboolean
has_larger_y(const guint8 point[static PIPIT_P256_POINT_LEN])
{
	static const guint8 half[PIPIT_P256_COORDINATE_LEN] = {
		0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7f, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	return memcmp(point + 1 + PIPIT_P256_COORDINATE_LEN, half, sizeof half) > 0;
}

gboolean
pipit_compact_key_of(guint8 scalar[static PIPIT_P256_SCALAR_LEN], guint8 key[static PIPIT_COMPACT_KEY_LEN])
{
	guint8 point[PIPIT_P256_POINT_LEN];
	if (!pipit_p256_public(scalar, point))
		return FALSE;
	if (has_larger_y(point))
		pipit_p256_negate(scalar);
	memcpy(key, point + 1, PIPIT_COMPACT_KEY_LEN);
	return TRUE;
}

gboolean
pipit_compact_key_generate(guint8 scalar[static PIPIT_P256_SCALAR_LEN],
			   guint8 key[static PIPIT_COMPACT_KEY_LEN])
{
	pipit_p256_scalar_random(scalar);
	return pipit_compact_key_of(scalar, key);
}
