/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clients' connections: how many each network may hold, and how long each may take. libmicrohttpd's own timeout starts
 * again with every byte, so a client that sends one a minute would hold a connection for days. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

#include "server/watcher.h"

typedef struct PipitdConnections PipitdConnections;
typedef struct PipitdConnection PipitdConnection;

/**
 * @max_per_network: connections of one address (or /64); loopback is not counted, proxies live there.
 * @owner: what pipitd_connection_owner() gives.
 */
PipitdConnections *pipitd_connections_new(PipitdWatcher *watcher, guint max_per_network, gpointer owner);

/** All connections must be closed, and the watcher stopped. NULL is fine. */
void pipitd_connections_free(PipitdConnections *connections);

/** FALSE if the peer holds as many connections as it may. */
gboolean pipitd_connections_admit(PipitdConnections *connections, const struct sockaddr *peer);

/** Notes a connection that was made; it must send a request in time. @fd stays the caller's. */
PipitdConnection *pipitd_connection_opened(PipitdConnections *connections, int fd,
					   const struct sockaddr *peer);

/** Forgets a connection; call before its socket is closed. */
void pipitd_connection_closed(PipitdConnection *connection);

/** From now on the peer has so much time for what it is expected to do; then the connection is shut down. */
void pipitd_connection_expect(PipitdConnection *connection, gint64 milliseconds);

/** The peer waits for us: no deadline. */
void pipitd_connection_relax(PipitdConnection *connection);

/** Notes the request that is on its way over it, or that there is none (NULL). For the thread that serves it. */
void pipitd_connection_carry(PipitdConnection *connection, gpointer request);
/** Returns: (transfer none) that request. */
gpointer pipitd_connection_carried(const PipitdConnection *connection);

/** Returns: (transfer none) what owns the connections. */
gpointer pipitd_connection_owner(const PipitdConnection *connection);
