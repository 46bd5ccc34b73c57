/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RSA keys rest as bytes and become nettle's numbers for one call at a time. */
#include "crypto/rsa.h"

#include <nettle/rsa.h>
#include <string.h>

#include "crypto/bignum.h"
#include "crypto/random.h"

/* A prime below this would make the key weaker than its size says, and is smaller than nettle's arithmetic expects. */
#define PRIME_MIN_BITS 512

typedef struct {
	struct rsa_public_key public_half;
	struct rsa_private_key private_half;
} Numbers;

static void
public_numbers_init(struct rsa_public_key *numbers, const PipitRsaPublic *key)
{
	rsa_public_key_init(numbers);
	pipit_bignum_read(numbers->n, key->modulus, key->size);
	mpz_set_ui(numbers->e, PIPIT_RSA_EXPONENT);
	numbers->size = key->size;
}

static void
numbers_init(Numbers *numbers, const PipitRsaPrivate *key)
{
	public_numbers_init(&numbers->public_half, &key->public_half);
	struct rsa_private_key *half = &numbers->private_half;
	rsa_private_key_init(half);
	pipit_bignum_read(half->d, key->d, sizeof key->d);
	pipit_bignum_read(half->p, key->p, sizeof key->p);
	pipit_bignum_read(half->q, key->q, sizeof key->q);
	pipit_bignum_read(half->a, key->dp, sizeof key->dp);
	pipit_bignum_read(half->b, key->dq, sizeof key->dq);
	pipit_bignum_read(half->c, key->qinv, sizeof key->qinv);
	half->size = key->public_half.size;
}

static void
numbers_clear(Numbers *numbers)
{
	rsa_public_key_clear(&numbers->public_half);
	struct rsa_private_key *half = &numbers->private_half;
	pipit_bignum_clear(half->d);
	pipit_bignum_clear(half->p);
	pipit_bignum_clear(half->q);
	pipit_bignum_clear(half->a);
	pipit_bignum_clear(half->b);
	pipit_bignum_clear(half->c);
}

static void
key_from_numbers(PipitRsaPrivate *key, const Numbers *numbers)
{
	const struct rsa_private_key *half = &numbers->private_half;
	key->public_half.size = numbers->public_half.size;
	gboolean fits = pipit_bignum_write(numbers->public_half.n, key->public_half.modulus,
					   numbers->public_half.size);
	fits &= pipit_bignum_write(half->d, key->d, sizeof key->d);
	fits &= pipit_bignum_write(half->p, key->p, sizeof key->p);
	fits &= pipit_bignum_write(half->q, key->q, sizeof key->q);
	fits &= pipit_bignum_write(half->a, key->dp, sizeof key->dp);
	fits &= pipit_bignum_write(half->b, key->dq, sizeof key->dq);
	fits &= pipit_bignum_write(half->c, key->qinv, sizeof key->qinv);
	g_assert(fits);
}

void
pipit_rsa_generate(PipitRsaPrivate *key, guint bits)
{
	Numbers numbers;
	rsa_public_key_init(&numbers.public_half);
	rsa_private_key_init(&numbers.private_half);
	mpz_set_ui(numbers.public_half.e, PIPIT_RSA_EXPONENT);
	if (!rsa_generate_keypair(&numbers.public_half, &numbers.private_half, NULL, pipit_random_nettle,
				  NULL, NULL, bits, 0))
		g_error("nettle makes no RSA key of %u bits", bits);
	key_from_numbers(key, &numbers);
	numbers_clear(&numbers);
}

static guint
bits_of(const guint8 *modulus, gsize size)
{
	return size == 0 || size > PIPIT_RSA_MAX_LEN ? 0
						     : (guint)(8 * (size - 1)) + g_bit_storage(modulus[0]);
}

