/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mpz_clear() does not wipe, so each secret number is wiped here; what GMP and nettle allocate on the way is wiped by the
 * functions that GMP is given to free with. */
#include "crypto/bignum.h"

#include <malloc.h>
#include <nettle/bignum.h>
#include <stdlib.h>
#include <string.h>

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

typedef void *(*Allocate)(size_t size);

static Allocate
allocate_in_use(void)
{
	Allocate allocate;
	mp_get_memory_functions(&allocate, NULL, NULL);
	return allocate;
}

/* GnuTLS has GMP wipe as many bytes as it is told, but nettle 3.8 tells it limbs. So malloc() is asked. */
static void
wipe_and_free(void *memory, G_GNUC_UNUSED size_t size)
{
	pipit_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

static void *
move_and_wipe(void *memory, size_t old_size, size_t new_size)
{
	void *moved = allocate_in_use()(new_size);
	memcpy(moved, memory, MIN(old_size, new_size));
	wipe_and_free(memory, old_size);
	return moved;
}

void
pipit_bignum_wipe_freed(void)
{
	static gsize done;
	if (!g_once_init_enter(&done))
		return;
	void *(*reallocate)(void *memory, size_t old_size, size_t new_size);
	void (*release)(void *memory, size_t size);
	Allocate allocate = allocate_in_use();
	mp_get_memory_functions(NULL, &reallocate, &release);
	mp_set_memory_functions(NULL, move_and_wipe, wipe_and_free);
	/* Only GMP's own way to allocate is known to be malloc(); a program that brought another keeps it. */
	if (allocate_in_use() != allocate)
		mp_set_memory_functions(allocate, reallocate, release);
	g_once_init_leave(&done, 1);
}
