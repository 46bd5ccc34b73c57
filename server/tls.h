/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's certificate, which can be replaced while connections go on. */
#pragma once

#include <glib.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/* TLS 1.3 and 1.2, ephemeral keys (forward secrecy) and authenticated ciphers alone. */
#define PIPITD_TLS_PRIORITIES                                                                                \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"            \
	"+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:"       \
	"%SAFE_RENEGOTIATION"

#define PIPITD_TLS_ERROR (pipitd_tls_error_quark())
GQuark pipitd_tls_error_quark(void);

typedef enum {
	PIPITD_TLS_ERROR_FILE, /* not there, not PEM, or key and certificate do not belong together */
} PipitdTlsError;

typedef struct PipitdTls PipitdTls;

/**
 * Reads the certificate chain @cert and the key @key, PEM files.
 * Returns: (transfer full) NULL with PIPITD_TLS_ERROR.
 */
PipitdTls *pipitd_tls_new(const char *cert, const char *key, GError **error);

/** No connection may use it any more. NULL is fine. */
void pipitd_tls_free(PipitdTls *tls);

/** Reads both files again, for connections that come; FALSE with PIPITD_TLS_ERROR, and the old ones stay. */
gboolean pipitd_tls_reload(PipitdTls *tls, GError **error);

/** Gives GnuTLS what a handshake needs; (transfer none) until pipitd_tls_free(). */
void pipitd_tls_certificate(PipitdTls *tls, gnutls_pcert_st **chain, unsigned int *length,
			    gnutls_privkey_t *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdTls, pipitd_tls_free)
