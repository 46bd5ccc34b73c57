/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts connections and shuts slow ones down. */
#include "server/connections.h"

#include "server/clock.h"
#include "server/listener.h"

#define FIRST_REQUEST_MS (30 * PIPITD_MS_PER_SECOND)
#define SWEEP_MS (5 * PIPITD_MS_PER_SECOND)

struct PipitdConnections {
	PipitdWatcher *watcher;
	gpointer owner;
	guint max_per_network;
	GMutex lock;          /* over what follows, and over each connection's deadline */
	GHashTable *all;      /* a set of PipitdConnection */
	GHashTable *networks; /* network -> count */
};

struct PipitdConnection {
	PipitdConnections *connections;
	int fd;
	char *network;   /* NULL: not counted */
	gint64 deadline; /* 0: none */
	gpointer request;
};

static void
sweep(gpointer user_data, guint64 watch, PipitdWatchEvent event)
{
	(void)watch;
	(void)event;
	PipitdConnections *connections = user_data;
	gint64 now = pipitd_clock_monotonic();
	g_mutex_lock(&connections->lock);
	GHashTableIter iter;
	gpointer key;
	g_hash_table_iter_init(&iter, connections->all);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		PipitdConnection *connection = key;
		if (connection->deadline == 0 || connection->deadline > now)
			continue;
		/* Its thread sees the end and closes it. */
		shutdown(connection->fd, SHUT_RDWR);
		connection->deadline = 0;
	}
	g_mutex_unlock(&connections->lock);
	pipitd_watcher_add(connections->watcher, -1, now + SWEEP_MS, sweep, connections);
}

PipitdConnections *
pipitd_connections_new(PipitdWatcher *watcher, guint max_per_network, gpointer owner)
{
	PipitdConnections *connections = g_new0(PipitdConnections, 1);
	connections->watcher = watcher;
	connections->owner = owner;
	connections->max_per_network = max_per_network;
	g_mutex_init(&connections->lock);
	connections->all = g_hash_table_new(NULL, NULL);
	connections->networks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	pipitd_watcher_add(watcher, -1, pipitd_clock_monotonic() + SWEEP_MS, sweep, connections);
	return connections;
}

void
pipitd_connections_free(PipitdConnections *connections)
{
	if (connections == NULL)
		return;
	g_hash_table_unref(connections->all);
	g_hash_table_unref(connections->networks);
	g_mutex_clear(&connections->lock);
	g_free(connections);
}

static guint
count_of(PipitdConnections *connections, const char *network)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(connections->networks, network));
}

static void
set_count(PipitdConnections *connections, const char *network, guint count)
{
	if (count == 0)
		g_hash_table_remove(connections->networks, network);
	else
		g_hash_table_insert(connections->networks, g_strdup(network), GUINT_TO_POINTER(count));
}

gboolean
pipitd_connections_admit(PipitdConnections *connections, const struct sockaddr *peer)
{
	if (pipitd_address_is_loopback(peer))
		return TRUE;
	g_autofree char *network = pipitd_address_network(peer);
	g_mutex_lock(&connections->lock);
	gboolean room = count_of(connections, network) < connections->max_per_network;
	g_mutex_unlock(&connections->lock);
	return room;
}

PipitdConnection *
pipitd_connection_opened(PipitdConnections *connections, int fd, const struct sockaddr *peer)
{
	PipitdConnection *connection = g_new0(PipitdConnection, 1);
	connection->connections = connections;
	connection->fd = fd;
	connection->network = pipitd_address_is_loopback(peer) ? NULL : pipitd_address_network(peer);
	connection->deadline = pipitd_clock_monotonic() + FIRST_REQUEST_MS;
	g_mutex_lock(&connections->lock);
	g_hash_table_add(connections->all, connection);
	if (connection->network != NULL)
		set_count(connections, connection->network, count_of(connections, connection->network) + 1);
	g_mutex_unlock(&connections->lock);
	return connection;
}

void
pipitd_connection_closed(PipitdConnection *connection)
{
	PipitdConnections *connections = connection->connections;
	g_mutex_lock(&connections->lock);
	g_hash_table_remove(connections->all, connection);
	if (connection->network != NULL)
		set_count(connections, connection->network, count_of(connections, connection->network) - 1);
	g_mutex_unlock(&connections->lock);
	g_free(connection->network);
	g_free(connection);
}

static void
set_deadline(PipitdConnection *connection, gint64 deadline)
{
	g_mutex_lock(&connection->connections->lock);
	connection->deadline = deadline;
	g_mutex_unlock(&connection->connections->lock);
}

void
pipitd_connection_expect(PipitdConnection *connection, gint64 milliseconds)
{
	set_deadline(connection, pipitd_clock_monotonic() + milliseconds);
}

void
pipitd_connection_relax(PipitdConnection *connection)
{
	set_deadline(connection, 0);
}

void
pipitd_connection_carry(PipitdConnection *connection, gpointer request)
{
	connection->request = request;
}

gpointer
pipitd_connection_carried(const PipitdConnection *connection)
{
	return connection->request;
}

gpointer
pipitd_connection_owner(const PipitdConnection *connection)
{
	return connection->connections->owner;
}
