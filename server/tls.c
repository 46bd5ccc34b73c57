/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads certificates. Those that were replaced are kept to the end, since a handshake may still use one: a few kilobytes
 * each, and a certificate changes every few weeks. */
#include "server/tls.h"

#include "crypto/secret.h"

#define CHAIN_MAX 16

G_DEFINE_QUARK(pipitd - tls - error - quark, pipitd_tls_error)

typedef struct {
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned int length;
	gnutls_privkey_t key;
} Certificate;

struct PipitdTls {
	char *cert_path;
	char *key_path;
	GMutex lock;
	GPtrArray *certificates; /* of Certificate; the last one is in use */
};

static void
certificate_free(gpointer data)
{
	Certificate *certificate = data;
	for (unsigned int i = 0; i < certificate->length; i++)
		gnutls_pcert_deinit(&certificate->chain[i]);
	if (certificate->key != NULL)
		gnutls_privkey_deinit(certificate->key);
	g_free(certificate);
}

static gboolean
fail(GError **error, const char *path, const char *what)
{
	g_set_error(error, PIPITD_TLS_ERROR, PIPITD_TLS_ERROR_FILE, "%s: %s", path, what);
	return FALSE;
}

static gboolean
load_chain(Certificate *certificate, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize size;
	if (!g_file_get_contents(path, &text, &size, error))
		return FALSE;
	gnutls_datum_t pem = {(unsigned char *)text, (unsigned int)size};
	unsigned int length = CHAIN_MAX;
	int result =
		gnutls_pcert_list_import_x509_raw(certificate->chain, &length, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (result < 0)
		return fail(error, path, gnutls_strerror(result));
	certificate->length = length;
	return TRUE;
}

static gboolean
load_key(Certificate *certificate, const char *path, GError **error)
{
	g_autofree char *text = NULL;
	gsize size;
	if (!g_file_get_contents(path, &text, &size, error))
		return FALSE;
	gnutls_datum_t pem = {(unsigned char *)text, (unsigned int)size};
	int result = gnutls_privkey_init(&certificate->key);
	if (result == 0)
		result = gnutls_privkey_import_x509_raw(certificate->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	pipit_wipe(text, size);
	return result == 0 || fail(error, path, gnutls_strerror(result));
}

/* GnuTLS would notice a wrong pair with the first client, and then at every handshake. */
static gboolean
check_pair(const Certificate *certificate, const char *key_path, GError **error)
{
	static const char probe[] = "pipitd";
	gnutls_datum_t text = {(unsigned char *)probe, sizeof probe};
	gnutls_datum_t signature = {NULL, 0};
	int result = gnutls_privkey_sign_data(certificate->key, GNUTLS_DIG_SHA256, 0, &text, &signature);
	if (result == 0) {
		int algorithm = gnutls_pk_to_sign(
			(gnutls_pk_algorithm_t)gnutls_privkey_get_pk_algorithm(certificate->key, NULL),
			GNUTLS_DIG_SHA256);
		result = gnutls_pubkey_verify_data2(certificate->chain[0].pubkey,
						    (gnutls_sign_algorithm_t)algorithm, 0, &text, &signature);
	}
	gnutls_free(signature.data);
	return result >= 0 || fail(error, key_path, "this key does not belong to the certificate");
}

gboolean
pipitd_tls_reload(PipitdTls *tls, GError **error)
{
	Certificate *certificate = g_new0(Certificate, 1);
	if (!load_chain(certificate, tls->cert_path, error) || !load_key(certificate, tls->key_path, error) ||
	    !check_pair(certificate, tls->key_path, error)) {
		certificate_free(certificate);
		return FALSE;
	}
	g_mutex_lock(&tls->lock);
	g_ptr_array_add(tls->certificates, certificate);
	g_mutex_unlock(&tls->lock);
	return TRUE;
}

PipitdTls *
pipitd_tls_new(const char *cert, const char *key, GError **error)
{
	g_autoptr(PipitdTls) tls = g_new0(PipitdTls, 1);
	tls->cert_path = g_strdup(cert);
	tls->key_path = g_strdup(key);
	g_mutex_init(&tls->lock);
	tls->certificates = g_ptr_array_new_with_free_func(certificate_free);
	return pipitd_tls_reload(tls, error) ? g_steal_pointer(&tls) : NULL;
}

void
pipitd_tls_free(PipitdTls *tls)
{
	if (tls == NULL)
		return;
	g_ptr_array_unref(tls->certificates);
	g_mutex_clear(&tls->lock);
	g_free(tls->cert_path);
	g_free(tls->key_path);
	g_free(tls);
}

void
pipitd_tls_certificate(PipitdTls *tls, gnutls_pcert_st **chain, unsigned int *length, gnutls_privkey_t *key)
{
	g_mutex_lock(&tls->lock);
	Certificate *certificate = tls->certificates->pdata[tls->certificates->len - 1];
	g_mutex_unlock(&tls->lock);
	*chain = certificate->chain;
	*length = certificate->length;
	*key = certificate->key;
}
