/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What P-256 needs of scalars, in plain bytes: the same whichever library computes points. */
#include "crypto/p256.h"

#include "crypto/random.h"
#include "crypto/secret.h"

/* The order n of the group (SP 800-186, section 3.2.1.3). */
static const guint8 order[PIPIT_P256_SCALAR_LEN] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/* @difference = a - b mod 2^256. Returns 1 if b > a, else 0. */
static guint
subtract(guint8 difference[static PIPIT_P256_SCALAR_LEN], const guint8 a[static PIPIT_P256_SCALAR_LEN],
	 const guint8 b[static PIPIT_P256_SCALAR_LEN])
{
	guint borrow = 0;
	for (gsize i = PIPIT_P256_SCALAR_LEN; i-- > 0;) {
		guint step = (guint)a[i] - b[i] - borrow;
		difference[i] = (guint8)step;
		borrow = (step >> 8) & 1;
	}
	return borrow;
}

gboolean
pipit_p256_scalar_valid(const guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	guint8 difference[PIPIT_P256_SCALAR_LEN];
	guint any = 0;
	for (gsize i = 0; i < PIPIT_P256_SCALAR_LEN; i++)
		any |= scalar[i];
	guint below = subtract(difference, scalar, order);
	pipit_wipe(difference, sizeof difference);
	guint not_zero = ((0 - any) >> 8) & 1;
	return (gboolean)(below & not_zero);
}

void
pipit_p256_scalar_random(guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	do
		pipit_random(scalar, PIPIT_P256_SCALAR_LEN);
	while (!pipit_p256_scalar_valid(scalar));
}

void
pipit_p256_generate(guint8 scalar[static PIPIT_P256_SCALAR_LEN], guint8 point[static PIPIT_P256_POINT_LEN])
{
	pipit_p256_scalar_random(scalar);
	if (!pipit_p256_public(scalar, point))
		g_error("there is no memory for a key");
}

void
pipit_p256_negate(guint8 scalar[static PIPIT_P256_SCALAR_LEN])
{
	subtract(scalar, order, scalar);
}
