/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libgcrypt's primitives. Its keys are S-expressions that are made beforehand, once. */
#include <gcrypt.h>

#include "tests/bench/primitives.h"

static struct {
	gcry_sexp_t ec_public;
	gcry_sexp_t ec_private;
	gcry_sexp_t ecdh_input;
	gcry_sexp_t hash;
	gcry_sexp_t given;
	gcry_sexp_t parameters; /* of a new key */
	gcry_sexp_t rsa_public;
	gcry_sexp_t rsa_private;
	gcry_sexp_t rsa_plain;
	gcry_sexp_t rsa_sealed;
	gcry_mpi_t p;
	gcry_mpi_t quarter; /* (p + 1) / 4 */
} all;

static void
must(gcry_error_t code)
{
	if (code != 0)
		g_error("libgcrypt: %s", gcry_strerror(code));
}

static gcry_mpi_t
number(const guint8 *bytes, gsize size)
{
	gcry_mpi_t read;
	must(gcry_mpi_scan(&read, GCRYMPI_FMT_USG, bytes, size, NULL));
	return read;
}

static void
begin_p256(const BenchKeys *keys)
{
	gcry_mpi_t d = number(keys->scalar, sizeof keys->scalar);
	gcry_mpi_t r = number(keys->signature, 32);
	gcry_mpi_t s = number(keys->signature + 32, 32);
	must(gcry_sexp_build(&all.ec_public, NULL, "(public-key (ecc (curve \"NIST P-256\") (q %b)))",
			     (int)sizeof keys->point, keys->point));
	must(gcry_sexp_build(&all.ec_private, NULL,
			     "(private-key (ecc (curve \"NIST P-256\") (q %b) (d %m)))",
			     (int)sizeof keys->point, keys->point, d));
	must(gcry_sexp_build(&all.ecdh_input, NULL, "(enc-val (ecdh (e %b)))", (int)sizeof keys->point,
			     keys->point));
	must(gcry_sexp_build(&all.hash, NULL, "(data (flags raw) (value %b))", (int)sizeof keys->digest,
			     keys->digest));
	must(gcry_sexp_build(&all.given, NULL, "(sig-val (ecdsa (r %m) (s %m)))", r, s));
	must(gcry_sexp_build(&all.parameters, NULL,
			     "(genkey (ecc (curve \"NIST P-256\") (flags transient-key no-keytest)))"));
	must(gcry_mpi_scan(&all.p, GCRYMPI_FMT_HEX,
			   "00ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 0, NULL));
	all.quarter = gcry_mpi_new(256);
	gcry_mpi_add_ui(all.quarter, all.p, 1);
	gcry_mpi_rshift(all.quarter, all.quarter, 2);
	gcry_mpi_release(s);
	gcry_mpi_release(r);
	gcry_mpi_release(d);
}

/* libgcrypt wants p < q, and the inverse of p modulo q. */
static void
begin_rsa(const BenchKeys *keys)
{
	const PipitRsaPrivate *rsa = keys->rsa;
	gcry_mpi_t n = number(rsa->public_half.modulus, rsa->public_half.size);
	gcry_mpi_t e = gcry_mpi_set_ui(NULL, PIPIT_RSA_EXPONENT);
	gcry_mpi_t d = number(rsa->d, sizeof rsa->d);
	gcry_mpi_t p = number(rsa->p, sizeof rsa->p);
	gcry_mpi_t q = number(rsa->q, sizeof rsa->q);
	gcry_mpi_t u = gcry_mpi_new(1024);
	gcry_mpi_t block = number(keys->block, sizeof keys->block);
	if (gcry_mpi_cmp(p, q) > 0)
		gcry_mpi_swap(p, q);
	gcry_mpi_invm(u, p, q);
	must(gcry_sexp_build(&all.rsa_public, NULL, "(public-key (rsa (n %m) (e %m)))", n, e));
	must(gcry_sexp_build(&all.rsa_private, NULL,
			     "(private-key (rsa (n %m) (e %m) (d %m) (p %m) (q %m) (u %m)))", n, e, d, p, q,
			     u));
	must(gcry_sexp_build(&all.rsa_plain, NULL, "(data (flags raw) (value %m))", block));
	must(gcry_sexp_build(&all.rsa_sealed, NULL, "(enc-val (flags raw) (rsa (a %m)))", block));
	gcry_mpi_t numbers[] = {n, e, d, p, q, u, block};
	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		gcry_mpi_release(numbers[i]);
}

static void
begin(const BenchKeys *keys)
{
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	begin_p256(keys);
	begin_rsa(keys);
}

static void
end(void)
{
	gcry_sexp_t sexps[] = {all.ec_public, all.ec_private, all.ecdh_input, all.hash,
			       all.given,     all.parameters, all.rsa_public, all.rsa_private,
			       all.rsa_plain, all.rsa_sealed};
	for (gsize i = 0; i < G_N_ELEMENTS(sexps); i++)
		gcry_sexp_release(sexps[i]);
	gcry_mpi_release(all.quarter);
	gcry_mpi_release(all.p);
}

static void
generate(void)
{
	gcry_sexp_t key;
	must(gcry_pk_genkey(&key, all.parameters));
	gcry_sexp_release(key);
}

static void
ecdh(void)
{
	gcry_sexp_t shared;
	must(gcry_pk_decrypt(&shared, all.ecdh_input, all.ec_private));
	gcry_sexp_release(shared);
}

static void
sign(void)
{
	gcry_sexp_t made;
	must(gcry_pk_sign(&made, all.hash, all.ec_private));
	gcry_sexp_release(made);
}

static void
verify(void)
{
	must(gcry_pk_verify(all.given, all.hash, all.ec_public));
}

static void
decode(void)
{
	gcry_mpi_t root = gcry_mpi_new(256);
	gcry_mpi_sub_ui(root, all.p, 98765);
	gcry_mpi_powm(root, root, all.quarter, all.p);
	gcry_mpi_release(root);
}

static void
rsa_public(void)
{
	gcry_sexp_t out;
	must(gcry_pk_encrypt(&out, all.rsa_plain, all.rsa_public));
	gcry_sexp_release(out);
}

static void
rsa_private(void)
{
	gcry_sexp_t out;
	must(gcry_pk_decrypt(&out, all.rsa_sealed, all.rsa_private));
	gcry_sexp_release(out);
}

static void
hmac_of(gsize size)
{
	guint8 bytes[BENCH_HASHED] = {0};
	guint8 mac[32];
	gcry_buffer_t parts[] = {{.data = bytes, .len = 32}, {.data = bytes, .len = size}};
	must(gcry_md_hash_buffers(GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC, mac, parts, 2));
}

static void
hmac(void)
{
	hmac_of(BENCH_MESSAGE + 65);
}

static void
hkdf(void)
{
	hmac_of(32);
	hmac_of(1);
	hmac_of(33);
}

static void
aes(int kind, gsize key_size)
{
	guint8 bytes[BENCH_MESSAGE] = {0};
	gcry_cipher_hd_t cipher;
	must(gcry_cipher_open(&cipher, kind, GCRY_CIPHER_MODE_CTR, 0));
	must(gcry_cipher_setkey(cipher, bytes, key_size));
	must(gcry_cipher_setctr(cipher, bytes, 16));
	must(gcry_cipher_encrypt(cipher, bytes, sizeof bytes, NULL, 0));
	gcry_cipher_close(cipher);
}

static void
aes128(void)
{
	aes(GCRY_CIPHER_AES128, 16);
}

static void
aes256(void)
{
	aes(GCRY_CIPHER_AES256, 32);
}

static void
sha256(void)
{
	guint8 bytes[BENCH_HASHED] = {0};
	guint8 digest[32];
	gcry_md_hash_buffer(GCRY_MD_SHA256, digest, bytes, sizeof bytes);
}

static void
sha1_of(gsize size)
{
	guint8 bytes[BENCH_HASHED] = {0};
	guint8 digest[20];
	gcry_md_hash_buffer(GCRY_MD_SHA1, digest, bytes, size);
}

static void
sha1(void)
{
	sha1_of(PIPIT_RSA_BITS / 8 + BENCH_MESSAGE - 100);
}

static void
mgf1(void)
{
	for (guint i = 0; i < (PIPIT_RSA_BITS / 8 - 21 + 19) / 20; i++)
		sha1_of(24);
	sha1_of(PIPIT_RSA_BITS / 8 - 21 + 4);
}

const BenchLibrary bench_gcrypt = {
	"libgcrypt",
	begin,
	end,
	{generate, ecdh, sign, verify, decode, rsa_public, rsa_private, hkdf, aes128, aes256, sha256, hmac,
	 sha1, mgf1},
};
