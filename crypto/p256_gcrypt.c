/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P-256 by libgcrypt's numbers, to check nettle's against and for systems without hogweed. It is slower, and its time
 * depends on secrets more than nettle's. Another plugin in the process may replace libgcrypt's allocator between any two
 * calls of ours, so no object of it outlives the function that made it; for the same reason randomness is not its. */
#include "crypto/p256.h"

#include <gcrypt.h>
#include <pthread.h>
#include <string.h>

#include "crypto/secret.h"

#define BITS 256

/* The curve for one call. */
typedef struct {
	gcry_ctx_t context;
	gcry_mpi_t p;
	gcry_mpi_t n;
	gcry_mpi_point_t generator;
} Curve;

static void
initialise(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	gcry_control(GCRYCTL_SUSPEND_SECMEM_WARN);
	if (gcry_check_version("1.10.0") == NULL)
		g_error("libgcrypt is older than 1.10");
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static void
curve_init(Curve *curve)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, initialise);
	if (gcry_mpi_ec_new(&curve->context, NULL, "NIST P-256") != 0)
		g_error("libgcrypt does not know P-256");
	curve->p = gcry_mpi_ec_get_mpi("p", curve->context, 1);
	curve->n = gcry_mpi_ec_get_mpi("n", curve->context, 1);
	curve->generator = gcry_mpi_ec_get_point("g", curve->context, 1);
}

static void
curve_clear(Curve *curve)
{
	gcry_mpi_point_release(curve->generator);
	gcry_mpi_release(curve->n);
	gcry_mpi_release(curve->p);
	gcry_ctx_release(curve->context);
}

static gcry_mpi_t
number_read(const guint8 *bytes, gsize size)
{
	gcry_mpi_t number = NULL;
	if (gcry_mpi_scan(&number, GCRYMPI_FMT_USG, bytes, size, NULL) != 0)
		g_error("libgcrypt has no memory for a number");
	return number;
}

/* A number in libgcrypt's secure memory, which it wipes on release; what is computed from it is secure too. */
static gcry_mpi_t
secret_read(const guint8 bytes[static PIPIT_P256_SCALAR_LEN])
{
	guint8 *secure = gcry_xmalloc_secure(PIPIT_P256_SCALAR_LEN);
	memcpy(secure, bytes, PIPIT_P256_SCALAR_LEN);
	gcry_mpi_t number = number_read(secure, PIPIT_P256_SCALAR_LEN);
	gcry_free(secure);
	return number;
}

static void
number_write(gcry_mpi_t number, guint8 bytes[static PIPIT_P256_SCALAR_LEN])
{
	guint8 minimal[PIPIT_P256_SCALAR_LEN];
	gsize size = 0;
	if (gcry_mpi_print(GCRYMPI_FMT_USG, minimal, sizeof minimal, &size, number) != 0)
		g_assert_not_reached(); /* everything here is reduced mod p or n */
	memset(bytes, 0, PIPIT_P256_SCALAR_LEN - size);
	memcpy(bytes + PIPIT_P256_SCALAR_LEN - size, minimal, size);
	pipit_wipe(minimal, sizeof minimal);
}

/* Returns: the point, or NULL if the bytes are none on the curve. */
static gcry_mpi_point_t
point_read(const Curve *curve, const guint8 bytes[static PIPIT_P256_POINT_LEN])
{
	if (bytes[0] != 0x04)
		return NULL;
	gcry_mpi_t x = number_read(bytes + 1, PIPIT_P256_COORDINATE_LEN);
	gcry_mpi_t y = number_read(bytes + 1 + PIPIT_P256_COORDINATE_LEN, PIPIT_P256_COORDINATE_LEN);
	gboolean reduced = gcry_mpi_cmp(x, curve->p) < 0 && gcry_mpi_cmp(y, curve->p) < 0;
	gcry_mpi_point_t point = gcry_mpi_point_snatch_set(NULL, x, y, gcry_mpi_set_ui(NULL, 1));
	if (reduced && gcry_mpi_ec_curve_point(point, curve->context))
		return point;
	gcry_mpi_point_release(point);
	return NULL;
}

/* Writes @scalar times @base, and releases @scalar. */
static void
multiply(const Curve *curve, gcry_mpi_t scalar, gcry_mpi_point_t base,
	 guint8 point[static PIPIT_P256_POINT_LEN])
{
	gcry_mpi_point_t product = gcry_mpi_point_new(0);
	gcry_mpi_t x = gcry_mpi_snew(BITS);
	gcry_mpi_t y = gcry_mpi_snew(BITS);
	gcry_mpi_ec_mul(product, scalar, base, curve->context);
	if (gcry_mpi_ec_get_affine(x, y, product, curve->context) != 0)
		g_assert_not_reached(); /* 0 < scalar < n, and n is prime */
	point[0] = 0x04;
	number_write(x, point + 1);
	number_write(y, point + 1 + PIPIT_P256_COORDINATE_LEN);
	gcry_mpi_release(x);
	gcry_mpi_release(y);
	gcry_mpi_release(scalar);
	gcry_mpi_point_release(product);
}

