/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages per second through the relay, on disk before they are answered, by 1, 8 and 64 senders over loopback; beside
 * the floor, measured in the same run: libmicrohttpd answering the same requests without looking at them, and SQLite
 * inserting the same payloads in as large transactions. Their times added are the least that a message can cost. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/relay_peer.h"

#define PAYLOAD_BYTES 1024
#define COUNTER_DIGITS 12 /* base64 letters of the payload that make each one different */
#define MEASURE_US (G_GINT64_CONSTANT(3) * G_USEC_PER_SEC)
#define ANSWER_MAX 4096

/* One sender on a connection of its own, with a request that is patched and sent again and again. */
typedef struct {
	int fd;
	char *request;
	char *counter; /* within request */
	guint64 sent;
	const gint *stop;
} Sender;

static void
patch(Sender *sender)
{
	char digits[COUNTER_DIGITS + 1];

	g_snprintf(digits, sizeof digits, "%0*" G_GUINT64_FORMAT, COUNTER_DIGITS, sender->sent);
	memcpy(sender->counter, digits, COUNTER_DIGITS);
}

static gboolean
read_answer(int fd)
{
	char answer[ANSWER_MAX];
	gsize have = 0;

	for (;;) {
		gssize count = recv(fd, answer + have, sizeof answer - 1 - have, 0);
		if (count <= 0)
			return FALSE;
		have += (gsize)count;
		answer[have] = '\0';
		const char *end = strstr(answer, "\r\n\r\n");
		const char *length = strstr(answer, "Content-Length: ");
		if (end != NULL && length != NULL &&
		    have >= (gsize)(end + 4 - answer) +
				    g_ascii_strtoull(length + strlen("Content-Length: "), NULL, 10))
			return strstr(answer, "\"accepted\"") != NULL;
	}
}

static gpointer
send_loop(gpointer user_data)
{
	Sender *sender = user_data;

	while (!g_atomic_int_get(sender->stop)) {
		patch(sender);
		pipit_raw_send(sender->fd, sender->request);
		if (!read_answer(sender->fd))
			g_error("a message was not accepted");
		sender->sent++;
	}
	return NULL;
}

