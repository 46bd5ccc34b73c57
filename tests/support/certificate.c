/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An expired certificate can't be kept in the tree: in the end even the good ones would be expired. */
#include "tests/support/certificate.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define YEAR_S (G_GINT64_CONSTANT(365) * 24 * 60 * 60)

static void
check(int result)
{
	if (result < 0)
		g_error("GnuTLS: %s", gnutls_strerror(result));
}

static gnutls_x509_privkey_t
key_new(void)
{
	gnutls_x509_privkey_t key;

	check(gnutls_x509_privkey_init(&key));
	check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					   GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	return key;
}

static gnutls_x509_crt_t
certificate_new(const char *name, gnutls_x509_privkey_t key, gint64 not_before, gint64 not_after)
{
	gnutls_x509_crt_t certificate;
	time_t now = time(NULL);
	guint32 serial = g_random_int() >> 1 | 1;

	check(gnutls_x509_crt_init(&certificate));
	check(gnutls_x509_crt_set_version(certificate, 3));
	check(gnutls_x509_crt_set_serial(certificate, &serial, sizeof serial));
	check(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, name,
					    (unsigned)strlen(name)));
	check(gnutls_x509_crt_set_key(certificate, key));
	check(gnutls_x509_crt_set_activation_time(certificate, now + not_before));
	check(gnutls_x509_crt_set_expiration_time(certificate, now + not_after));
	return certificate;
}

static void
set_host(gnutls_x509_crt_t certificate, const char *host)
{
	struct in_addr address;

	if (inet_pton(AF_INET, host, &address) == 1)
		check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &address,
							   sizeof address, GNUTLS_FSAN_SET));
	else
		check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, host,
							   (unsigned)strlen(host), GNUTLS_FSAN_SET));
}

static char *
write_pem(const char *folder, const char *name, gnutls_datum_t *pem)
{
	g_autoptr(GError) error = NULL;
	char *path = g_build_filename(folder, name, NULL);

	g_file_set_contents(path, (const char *)pem->data, pem->size, &error);
	g_assert_no_error(error);
	gnutls_free(pem->data);
	return path;
}

static char *
write_certificate(const char *folder, const char *name, gnutls_x509_crt_t certificate)
{
	gnutls_datum_t pem;

	check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem));
	return write_pem(folder, name, &pem);
}

static char *
write_key(const char *folder, const char *name, gnutls_x509_privkey_t key)
{
	gnutls_datum_t pem;

	check(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem));
	return write_pem(folder, name, &pem);
}

PipitTestCertificate *
pipit_test_certificate_new(const char *folder, const char *host, gint64 not_before, gint64 not_after)
{
	gnutls_x509_privkey_t ca_key = key_new();
	gnutls_x509_crt_t ca = certificate_new("Pipit test issuer", ca_key, -YEAR_S, YEAR_S);
	check(gnutls_x509_crt_set_ca_status(ca, 1));
	check(gnutls_x509_crt_set_key_usage(ca, GNUTLS_KEY_KEY_CERT_SIGN));
	check(gnutls_x509_crt_sign2(ca, ca, ca_key, GNUTLS_DIG_SHA256, 0));

	gnutls_x509_privkey_t key = key_new();
	gnutls_x509_crt_t certificate = certificate_new(host, key, not_before, not_after);
	set_host(certificate, host);
	check(gnutls_x509_crt_sign2(certificate, ca, ca_key, GNUTLS_DIG_SHA256, 0));

	PipitTestCertificate *files = g_new(PipitTestCertificate, 1);
	*files = (PipitTestCertificate){
		.ca = write_certificate(folder, "ca.pem", ca),
		.cert = write_certificate(folder, "cert.pem", certificate),
		.key = write_key(folder, "key.pem", key),
	};
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_crt_deinit(ca);
	gnutls_x509_privkey_deinit(key);
	gnutls_x509_privkey_deinit(ca_key);
	return files;
}

void
pipit_test_certificate_free(PipitTestCertificate *certificate)
{
	g_free(certificate->ca);
	g_free(certificate->cert);
	g_free(certificate->key);
	g_free(certificate);
}
