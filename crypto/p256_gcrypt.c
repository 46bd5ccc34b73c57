/* SPDX-License-Identifier: GPL-2.0-or-later */
/* P-256 by libgcrypt's numbers, to check nettle's against and for systems without hogweed. It is slower, and its time
 * depends on secrets more than nettle's. Another plugin in the process may replace libgcrypt's allocator between any two
 * calls of ours, so no object of it outlives the function that made it; for the same reason randomness is not its. Whatever
 * libgcrypt can't do is not done: FALSE, and nothing is written. Releasing NULL is fine for all that it hands out. */
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
curve_clear(Curve *curve)
{
	gcry_mpi_point_release(curve->generator);
	gcry_mpi_release(curve->n);
	gcry_mpi_release(curve->p);
	gcry_ctx_release(curve->context);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Curve, curve_clear)

/* @curve: is to be cleared in either case. */
static gboolean
curve_init(Curve *curve)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, initialise);
	if (gcry_mpi_ec_new(&curve->context, NULL, "NIST P-256") != 0)
		return FALSE;
	curve->p = gcry_mpi_ec_get_mpi("p", curve->context, 1);
	curve->n = gcry_mpi_ec_get_mpi("n", curve->context, 1);
	curve->generator = gcry_mpi_ec_get_point("g", curve->context, 1);
	return curve->p != NULL && curve->n != NULL && curve->generator != NULL;
}

typedef struct gcry_mpi Number;
typedef struct gcry_mpi_point Point;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Number, gcry_mpi_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Point, gcry_mpi_point_release)

/* Returns: NULL if libgcrypt fails. */
static Number *
number_read(const guint8 *bytes, gsize size)
{
	Number *number = NULL;
	return gcry_mpi_scan(&number, GCRYMPI_FMT_USG, bytes, size, NULL) == 0 ? number : NULL;
}

/* A number in libgcrypt's secure memory, which it wipes on release; what is computed from it is secure too. */
static Number *
secret_read(const guint8 bytes[static PIPIT_P256_SCALAR_LEN])
{
	guint8 *secure = gcry_malloc_secure(PIPIT_P256_SCALAR_LEN);
	if (secure == NULL)
		return NULL;
	memcpy(secure, bytes, PIPIT_P256_SCALAR_LEN);
	Number *number = number_read(secure, PIPIT_P256_SCALAR_LEN);
	gcry_free(secure);
	return number;
}

/* Everything here is reduced mod p or n, so it has the room. */
static gboolean
number_write(Number *number, guint8 bytes[static PIPIT_P256_SCALAR_LEN])
{
	guint8 minimal[PIPIT_P256_SCALAR_LEN];
	gsize size = 0;
	if (gcry_mpi_print(GCRYMPI_FMT_USG, minimal, sizeof minimal, &size, number) != 0)
		return FALSE;
	memset(bytes, 0, PIPIT_P256_SCALAR_LEN - size);
	memcpy(bytes + PIPIT_P256_SCALAR_LEN - size, minimal, size);
	pipit_wipe(minimal, sizeof minimal);
	return TRUE;
}

/* Returns: the point, or NULL if the bytes are none on the curve. */
static Point *
point_read(const Curve *curve, const guint8 bytes[static PIPIT_P256_POINT_LEN])
{
	if (bytes[0] != 0x04)
		return NULL;
	g_autoptr(Number) x = number_read(bytes + 1, PIPIT_P256_COORDINATE_LEN);
	g_autoptr(Number) y = number_read(bytes + 1 + PIPIT_P256_COORDINATE_LEN, PIPIT_P256_COORDINATE_LEN);
	if (x == NULL || y == NULL || gcry_mpi_cmp(x, curve->p) >= 0 || gcry_mpi_cmp(y, curve->p) >= 0)
		return NULL;
	g_autoptr(Point) point = gcry_mpi_point_snatch_set(NULL, g_steal_pointer(&x), g_steal_pointer(&y),
							   gcry_mpi_set_ui(NULL, 1));
	return gcry_mpi_ec_curve_point(point, curve->context) ? g_steal_pointer(&point) : NULL;
}

