/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes in both directions, a thread for each connection. A request begins where something comes from the client after the server
 * has said something, or at first. */
#include "tests/support/blob_line.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 65536
#define BLOBS "/v1/blobs/"

struct PipitBlobLine {
	guint port;
	char *origin;
	int listener;
	GThread *thread;
	GMutex lock;     /* guards what follows */
	GArray *sockets; /* of int: those that are open */
	GPtrArray *threads;
	gsize upload_after;
	guint upload_cuts;
	gsize download_after;
	guint download_cuts;
	GBytes *answer; /* or NULL */
	guint cuts;
	guint uploads;
	guint downloads;
	gint64 offset;
};

typedef struct {
	PipitBlobLine *line;
	int client;
	int server;
	gboolean quiet; /* nothing came from the client since the server spoke */
	gsize left_up;  /* so many bytes until the cut; G_MAXSIZE for none */
	gsize left_down;
} Connection;

static int
connect_to(guint port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((guint16)port),
				      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

static gboolean
send_all(int fd, const char *bytes, gsize size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return FALSE;
		bytes += sent;
		size -= (gsize)sent;
	}
	return TRUE;
}

static gint64
number_after(const char *head, const char *name)
{
	const char *found = strcasestr(head, name);

	return found != NULL ? g_ascii_strtoll(found + strlen(name), NULL, 10) : 0;
}

/* TRUE if the answer is ours, and was given. */
static gboolean
note_download(Connection *connection, const char *head)
{
	PipitBlobLine *line = connection->line;
	g_autoptr(GBytes) answer = NULL;

	g_mutex_lock(&line->lock);
	line->downloads++;
	line->offset = number_after(head, "\r\nRange: bytes=");
	answer = line->answer != NULL ? g_bytes_ref(line->answer) : NULL;
	if (answer == NULL && line->download_cuts > 0) {
		line->download_cuts--;
		connection->left_down = line->download_after;
	}
	g_mutex_unlock(&line->lock);
	if (answer == NULL)
		return FALSE;
	gsize size = 0;
	const char *bytes = g_bytes_get_data(answer, &size);
	send_all(connection->client, bytes, size);
	return TRUE;
}

static void
note_upload(Connection *connection, const char *head)
{
	PipitBlobLine *line = connection->line;

	g_mutex_lock(&line->lock);
	line->uploads++;
	line->offset = number_after(head, "\r\nUpload-Offset: ");
	if (line->upload_cuts > 0) {
		line->upload_cuts--;
		connection->left_up = line->upload_after;
	}
	g_mutex_unlock(&line->lock);
}

static gboolean
is_blob_itself(const char *head)
{
	const char *path = strstr(head, BLOBS);

	return path != NULL && strcspn(path + strlen(BLOBS), "/ ") == strcspn(path + strlen(BLOBS), " ");
}

/* TRUE if it was answered here. */
static gboolean
note_request(Connection *connection, const char *head)
{
	connection->left_up = connection->left_down = G_MAXSIZE;
	if (g_str_has_prefix(head, "PATCH " BLOBS))
		note_upload(connection, head);
	else if (g_str_has_prefix(head, "GET " BLOBS) && is_blob_itself(head))
		return note_download(connection, head);
	return FALSE;
}

static gboolean
cut(Connection *connection)
{
	g_mutex_lock(&connection->line->lock);
	connection->line->cuts++;
	g_mutex_unlock(&connection->line->lock);
	return FALSE;
}

/* FALSE at the end of the connection. */
static gboolean
carry(Connection *connection, int from, int to, gsize *left)
{
	g_autofree char *bytes = g_malloc(BUFFER + 1);
	ssize_t got = recv(from, bytes, BUFFER, 0);

	if (got <= 0)
		return FALSE;
	bytes[got] = '\0';
	if (from == connection->client && connection->quiet && note_request(connection, bytes))
		return FALSE;
	connection->quiet = from == connection->server;
	gsize passed = MIN((gsize)got, *left);
	if (!send_all(to, bytes, passed))
		return FALSE;
	if (*left != G_MAXSIZE)
		*left -= passed;
	return passed == (gsize)got || cut(connection);
}

