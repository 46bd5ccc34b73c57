/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords where the hash of one can't be computed: nobody signs in by it, no account is made, and the next try may. */
#include <string.h>

#include "server/password.h"
#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"
#include "tests/torture/fault.h"

#define ALICE "mailto:alice@example.org"
#define PASSWORD "correct horse battery"

static const PipitdPasswordCost cost = {.memory_kib = 64, .passes = 1};

static void
test_hash(void)
{
	guint nth = 0;
	const char *failed;
	do {
		fault_begin(FAULT_CALL_ONCE, ++nth);
		g_autofree char *hash = pipitd_password_hash(PASSWORD, cost);
		failed = fault_end();
		g_test_message("%u: %s", nth, failed != NULL ? failed : "none");
		g_assert_true((hash == NULL) == (failed != NULL));
	} while (failed != NULL);
	g_assert_cmpuint(nth, ==, 4); /* begun, computed, finished, none */
}

static void
test_verify(void)
{
	g_autofree char *hash = pipitd_password_hash(PASSWORD, cost);
	guint nth = 0;
	const char *failed;
	do {
		fault_begin(FAULT_CALL_ONCE, ++nth);
		gboolean right = pipitd_password_verify(PASSWORD, hash, cost);
		failed = fault_end();
		g_assert_cmpint(right, ==, failed == NULL);
	} while (failed != NULL);
	g_assert_cmpuint(nth, ==, 4);
	/* What failed leaves no trace that a wrong password could match. */
	g_assert_false(pipitd_password_verify("another", hash, cost));
}

static guint
sign_up(PipitHttpPeer *peer, const char *handle)
{
	g_autofree char *body = g_strdup_printf("{\"handle\":\"%s\",\"password\":\"" PASSWORD "\"}", handle);
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer, "POST", "/v1/ids/accounts", body, NULL);
	return reply->status;
}

static gboolean
is_of_the_hash(const char *failed)
{
	return failed != NULL && g_str_has_prefix(failed, "gcry_");
}

/* The server's calls fail one after the other, among them those of the hash. */
static void
test_sign_up(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);
	guint nth = 0;
	guint hashes = 0;
	const char *failed;
	do {
		g_autofree char *handle = g_strdup_printf("mailto:alice%u@example.org", nth);
		fault_begin_elsewhere(FAULT_CALL_ONCE, ++nth);
		guint status = sign_up(peer, handle);
		failed = fault_end();
		g_test_message("%u: %s: %u", nth, failed != NULL ? failed : "none", status);
		/* An answer that got lost is asked for again, and then the handle is taken. */
		g_assert_true(status == 0 || status == 201 || status == 409 || status >= 500);
		if (is_of_the_hash(failed)) {
			hashes++;
			g_assert_cmpuint(status, >=, 500);
			/* Nothing of the account is there. */
			g_assert_cmpuint(sign_up(peer, handle), ==, 201);
		}
	} while (failed != NULL);
	g_assert_cmpuint(hashes, >, 0); /* which of the three it is depends on what else is going on */
}

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	pipitd_password_prepare();
	g_test_add_func("/server-password/hash", test_hash);
	g_test_add_func("/server-password/verify", test_verify);
	g_test_add_func("/server-password/sign-up", test_sign_up);
	return g_test_run();
}
