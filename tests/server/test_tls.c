/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS: which versions and suites are spoken, and that a certificate can be replaced. */
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/certificate.h"
#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/relay_peer.h"

#define DAY 86400

typedef struct {
	PipitOwnServer *own;
	PipitTestCertificate *certificate;
} Secure;

static void
secure_init(Secure *secure)
{
	secure->own = pipit_own_server_prepare();
	secure->certificate = pipit_test_certificate_new(secure->own->folder, "127.0.0.1", -DAY, DAY);
	secure->own->options->cert = g_strdup(secure->certificate->cert);
	secure->own->options->key = g_strdup(secure->certificate->key);
	pipit_own_server_start(secure->own);
}

static void
secure_clear(Secure *secure)
{
	pipit_own_server_free(secure->own);
	pipit_test_certificate_free(secure->certificate);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Secure, secure_clear)

/* Shakes hands with these priorities, without checking the certificate. Returns: (transfer full) a description of the
 * session, NULL if the server would not. @serial: out, optional, of the server's certificate. */
static char *
shake_hands(const char *origin, const char *priorities, guint8 *serial)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;
	int fd = pipit_raw_connect(origin);

	gnutls_certificate_allocate_credentials(&credentials);
	gnutls_init(&session, GNUTLS_CLIENT);
	g_assert_cmpint(gnutls_priority_set_direct(session, priorities, NULL), ==, 0);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(session, fd);
	int result;
	do
		result = gnutls_handshake(session);
	while (result < 0 && !gnutls_error_is_fatal(result));
	char *description = NULL;
	if (result == 0) {
		char *text = gnutls_session_get_desc(session);
		description = g_strdup(text);
		gnutls_free(text);
		unsigned int length = 0;
		const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &length);
		gsize size = 32;
		if (serial != NULL)
			gnutls_fingerprint(GNUTLS_DIG_SHA256, &chain[0], serial, &size);
		gnutls_bye(session, GNUTLS_SHUT_WR);
	}
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(credentials);
	close(fd);
	return description;
}

static void
test_https(void)
{
	g_auto(Secure) secure = {0};
	secure_init(&secure);
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(secure.own->origin);
	pipit_http_peer_set_ca(peer, secure.certificate->ca);

	g_autoptr(PipitReply) about = pipit_http_peer_ask(peer, "GET", "/v1", NULL, NULL);
	pipit_assert_status(about, 200);
	/* A stranger's issuer does not do. */
	g_autoptr(PipitHttpPeer) doubter = pipit_http_peer_new(secure.own->origin);
	g_autoptr(PipitReply) doubted = pipit_http_peer_ask(doubter, "GET", "/v1", NULL, NULL);
	g_assert_cmpuint(doubted->status, ==, 0);
}

static void
test_versions_and_suites(void)
{
	static const struct {
		const char *priorities;
		const char *expected; /* in the description; NULL: refused */
	} cases[] = {
		{"NORMAL", "TLS1.3"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2", "TLS1.2"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:+ECDHE-ECDSA:-CIPHER-ALL:+AES-128-GCM",
		 "GCM"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305", "CHACHA20"},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.1", NULL},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.0", NULL},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", NULL}, /* no forward secrecy */
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC", NULL},
		{"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CCM", NULL},
	};
	g_auto(Secure) secure = {0};
	secure_init(&secure);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *session = shake_hands(secure.own->origin, cases[i].priorities, NULL);
		g_test_message("%s: %s", cases[i].priorities, session == NULL ? "refused" : session);
		g_assert_cmpint(session == NULL, ==, cases[i].expected == NULL);
		if (session != NULL)
			g_assert_nonnull(strstr(session, cases[i].expected));
	}
}

static gpointer
poll_long(gpointer peer)
{
	return pipit_relay_peer_poll(peer, "", 0, 60);
}

