/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pipitd answers as it should; how a client takes what no good server says, this one finds out. */
#include "tests/support/responder.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#define BACKLOG 64
#define READ_SIZE 4096
#define TLS_HANDSHAKE 0x16 /* RFC 8446 5.1 */

struct PipitResponder {
	PipitResponderScript script;
	gpointer user_data;
	int listener;
	guint port;
	gboolean tls_at_once;
	gnutls_certificate_credentials_t credentials; /* NULL: plain */
	GThread *acceptor;
	GMutex lock; /* guards what follows */
	GPtrArray *threads;
	GArray *sockets; /* of int: those that are open */
	gboolean stopping;
	gint count;
	gint piece; /* bytes at once; 0: all */
	gint pause; /* ms */
};

/* One connection. */
typedef struct {
	PipitResponder *responder;
	int socket;
	gnutls_session_t tls; /* NULL: plain */
	GString *received;
} Line;

static gssize
line_read(Line *line, char *bytes, gsize size)
{
	if (line->tls == NULL)
		return read(line->socket, bytes, size);
	gssize got;
	do
		got = gnutls_record_recv(line->tls, bytes, size);
	while (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED);
	return got;
}

static void
line_write(Line *line, const char *bytes, gsize size)
{
	while (size > 0) {
		gssize sent = line->tls != NULL ? gnutls_record_send(line->tls, bytes, size)
						: send(line->socket, bytes, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return;
		bytes += sent;
		size -= (gsize)sent;
	}
}

static void
write_in_pieces(Line *line, const char *bytes, gsize size)
{
	gsize piece = (gsize)g_atomic_int_get(&line->responder->piece);
	gulong pause = (gulong)g_atomic_int_get(&line->responder->pause) * 1000;

	for (; piece > 0 && size > piece; bytes += piece, size -= piece) {
		line_write(line, bytes, piece);
		g_usleep(pause);
	}
	line_write(line, bytes, size);
}

static gboolean
read_more(Line *line)
{
	char bytes[READ_SIZE];
	gssize got = line_read(line, bytes, sizeof bytes);

	if (got <= 0)
		return FALSE;
	g_string_append_len(line->received, bytes, got);
	return TRUE;
}

static gsize
content_length(const char *head)
{
	const char *name = "\r\nContent-Length:";
	for (const char *c = head; *c != '\0'; c++)
		if (g_ascii_strncasecmp(c, name, strlen(name)) == 0)
			return (gsize)g_ascii_strtoull(c + strlen(name), NULL, 10);
	return 0;
}

/* A plain port that gets a TLS greeting says so plainly, and ends; all of the greeting was read, so that no reset
 * overtakes the answer. */
static gboolean
refuse_tls(Line *line)
{
	const char *answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

	if (line->tls != NULL || line->received->len == 0 || line->received->str[0] != TLS_HANDSHAKE)
		return FALSE;
	line_write(line, answer, strlen(answer));
	return TRUE;
}

/* Reads one request off the line. FALSE if the peer went away. */
static gboolean
read_request(Line *line, char **head, char **body)
{
	const char *end;
	while ((end = strstr(line->received->str, "\r\n\r\n")) == NULL)
		if (!read_more(line) || refuse_tls(line))
			return FALSE;
	gsize head_size = (gsize)(end - line->received->str) + strlen("\r\n\r\n");
	*head = g_strndup(line->received->str, head_size);
	gsize size = content_length(*head);
	while (line->received->len < head_size + size)
		if (!read_more(line))
			return FALSE;
	*body = g_strndup(line->received->str + head_size, size);
	g_string_erase(line->received, 0, (gssize)(head_size + size));
	return TRUE;
}

static gboolean
start_tls(Line *line)
{
	gnutls_init(&line->tls, GNUTLS_SERVER);
	gnutls_set_default_priority(line->tls);
	gnutls_credentials_set(line->tls, GNUTLS_CRD_CERTIFICATE, line->responder->credentials);
	gnutls_transport_set_int(line->tls, line->socket);
	int result;
	do
		result = gnutls_handshake(line->tls);
	while (result < 0 && !gnutls_error_is_fatal(result));
	return result >= 0;
}

/* Waits until the peer or the test goes away. */
static void
hold(Line *line)
{
	while (read_more(line))
		;
}

/* An answer that says its length and keeps to it: another may follow. */
static gboolean
is_whole(const char *bytes, gsize size)
{
	g_autofree char *text = g_strndup(size > 0 ? bytes : "", size);
	const char *end = strstr(text, "\r\n\r\n");

	return end != NULL && strstr(text, "\r\nContent-Length:") != NULL &&
	       strlen(end + strlen("\r\n\r\n")) == content_length(text);
}

/* FALSE when the connection is to be closed. */
static gboolean
answer(Line *line, const char *head, const char *body)
{
	PipitResponder *responder = line->responder;
	g_auto(GStrv) words = g_strsplit(head, " ", 3);

	if (g_strcmp0(words[0], "CONNECT") == 0) {
		const char *established = "HTTP/1.1 200 Connection established\r\n\r\n";
		line_write(line, established, strlen(established));
		return start_tls(line);
	}
	const PipitAsked asked = {
		.number = (guint)g_atomic_int_add(&responder->count, 1),
		.method = words[0],
		.path = words[1],
		.head = head,
		.body = body,
	};
	g_autoptr(GBytes) reply = responder->script(&asked, responder->user_data);
	if (reply == NULL) {
		hold(line);
		return FALSE;
	}
	gsize size;
	const char *bytes = g_bytes_get_data(reply, &size);
	write_in_pieces(line, bytes, size);
	return is_whole(bytes, size);
}

static void
close_socket(Line *line)
{
	PipitResponder *responder = line->responder;

	g_mutex_lock(&responder->lock);
	for (guint i = 0; i < responder->sockets->len; i++)
		if (g_array_index(responder->sockets, int, i) == line->socket)
			g_array_remove_index_fast(responder->sockets, i--);
	close(line->socket);
	g_mutex_unlock(&responder->lock);
}

static gpointer
serve(gpointer user_data)
{
	Line *line = user_data;
	gboolean open = !line->responder->tls_at_once || start_tls(line);

	while (open) {
		g_autofree char *head = NULL;
		g_autofree char *body = NULL;
		open = read_request(line, &head, &body) && answer(line, head, body);
	}
	if (line->tls != NULL)
		gnutls_deinit(line->tls);
	close_socket(line);
	g_string_free(line->received, TRUE);
	g_free(line);
	return NULL;
}

static gpointer
accept_all(gpointer user_data)
{
	PipitResponder *responder = user_data;

	for (;;) {
		int socket = accept(responder->listener, NULL, NULL);
		g_mutex_lock(&responder->lock);
		if (responder->stopping || socket < 0) {
			g_mutex_unlock(&responder->lock);
			if (socket >= 0)
				close(socket);
			return NULL;
		}
		Line *line = g_new0(Line, 1);
		*line = (Line){.responder = responder, .socket = socket, .received = g_string_new(NULL)};
		g_array_append_val(responder->sockets, socket);
		g_ptr_array_add(responder->threads, g_thread_new("responder", serve, line));
		g_mutex_unlock(&responder->lock);
	}
}

static void
listen_on_loopback(PipitResponder *responder)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	responder->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(responder->listener, (struct sockaddr *)&address, size), ==, 0);
	g_assert_cmpint(listen(responder->listener, BACKLOG), ==, 0);
	g_assert_cmpint(getsockname(responder->listener, (struct sockaddr *)&address, &size), ==, 0);
	responder->port = ntohs(address.sin_port);
}