const char *
pipit_p256_backend(void)
{
	return "gcrypt";
}

gboolean
pipit_p256_public(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
		  guint8 point[static PIPIT_P256_POINT_LEN])
{
	if (!pipit_p256_scalar_valid(scalar))
		return FALSE;
	Curve curve;
	curve_init(&curve);
	multiply(&curve, secret_read(scalar), curve.generator, point);
	curve_clear(&curve);
	return TRUE;
}

gboolean
pipit_p256_point_valid(const guint8 point[static PIPIT_P256_POINT_LEN])
{
	Curve curve;
	curve_init(&curve);
	gcry_mpi_point_t read = point_read(&curve, point);
	gcry_mpi_point_release(read);
	curve_clear(&curve);
	return read != NULL;
}

/* y = (x^3 - 3x + b)^((p+1)/4), which is a root where there is one since p = 3 mod 4; then the smaller of y and p - y. */
static gcry_mpi_t
smaller_root(const Curve *curve, gcry_mpi_t x)
{
	gcry_mpi_t b = gcry_mpi_ec_get_mpi("b", curve->context, 1);
	gcry_mpi_t exponent = gcry_mpi_new(BITS);
	gcry_mpi_t y = gcry_mpi_new(BITS);
	gcry_mpi_t other = gcry_mpi_new(BITS);
	gcry_mpi_mulm(y, x, x, curve->p);
	gcry_mpi_sub_ui(y, y, 3);
	gcry_mpi_mulm(y, y, x, curve->p);
	gcry_mpi_addm(y, y, b, curve->p);
	gcry_mpi_add_ui(exponent, curve->p, 1);
	gcry_mpi_rshift(exponent, exponent, 2);
	gcry_mpi_powm(y, y, exponent, curve->p);
	gcry_mpi_sub(other, curve->p, y);
	if (gcry_mpi_cmp(y, other) > 0)
		gcry_mpi_swap(y, other);
	gcry_mpi_release(other);
	gcry_mpi_release(exponent);
	gcry_mpi_release(b);
	return y;
}

gboolean
pipit_p256_decompress(const guint8 x[static PIPIT_P256_COORDINATE_LEN],
		      guint8 point[static PIPIT_P256_POINT_LEN])
{
	guint8 candidate[PIPIT_P256_POINT_LEN] = {0x04};
	Curve curve;
	curve_init(&curve);
	gcry_mpi_t abscissa = number_read(x, PIPIT_P256_COORDINATE_LEN);
	gcry_mpi_t root = smaller_root(&curve, abscissa);
	memcpy(candidate + 1, x, PIPIT_P256_COORDINATE_LEN);
	number_write(root, candidate + 1 + PIPIT_P256_COORDINATE_LEN);
	gcry_mpi_release(root);
	gcry_mpi_release(abscissa);
	curve_clear(&curve);
	if (!pipit_p256_point_valid(candidate)) /* x >= p, or no root */
		return FALSE;
	memcpy(point, candidate, sizeof candidate);
	return TRUE;
}

gboolean
pipit_p256_ecdh(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
		const guint8 point[static PIPIT_P256_POINT_LEN], guint8 x[static PIPIT_P256_COORDINATE_LEN])
{
	if (!pipit_p256_scalar_valid(scalar))
		return FALSE;
	Curve curve;
	curve_init(&curve);
	gcry_mpi_point_t base = point_read(&curve, point);
	if (base != NULL) {
		guint8 product[PIPIT_P256_POINT_LEN];
		multiply(&curve, secret_read(scalar), base, product);
		memcpy(x, product + 1, PIPIT_P256_COORDINATE_LEN);
		pipit_wipe(product, sizeof product);
	}
	gcry_mpi_point_release(base);
	curve_clear(&curve);
	return base != NULL;
}

/* The digest as a number; one longer than n counts with its first bits (FIPS 186-5, section 6.4.1). */
static gcry_mpi_t
digest_read(const guint8 *digest, gsize size)
{
	return number_read(digest, MIN(size, PIPIT_P256_SCALAR_LEN));
}

/* r = X of nonce times G, mod n. */
static gcry_mpi_t
commitment(const Curve *curve, const guint8 nonce[static PIPIT_P256_SCALAR_LEN])
{
	guint8 point[PIPIT_P256_POINT_LEN];
	multiply(curve, secret_read(nonce), curve->generator, point);
	gcry_mpi_t r = number_read(point + 1, PIPIT_P256_COORDINATE_LEN);
	gcry_mpi_mod(r, r, curve->n);
	return r;
}