/* Writes @scalar (0 < scalar < n, so that it has coordinates; n is prime) times @base. */
static gboolean
multiply(const Curve *curve, const guint8 scalar[static PIPIT_P256_SCALAR_LEN], Point *base,
	 guint8 point[static PIPIT_P256_POINT_LEN])
{
	guint8 written[PIPIT_P256_POINT_LEN] = {0x04};
	g_autoptr(Number) factor = secret_read(scalar);
	if (factor == NULL)
		return FALSE;
	g_autoptr(Point) product = gcry_mpi_point_new(0);
	g_autoptr(Number) x = gcry_mpi_snew(BITS);
	g_autoptr(Number) y = gcry_mpi_snew(BITS);
	gcry_mpi_ec_mul(product, factor, base, curve->context);
	gboolean done = gcry_mpi_ec_get_affine(x, y, product, curve->context) == 0 &&
			number_write(x, written + 1) &&
			number_write(y, written + 1 + PIPIT_P256_COORDINATE_LEN);
	if (done)
		memcpy(point, written, sizeof written);
	pipit_wipe(written, sizeof written);
	return done;
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
	g_auto(Curve) curve = {0};
	return pipit_p256_scalar_valid(scalar) && curve_init(&curve) &&
	       multiply(&curve, scalar, curve.generator, point);
}

gboolean
pipit_p256_point_valid(const guint8 point[static PIPIT_P256_POINT_LEN])
{
	g_auto(Curve) curve = {0};
	if (!curve_init(&curve))
		return FALSE;
	g_autoptr(Point) read = point_read(&curve, point);
	return read != NULL;
}

/* y = (x^3 - 3x + b)^((p+1)/4), which is a root where there is one since p = 3 mod 4; then the smaller of y and p - y. */
static Number *
smaller_root(const Curve *curve, Number *x)
{
	g_autoptr(Number) b = gcry_mpi_ec_get_mpi("b", curve->context, 1);
	if (b == NULL)
		return NULL;
	g_autoptr(Number) exponent = gcry_mpi_new(BITS);
	g_autoptr(Number) y = gcry_mpi_new(BITS);
	g_autoptr(Number) other = gcry_mpi_new(BITS);
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
	return g_steal_pointer(&y);
}

gboolean
pipit_p256_decompress(const guint8 x[static PIPIT_P256_COORDINATE_LEN],
		      guint8 point[static PIPIT_P256_POINT_LEN])
{
	guint8 candidate[PIPIT_P256_POINT_LEN] = {0x04};
	g_auto(Curve) curve = {0};
	if (!curve_init(&curve))
		return FALSE;
	g_autoptr(Number) abscissa = number_read(x, PIPIT_P256_COORDINATE_LEN);
	g_autoptr(Number) root = abscissa != NULL ? smaller_root(&curve, abscissa) : NULL;
	if (root == NULL || !number_write(root, candidate + 1 + PIPIT_P256_COORDINATE_LEN))
		return FALSE;
	memcpy(candidate + 1, x, PIPIT_P256_COORDINATE_LEN);
	if (!pipit_p256_point_valid(candidate)) /* x >= p, or no root */
		return FALSE;
	memcpy(point, candidate, sizeof candidate);
	return TRUE;
}

gboolean
pipit_p256_ecdh(const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
		const guint8 point[static PIPIT_P256_POINT_LEN], guint8 x[static PIPIT_P256_COORDINATE_LEN])
{
	guint8 product[PIPIT_P256_POINT_LEN];
	g_auto(Curve) curve = {0};
	if (!pipit_p256_scalar_valid(scalar) || !curve_init(&curve))
		return FALSE;
	g_autoptr(Point) base = point_read(&curve, point);
	if (base == NULL || !multiply(&curve, scalar, base, product))
		return FALSE;
	memcpy(x, product + 1, PIPIT_P256_COORDINATE_LEN);
	pipit_wipe(product, sizeof product);
	return TRUE;
}

/* The digest as a number; one longer than n counts with its first bits (FIPS 186-5, section 6.4.1). */
static Number *
digest_read(const guint8 *digest, gsize size)
{
	return number_read(digest, MIN(size, PIPIT_P256_SCALAR_LEN));
}

/* r = X of nonce times G, mod n. */
static Number *
commitment(const Curve *curve, const guint8 nonce[static PIPIT_P256_SCALAR_LEN])
{
	guint8 point[PIPIT_P256_POINT_LEN];
	if (!multiply(curve, nonce, curve->generator, point))
		return NULL;
	Number *r = number_read(point + 1, PIPIT_P256_COORDINATE_LEN);
	if (r != NULL)
		gcry_mpi_mod(r, r, curve->n);
	return r;
}