static PipitResponder *
responder_new(PipitResponderScript script, gpointer user_data, const PipitTestCertificate *certificate,
	      gboolean tls_at_once)
{
	PipitResponder *responder = g_new0(PipitResponder, 1);

	responder->script = script;
	responder->user_data = user_data;
	responder->tls_at_once = tls_at_once;
	if (certificate != NULL) {
		gnutls_certificate_allocate_credentials(&responder->credentials);
		g_assert_cmpint(gnutls_certificate_set_x509_key_file(responder->credentials,
								     certificate->cert, certificate->key,
								     GNUTLS_X509_FMT_PEM),
				>=, 0);
	}
	g_mutex_init(&responder->lock);
	responder->threads = g_ptr_array_new();
	responder->sockets = g_array_new(FALSE, FALSE, sizeof(int));
	listen_on_loopback(responder);
	responder->acceptor = g_thread_new("acceptor", accept_all, responder);
	return responder;
}

PipitResponder *
pipit_responder_new(PipitResponderScript script, gpointer user_data, const PipitTestCertificate *certificate)
{
	return responder_new(script, user_data, certificate, certificate != NULL);
}

PipitResponder *
pipit_responder_new_proxy(PipitResponderScript script, gpointer user_data,
			  const PipitTestCertificate *certificate)
{
	return responder_new(script, user_data, certificate, FALSE);
}

void
pipit_responder_free(PipitResponder *responder)
{
	g_mutex_lock(&responder->lock);
	responder->stopping = TRUE;
	for (guint i = 0; i < responder->sockets->len; i++)
		shutdown(g_array_index(responder->sockets, int, i), SHUT_RDWR);
	g_mutex_unlock(&responder->lock);
	shutdown(responder->listener, SHUT_RDWR);
	g_thread_join(responder->acceptor);
	for (guint i = 0; i < responder->threads->len; i++)
		g_thread_join(g_ptr_array_index(responder->threads, i));
	close(responder->listener);
	g_ptr_array_unref(responder->threads);
	g_array_unref(responder->sockets);
	if (responder->credentials != NULL)
		gnutls_certificate_free_credentials(responder->credentials);
	g_mutex_clear(&responder->lock);
	g_free(responder);
}

void
pipit_responder_set_slow(PipitResponder *responder, guint piece, guint pause)
{
	g_atomic_int_set(&responder->piece, (gint)piece);
	g_atomic_int_set(&responder->pause, (gint)pause);
}

guint
pipit_responder_port(const PipitResponder *responder)
{
	return responder->port;
}

char *
pipit_responder_origin(const PipitResponder *responder)
{
	return g_strdup_printf("%s://127.0.0.1:%u", responder->tls_at_once ? "https" : "http",
			       responder->port);
}

guint
pipit_responder_count(const PipitResponder *responder)
{
	return (guint)g_atomic_int_get(&responder->count);
}

static GBytes *
whole_answer(guint status, const char *type, const char *body)
{
	char *text =
		g_strdup_printf("HTTP/1.1 %u Because\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
				status, type, strlen(body), body);

	return g_bytes_new_take(text, strlen(text));
}

GBytes *
pipit_responder_json(guint status, const char *body)
{
	return whole_answer(status, "application/json", body);
}

GBytes *
pipit_responder_problem(guint status, const char *code)
{
	g_autofree char *body =
		g_strdup_printf("{\"type\":\"about:blank\",\"title\":\"Because\",\"status\":%u,"
				"\"code\":\"%s\",\"detail\":\"because\"}",
				status, code);

	return whole_answer(status, "application/problem+json", body);
}
