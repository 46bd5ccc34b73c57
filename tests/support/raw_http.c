/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain sockets. */
#include "tests/support/raw_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SECONDS 60
#define SOURCES 256

/* One address has 28,000 ports, and each is busy for a while after its use: connections come from many, in turn. */
static gboolean
bind_next_source(int fd)
{
	static gint count;
	guint turn = (guint)g_atomic_int_add(&count, 1) % SOURCES;
	struct sockaddr_in source = {.sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (turn << 8))};
	const int port_later =
		1; /* when it is known whereto: then the kernel takes one that is free for that */

	return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &port_later, sizeof port_later) == 0 &&
	       bind(fd, (const struct sockaddr *)&source, sizeof source) == 0;
}

int
pipit_raw_connect(const char *origin)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval limit = {.tv_sec = READ_SECONDS};

	address.sin_port = htons((guint16)g_ascii_strtoull(strrchr(origin, ':') + 1, NULL, 10));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(fd, >=, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	g_assert_true(bind_next_source(fd));
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
		g_error("can't connect to %s: %s", origin, g_strerror(errno));
	return fd;
}

void
pipit_raw_send(int fd, const char *text)
{
	g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==, (gssize)strlen(text));
}

char *
pipit_raw_read(int fd)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char buffer[4096];

	for (gssize count; (count = recv(fd, buffer, sizeof buffer, 0)) > 0;)
		g_string_append_len(text, buffer, count);
	close(fd);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
pipit_raw_ask(const char *origin, const char *text)
{
	int fd = pipit_raw_connect(origin);

	pipit_raw_send(fd, text);
	return pipit_raw_read(fd);
}
