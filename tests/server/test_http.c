/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP itself: what is refused before any handler sees it, and that every refusal is a problem document. */
#include <string.h>
#include <unistd.h>

#include "tests/support/http_peer.h"
#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/relay_peer.h"

/* Fails unless the answer begins with this status and holds this text. */
static void
assert_answer(const char *answer, guint status, const char *text)
{
	g_autofree char *start = g_strdup_printf("HTTP/1.1 %u ", status);

	if (!g_str_has_prefix(answer, start) || strstr(answer, text) == NULL)
		g_error("expected %s… and \"%s\", got: %s", start, text, answer);
}

static void
assert_raw(const PipitOwnServer *own, const char *request, guint status, const char *text)
{
	g_autofree char *answer = pipit_raw_ask(own->origin, request);

	assert_answer(answer, status, text);
	/* None of the tricks below may smuggle a second request behind the first. */
	g_assert_null(strstr(answer + 1, "HTTP/1.1 200"));
}

#define POST "POST /v1/ids/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
#define SMUGGLED "GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n"

static void
test_header_guard(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();

	assert_raw(own, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   " SMUGGLED, 400,
		   "bad-request");
	assert_raw(own, POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 400,
		   "bad-request");
	assert_raw(own, POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" SMUGGLED, 400,
		   "bad-request");
	assert_raw(own, POST "Transfer-Encoding: gzip\r\n\r\n" SMUGGLED, 400, "bad-request");
	assert_raw(own, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED, 400,
		   "bad-request");
	assert_raw(own,
		   POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
		   400, "bad-request");
	assert_raw(own, "GET /v1 HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" SMUGGLED, 400, "bad-request");
	assert_raw(own, "GET /v1 HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n" SMUGGLED, 400, "bad-request");
}

/* libmicrohttpd's own refusals: not in our words, but refusals. */
static void
test_heads_that_cannot_be_read(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();

	assert_raw(own, "GET /v1 HTTP/1.1\r\n\r\n" SMUGGLED, 400, "");
	assert_raw(own, POST "Content-Length: +2\r\n\r\n{}" SMUGGLED, 400, "");
	assert_raw(own, POST "Content-Length: 2, 2\r\n\r\n{}" SMUGGLED, 400, "");
	assert_raw(own, POST "Content-Length: -1\r\n\r\n{}" SMUGGLED, 400, "");
	g_autofree char *filler = g_strnfill(65536, 'x');
	g_autofree char *endless = g_strdup_printf("GET /v1 HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", filler);
	assert_raw(own, endless, 431, "");
}

/* The same length twice says one thing. */
static void
test_fine_heads(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();

	assert_raw(own, POST "Connection: close\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400,
		   "is missing");
	assert_raw(own, POST "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		   400, "is missing");
	assert_raw(own, "GET /v1?anything HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200,
		   "relay_cap");
}

static void
test_two_requests_on_one_connection(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autofree char *answer = pipit_raw_ask(own->origin, "GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n"
							     "GET /nothing HTTP/1.1\r\nHost: x\r\n"
							     "Connection: close\r\n\r\n");

	assert_answer(answer, 200, "relay_cap");
	g_assert_nonnull(strstr(answer, "HTTP/1.1 404 "));
}

static void
assert_problem(PipitHttpPeer *peer, const char *method, const char *path, const char *body, guint status,
	       const char *code)
{
	g_autoptr(PipitReply) reply = pipit_http_peer_ask(peer, method, path, body, NULL);

	pipit_assert_problem(reply, status, code);
}

static void
test_problems(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);

	assert_problem(peer, "GET", "/", NULL, 404, "not-found");
	assert_problem(peer, "GET", "/v1/", NULL, 404, "not-found");
	assert_problem(peer, "GET", "/v1%00", NULL, 404, "not-found");
	assert_problem(peer, "GET", "/%76%31", NULL, 404, "not-found");
	assert_problem(peer, "GET", "/.well-known/pipit", NULL, 404, "not-found");
	assert_problem(peer, "DELETE", "/v1", NULL, 405, "method-not-allowed");
	assert_problem(peer, "GET", "/v1/ids/accounts", NULL, 405, "method-not-allowed");
	assert_problem(peer, "GET", "/v1/ids/devices", NULL, 401, "token-unknown");
	assert_problem(peer, "POST", "/v1/push/poll", "{}", 401, "token-unknown");
	pipit_http_peer_set_token(peer, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
	assert_problem(peer, "GET", "/v1/ids/devices", NULL, 401, "token-unknown");
	pipit_http_peer_set_token(peer, "short");
	assert_problem(peer, "GET", "/v1/ids/devices", NULL, 401, "token-unknown");
	pipit_http_peer_set_token(peer, NULL);
	assert_problem(peer, "POST", "/v1/ids/accounts", "", 400, "bad-request");
	assert_problem(peer, "POST", "/v1/ids/accounts", "nonsense", 400, "bad-request");
	assert_problem(peer, "POST", "/v1/ids/accounts", "[]", 400, "bad-request");
	assert_problem(peer, "POST", "/v1/ids/accounts", "{\"handle\":1,\"password\":\"long enough\"}", 400,
		       "bad-request");
	assert_problem(peer, "POST", "/v1/ids/accounts",
		       "{\"handle\":\"mailto:a@b\",\"handle\":\"mailto:a@b\",\"password\":\"long enough\"}",
		       400, "bad-request");
	assert_problem(peer, "POST", "/v1/ids/accounts", "{\"handle\":\"mailto:a@b\xff\"}", 400,
		       "bad-request");
	assert_raw(own,
		   "POST /v1/ids/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nConnection: "
		   "close\r\n"
		   "Content-Length: 2\r\n\r\n{}",
		   400, "application/json");
}

static void
test_too_large(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);
	g_autofree char *fits = g_strnfill(PIPIT_REQUEST_MAX, ' ');
	g_autofree char *over = g_strnfill(PIPIT_REQUEST_MAX + 1, ' ');

	assert_problem(peer, "POST", "/v1/ids/accounts", fits, 400, "bad-request");
	assert_problem(peer, "POST", "/v1/ids/accounts", over, 413, "too-large");
	/* The connection is still good. */
	g_autoptr(PipitReply) next = pipit_http_peer_ask(peer, "GET", "/v1", NULL, NULL);
	pipit_assert_status(next, 200);
	g_assert_cmpuint(next->connections, ==, 0);
	assert_raw(own,
		   POST "Content-Length: 99999999999\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
		   413, "too-large");
	/* What is not announced is counted. */
	g_autofree char *chunked = g_strdup_printf(
		POST "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
		PIPIT_REQUEST_MAX + 1, over);
	assert_raw(own, chunked, 413, "too-large");
}

