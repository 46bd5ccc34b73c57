/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each call of libgcrypt that can fail without ending the program is made to, in turn: what is computed with it is refused
 * then, and nothing is written. With nettle behind P-256 there is no such call: another plugin could pull libgcrypt's memory
 * away from under it. */
#include <dlfcn.h>
#include <gcrypt.h>
#include <string.h>

#include "crypto/pair.h"
#include "crypto/pair_ec.h"
#include "tests/crypto/kept.h"

static struct {
	guint nth; /* that fails; 0: none */
	guint calls;
	const char *name; /* of the one that failed */
} fault;

static gboolean
strikes(const char *name)
{
	if (fault.nth == 0 || ++fault.calls != fault.nth)
		return FALSE;
	fault.name = name;
	return TRUE;
}

/* These stand before libgcrypt's own. */
#define FAILING(type, failed, name, parameters, arguments)                                                   \
	type name parameters                                                                                 \
	{                                                                                                    \
		static __typeof__(&(name)) next;                                                             \
		if (strikes(#name))                                                                          \
			return failed;                                                                       \
		if (next == NULL)                                                                            \
			next = (__typeof__(&(name)))dlsym(RTLD_NEXT, #name);                                 \
		return next arguments;                                                                       \
	}

#define NO_MEMORY gcry_error(GPG_ERR_ENOMEM)

FAILING(gcry_error_t, NO_MEMORY, gcry_mpi_ec_new, (gcry_ctx_t * context, gcry_sexp_t key, const char *curve),
	(context, key, curve))
FAILING(gcry_error_t, NO_MEMORY, gcry_mpi_scan,
	(gcry_mpi_t * number, enum gcry_mpi_format format, const void *bytes, size_t size, size_t *read),
	(number, format, bytes, size, read))
FAILING(gcry_error_t, NO_MEMORY, gcry_mpi_print,
	(enum gcry_mpi_format format, unsigned char *bytes, size_t size, size_t *written,
	 const gcry_mpi_t number),
	(format, bytes, size, written, number))
FAILING(gcry_mpi_t, NULL, gcry_mpi_ec_get_mpi, (const char *name, gcry_ctx_t context, int copy),
	(name, context, copy))
FAILING(gcry_mpi_point_t, NULL, gcry_mpi_ec_get_point, (const char *name, gcry_ctx_t context, int copy),
	(name, context, copy))
FAILING(int, -1, gcry_mpi_ec_get_affine,
	(gcry_mpi_t x, gcry_mpi_t y, gcry_mpi_point_t point, gcry_ctx_t context), (x, y, point, context))
FAILING(int, 0, gcry_mpi_invm, (gcry_mpi_t inverse, gcry_mpi_t number, gcry_mpi_t modulus),
	(inverse, number, modulus))
FAILING(void *, NULL, gcry_malloc_secure, (size_t size), (size))

typedef struct {
	PipitDeviceSecrets *alice;
	PipitDeviceSecrets *bob;
	PipitPrekeySecret *prekey; /* Bob's */
	PipitDevicePublic *alice_public;
	PipitDevicePublic *bob_public;
	GBytes *plaintext;
	GBytes *pair; /* sealed by Alice for Bob */
	GBytes *pair_ec;
	guint8 scalar[PIPIT_P256_SCALAR_LEN];
	guint8 point[PIPIT_P256_POINT_LEN];
	guint8 signature[PIPIT_P256_SIGNATURE_LEN]; /* of a digest of zeros */
} Fixture;

/* What is tried: returns whether it worked. */
typedef gboolean (*Try)(const Fixture *fixture);

static const guint8 digest[32];

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	fixture->alice = kept_secrets("sender");
	fixture->bob = kept_secrets("rsa1280");
	fixture->prekey = kept_prekey("rsa1280");
	fixture->alice_public = kept_public("sender");
	fixture->bob_public = kept_public("rsa1280");
	fixture->plaintext = kept_plaintext(20);
	fixture->pair = pipit_pair_seal(fixture->alice, fixture->bob_public, fixture->plaintext, NULL);
	fixture->pair_ec =
		pipit_pair_ec_seal(fixture->alice, fixture->bob_public, 1, fixture->plaintext, NULL);
	pipit_p256_generate(fixture->scalar, fixture->point);
	g_assert_true(pipit_p256_sign(fixture->scalar, digest, sizeof digest, fixture->signature));
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer unused)
{
	pipit_device_secrets_unref(fixture->alice);
	pipit_device_secrets_unref(fixture->bob);
	pipit_prekey_secret_unref(fixture->prekey);
	pipit_device_public_unref(fixture->alice_public);
	pipit_device_public_unref(fixture->bob_public);
	g_bytes_unref(fixture->plaintext);
	g_bytes_unref(fixture->pair);
	g_bytes_unref(fixture->pair_ec);
}

static void
check_each_call(Fixture *fixture, gconstpointer try)
{
	guint nth = 0;
	do {
		fault.nth = ++nth;
		fault.calls = 0;
		fault.name = NULL;
		gboolean worked = ((Try)try)(fixture);
		fault.nth = 0;
		g_test_message("%u: %s", nth, fault.name != NULL ? fault.name : "none");
		g_assert_cmpint(worked, ==, fault.name == NULL);
	} while (fault.name != NULL);
	g_assert_cmpint(nth > 1, ==, strcmp(pipit_p256_backend(), "gcrypt") == 0);
}

/* Returns @worked, of a function that has @bytes, of which each was 0x77, to write to. */
static gboolean
check_written(gboolean worked, const guint8 *bytes, gsize size)
{
	for (gsize i = 0; !worked && i < size; i++)
		g_assert_cmpuint(bytes[i], ==, 0x77);
	return worked;
}

static gboolean
try_public(const Fixture *fixture)
{
	guint8 point[PIPIT_P256_POINT_LEN];
	memset(point, 0x77, sizeof point);
	return check_written(pipit_p256_public(fixture->scalar, point), point, sizeof point);
}

static gboolean
try_point_valid(const Fixture *fixture)
{
	return pipit_p256_point_valid(fixture->point);
}

static gboolean
try_decompress(const Fixture *fixture)
{
	guint8 point[PIPIT_P256_POINT_LEN];
	memset(point, 0x77, sizeof point);
	return check_written(pipit_p256_decompress(fixture->point + 1, point), point, sizeof point);
}

static gboolean
try_ecdh(const Fixture *fixture)
{
	guint8 x[PIPIT_P256_COORDINATE_LEN];
	memset(x, 0x77, sizeof x);
	return check_written(pipit_p256_ecdh(fixture->scalar, fixture->point, x), x, sizeof x);
}

static gboolean
try_sign(const Fixture *fixture)
{
	guint8 signature[PIPIT_P256_SIGNATURE_LEN];
	memset(signature, 0x77, sizeof signature);
	return check_written(pipit_p256_sign(fixture->scalar, digest, sizeof digest, signature), signature,
			     sizeof signature);
}

static gboolean
try_verify(const Fixture *fixture)
{
	return pipit_p256_verify(fixture->point, digest, sizeof digest, fixture->signature);
}

static gboolean
check_bytes(GBytes *taken, const GError *error, PipitSealError expected)
{
	g_autoptr(GBytes) bytes = taken;
	if (bytes == NULL)
		g_assert_error(error, PIPIT_SEAL_ERROR, (gint)expected);
	else
		g_assert_no_error(error);
	return bytes != NULL;
}

static gboolean
try_seal_pair(const Fixture *fixture)
{
	g_autoptr(GError) error = NULL;
	GBytes *payload = pipit_pair_seal(fixture->alice, fixture->bob_public, fixture->plaintext, &error);
	return check_bytes(payload, error, PIPIT_SEAL_ERROR_FAILED);
}

static gboolean
try_seal_pair_ec(const Fixture *fixture)
{
	g_autoptr(GError) error = NULL;
	GBytes *payload =
		pipit_pair_ec_seal(fixture->alice, fixture->bob_public, 2, fixture->plaintext, &error);
	return check_bytes(payload, error, PIPIT_SEAL_ERROR_FAILED);
}

static gboolean
try_open_pair(const Fixture *fixture)
{
	g_autoptr(GError) error = NULL;
	guint8 replay[PIPIT_PAIR_REPLAY_LEN];
	memset(replay, 0x77, sizeof replay);
	GBytes *plaintext =
		pipit_pair_open(fixture->bob, fixture->alice_public, fixture->pair, replay, &error);
	return check_written(check_bytes(plaintext, error, PIPIT_SEAL_ERROR_REFUSED), replay, sizeof replay);
}

static gboolean
try_open_pair_ec(const Fixture *fixture)
{
	g_autoptr(GError) error = NULL;
	PipitPairEcOpened opened;
	memset(&opened, 0x77, sizeof opened);
	GBytes *plaintext = pipit_pair_ec_open(fixture->bob, &fixture->prekey, 1, fixture->alice_public,
					       fixture->pair_ec, &opened, &error);
	return check_written(check_bytes(plaintext, error, PIPIT_SEAL_ERROR_REFUSED), (const guint8 *)&opened,
			     sizeof opened);
}

static void
add(const char *name, Try try)
{
	g_test_add(name, Fixture, try, set_up, check_each_call, tear_down);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/failing-gcrypt/public", try_public);
	add("/failing-gcrypt/point-valid", try_point_valid);
	add("/failing-gcrypt/decompress", try_decompress);
	add("/failing-gcrypt/ecdh", try_ecdh);
	add("/failing-gcrypt/sign", try_sign);
	add("/failing-gcrypt/verify", try_verify);
	add("/failing-gcrypt/seal/pair", try_seal_pair);
	add("/failing-gcrypt/seal/pair-ec", try_seal_pair_ec);
	add("/failing-gcrypt/open/pair", try_open_pair);
	add("/failing-gcrypt/open/pair-ec", try_open_pair_ec);
	return g_test_run();
}
