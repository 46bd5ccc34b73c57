/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libcurl has one code for every certificate that it refuses; people need to know whether it is expired, for another
 * name, or from an unknown issuer. */
#include "protocol/http_error.h"

#include <stdio.h>
#include <string.h>

GQuark
pipit_http_error_quark(void)
{
	return g_quark_from_static_string("pipit-http-error");
}

/* "Expire Date:2024-01-31 23:59:59 GMT", as libcurl writes it for GnuTLS. */
static GDateTime *
parse_date(const char *text)
{
	int year, month, day, hour, minute, second;

	if (sscanf(text, "%d-%d-%d %d:%d:%d", &year, &month, &day, &hour, &minute, &second) != 6)
		return NULL;
	return g_date_time_new_utc(year, month, day, hour, minute, second);
}

static gboolean
date_is_wrong(const char *line, GDateTime *now)
{
	const char *start = "Start Date:";
	const char *expire = "Expire Date:";

	if (g_str_has_prefix(line, start)) {
		g_autoptr(GDateTime) date = parse_date(line + strlen(start));
		return date != NULL && g_date_time_compare(now, date) < 0;
	}
	if (g_str_has_prefix(line, expire)) {
		g_autoptr(GDateTime) date = parse_date(line + strlen(expire));
		return date != NULL && g_date_time_compare(now, date) > 0;
	}
	return FALSE;
}

static gboolean
chain_is_outdated(CURL *easy)
{
	struct curl_certinfo *chain = NULL;
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL)
		return FALSE;
	for (int i = 0; i < chain->num_of_certs; i++)
		for (struct curl_slist *line = chain->certinfo[i]; line != NULL; line = line->next)
			if (date_is_wrong(line->data, now))
				return TRUE;
	return FALSE;
}

static PipitHttpError
why_certificate(CURL *easy, const char *reason)
{
	if (chain_is_outdated(easy))
		return PIPIT_HTTP_ERROR_EXPIRED;
	/* libcurl compares the name after GnuTLS was content with the chain, and says so only in words. */
	if (strstr(reason, "does not match") != NULL)
		return PIPIT_HTTP_ERROR_WRONG_HOST;
	return PIPIT_HTTP_ERROR_ISSUER;
}

static gboolean
proxy_refused(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300;
}

static PipitHttpError
kind_of(CURL *easy, CURLcode code, const char *reason, gboolean own_proxy)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return PIPIT_HTTP_ERROR_RESOLVE;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
		return PIPIT_HTTP_ERROR_PROXY;
	case CURLE_COULDNT_CONNECT:
		return own_proxy ? PIPIT_HTTP_ERROR_PROXY : PIPIT_HTTP_ERROR_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return PIPIT_HTTP_ERROR_TIMEOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return why_certificate(easy, reason);
	case CURLE_SSL_CACERT_BADFILE:
		return PIPIT_HTTP_ERROR_CA_FILE;
	case CURLE_SSL_CONNECT_ERROR:
		/* GnuTLS's words for a plain answer to a TLS greeting: an https address that leads to an http port. */
		return strstr(reason, "unexpected TLS packet") != NULL ? PIPIT_HTTP_ERROR_NOT_HTTP
								       : PIPIT_HTTP_ERROR_TLS;
	case CURLE_SSL_CIPHER:
		return PIPIT_HTTP_ERROR_TLS;
	case CURLE_URL_MALFORMAT:
	case CURLE_TOO_MANY_REDIRECTS:
		return PIPIT_HTTP_ERROR_URL;
	case CURLE_UNSUPPORTED_PROTOCOL: /* what came is not HTTP, or a redirect leaves https */
	case CURLE_WEIRD_SERVER_REPLY:
		return PIPIT_HTTP_ERROR_NOT_HTTP;
	default:
		return proxy_refused(easy) ? PIPIT_HTTP_ERROR_PROXY : PIPIT_HTTP_ERROR_NETWORK;
	}
}

GError *
pipit_http_error_from_curl(CURL *easy, CURLcode code, const char *reason, gboolean own_proxy)
{
	const char *text = reason[0] != '\0' ? reason : curl_easy_strerror(code);

	return g_error_new_literal(PIPIT_HTTP_ERROR, (gint)kind_of(easy, code, reason, own_proxy), text);
}