/* s = (z + r d) / k mod n. The inverse is taken of k times a random number: its time depends on what it inverts. */
static Number *
response(const Curve *curve, const guint8 scalar[static PIPIT_P256_SCALAR_LEN],
	 const guint8 nonce[static PIPIT_P256_SCALAR_LEN], Number *r, Number *z)
{
	guint8 random[PIPIT_P256_SCALAR_LEN];
	pipit_p256_scalar_random(random);
	g_autoptr(Number) blind = secret_read(random);
	g_autoptr(Number) d = secret_read(scalar);
	g_autoptr(Number) k = secret_read(nonce);
	pipit_wipe(random, sizeof random);
	if (blind == NULL || d == NULL || k == NULL)
		return NULL;
	g_autoptr(Number) s = gcry_mpi_snew(BITS);
	gcry_mpi_mulm(s, r, d, curve->n);
	gcry_mpi_addm(s, s, z, curve->n);
	gcry_mpi_mulm(s, s, blind, curve->n);
	gcry_mpi_mulm(k, k, blind, curve->n);
	if (!gcry_mpi_invm(k, k, curve->n))
		return NULL;
	gcry_mpi_mulm(s, s, k, curve->n);
	return g_steal_pointer(&s);
}

static gboolean
try_nonce(const Curve *curve, const guint8 scalar[static PIPIT_P256_SCALAR_LEN], Number *z,
	  guint8 written[static PIPIT_P256_SIGNATURE_LEN])
{
	guint8 nonce[PIPIT_P256_SCALAR_LEN];
	pipit_p256_scalar_random(nonce);
	g_autoptr(Number) r = commitment(curve, nonce);
	g_autoptr(Number) s = r != NULL ? response(curve, scalar, nonce, r, z) : NULL;
	pipit_wipe(nonce, sizeof nonce);
	return s != NULL && number_write(r, written) && number_write(s, written + PIPIT_P256_SCALAR_LEN);
}

/* r and s have the range of scalars. A signer that comes upon a zero takes another nonce (FIPS 186-5, section 6.4.1). */
static gboolean
is_no_signature(const guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	return !pipit_p256_scalar_valid(signature) ||
	       !pipit_p256_scalar_valid(signature + PIPIT_P256_SCALAR_LEN);
}

gboolean
pipit_p256_sign(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], const guint8 *digest, gsize digest_size,
		guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	guint8 written[PIPIT_P256_SIGNATURE_LEN];
	g_auto(Curve) curve = {0};
	if (!pipit_p256_scalar_valid(scalar) || !curve_init(&curve))
		return FALSE;
	g_autoptr(Number) z = digest_read(digest, digest_size);
	if (z == NULL)
		return FALSE;
	do {
		if (!try_nonce(&curve, scalar, z, written))
			return FALSE;
	} while (is_no_signature(written));
	memcpy(signature, written, sizeof written);
	return TRUE;
}

/* TRUE if the X of (z G + r Q) / s is r, mod n. */
static gboolean
equation_holds(const Curve *curve, Point *key, Number *r, Number *s, Number *z)
{
	g_autoptr(Number) inverse = gcry_mpi_new(BITS);
	g_autoptr(Number) factor = gcry_mpi_new(BITS);
	g_autoptr(Number) x = gcry_mpi_new(BITS);
	g_autoptr(Point) left = gcry_mpi_point_new(0);
	g_autoptr(Point) right = gcry_mpi_point_new(0);
	if (!gcry_mpi_invm(inverse, s, curve->n))
		return FALSE;
	gcry_mpi_mulm(factor, z, inverse, curve->n);
	gcry_mpi_ec_mul(left, factor, curve->generator, curve->context);
	gcry_mpi_mulm(factor, r, inverse, curve->n);
	gcry_mpi_ec_mul(right, factor, key, curve->context);
	gcry_mpi_ec_add(left, left, right, curve->context);
	if (gcry_mpi_ec_get_affine(x, NULL, left, curve->context) != 0)
		return FALSE;
	gcry_mpi_mod(x, x, curve->n);
	return gcry_mpi_cmp(x, r) == 0;
}

gboolean
pipit_p256_verify(const guint8 point[static PIPIT_P256_POINT_LEN], const guint8 *digest, gsize digest_size,
		  const guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	g_auto(Curve) curve = {0};
	if (is_no_signature(signature) || !curve_init(&curve))
		return FALSE;
	g_autoptr(Point) key = point_read(&curve, point);
	g_autoptr(Number) r = number_read(signature, PIPIT_P256_SCALAR_LEN);
	g_autoptr(Number) s = number_read(signature + PIPIT_P256_SCALAR_LEN, PIPIT_P256_SCALAR_LEN);
	g_autoptr(Number) z = digest_read(digest, digest_size);
	return key != NULL && r != NULL && s != NULL && z != NULL && equation_holds(&curve, key, r, s, z);
}