static gpointer
run_connection(gpointer memory)
{
	g_autofree Connection *connection = memory;
	struct pollfd both[] = {{connection->client, POLLIN, 0}, {connection->server, POLLIN, 0}};
	gboolean open = TRUE;

	while (open && poll(both, 2, -1) > 0) {
		if (both[0].revents != 0)
			open = carry(connection, connection->client, connection->server,
				     &connection->left_up);
		if (open && both[1].revents != 0)
			open = carry(connection, connection->server, connection->client,
				     &connection->left_down);
	}
	shutdown(connection->client, SHUT_RDWR);
	shutdown(connection->server, SHUT_RDWR);
	return NULL;
}

static void
begin_connection(PipitBlobLine *line, int client)
{
	int server = connect_to(line->port);
	Connection *connection = g_new(Connection, 1);

	*connection = (Connection){line, client, server, TRUE, G_MAXSIZE, G_MAXSIZE};
	g_mutex_lock(&line->lock);
	g_array_append_val(line->sockets, client);
	g_array_append_val(line->sockets, server);
	g_ptr_array_add(line->threads, g_thread_new("line", run_connection, connection));
	g_mutex_unlock(&line->lock);
}

static gpointer
run_listener(gpointer memory)
{
	PipitBlobLine *line = memory;

	for (int client = accept(line->listener, NULL, NULL); client >= 0;
	     client = accept(line->listener, NULL, NULL))
		begin_connection(line, client);
	return NULL;
}

PipitBlobLine *
pipit_blob_line_new(guint port)
{
	PipitBlobLine *line = g_new0(PipitBlobLine, 1);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof address;

	line->port = port;
	line->sockets = g_array_new(FALSE, FALSE, sizeof(int));
	line->threads = g_ptr_array_new();
	g_mutex_init(&line->lock);
	line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(line->listener, (struct sockaddr *)&address, size), ==, 0);
	g_assert_cmpint(listen(line->listener, SOMAXCONN), ==, 0);
	g_assert_cmpint(getsockname(line->listener, (struct sockaddr *)&address, &size), ==, 0);
	line->origin = g_strdup_printf("http://127.0.0.1:%u", ntohs(address.sin_port));
	line->thread = g_thread_new("lines", run_listener, line);
	return line;
}

void
pipit_blob_line_free(PipitBlobLine *line)
{
	shutdown(line->listener, SHUT_RDWR);
	g_thread_join(line->thread);
	close(line->listener);
	for (guint i = 0; i < line->sockets->len; i++)
		shutdown(g_array_index(line->sockets, int, i), SHUT_RDWR);
	for (guint i = 0; i < line->threads->len; i++)
		g_thread_join(line->threads->pdata[i]);
	for (guint i = 0; i < line->sockets->len; i++)
		close(g_array_index(line->sockets, int, i));
	g_array_unref(line->sockets);
	g_ptr_array_unref(line->threads);
	g_clear_pointer(&line->answer, g_bytes_unref);
	g_mutex_clear(&line->lock);
	g_free(line->origin);
	g_free(line);
}

const char *
pipit_blob_line_origin(const PipitBlobLine *line)
{
	return line->origin;
}

void
pipit_blob_line_cut_uploads(PipitBlobLine *line, gsize after, guint times)
{
	g_mutex_lock(&line->lock);
	line->upload_after = after;
	line->upload_cuts = times;
	g_mutex_unlock(&line->lock);
}

void
pipit_blob_line_cut_downloads(PipitBlobLine *line, gsize after, guint times)
{
	g_mutex_lock(&line->lock);
	line->download_after = after;
	line->download_cuts = times;
	g_mutex_unlock(&line->lock);
}

void
pipit_blob_line_answer(PipitBlobLine *line, GBytes *raw)
{
	g_mutex_lock(&line->lock);
	g_clear_pointer(&line->answer, g_bytes_unref);
	line->answer = raw != NULL ? g_bytes_ref(raw) : NULL;
	g_mutex_unlock(&line->lock);
}

static guint
look(PipitBlobLine *line, const guint *counter)
{
	g_mutex_lock(&line->lock);
	guint count = *counter;
	g_mutex_unlock(&line->lock);
	return count;
}

guint
pipit_blob_line_cuts(PipitBlobLine *line)
{
	return look(line, &line->cuts);
}

guint
pipit_blob_line_uploads(PipitBlobLine *line)
{
	return look(line, &line->uploads);
}

guint
pipit_blob_line_downloads(PipitBlobLine *line)
{
	return look(line, &line->downloads);
}

gint64
pipit_blob_line_offset(PipitBlobLine *line)
{
	g_mutex_lock(&line->lock);
	gint64 offset = line->offset;
	g_mutex_unlock(&line->lock);
	return offset;
}
