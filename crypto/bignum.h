/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of secret keys between our bytes and GMP, which frees its memory as it is. */
#pragma once

#include <glib.h>
#include <gmp.h>

/** Reads @size big-endian bytes into the initialised @number. */
void pipit_bignum_read(mpz_t number, const guint8 *bytes, gsize size);

/** Writes @number right-aligned into @size big-endian bytes; FALSE, and nothing written, if it does not fit. */
gboolean pipit_bignum_write(const mpz_t number, guint8 *bytes, gsize size);

/** Overwrites @number's memory, then frees it. */
void pipit_bignum_clear(mpz_t number);

/**
 * From now on this process's GMP wipes what it frees: it and nettle compute in memory that nobody else can reach. Numbers
 * that were there before do not matter, for it goes on using malloc() and free(); where the program brought another
 * allocator, that one stays. To be called before there is a secret key, any number of times.
 */
void pipit_bignum_wipe_freed(void);