gboolean
pipit_rsa_public_set(PipitRsaPublic *key, const guint8 *modulus, gsize size)
{
	guint bits = bits_of(modulus, size);
	gboolean accepted = bits >= PIPIT_RSA_MIN_BITS && bits <= PIPIT_RSA_MAX_BITS && modulus[0] != 0 &&
			    (modulus[size - 1] & 1) == 1;
	if (!accepted)
		return FALSE;
	key->size = size;
	memcpy(key->modulus, modulus, size);
	return TRUE;
}

static gboolean
prime_plausible(const mpz_t prime)
{
	return mpz_odd_p(prime) && mpz_sizeinbase(prime, 2) >= PRIME_MIN_BITS;
}

/* TRUE if @exponent is d mod (prime - 1), and d is the inverse of e there. */
static gboolean
exponent_fits(const mpz_t exponent, const mpz_t d, const mpz_t prime)
{
	mpz_t order;
	mpz_t product;
	mpz_init(order);
	mpz_init(product);
	mpz_sub_ui(order, prime, 1);
	mpz_mul_ui(product, d, PIPIT_RSA_EXPONENT);
	mpz_sub_ui(product, product, 1);
	gboolean fits = mpz_cmp(exponent, order) < 0 && mpz_congruent_p(exponent, d, order) &&
			mpz_divisible_p(product, order);
	pipit_bignum_clear(product);
	pipit_bignum_clear(order);
	return fits;
}

static gboolean
numbers_belong_together(const Numbers *numbers)
{
	const struct rsa_private_key *half = &numbers->private_half;
	mpz_t product;
	mpz_init(product);
	mpz_mul(product, half->p, half->q);
	gboolean valid = mpz_cmp(product, numbers->public_half.n) == 0;
	mpz_mul(product, half->c, half->q);
	mpz_sub_ui(product, product, 1);
	valid = valid && mpz_cmp(half->c, half->p) < 0 && mpz_divisible_p(product, half->p) &&
		mpz_cmp(half->d, numbers->public_half.n) < 0 && exponent_fits(half->a, half->d, half->p) &&
		exponent_fits(half->b, half->d, half->q);
	pipit_bignum_clear(product);
	return valid;
}

gboolean
pipit_rsa_private_valid(const PipitRsaPrivate *key)
{
	Numbers numbers;
	numbers_init(&numbers, key);
	struct rsa_private_key *half = &numbers.private_half;
	gboolean valid = prime_plausible(half->p) && prime_plausible(half->q) &&
			 numbers_belong_together(&numbers) && rsa_private_key_prepare(half) &&
			 half->size == key->public_half.size;
	numbers_clear(&numbers);
	return valid;
}

gboolean
pipit_rsa_public_raw(const PipitRsaPublic *key, const guint8 *in, guint8 *out)
{
	struct rsa_public_key numbers;
	mpz_t x;
	public_numbers_init(&numbers, key);
	mpz_init(x);
	pipit_bignum_read(x, in, key->size);
	gboolean in_range = mpz_cmp(x, numbers.n) < 0;
	if (in_range) {
		mpz_powm(x, x, numbers.e, numbers.n);
		in_range = pipit_bignum_write(x, out, key->size);
	}
	pipit_bignum_clear(x);
	rsa_public_key_clear(&numbers);
	return in_range;
}

gboolean
pipit_rsa_private_raw(const PipitRsaPrivate *key, const guint8 *in, guint8 *out)
{
	Numbers numbers;
	mpz_t x;
	numbers_init(&numbers, key);
	mpz_init(x);
	pipit_bignum_read(x, in, key->public_half.size);
	gboolean done = mpz_cmp(x, numbers.public_half.n) < 0 &&
			rsa_compute_root_tr(&numbers.public_half, &numbers.private_half, NULL,
					    pipit_random_nettle, x, x) &&
			pipit_bignum_write(x, out, key->public_half.size);
	pipit_bignum_clear(x);
	numbers_clear(&numbers);
	return done;
}