/* A parked poll over TLS is woken like any other. */
static void
test_long_poll(void)
{
	g_auto(Secure) secure = {0};
	secure_init(&secure);
	PipitRelayPeer *peers[2];
	for (guint i = 0; i < 2; i++) {
		peers[i] = pipit_relay_peer_new(secure.own->origin,
						i == 0 ? "mailto:alice@x" : "mailto:bob@x", i);
		pipit_http_peer_set_ca(peers[i]->http, secure.certificate->ca);
		g_autofree char *body = g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\"}",
							peers[i]->handle, PIPIT_TEST_PASSWORD);
		g_autoptr(PipitReply) created =
			pipit_http_peer_ask(peers[i]->http, "POST", "/v1/ids/accounts", body, NULL);
		pipit_assert_status(created, 201);
		g_autoptr(PipitReply) registered = pipit_relay_peer_sign_in(peers[i], PIPIT_TEST_PASSWORD);
		pipit_assert_status(registered, 201);
	}
	GThread *poll = g_thread_new("poll", poll_long, peers[1]);
	pipit_own_server_wait_parked(secure.own, 1);
	g_autoptr(PipitReply) sent = pipit_relay_peer_send_text(peers[0], peers[1], "hello");
	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	g_autoptr(PipitReply) woken = g_thread_join(poll);
	g_assert_cmpuint(pipit_poll_count(woken), ==, 1);
	for (guint i = 0; i < 2; i++)
		pipit_relay_peer_free(peers[i]);
}

static void
copy_over(const char *from, const char *to)
{
	g_autofree char *text = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(from, &text, &size, NULL));
	g_assert_true(g_file_set_contents(to, text, (gssize)size, NULL));
}

static void
test_reload(void)
{
	g_auto(Secure) secure = {0};
	secure_init(&secure);
	guint8 before[32];
	guint8 after[32];
	g_autofree char *first = shake_hands(secure.own->origin, "NORMAL", before);
	g_assert_nonnull(first);

	g_autofree char *folder = g_build_filename(secure.own->folder, "next", NULL);
	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	g_autoptr(PipitTestCertificate) next = pipit_test_certificate_new(folder, "127.0.0.1", -DAY, DAY);
	copy_over(next->cert, secure.certificate->cert);
	/* Half of a replacement: a key that does not belong to it. The old pair stays in use. */
	pipitd_server_reload(secure.own->server);
	g_autofree char *second = shake_hands(secure.own->origin, "NORMAL", after);
	g_assert_nonnull(second);
	g_assert_cmpint(memcmp(before, after, sizeof before), ==, 0);
	copy_over(next->key, secure.certificate->key);
	pipitd_server_reload(secure.own->server);
	g_autofree char *third = shake_hands(secure.own->origin, "NORMAL", after);
	g_assert_nonnull(third);
	g_assert_cmpint(memcmp(before, after, sizeof before), !=, 0);
}

static void
test_bad_files(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();
	g_autoptr(PipitTestCertificate) certificate =
		pipit_test_certificate_new(own->folder, "127.0.0.1", -DAY, DAY);
	g_autoptr(GError) no_pem = NULL;
	g_autoptr(GError) no_file = NULL;

	own->options->cert = g_strdup(certificate->key);
	own->options->key = g_strdup(certificate->key);
	g_assert_null(pipitd_server_start(own->options, &no_pem));
	g_assert_nonnull(no_pem);
	g_free(own->options->cert);
	own->options->cert = g_strdup("/nonexistent/cert.pem");
	g_assert_null(pipitd_server_start(own->options, &no_file));
	g_assert_nonnull(strstr(no_file->message, "/nonexistent/cert.pem"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/tls/https", test_https);
	g_test_add_func("/server/tls/versions-and-suites", test_versions_and_suites);
	g_test_add_func("/server/tls/long-poll", test_long_poll);
	g_test_add_func("/server/tls/reload", test_reload);
	g_test_add_func("/server/tls/bad-files", test_bad_files);
	return g_test_run();
}
