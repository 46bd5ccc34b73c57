/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcurl is told of a request: where it may go, by which way, and what it must insist on. */
#include "protocol/http_private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "crypto/secret.h"
#include "protocol/origin.h"

#define CONNECT_TIMEOUT_S 15
/* Of a router that forgot the connection nobody hears: the system asks the peer so often, and gives it up then. */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define UNANSWERED_MS 25000
#define MAX_REDIRECTS 5

gboolean
pipit_http_has_own_proxy(const PipitHttp *http)
{
	return http->proxy_type != PIPIT_PROXY_DEFAULT && http->proxy_type != PIPIT_PROXY_NONE;
}

static long
curl_proxy_type(PipitProxyType type)
{
	switch (type) {
	case PIPIT_PROXY_SOCKS4:
		return CURLPROXY_SOCKS4;
	case PIPIT_PROXY_SOCKS4A:
		return CURLPROXY_SOCKS4A;
	case PIPIT_PROXY_SOCKS5:
		return CURLPROXY_SOCKS5_HOSTNAME;
	case PIPIT_PROXY_DEFAULT:
	case PIPIT_PROXY_NONE:
	case PIPIT_PROXY_HTTP:
		break;
	}
	return CURLPROXY_HTTP;
}

static void
set_proxy(const PipitHttp *http, CURL *easy, const char *url)
{
	if (!pipit_http_has_own_proxy(http)) {
		/* The environment's proxy is not meant for this machine itself. */
		if (http->proxy_type == PIPIT_PROXY_NONE || pipit_origin_is_loopback(url))
			curl_easy_setopt(easy, CURLOPT_PROXY, "");
		return;
	}
	gboolean bare_ipv6 = strchr(http->proxy_host, ':') != NULL && http->proxy_host[0] != '[';
	g_autofree char *host =
		bare_ipv6 ? g_strdup_printf("[%s]", http->proxy_host) : g_strdup(http->proxy_host);
	curl_easy_setopt(easy, CURLOPT_PROXY, host);
	curl_easy_setopt(easy, CURLOPT_PROXYPORT, (long)http->proxy_port);
	curl_easy_setopt(easy, CURLOPT_PROXYTYPE, curl_proxy_type(http->proxy_type));
	/* Else the environment's no_proxy would take the proxy out again. */
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (http->proxy_username != NULL) {
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, http->proxy_username);
		curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, http->proxy_password);
		curl_easy_setopt(easy, CURLOPT_PROXYAUTH, CURLAUTH_ANY);
	}
}

static void
set_tls(const PipitHttp *http, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	/* Without the certificates libcurl does not say which check failed (http_error.c). */
	curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
	/* Debian's default folder repeats the default file's certificates one by one, and GnuTLS would read
	 * both anew for each connection, for 60 ms of the host's loop. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (http->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
}

/* libcurl's CURLOPT_SOCKOPTFUNCTION. */
static int
limit_silence(void *user_data G_GNUC_UNUSED, curl_socket_t socket, curlsocktype purpose G_GNUC_UNUSED)
{
	const unsigned int milliseconds = UNANSWERED_MS;

	/* A system that does not know it goes by the number of unanswered questions. */
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
	return CURL_SOCKOPT_OK;
}

static void
set_behaviour(CURL *easy, const PipitHttpRequest *request)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Else taking a handle out waits for the resolver's thread. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request->follow_redirects ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "pipit/" PIPIT_VERSION);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, limit_silence);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
}

static void
add_header(PipitHttpTransfer *transfer, const char *name, const char *prefix, const char *value)
{
	char *header = g_strconcat(name, prefix, value, NULL);

	transfer->headers = curl_slist_append(transfer->headers, header);
	pipit_secret_string_free(header);
}

static void
add_number(PipitHttpTransfer *transfer, const char *name, gint64 number, const char *suffix)
{
	g_autofree char *value = g_strdup_printf("%" G_GINT64_FORMAT "%s", number, suffix);

	add_header(transfer, name, "", value);
}

static void
set_body(PipitHttpTransfer *transfer, GBytes *body)
{
	gsize size;
	const char *bytes = g_bytes_get_data(body, &size);

	transfer->request_body = g_bytes_ref(body);
	add_header(transfer, "Content-Type: ", "", "application/json");
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, bytes);
}

static void
set_content(PipitHttpTransfer *transfer, const PipitHttpRequest *request)
{
	curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);
	if (request->bearer != NULL)
		add_header(transfer, "Authorization: ", "Bearer ", request->bearer);
	if (request->signature != NULL)
		add_header(transfer, "Pipit-Signature: ", "", request->signature);
	if (request->range_from > 0)
		add_number(transfer, "Range: bytes=", request->range_from, "-");
	if (request->body != NULL)
		set_body(transfer, request->body);
	if (transfer->stream.give != NULL) {
		add_header(transfer, "Content-Type: ", "", "application/octet-stream");
		add_number(transfer, "Upload-Offset: ", request->upload_offset, "");
	}
	/* A larger body would wait a second for "100 Continue" where the server sends none. */
	add_header(transfer, "Expect:", "", "");
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	if (strcmp(request->method, "GET") != 0)
		curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* What must not go out at all. */
gboolean
pipit_http_check_allowed(const PipitHttp *http, const char *url, GError **error)
{
	if (!pipit_origin_allows(url)) {
		g_set_error(error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_URL, "%s is no https address", url);
		return FALSE;
	}
	if (!pipit_http_has_own_proxy(http))
		return TRUE;
	if (http->proxy_host == NULL || http->proxy_host[0] == '\0' || http->proxy_port == 0 ||
	    http->proxy_port > G_MAXUINT16) {
		g_set_error_literal(error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_PROXY,
				    "it has no host or port");
		return FALSE;
	}
	/* Plain http is for this machine alone; a proxy elsewhere would read it. */
	if (!g_str_has_prefix(url, "https:") && !pipit_host_is_loopback(http->proxy_host)) {
		g_set_error(error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_URL,
			    "plain http would go through the proxy %s", http->proxy_host);
		return FALSE;
	}
	return TRUE;
}

void
pipit_http_set_options(PipitHttpTransfer *transfer, const PipitHttpRequest *request)
{
	set_behaviour(transfer->easy, request);
	set_tls(transfer->http, transfer->easy);
	set_proxy(transfer->http, transfer->easy, request->url);
	set_content(transfer, request);
}
