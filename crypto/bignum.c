/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mpz_clear() does not wipe and its allocator belongs to the whole process, so each secret number is wiped here. */
#include "crypto/bignum.h"

#include <nettle/bignum.h>

#include "crypto/secret.h"

void
pipit_bignum_read(mpz_t number, const guint8 *bytes, gsize size)
{
	nettle_mpz_set_str_256_u(number, size, bytes);
}

gboolean
pipit_bignum_write(const mpz_t number, guint8 *bytes, gsize size)
{
	if (mpz_sgn(number) < 0 || nettle_mpz_sizeinbase_256_u(number) > size)
		return FALSE;
	nettle_mpz_get_str_256(size, bytes, number);
	return TRUE;
}

void
pipit_bignum_clear(mpz_t number)
{
	/* All that was allocated: a number that shrank leaves its old limbs behind the ones in use. */
	pipit_wipe(number->_mp_d, (gsize)number->_mp_alloc * sizeof(mp_limb_t));
	mpz_clear(number);
}
