/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates for tests, made on the spot. */
#pragma once

#include <glib.h>

/* Files in PEM. */
typedef struct {
	char *ca;   /* the issuer */
	char *cert; /* the server's */
	char *key;
} PipitTestCertificate;

/**
 * Makes an issuer and a certificate by it, in @folder.
 * @host: the name or IPv4 address that it is for.
 * @not_before, @not_after: seconds from now.
 */
PipitTestCertificate *pipit_test_certificate_new(const char *folder, const char *host, gint64 not_before,
						 gint64 not_after);
void pipit_test_certificate_free(PipitTestCertificate *certificate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitTestCertificate, pipit_test_certificate_free)
