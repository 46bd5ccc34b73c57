/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a domain to its server, through what a domain may answer; the domain's web server is reached through a proxy of
 * the test's own. */
#include "protocol/discovery.h"

#include <string.h>

#include "protocol/host_glib.h"
#include "tests/support/responder.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define DAY_S (G_GINT64_CONSTANT(24) * 60 * 60)
#define DOMAIN "example.invalid"

typedef struct {
	guint calls;
	char *origin;
	GError *error;
} Found;

static void
on_discovered(gpointer user_data, const char *origin, const PipitFailure *failure)
{
	Found *found = user_data;

	found->calls++;
	g_assert_true((origin == NULL) != (failure == NULL));
	found->origin = g_strdup(origin);
	found->error = failure != NULL ? g_error_copy(failure->error) : NULL;
}

static GBytes *
answer(const PipitAsked *asked, gpointer user_data)
{
	g_assert_cmpstr(asked->method, ==, "GET");
	/* Where a redirect of the tests leads. */
	if (strcmp(asked->path, "/elsewhere") == 0)
		return pipit_responder_json(200, "{\"server\":\"https://moved.example.org\"}");
	g_assert_cmpstr(asked->path, ==, "/.well-known/pipit");
	return g_bytes_new(user_data, strlen(user_data));
}

/* @reply: NULL: there is no web server at all. */
static void
discover(const char *reply, Found *found)
{
	char *folder = pipit_test_folder_new();
	g_autoptr(PipitTestCertificate) certificate =
		pipit_test_certificate_new(folder, DOMAIN, -DAY_S, DAY_S);
	g_autoptr(PipitResponder) responder = pipit_responder_new_proxy(answer, (gpointer)reply, certificate);
	const PipitProxy proxy = {
		.type = reply != NULL ? PIPIT_PROXY_HTTP : PIPIT_PROXY_NONE,
		.host = "127.0.0.1",
		.port = pipit_responder_port(responder),
	};
	g_autoptr(PipitHttp) http = pipit_http_new(pipit_loop_glib(), &proxy, certificate->ca);

	*found = (Found){0};
	pipit_discover(http, DOMAIN, on_discovered, found);
	g_assert_cmpuint(found->calls, ==, 0);
	pipit_wait_until(found->calls == 1);
	pipit_test_folder_free(folder);
}

static void
assert_origin(const char *reply, const char *origin)
{
	Found found;

	discover(reply, &found);
	g_assert_no_error(found.error);
	g_assert_cmpstr(found.origin, ==, origin);
	g_free(found.origin);
}

static void
assert_document(const char *document, const char *origin)
{
	g_autofree char *reply = g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
						 strlen(document), document);

	assert_origin(reply, origin);
}

static void
test_document(void)
{
	assert_document("{\"server\":\"https://pipit.example.org:8443/\"}", "https://pipit.example.org:8443");
	assert_document("{\"server\":\"https://pipit.example.org\",\"later\":[1]}",
			"https://pipit.example.org");
}

static void
test_nothing_usable(void)
{
	const char *itself = "https://" DOMAIN;
	g_autofree char *padding = g_strnfill(5000, ' ');
	g_autofree char *long_document =
		g_strdup_printf("{\"server\":\"https://pipit.example.org\"%s}", padding);

	assert_document("{\"server\":\"http://pipit.example.org\"}", itself);
	/* What listens on this machine is no business of a domain elsewhere. */
	assert_document("{\"server\":\"http://127.0.0.1:8080\"}", itself);
	assert_document("{\"server\":\"https://user@pipit.example.org\"}", itself);
	assert_document("{\"server\":\"https://pipit.example.org/path\"}", itself);
	assert_document("{\"server\":17}", itself);
	assert_document("{}", itself);
	assert_document("<html>Not found</html>", itself);
	assert_document(long_document, itself);
	assert_origin("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", itself);
	assert_origin("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", itself);
}

static void
test_redirects(void)
{
	assert_origin("HTTP/1.1 302 There\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
		      "https://moved.example.org");
	assert_origin("HTTP/1.1 302 There\r\nLocation: http://" DOMAIN
		      "/elsewhere\r\nContent-Length: 0\r\n\r\n",
		      "https://" DOMAIN);
	assert_origin("HTTP/1.1 302 There\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
		      "https://" DOMAIN);
	assert_origin("HTTP/1.1 302 There\r\nLocation: /.well-known/pipit\r\nContent-Length: 0\r\n\r\n",
		      "https://" DOMAIN);
}

static void
assert_transient(const char *reply)
{
	Found found;

	discover(reply, &found);
	g_assert_error(found.error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
	g_assert_nonnull(strstr(found.error->message, DOMAIN));
	g_clear_error(&found.error);
}

/* An outage must not send anybody to another server. */
static void
test_outage(void)
{
	assert_transient("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	assert_transient("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"server\":");
	assert_transient(NULL);
}

static void
test_abort(void)
{
	const PipitProxy proxy = {.type = PIPIT_PROXY_NONE};
	PipitHttp *http = pipit_http_new(pipit_loop_glib(), &proxy, NULL);
	Found found = {0};

	pipit_discover(http, DOMAIN, on_discovered, &found);
	pipit_http_free(http);
	g_assert_cmpuint(found.calls, ==, 1);
	g_assert_error(found.error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_ABORTED);
	g_clear_error(&found.error);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/discovery/document", test_document);
	g_test_add_func("/discovery/nothing-usable", test_nothing_usable);
	g_test_add_func("/discovery/redirects", test_redirects);
	g_test_add_func("/discovery/outage", test_outage);
	g_test_add_func("/discovery/abort", test_abort);
	return g_test_run();
}
