/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP on the loop: what went wrong is told apart, each request is answered once, and nothing goes where it must not. */
#include "protocol/http.h"

#include <string.h>

#include "protocol/host_glib.h"
#include "tests/support/responder.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define DAY_S (G_GINT64_CONSTANT(24) * 60 * 60)
#define MAX_SIZE 4096

static const PipitProxy no_proxy = {.type = PIPIT_PROXY_NONE};

typedef struct {
	guint calls;
	guint status;
	guint retry_after;
	char *body;
	GError *error;
	PipitHttp *free_me; /* in the callback */
} Answer;

static void
answer_clear(Answer *answer)
{
	g_clear_pointer(&answer->body, g_free);
	g_clear_error(&answer->error);
	*answer = (Answer){0};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static void
on_answer(gpointer user_data, const PipitHttpResponse *response, const GError *error)
{
	Answer *answer = user_data;

	answer->calls++;
	g_assert_true((response == NULL) != (error == NULL));
	if (response != NULL) {
		gsize size;
		const char *bytes = g_bytes_get_data(response->body, &size);
		answer->status = response->status;
		answer->retry_after = response->retry_after;
		answer->body = g_strndup(bytes != NULL ? bytes : "", size);
	} else {
		answer->error = g_error_copy(error);
	}
	g_clear_pointer(&answer->free_me, pipit_http_free);
}

static void
get(PipitHttp *http, const char *url, Answer *answer)
{
	const PipitHttpRequest request = {.method = "GET", .url = url, .max_size = MAX_SIZE, .timeout = 20};

	pipit_http_send(http, &request, on_answer, answer);
	g_assert_cmpuint(answer->calls, ==, 0);
	pipit_wait_until(answer->calls > 0);
	g_assert_cmpuint(answer->calls, ==, 1);
}

static void
get_alone(const char *url, const PipitProxy *proxy, const char *ca_file, Answer *answer)
{
	g_autoptr(PipitHttp) http = pipit_http_new(pipit_loop_glib(), proxy, ca_file);

	get(http, url, answer);
}

static void
assert_error(const char *url, const PipitProxy *proxy, const char *ca_file, PipitHttpError code)
{
	g_auto(Answer) answer = {0};

	get_alone(url, proxy, ca_file, &answer);
	g_assert_error(answer.error, PIPIT_HTTP_ERROR, (gint)code);
}

/* Scripts. */

static GBytes *
say_back(const PipitAsked *asked, gpointer user_data)
{
	char **seen = user_data;

	if (seen != NULL) {
		g_free(*seen);
		*seen = g_strconcat(asked->head, asked->body, NULL);
	}
	return pipit_responder_json(200, "{\"hello\":1}");
}

static GBytes *
raw(const PipitAsked *asked G_GNUC_UNUSED, gpointer user_data)
{
	return user_data != NULL ? g_bytes_new(user_data, strlen(user_data)) : NULL;
}

static void
test_request(void)
{
	g_autofree char *seen = NULL;
	g_autoptr(PipitResponder) responder = pipit_responder_new(say_back, &seen, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_autofree char *url = g_strconcat(origin, "/v1/push/poll", NULL);
	g_autoptr(PipitHttp) http = pipit_http_new(pipit_loop_glib(), &no_proxy, NULL);
	g_autoptr(GBytes) body = g_bytes_new_static("{\"wait\":0}", 10);
	g_auto(Answer) answer = {0};
	const PipitHttpRequest request = {
		.method = "PUT",
		.url = url,
		.bearer = "dG9rZW4=",
		.signature = "c2ln",
		.body = body,
		.max_size = MAX_SIZE,
	};

	pipit_http_send(http, &request, on_answer, &answer);
	g_assert_cmpuint(answer.calls, ==, 0);
	pipit_wait_until(answer.calls == 1);
	g_assert_no_error(answer.error);
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_cmpstr(answer.body, ==, "{\"hello\":1}");
	g_assert_true(g_str_has_prefix(seen, "PUT /v1/push/poll HTTP/1.1\r\n"));
	g_assert_nonnull(strstr(seen, "\r\nAuthorization: Bearer dG9rZW4=\r\n"));
	g_assert_nonnull(strstr(seen, "\r\nPipit-Signature: c2ln\r\n"));
	g_assert_nonnull(strstr(seen, "\r\nContent-Type: application/json\r\n"));
	g_assert_nonnull(strstr(seen, "\r\nUser-Agent: pipit/" PIPIT_VERSION "\r\n"));
	g_assert_null(strstr(seen, "\r\nExpect:"));
	g_assert_true(g_str_has_suffix(seen, "\r\n\r\n{\"wait\":0}"));
}

static void
test_any_status_is_a_response(void)
{
	char reply[] = "HTTP/1.1 429 Slow\r\nRetry-After: 17\r\nContent-Length: 2\r\n\r\nno";
	g_autoptr(PipitResponder) responder = pipit_responder_new(raw, reply, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_auto(Answer) answer = {0};

	get_alone(origin, &no_proxy, NULL, &answer);
	g_assert_no_error(answer.error);
	g_assert_cmpuint(answer.status, ==, 429);
	g_assert_cmpuint(answer.retry_after, ==, 17);
}

static void
test_redirect_is_not_followed(void)
{
	char reply[] = "HTTP/1.1 302 There\r\nLocation: https://pipit.invalid/\r\nContent-Length: 0\r\n\r\n";
	g_autoptr(PipitResponder) responder = pipit_responder_new(raw, reply, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_auto(Answer) answer = {0};

	get_alone(origin, &no_proxy, NULL, &answer);
	g_assert_cmpuint(answer.status, ==, 302);
}

static void
test_nobody_there(void)
{
	PipitResponder *responder = pipit_responder_new(say_back, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);

	pipit_responder_free(responder);
	assert_error(origin, &no_proxy, NULL, PIPIT_HTTP_ERROR_CONNECT);
	assert_error("https://nobody.invalid/", &no_proxy, NULL, PIPIT_HTTP_ERROR_RESOLVE);
}

static void
assert_raw_error(const char *reply, PipitHttpError code)
{
	g_autoptr(PipitResponder) responder = pipit_responder_new(raw, (gpointer)reply, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);

	assert_error(origin, &no_proxy, NULL, code);
}

static void
test_broken_answers(void)
{
	assert_raw_error("", PIPIT_HTTP_ERROR_NETWORK);
	assert_raw_error("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", PIPIT_HTTP_ERROR_NETWORK);
	assert_raw_error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
			 PIPIT_HTTP_ERROR_NETWORK);
	assert_raw_error("SSH-2.0-OpenSSH_9.2p1 Debian\r\n", PIPIT_HTTP_ERROR_NOT_HTTP);
	assert_raw_error("HTTP/9.9.9 nonsense\r\n\r\n", PIPIT_HTTP_ERROR_NOT_HTTP);
}

static void
test_too_large(void)
{
	g_autofree char *padding = g_strnfill(MAX_SIZE + 1, 'x');
	g_autofree char *told =
		g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", MAX_SIZE + 1, padding);
	g_autofree char *untold = g_strdup_printf("HTTP/1.1 200 OK\r\n\r\n%s", padding);

	assert_raw_error(told, PIPIT_HTTP_ERROR_TOO_LARGE);
	assert_raw_error(untold, PIPIT_HTTP_ERROR_TOO_LARGE);
}

static void
test_timeout(void)
{
	g_autoptr(PipitResponder) responder = pipit_responder_new(raw, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_autoptr(PipitHttp) http = pipit_http_new(pipit_loop_glib(), &no_proxy, NULL);
	g_auto(Answer) answer = {0};
	const PipitHttpRequest request = {.method = "GET", .url = origin, .max_size = MAX_SIZE, .timeout = 1};

	pipit_http_send(http, &request, on_answer, &answer);
	pipit_wait_until(answer.calls == 1);
	g_assert_error(answer.error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_TIMEOUT);
}

/* A line that is slow, but moves: it takes longer than any silence may. */
static void
test_what_moves_is_waited_for(void)
{
	g_autoptr(PipitResponder) responder = pipit_responder_new(say_back, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_autoptr(PipitHttp) http = pipit_http_new(pipit_loop_glib(), &no_proxy, NULL);
	g_auto(Answer) answer = {0};
	const PipitHttpRequest request = {.method = "GET", .url = origin, .max_size = MAX_SIZE, .timeout = 3};
	gint64 start = g_get_monotonic_time();

	pipit_responder_set_slow(responder, 10, 500); /* 80 bytes */
	pipit_http_send(http, &request, on_answer, &answer);
	pipit_wait_until(answer.calls == 1);
	g_assert_no_error(answer.error);
	g_assert_cmpstr(answer.body, ==, "{\"hello\":1}");
	g_assert_cmpint(g_get_monotonic_time() - start, >, (gint64)3 * G_USEC_PER_SEC);
}

static void
test_plain_http_stays_here(void)
{
	assert_error("http://pipit.invalid/", &no_proxy, NULL, PIPIT_HTTP_ERROR_URL);
	assert_error("ftp://127.0.0.1/", &no_proxy, NULL, PIPIT_HTTP_ERROR_URL);
	assert_error("file:///etc/hostname", &no_proxy, NULL, PIPIT_HTTP_ERROR_URL);
}

/* Certificates. */

static void
assert_certificate(const char *host, gint64 not_before, gint64 not_after, gboolean trusted, gint code)
{
	char *folder = pipit_test_folder_new();
	g_autoptr(PipitTestCertificate) certificate =
		pipit_test_certificate_new(folder, host, not_before, not_after);
	PipitResponder *responder = pipit_responder_new(say_back, NULL, certificate);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_auto(Answer) answer = {0};

	get_alone(origin, &no_proxy, trusted ? certificate->ca : NULL, &answer);
	if (code < 0)
		g_assert_no_error(answer.error);
	else
		g_assert_error(answer.error, PIPIT_HTTP_ERROR, code);
	pipit_responder_free(responder);
	pipit_test_folder_free(folder);
}

static void
test_certificates(void)
{
	assert_certificate("127.0.0.1", -DAY_S, DAY_S, TRUE, -1);
	assert_certificate("127.0.0.1", -2 * DAY_S, -DAY_S, TRUE, PIPIT_HTTP_ERROR_EXPIRED);
	assert_certificate("127.0.0.1", DAY_S, 2 * DAY_S, TRUE, PIPIT_HTTP_ERROR_EXPIRED);
	assert_certificate("pipit.example.org", -DAY_S, DAY_S, TRUE, PIPIT_HTTP_ERROR_WRONG_HOST);
	assert_certificate("127.0.0.1", -DAY_S, DAY_S, FALSE, PIPIT_HTTP_ERROR_ISSUER);
}

static void
test_missing_ca_file(void)
{
	assert_error("https://127.0.0.1:1/", &no_proxy, "/nowhere/ca.pem", PIPIT_HTTP_ERROR_CONNECT);

	char *folder = pipit_test_folder_new();
	g_autoptr(PipitTestCertificate) certificate =
		pipit_test_certificate_new(folder, "127.0.0.1", -DAY_S, DAY_S);
	g_autoptr(PipitResponder) responder = pipit_responder_new(say_back, NULL, certificate);
	g_autofree char *origin = pipit_responder_origin(responder);
	assert_error(origin, &no_proxy, "/nowhere/ca.pem", PIPIT_HTTP_ERROR_CA_FILE);
	pipit_test_folder_free(folder);
}

/* Proxies. */

typedef struct {
	char *folder;
	PipitTestCertificate *certificate;
	PipitResponder *responder;
	PipitProxy proxy;
} ProxyFixture;

static void
proxy_set_up(ProxyFixture *fixture, gconstpointer host)
{
	fixture->folder = pipit_test_folder_new();
	fixture->certificate = pipit_test_certificate_new(fixture->folder, host, -DAY_S, DAY_S);
	fixture->responder = pipit_responder_new_proxy(say_back, NULL, fixture->certificate);
	fixture->proxy = (PipitProxy){
		.type = PIPIT_PROXY_HTTP,
		.host = "127.0.0.1",
		.port = pipit_responder_port(fixture->responder),
	};
}

static void
proxy_tear_down(ProxyFixture *fixture, gconstpointer host G_GNUC_UNUSED)
{
	pipit_responder_free(fixture->responder);
	pipit_test_certificate_free(fixture->certificate);
	pipit_test_folder_free(fixture->folder);
}

static void
test_proxy(ProxyFixture *fixture, gconstpointer host)
{
	g_autofree char *url = g_strdup_printf("https://%s/", (const char *)host);
	g_auto(Answer) answer = {0};

	get_alone(url, &fixture->proxy, fixture->certificate->ca, &answer);
	g_assert_no_error(answer.error);
	g_assert_cmpuint(answer.status, ==, 200);
	g_assert_cmpuint(pipit_responder_count(fixture->responder), ==, 1);
}

static void
test_proxy_is_not_left_out(ProxyFixture *fixture, gconstpointer host)
{
	g_autofree char *url = g_strdup_printf("https://%s/", (const char *)host);
	g_auto(Answer) answer = {0};

	g_setenv("no_proxy", "*", TRUE);
	get_alone(url, &fixture->proxy, fixture->certificate->ca, &answer);
	g_unsetenv("no_proxy");
	g_assert_no_error(answer.error);
	g_assert_cmpuint(pipit_responder_count(fixture->responder), ==, 1);
}

static GBytes *
refuse(const PipitAsked *asked G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
	return NULL;
}

static void
test_proxy_that_is_not_there(void)
{
	g_autoptr(PipitResponder) direct = pipit_responder_new(say_back, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(direct);
	PipitResponder *gone = pipit_responder_new(refuse, NULL, NULL);
	guint port = pipit_responder_port(gone);
	pipit_responder_free(gone);
	const PipitProxyType types[] = {PIPIT_PROXY_HTTP, PIPIT_PROXY_SOCKS4, PIPIT_PROXY_SOCKS4A,
					PIPIT_PROXY_SOCKS5};

	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		const PipitProxy proxy = {.type = types[i], .host = "127.0.0.1", .port = port};
		g_auto(Answer) answer = {0};
		get_alone(origin, &proxy, NULL, &answer);
		g_assert_error(answer.error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_PROXY);
	}
	g_assert_cmpuint(pipit_responder_count(direct), ==, 0);
}

static void
test_incomplete_proxy_is_not_direct(void)
{
	g_autoptr(PipitResponder) direct = pipit_responder_new(say_back, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(direct);
	const PipitProxy no_host = {.type = PIPIT_PROXY_SOCKS5, .host = "", .port = 1080};
	const PipitProxy no_port = {.type = PIPIT_PROXY_HTTP, .host = "127.0.0.1"};
	const PipitProxy elsewhere = {.type = PIPIT_PROXY_HTTP, .host = "proxy.invalid", .port = 3128};

	assert_error(origin, &no_host, NULL, PIPIT_HTTP_ERROR_PROXY);
	assert_error(origin, &no_port, NULL, PIPIT_HTTP_ERROR_PROXY);
	/* Plain http is for this machine: a proxy elsewhere would read it. */
	assert_error(origin, &elsewhere, NULL, PIPIT_HTTP_ERROR_URL);
	g_assert_cmpuint(pipit_responder_count(direct), ==, 0);
}

static void
test_environment(void)
{
	g_autoptr(PipitResponder) direct = pipit_responder_new(say_back, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(direct);
	const PipitProxy by_default = {.type = PIPIT_PROXY_DEFAULT};
	g_auto(Answer) answer = {0};

	/* Nothing listens on port 1. */
	g_setenv("http_proxy", "http://127.0.0.1:1", TRUE);
	g_setenv("https_proxy", "http://127.0.0.1:1", TRUE);
	get_alone(origin, &by_default, NULL, &answer);
	g_assert_no_error(answer.error);
	assert_error("https://pipit.invalid/", &by_default, NULL, PIPIT_HTTP_ERROR_CONNECT);
	assert_error("https://pipit.invalid/", &no_proxy, NULL, PIPIT_HTTP_ERROR_RESOLVE);
	g_unsetenv("http_proxy");
	g_unsetenv("https_proxy");
}

/* The end. */

static void
test_free_aborts_each_once(void)
{
	g_autoptr(PipitResponder) responder = pipit_responder_new(raw, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	PipitHttp *http = pipit_http_new(pipit_loop_glib(), &no_proxy, NULL);
	Answer answers[8] = {0};
	const PipitHttpRequest held = {.method = "GET", .url = origin, .max_size = MAX_SIZE};
	const PipitHttpRequest bad = {.method = "GET", .url = "http://pipit.invalid/", .max_size = MAX_SIZE};
	const PipitHttpRequest resolving = {
		.method = "GET", .url = "https://pipit.invalid/", .max_size = MAX_SIZE};

	for (gsize i = 0; i < 6; i++)
		pipit_http_send(http, &held, on_answer, &answers[i]);
	pipit_wait_until(pipit_responder_count(responder) == 6);
	pipit_http_send(http, &bad, on_answer, &answers[6]);
	pipit_http_send(http, &resolving, on_answer, &answers[7]);
	pipit_http_free(http);
	while (g_main_context_iteration(NULL, FALSE))
		;
	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_assert_cmpuint(answers[i].calls, ==, 1);
		g_assert_error(answers[i].error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED);
		answer_clear(&answers[i]);
	}
}

static void
test_free_in_a_callback(void)
{
	g_autoptr(PipitResponder) responder = pipit_responder_new(say_back, NULL, NULL);
	g_autoptr(PipitResponder) holding = pipit_responder_new(raw, NULL, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);
	g_autofree char *held_origin = pipit_responder_origin(holding);
	PipitHttp *http = pipit_http_new(pipit_loop_glib(), &no_proxy, NULL);
	g_auto(Answer) held = {0};
	g_auto(Answer) answer = {0};
	const PipitHttpRequest hold = {.method = "GET", .url = held_origin, .max_size = MAX_SIZE};

	pipit_http_send(http, &hold, on_answer, &held);
	answer.free_me = http;
	get(http, origin, &answer);
	g_assert_no_error(answer.error);
	g_assert_cmpuint(held.calls, ==, 1);
	g_assert_error(held.error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http/request", test_request);
	g_test_add_func("/http/any-status-is-a-response", test_any_status_is_a_response);
	g_test_add_func("/http/redirect-is-not-followed", test_redirect_is_not_followed);
	g_test_add_func("/http/nobody-there", test_nobody_there);
	g_test_add_func("/http/broken-answers", test_broken_answers);
	g_test_add_func("/http/too-large", test_too_large);
	g_test_add_func("/http/timeout", test_timeout);
	g_test_add_func("/http/what-moves-is-waited-for", test_what_moves_is_waited_for);
	g_test_add_func("/http/plain-http-stays-here", test_plain_http_stays_here);
	g_test_add_func("/http/certificates", test_certificates);
	g_test_add_func("/http/missing-ca-file", test_missing_ca_file);
	g_test_add("/http/proxy", ProxyFixture, "pipit.invalid", proxy_set_up, test_proxy, proxy_tear_down);
	g_test_add("/http/proxy-is-not-left-out", ProxyFixture, "pipit.invalid", proxy_set_up,
		   test_proxy_is_not_left_out, proxy_tear_down);
	g_test_add_func("/http/proxy-that-is-not-there", test_proxy_that_is_not_there);
	g_test_add_func("/http/incomplete-proxy-is-not-direct", test_incomplete_proxy_is_not_direct);
	g_test_add_func("/http/environment", test_environment);
	g_test_add_func("/http/free-aborts-each-once", test_free_aborts_each_once);
	g_test_add_func("/http/free-in-a-callback", test_free_in_a_callback);
	return g_test_run();
}
