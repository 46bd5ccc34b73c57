/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads addresses and opens the listening socket. */
#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define KEEPALIVE_IDLE_SECONDS 120

G_DEFINE_QUARK(pipit - listener - error - quark, pipitd_listener_error)

static gboolean
refuse(const char *text, GError **error)
{
	g_set_error(error, PIPITD_LISTENER_ERROR, PIPITD_LISTENER_ERROR_ADDRESS,
		    "\"%s\" is no address to listen on; write 127.0.0.1:8470 or [::1]:8470", text);
	return FALSE;
}

gboolean
pipitd_address_parse(const char *text, PipitdAddress *address, GError **error)
{
	const char *colon = strrchr(text, ':');
	if (colon == NULL || colon == text)
		return refuse(text, error);
	g_autofree char *host = g_strndup(text, (gsize)(colon - text));
	gsize length = strlen(host);
	if (host[0] == '[' && host[length - 1] == ']') {
		host[length - 1] = '\0';
		memmove(host, host + 1, length - 1);
	} else if (strchr(host, ':') != NULL) {
		return refuse(text, error); /* "::1" cannot be told from "::" and port 1 */
	}
	const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;

	guint64 port;
	if (!g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
		return refuse(text, error);
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	if (getaddrinfo(name, colon + 1, &hints, &found) != 0)
		return refuse(text, error);
	memset(address, 0, sizeof *address);
	memcpy(&address->address, found->ai_addr, found->ai_addrlen);
	address->size = found->ai_addrlen;
	freeaddrinfo(found);
	return TRUE;
}

gboolean
pipitd_address_is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
		return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
	}
	if (address->sa_family == AF_INET6) {
		const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
		return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
	}
	return FALSE;
}

static guint
port_of(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
}

char *
pipitd_address_text(const struct sockaddr *address)
{
	char host[INET6_ADDRSTRLEN] = "";
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		return g_strdup_printf("[%s]:%u", host, port_of(address));
	}
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
	inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
	return g_strdup_printf("%s:%u", host, port_of(address));
}

char *
pipitd_address_network(const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "";
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
		return g_strdup(text);
	}
	struct in6_addr v6 = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof text);
		return g_strdup(text);
	}
	memset(&v6.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &v6, text, sizeof text);
	return g_strdup_printf("%s/64", text);
}

static gboolean
configure(int fd)
{
	int on = 1;
	int idle = KEEPALIVE_IDLE_SECONDS;
	/* Accepted sockets inherit both: a peer that vanished without a word (no FIN, no RST) is found out in time. */
	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0 &&
	       setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) == 0;
}

int
pipitd_listener_open(PipitdAddress *address, GError **error)
{
	struct sockaddr *bound = (struct sockaddr *)&address->address;
	int fd = socket(bound->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && configure(fd) && bind(fd, bound, address->size) == 0 && listen(fd, SOMAXCONN) == 0 &&
	    getsockname(fd, bound, &address->size) == 0)
		return fd;
	int cause = errno;
	if (fd >= 0)
		close(fd);
	g_autofree char *text = pipitd_address_text(bound);
	g_set_error(error, PIPITD_LISTENER_ERROR, PIPITD_LISTENER_ERROR_SOCKET, "cannot listen on %s: %s",
		    text, g_strerror(cause));
	return -1;
}
