/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "crypto/rsa_pkcs1.h"
#include "crypto/secret.h"
#include "tests/crypto/kept.h"

static const char *const devices[] = {"rsa1280", "rsa2048", "rsa4096"};

static gboolean
pem_accepted(const char *pem)
{
	PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
	gboolean accepted = pipit_rsa_private_from_pem(key, pem);
	pipit_secret_free(key);
	return accepted;
}

static void
test_pem_is_written_as_others_write_it(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(devices); i++) {
		PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
		g_autofree char *pem = kept_private_string(devices[i], "pair_rsa");
		g_assert_true(pipit_rsa_private_from_pem(key, pem));
		char *written = pipit_rsa_private_to_pem(key);
		g_assert_cmpstr(written, ==, pem);
		pipit_secret_string_free(written);
		pipit_secret_free(key);
	}
}

/* @pem with the first @from replaced by @to. */
static char *
replaced(const char *pem, const char *from, const char *to)
{
	const char *at = strstr(pem, from);
	g_assert_nonnull(at);
	return g_strdup_printf("%.*s%s%s", (int)(at - pem), pem, to, at + strlen(from));
}

static void
check_replaced(const char *from, const char *to, gboolean expected)
{
	g_autofree char *pem = kept_private_string("rsa1280", "pair_rsa");
	g_autofree char *changed = replaced(pem, from, to);
	g_test_message("%s -> %s", from, to);
	g_assert_cmpint(pem_accepted(changed), ==, expected);
}

static void
test_pem_forms(void)
{
	g_autofree char *pem = kept_private_string("rsa1280", "pair_rsa");
	g_autofree char *spaced = g_strdup_printf("\r\n  %s \n\n", pem);
	g_assert_true(pem_accepted(spaced));
	check_replaced("KEY-----\n", "KEY-----\r\n", TRUE);
	check_replaced("-----BEGIN", "x-----BEGIN", FALSE);
	check_replaced("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n", FALSE);
	check_replaced("END RSA PRIVATE KEY-----\n", "END RSA PRIVATE KEY-----\nx", FALSE);
	check_replaced("BEGIN RSA", "BEGIN", FALSE);
	check_replaced("END RSA", "END", FALSE);
	check_replaced("\nMII", "\n", FALSE);
	check_replaced("\nMII", "\nM!I", FALSE);
	g_assert_false(pem_accepted(""));
	g_assert_false(pem_accepted("-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n"));
}

static GBytes *
public_der(const char *name)
{
	PipitRsaPrivate *key = pipit_secret_new(sizeof *key);
	g_autofree char *pem = kept_private_string(name, "pair_rsa");
	guint8 der[PIPIT_RSA_PUBLIC_DER_MAX];
	g_assert_true(pipit_rsa_private_from_pem(key, pem));
	gsize size = pipit_rsa_public_to_der(&key->public_half, der);
	pipit_secret_free(key);
	return g_bytes_new(der, size);
}

static void
test_public_round_trip(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(devices); i++) {
		PipitRsaPublic key;
		guint8 again[PIPIT_RSA_PUBLIC_DER_MAX];
		g_autoptr(GBytes) der = public_der(devices[i]);
		g_assert_true(
			pipit_rsa_public_from_der(&key, g_bytes_get_data(der, NULL), g_bytes_get_size(der)));
		gsize size = pipit_rsa_public_to_der(&key, again);
		kept_assert_equal(again, size, g_bytes_get_data(der, NULL), g_bytes_get_size(der));
	}
}

static void
test_public_is_read_strictly(void)
{
	PipitRsaPublic key;
	g_autoptr(GBytes) der = public_der("rsa1280");
	gsize size = g_bytes_get_size(der);
	for (gsize shorter = 0; shorter < size; shorter++) {
		g_autofree guint8 *cut = g_memdup2(g_bytes_get_data(der, NULL), shorter);
		g_assert_false(pipit_rsa_public_from_der(&key, cut, shorter));
	}
	g_autofree guint8 *changed = g_malloc0(size + 1);
	memcpy(changed, g_bytes_get_data(der, NULL), size);
	g_assert_false(pipit_rsa_public_from_der(&key, changed, size + 1));
	changed[size - 1] = 0x03; /* e = 65539 */
	g_assert_false(pipit_rsa_public_from_der(&key, changed, size));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rsa-pkcs1/pem-is-written-as-others-write-it",
			test_pem_is_written_as_others_write_it);
	g_test_add_func("/rsa-pkcs1/pem-forms", test_pem_forms);
	g_test_add_func("/rsa-pkcs1/public-round-trip", test_public_round_trip);
	g_test_add_func("/rsa-pkcs1/public-is-read-strictly", test_public_is_read_strictly);
	return g_test_run();
}
