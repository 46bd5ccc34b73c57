/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address that the server listens on, and its socket. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

#define PIPITD_LISTENER_ERROR (pipitd_listener_error_quark())
GQuark pipitd_listener_error_quark(void);

typedef enum {
	PIPITD_LISTENER_ERROR_ADDRESS, /* not ADDR:PORT */
	PIPITD_LISTENER_ERROR_SOCKET,  /* the system refused it */
} PipitdListenerError;

typedef struct {
	struct sockaddr_storage address;
	socklen_t size;
} PipitdAddress;

/** Reads "127.0.0.1:8470", "[::1]:8470", "localhost:8470" or "0.0.0.0:0". */
gboolean pipitd_address_parse(const char *text, PipitdAddress *address, GError **error);

/** TRUE for 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104. */
gboolean pipitd_address_is_loopback(const struct sockaddr *address);

/** Returns: (transfer full) "127.0.0.1:8470" or "[::1]:8470". */
char *pipitd_address_text(const struct sockaddr *address);

/**
 * Returns: (transfer full) the network that limits count as one: the IPv4 address, or the /64 of an IPv6 one, since
 *   one customer gets a whole /64.
 */
char *pipitd_address_network(const struct sockaddr *address);

/**
 * Opens a listening socket (non-blocking, close-on-exec). @address: in, what to bind; out, what was bound, with the
 * port that the system chose where it was 0.
 * Returns: the socket, or -1 with PIPITD_LISTENER_ERROR_SOCKET.
 */
int pipitd_listener_open(PipitdAddress *address, GError **error);
