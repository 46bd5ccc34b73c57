/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One place decides what counts as a server's address, so that passwords never go out in the clear. */
#include "protocol/origin.h"

#include <arpa/inet.h>
#include <string.h>

#define ORIGIN_MAX 512

gboolean
pipit_host_is_loopback(const char *host)
{
	struct in_addr ipv4;
	struct in6_addr ipv6;

	/* inet_pton() alone: the short and octal forms of inet_aton() read differently elsewhere. */
	if (inet_pton(AF_INET, host, &ipv4) == 1)
		return (g_ntohl(ipv4.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, host, &ipv6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&ipv6);
	return g_ascii_strcasecmp(host, "localhost") == 0;
}

static GUri *
parse_url(const char *url)
{
	if (url == NULL || strlen(url) > ORIGIN_MAX)
		return NULL;
	return g_uri_parse(url, G_URI_FLAGS_NONE, NULL);
}

gboolean
pipit_origin_is_loopback(const char *url)
{
	g_autoptr(GUri) uri = parse_url(url);

	return uri != NULL && g_uri_get_host(uri) != NULL && pipit_host_is_loopback(g_uri_get_host(uri));
}

gboolean
pipit_origin_allows(const char *url)
{
	g_autoptr(GUri) uri = parse_url(url);

	if (uri == NULL || g_uri_get_host(uri) == NULL)
		return FALSE;
	if (strcmp(g_uri_get_scheme(uri), "https") == 0)
		return TRUE;
	return strcmp(g_uri_get_scheme(uri), "http") == 0 && pipit_host_is_loopback(g_uri_get_host(uri));
}

static gboolean
is_origin_alone(GUri *uri)
{
	const char *path = g_uri_get_path(uri);

	return g_uri_get_userinfo(uri) == NULL && g_uri_get_query(uri) == NULL &&
	       g_uri_get_fragment(uri) == NULL && (path[0] == '\0' || strcmp(path, "/") == 0) &&
	       g_uri_get_port(uri) != 0;
}

static gboolean
is_host(const char *host)
{
	if (host == NULL || host[0] == '\0')
		return FALSE;
	for (const char *c = host; *c != '\0'; c++)
		if (!g_ascii_isalnum(*c) && strchr("-._:", *c) == NULL)
			return FALSE;
	return TRUE;
}

/* The host as it goes over the wire: ASCII, lower case. */
static char *
normal_host(GUri *uri)
{
	const char *host = g_uri_get_host(uri);
	if (host == NULL || host[0] == '\0')
		return NULL;
	g_autofree char *ascii = g_hostname_to_ascii(host);
	/* A colon that was written as %3A makes no IPv6 address. */
	gboolean colon = ascii != NULL && strchr(ascii, ':') != NULL;
	if (ascii == NULL || !is_host(ascii) || (colon && !g_hostname_is_ip_address(ascii)))
		return NULL;
	return g_ascii_strdown(ascii, -1);
}

char *
pipit_origin_parse(const char *typed)
{
	if (typed == NULL)
		return NULL;
	g_autofree char *stripped = g_strstrip(g_strdup(typed));
	g_autofree char *url = strstr(stripped, "://") != NULL ? g_strdup(stripped)
							       : g_strconcat("https://", stripped, NULL);
	g_autoptr(GUri) uri = parse_url(url);
	if (uri == NULL || !pipit_origin_allows(url) || !is_origin_alone(uri))
		return NULL;
	g_autofree char *host = normal_host(uri);
	if (host == NULL)
		return NULL;

	gboolean ipv6 = strchr(host, ':') != NULL;
	g_autofree char *origin =
		g_strdup_printf("%s://%s%s%s", g_uri_get_scheme(uri), ipv6 ? "[" : "", host, ipv6 ? "]" : "");
	gint port = g_uri_get_port(uri);
	gint usual = strcmp(g_uri_get_scheme(uri), "https") == 0 ? 443 : 80;
	if (port == -1 || port == usual)
		return g_steal_pointer(&origin);
	return g_strdup_printf("%s:%d", origin, port);
}