/* s = (z + r d) / k mod n. The inverse is taken of k times a random number: its time depends on what it inverts. */
static gcry_mpi_t
response(const Curve *curve, const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
	 const guint8 nonce[static PIPIT_P256_SCALAR_LEN], gcry_mpi_t r, gcry_mpi_t z)
{
	guint8 random[PIPIT_P256_SCALAR_LEN];
	pipit_p256_scalar_random(random);
	gcry_mpi_t blind = secret_read(random);
	gcry_mpi_t d = secret_read(scalar);
	gcry_mpi_t k = secret_read(nonce);
	gcry_mpi_t s = gcry_mpi_snew(BITS);
	gcry_mpi_mulm(s, r, d, curve->n);
	gcry_mpi_addm(s, s, z, curve->n);
	gcry_mpi_mulm(s, s, blind, curve->n);
	gcry_mpi_mulm(k, k, blind, curve->n);
	gcry_mpi_invm(k, k, curve->n);
	gcry_mpi_mulm(s, s, k, curve->n);
	gcry_mpi_release(k);
	gcry_mpi_release(d);
	gcry_mpi_release(blind);
	pipit_wipe(random, sizeof random);
	return s;
}

gboolean
pipit_p256_sign(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], const guint8 *digest, gsize digest_size,
		guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	if (!pipit_p256_scalar_valid(scalar))
		return FALSE;
	guint8 nonce[PIPIT_P256_SCALAR_LEN];
	Curve curve;
	curve_init(&curve);
	gcry_mpi_t z = digest_read(digest, digest_size);
	gboolean done = FALSE;
	while (!done) {
		pipit_p256_scalar_random(nonce);
		gcry_mpi_t r = commitment(&curve, nonce);
		gcry_mpi_t s = response(&curve, scalar, nonce, r, z);
		done = gcry_mpi_cmp_ui(r, 0) != 0 && gcry_mpi_cmp_ui(s, 0) != 0;
		number_write(r, signature);
		number_write(s, signature + PIPIT_P256_SCALAR_LEN);
		gcry_mpi_release(s);
		gcry_mpi_release(r);
	}
	pipit_wipe(nonce, sizeof nonce);
	gcry_mpi_release(z);
	curve_clear(&curve);
	return TRUE;
}

/* TRUE if the X of (z G + r Q) / s is r, mod n. */
static gboolean
equation_holds(const Curve *curve, gcry_mpi_point_t key, gcry_mpi_t r, gcry_mpi_t s, gcry_mpi_t z)
{
	gcry_mpi_t inverse = gcry_mpi_new(BITS);
	gcry_mpi_t factor = gcry_mpi_new(BITS);
	gcry_mpi_t x = gcry_mpi_new(BITS);
	gcry_mpi_point_t left = gcry_mpi_point_new(0);
	gcry_mpi_point_t right = gcry_mpi_point_new(0);
	gcry_mpi_invm(inverse, s, curve->n);
	gcry_mpi_mulm(factor, z, inverse, curve->n);
	gcry_mpi_ec_mul(left, factor, curve->generator, curve->context);
	gcry_mpi_mulm(factor, r, inverse, curve->n);
	gcry_mpi_ec_mul(right, factor, key, curve->context);
	gcry_mpi_ec_add(left, left, right, curve->context);
	gboolean holds = gcry_mpi_ec_get_affine(x, NULL, left, curve->context) == 0;
	gcry_mpi_mod(x, x, curve->n);
	holds = holds && gcry_mpi_cmp(x, r) == 0;
	gcry_mpi_point_release(right);
	gcry_mpi_point_release(left);
	gcry_mpi_release(x);
	gcry_mpi_release(factor);
	gcry_mpi_release(inverse);
	return holds;
}

gboolean
pipit_p256_verify(const guint8 point[static PIPIT_P256_POINT_LEN], const guint8 *digest, gsize digest_size,
		  const guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	/* r and s have the range of scalars. */
	if (!pipit_p256_scalar_valid(signature) ||
	    !pipit_p256_scalar_valid(signature + PIPIT_P256_SCALAR_LEN))
		return FALSE;
	Curve curve;
	curve_init(&curve);
	gboolean valid = FALSE;
	gcry_mpi_point_t key = point_read(&curve, point);
	if (key != NULL) {
		gcry_mpi_t r = number_read(signature, PIPIT_P256_SCALAR_LEN);
		gcry_mpi_t s = number_read(signature + PIPIT_P256_SCALAR_LEN, PIPIT_P256_SCALAR_LEN);
		gcry_mpi_t z = digest_read(digest, digest_size);
		valid = equation_holds(&curve, key, r, s, z);
		gcry_mpi_release(z);
		gcry_mpi_release(s);
		gcry_mpi_release(r);
	}
	gcry_mpi_point_release(key);
	curve_clear(&curve);
	return valid;
}