static char *
make_request(const PipitRelayPeer *from, const PipitRelayPeer *to)
{
	g_autofree char *payload = g_strnfill(PAYLOAD_BYTES, 'A');
	g_autofree char *copy = pipit_relay_peer_copy(to, payload);
	g_autofree char *recipient = pipit_test_recipient(to->handle, copy);
	g_autofree char *body =
		g_strdup_printf("{\"id\":\"7b0c1111-2222-4333-8444-555566667777\",\"from\":\"%s\",\"class\":"
				"\"stored\",\"recipients\":[%s]}",
				from->handle, recipient);

	return g_strdup_printf(
		"POST /v1/push/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		from->auth_token, strlen(body), body);
}

/* Returns: messages per second of so many senders at once. */
static double
measure(const char *origin, char *const *requests, guint n_senders)
{
	g_autofree Sender *senders = g_new0(Sender, n_senders);
	g_autofree GThread **threads = g_new0(GThread *, n_senders);
	gint stop = FALSE;
	guint64 sent = 0;
	gint64 started = g_get_monotonic_time();

	for (guint i = 0; i < n_senders; i++) {
		char *request = g_strdup(requests[i]);
		char *payload = strstr(request, "\"payload\":\"") + strlen("\"payload\":\"");
		senders[i] = (Sender){pipit_raw_connect(origin), request, payload, (guint64)started, &stop};
		threads[i] = g_thread_new("sender", send_loop, &senders[i]);
	}
	g_usleep((gulong)MEASURE_US);
	g_atomic_int_set(&stop, TRUE);
	for (guint i = 0; i < n_senders; i++) {
		g_thread_join(threads[i]);
		sent += senders[i].sent - (guint64)started;
		close(senders[i].fd);
		g_free(senders[i].request);
	}
	return (double)sent * G_USEC_PER_SEC / (double)(g_get_monotonic_time() - started);
}

/* The floor of HTTP: reads a request and answers, no more. */

static enum MHD_Result
answer_at_once(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
	       const char *version, const char *upload, size_t *upload_size, void **request)
{
	static char text[] =
		"{\"time\":1764000000123,\"results\":[{\"to\":\"mailto:to0@example.org\",\"status\":"
		"\"accepted\"}]}";

	(void)cls, (void)url, (void)method, (void)version, (void)upload;
	if (*request == NULL || *upload_size > 0) {
		*request = text;
		*upload_size = 0;
		return MHD_YES;
	}
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static double
measure_http(char *const *requests, guint n_senders)
{
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer_at_once, NULL,
		MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_SOCK_ADDR,
		&(struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
		MHD_OPTION_END);
	g_assert_nonnull(daemon);
	g_autofree char *origin = g_strdup_printf(
		"http://127.0.0.1:%u", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	double rate = measure(origin, requests, n_senders);

	MHD_stop_daemon(daemon);
	return rate;
}

/* The floor of the disk: payloads into one table with one index, @group in a transaction. */

static void
run_sql(sqlite3 *database, const char *sql)
{
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		g_error("%s: %s", sql, sqlite3_errmsg(database));
}

static double
measure_sqlite(const char *folder, guint group)
{
	g_autofree char *path = g_strdup_printf("%s/floor%u.db", folder, group);
	sqlite3 *database;
	sqlite3_stmt *insert;
	char payload[PAYLOAD_BYTES] = "";
	gint64 count = 0;

	g_assert_cmpint(sqlite3_open(path, &database), ==, SQLITE_OK);
	run_sql(database,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"CREATE TABLE queue(id INTEGER PRIMARY KEY, device INTEGER, seq INTEGER, payload BLOB);"
		"CREATE UNIQUE INDEX queue_device ON queue(device, seq)");
	sqlite3_prepare_v2(database, "INSERT INTO queue(device, seq, payload) VALUES (?, ?, ?)", -1, &insert,
			   NULL);
	gint64 started = g_get_monotonic_time();
	gint64 until = started + MEASURE_US;
	while (g_get_monotonic_time() < until) {
		run_sql(database, "BEGIN IMMEDIATE");
		for (guint i = 0; i < group; i++, count++) {
			sqlite3_bind_int64(insert, 1, i);
			sqlite3_bind_int64(insert, 2, count);
			sqlite3_bind_blob(insert, 3, payload, sizeof payload, SQLITE_STATIC);
			g_assert_cmpint(sqlite3_step(insert), ==, SQLITE_DONE);
			sqlite3_reset(insert);
		}
		run_sql(database, "COMMIT");
	}
	double rate = (double)count * G_USEC_PER_SEC / (double)(g_get_monotonic_time() - started);
	sqlite3_finalize(insert);
	sqlite3_close(database);
	return rate;
}

int
main(void)
{
	static const guint sizes[] = {1, 8, 64};
	PipitOwnServer *own = pipit_own_server_prepare();
	char *requests[64];

	own->options->queue_max_messages = G_MAXINT;
	own->options->queue_max_mib = 1024 * 1024;
	pipit_own_server_start(own);
	/* A few devices write to a few: keys take long to make, and the relay does not care. */
	PipitRelayPeer *peers[8];
	for (guint i = 0; i < G_N_ELEMENTS(peers); i++) {
		g_autofree char *handle = g_strdup_printf("mailto:to%u@example.org", i);
		peers[i] = pipit_relay_peer_register(own->origin, handle, i);
	}
	for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
		guint from = i % G_N_ELEMENTS(peers);
		guint to = (from + 1 + i / G_N_ELEMENTS(peers) % (G_N_ELEMENTS(peers) - 1)) %
			   G_N_ELEMENTS(peers);
		requests[i] = make_request(peers[from], peers[to]);
	}
	printf("%8s %12s %14s %16s %8s\n", "senders", "messages/s", "bare HTTP/s", "bare SQLite/s", "ratio");
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		double relay = measure(own->origin, requests, sizes[i]);
		double http = measure_http(requests, sizes[i]);
		double sqlite = measure_sqlite(own->folder, sizes[i]);
		printf("%8u %12.0f %14.0f %16.0f %8.2f\n", sizes[i], relay, http, sqlite,
		       (1 / relay) / (1 / http + 1 / sqlite));
		fflush(stdout);
	}
	printf("ratio: the time of a message over that of the two floors added; payloads of %d bytes\n",
	       PAYLOAD_BYTES);
	for (guint i = 0; i < G_N_ELEMENTS(requests); i++)
		g_free(requests[i]);
	for (guint i = 0; i < G_N_ELEMENTS(peers); i++)
		pipit_relay_peer_free(peers[i]);
	pipit_own_server_free(own);
	return 0;
}