static void
test_about(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->url = g_strdup("https://pipit.example.org");
	own->options->relay_cap = 4096;
	own->options->domains = g_strsplit("example.org", ",", 0);
	pipit_own_server_start(own);
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);
	g_autoptr(PipitReply) about = pipit_http_peer_ask(peer, "GET", "/v1", NULL, NULL);
	pipit_assert_status(about, 200);
	g_assert_cmpstr(about->content_type, ==, "application/json");
	g_assert_cmpint(json_object_get_int_member(about->body, "pipit"), ==, 1);
	g_assert_cmpint(json_object_get_int_member(about->body, "relay_cap"), ==, 4096);
	g_assert_cmpstr(json_object_get_string_member(about->body, "registration"), ==, "open");
	JsonArray *handles = json_object_get_array_member(about->body, "handles");
	g_assert_cmpuint(json_array_get_length(handles), ==, 3);
	g_assert_cmpstr(json_array_get_string_element(handles, 0), ==, "@example.org");
	g_assert_cmpstr(json_array_get_string_element(handles, 1), ==, "@*");
	g_assert_cmpstr(json_array_get_string_element(handles, 2), ==, "tel");
	g_autofree char *epoch = g_strdup(json_object_get_string_member(about->body, "epoch"));
	g_autoptr(PipitReply) known = pipit_http_peer_ask(peer, "GET", "/.well-known/pipit", NULL, NULL);
	g_assert_cmpstr(json_object_get_string_member(known->body, "server"), ==,
			"https://pipit.example.org");
	/* A restart is the same life of the store. */
	pipit_own_server_restart(own);
	g_autoptr(PipitHttpPeer) later = pipit_http_peer_new(own->origin);
	g_autoptr(PipitReply) again = pipit_http_peer_ask(later, "GET", "/v1", NULL, NULL);
	g_assert_cmpstr(json_object_get_string_member(again->body, "epoch"), ==, epoch);
}

/* A server that stops while requests are under way answers or refuses each, and never hangs. */
#define STOP_CLIENTS 8

static gint answers; /* of all clients */

static gpointer
ask_until_refused(gpointer user_data)
{
	PipitRelayPeer *peer = user_data;

	for (;;) {
		g_autoptr(PipitReply) reply = pipit_relay_peer_send_text(peer, peer, "to nobody");
		if (reply->status != 200)
			return NULL;
		g_atomic_int_inc(&answers);
	}
}

static void
test_stop_under_load(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	PipitRelayPeer *peers[STOP_CLIENTS];
	GThread *threads[STOP_CLIENTS];

	for (guint i = 0; i < STOP_CLIENTS; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:u%u@example.org", i);
		peers[i] = pipit_relay_peer_register(own->origin, handle, i);
	}
	for (guint i = 0; i < STOP_CLIENTS; i++)
		threads[i] = g_thread_new("ask", ask_until_refused, peers[i]);
	while (g_atomic_int_get(&answers) < 10 * STOP_CLIENTS)
		g_usleep(1000);
	pipit_own_server_stop(own);
	for (guint i = 0; i < STOP_CLIENTS; i++) {
		g_thread_join(threads[i]);
		pipit_relay_peer_free(peers[i]);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/http/header-guard", test_header_guard);
	g_test_add_func("/server/http/heads-that-cannot-be-read", test_heads_that_cannot_be_read);
	g_test_add_func("/server/http/fine-heads", test_fine_heads);
	g_test_add_func("/server/http/two-requests-on-one-connection", test_two_requests_on_one_connection);
	g_test_add_func("/server/http/problems", test_problems);
	g_test_add_func("/server/http/too-large", test_too_large);
	g_test_add_func("/server/http/about", test_about);
	g_test_add_func("/server/http/stop-under-load", test_stop_under_load);
	return g_test_run();
}
