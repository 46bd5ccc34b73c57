/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs libmicrohttpd: threads of its own on epoll, connections that can be suspended. */
#include "server/front.h"

#include <string.h>
#include <unistd.h>

#include "server/connections.h"
#include "server/header_guard.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/router.h"
#include "server/tls.h"

#define POOL_BYTES (8 * 1024) /* a connection's memory: the head of a request must fit */
#define IDLE_SECONDS 75
#define BODY_BASE_MS (30 * PIPITD_MS_PER_SECOND)
#define BYTES_PER_MS 8 /* the slowest that we bear: 64 kbit/s */
#define ANSWER_MS (120 * PIPITD_MS_PER_SECOND)
#define LAST_ANSWERS_US (G_GINT64_CONSTANT(2) * G_USEC_PER_SEC)
#define SWALLOW_MAX ((gsize)2 * PIPIT_SEND_REQUEST_MAX)

struct PipitdFront {
	PipitdServer *server;
	struct MHD_Daemon *daemon;
	PipitdTls *tls; /* NULL: plain http */
	PipitdConnections *connections;
	char *address;
	GMutex lock; /* over what follows */
	GCond calm;
	gboolean draining;
	guint busy; /* requests that a handler has begun and not answered */
	guint open; /* requests whose answer is on its way */
};

#define FRONT_ERROR g_quark_from_static_string("pipitd-front-error")

/* Requests in work */

static gboolean
begin(PipitdFront *front, PipitdRequest *request)
{
	g_mutex_lock(&front->lock);
	request->busy = !front->draining;
	front->busy += request->busy ? 1 : 0;
	g_mutex_unlock(&front->lock);
	return request->busy;
}

static void
end(PipitdFront *front, gboolean *busy)
{
	if (!*busy)
		return;
	*busy = FALSE;
	g_mutex_lock(&front->lock);
	front->busy--;
	g_cond_signal(&front->calm);
	g_mutex_unlock(&front->lock);
}

static void
count_open(PipitdFront *front, gboolean opened)
{
	g_mutex_lock(&front->lock);
	front->open = opened ? front->open + 1 : front->open - 1;
	g_cond_signal(&front->calm);
	g_mutex_unlock(&front->lock);
}

/* Answers */

static void
add_headers(struct MHD_Response *response, const PipitdRequest *request)
{
	if (request->answer != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
					request->status >= 400 ? PIPIT_PROBLEM_CONTENT_TYPE
							       : "application/json");
	if (request->file >= 0) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/octet-stream");
		MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	}
	if (request->range != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, request->range);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (request->close)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (request->status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (request->retry_after > 0) {
		g_autofree char *seconds = g_strdup_printf("%u", request->retry_after);
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
}

static void
unref_bytes(void *bytes)
{
	g_bytes_unref(bytes);
}

static void
log_request(const PipitdFront *front, const PipitdRequest *request)
{
	if (!front->server->options->verbose)
		return;
	g_autofree char *device = request->device == NULL
					  ? g_strdup("nobody")
					  : g_strdup_printf("device %" G_GINT64_FORMAT, request->device->id);
	/* The route's path, not what was asked for: that may hold anything, a secret too. */
	pipitd_log("%s %s: %u for %s in %" G_GINT64_FORMAT " ms", request->method,
		   request->route == NULL ? "(unknown)" : request->route->path, request->status, device,
		   pipitd_clock_monotonic() - request->started);
}

static struct MHD_Response *
bytes_response(PipitdRequest *request)
{
	gsize size = 0;
	gconstpointer text = request->answer == NULL ? "" : g_bytes_get_data(request->answer, &size);
	GBytes *owner = request->answer == NULL ? g_bytes_new_static("", 0) : g_bytes_ref(request->answer);
	struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
		size, (void *)(gsize)text, unref_bytes, owner);
	if (response == NULL)
		g_bytes_unref(owner);
	return response;
}

/* The file is the response's then, which closes it when it has been sent. */
static struct MHD_Response *
file_response(PipitdRequest *request)
{
	return MHD_create_response_from_fd_at_offset64(request->file_count, request->file,
						       request->file_first);
}

static enum MHD_Result
send_answer(PipitdFront *front, PipitdRequest *request)
{
	gboolean from_file = request->file >= 0 && request->file_count > 0;
	struct MHD_Response *response = from_file ? file_response(request) : bytes_response(request);
	if (response == NULL)
		return MHD_NO;
	add_headers(response, request);
	if (from_file)
		request->file = -1;
	log_request(front, request);
	count_open(front, TRUE);
	request->answered = TRUE;
	end(front, &request->busy);
	pipitd_connection_expect(pipitd_request_connection(request),
				 ANSWER_MS + (gint64)(request->file_count / BYTES_PER_MS));
	enum MHD_Result result = MHD_queue_response(request->connection, request->status, response);
	MHD_destroy_response(response);
	return result;
}

/* Requests as they come */

static void
refuse_stopping(PipitdRequest *request)
{
	pipitd_request_refuse(request, PIPIT_PROBLEM_SERVER_BUSY, "the server is stopping");
}

static gint64
body_time(const PipitdRequest *request)
{
	gsize most = request->route == NULL ? 0 : request->route->max_body;
	if (request->route != NULL && request->route->receive != NULL)
		most = SWALLOW_MAX; /* if it is refused; else what takes it says how long it may take */
	return BODY_BASE_MS + (gint64)most / BYTES_PER_MS;
}

/* What takes its body piece by piece is in work from its head on. */
static void
admit(PipitdFront *front, PipitdRequest *request)
{
	pipitd_router_admit(request);
	pipitd_connection_expect(pipitd_request_connection(request), body_time(request));
	if (request->status != 0 || request->route->begin == NULL)
		return;
	if (begin(front, request))
		request->route->begin(request);
	else
		refuse_stopping(request);
	if (request->status != 0)
		end(front, &request->busy);
}

/* The head is there. A request that is not let in is answered only after its body, so that the client reads the answer
 * instead of choking on a closed connection; where the framing is not to be trusted, at once. */
static enum MHD_Result
on_head(PipitdFront *front, PipitdRequest *request)
{
	const char *wrong = pipitd_header_guard(request->connection);
	if (wrong != NULL) {
		request->close = TRUE;
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, wrong);
		return send_answer(front, request);
	}
	admit(front, request);
	const char *expect = pipitd_request_header(request, MHD_HTTP_HEADER_EXPECT);
	if (request->status == 0 || expect == NULL)
		return MHD_YES;
	request->close = TRUE; /* a client that asked before it sends gets its answer before it sends */
	return send_answer(front, request);
}

static void
receive(PipitdFront *front, PipitdRequest *request, const char *bytes, size_t *size)
{
	*size -= request->route->receive(request, bytes, *size);
	if (request->status != 0)
		end(front, &request->busy);
}

static enum MHD_Result
on_body(PipitdFront *front, PipitdRequest *request, const char *bytes, size_t *size)
{
	if (request->status == 0 && request->route->receive != NULL) {
		receive(front, request, bytes, size);
		return MHD_YES;
	}
	gsize count = *size;
	*size = 0;
	if (request->status == 0 && request->body->len + count > request->route->max_body)
		pipitd_request_refuse(request, PIPIT_PROBLEM_TOO_LARGE, NULL);
	if (request->status == 0) {
		g_byte_array_append(request->body, (const guint8 *)bytes, (guint)count);
		return MHD_YES;
	}
	request->swallowed += count;
	return request->swallowed <= SWALLOW_MAX ? MHD_YES : MHD_NO;
}

/* The request is whole, or was resumed. */
static enum MHD_Result
on_whole(PipitdFront *front, PipitdRequest *request)
{
	PipitdHandler next = request->next;
	request->next = NULL;
	if (next != NULL) {
		next(request);
	} else if (request->status == 0) {
		pipitd_connection_relax(pipitd_request_connection(request));
		if (request->busy || begin(front, request))
			pipitd_router_dispatch(request);
		else
			refuse_stopping(request);
	}
	/* Not answered: it is suspended, and this is called again when it is resumed. */
	return request->status == 0 ? MHD_YES : send_answer(front, request);
}

static enum MHD_Result
on_access(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
	  const char *version, const char *upload, size_t *upload_size, void **request_cls)
{
	(void)version;
	PipitdFront *front = cls;
	PipitdRequest *request = *request_cls;
	if (request == NULL) {
		request = pipitd_request_new(front->server, connection, method, url);
		*request_cls = request;
		pipitd_connection_carry(pipitd_request_connection(request), request);
		return on_head(front, request);
	}
	return *upload_size > 0 ? on_body(front, request, upload, upload_size) : on_whole(front, request);
}

static void
complete(PipitdFront *front, PipitdRequest *request)
{
	PipitdConnection *connection = pipitd_request_connection(request);
	pipitd_connection_carry(connection, NULL);
	pipitd_connection_expect(connection, (IDLE_SECONDS * PIPITD_MS_PER_SECOND) + BODY_BASE_MS);
	if (request->answered)
		count_open(front, FALSE);
	/* What an upload leaves behind, for the disk, counts as its request does. */
	gboolean busy = request->busy;
	pipitd_request_free(request);
	end(front, &busy);
}

static void
on_completed(void *cls, struct MHD_Connection *connection, void **request_cls,
	     enum MHD_RequestTerminationCode code)
{
	(void)connection;
	(void)code;
	if (*request_cls != NULL)
		complete(cls, *request_cls);
	*request_cls = NULL;
}

/* Connections */

static enum MHD_Result
on_accept(void *cls, const struct sockaddr *peer, socklen_t size)
{
	(void)size;
	PipitdFront *front = cls;
	return pipitd_connections_admit(front->connections, peer) ? MHD_YES : MHD_NO;
}

static void
on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
	      enum MHD_ConnectionNotificationCode code)
{
	PipitdFront *front = cls;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		/* libmicrohttpd (0.9.75) says nothing of the request where it can't watch a socket any more. */
		PipitdRequest *left = pipitd_connection_carried(*socket_context);
		if (left != NULL)
			complete(front, left);
		pipitd_connection_closed(*socket_context);
		return;
	}
	int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	const struct sockaddr *peer =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	*socket_context = pipitd_connection_opened(front->connections, fd, peer);
}

/* Paths are compared as they were sent: none of ours needs an escape, and "%00" must not end one. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

static int
on_handshake(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
	     const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **chain,
	     unsigned int *length, gnutls_privkey_t *key)
{
	(void)authorities;
	(void)n_authorities;
	(void)algorithms;
	(void)n_algorithms;
	/* libmicrohttpd (0.9.75 to 1.0) lets the session point at its connection. */
	struct MHD_Connection *connection = gnutls_session_get_ptr(session);
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	PipitdFront *front = pipitd_connection_owner(info->socket_context);
	pipitd_tls_certificate(front->tls, chain, length, key);
	return 0;
}

static void
on_message(void *cls, const char *format, va_list arguments)
{
	/* Mostly what clients did wrong; worth reading when one looks closely. */
	const PipitdFront *front = cls;
	if (!front->server->options->verbose)
		return;
	g_autofree char *message = g_strdup_vprintf(format, arguments);
	pipitd_log("http: %s", g_strchomp(message));
}

/* Starting and stopping */

static struct MHD_Daemon *
start_daemon(PipitdFront *front, int fd, GError **error)
{
	const PipitdOptions *options = front->server->options;
	unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			     (front->tls == NULL ? 0 : MHD_USE_TLS);
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(gsize)PIPITD_TLS_PRIORITIES},
		{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(gsize)on_handshake},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem *extra = front->tls == NULL ? &tls[2] : tls;
	/* Each thread takes its share of the connections. */
	struct MHD_Daemon *daemon = MHD_start_daemon(
		flags, 0, on_accept, front, on_access, front, MHD_OPTION_EXTERNAL_LOGGER, on_message, front,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, front,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, front, MHD_OPTION_UNESCAPE_CALLBACK,
		keep_escapes, front, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)options->max_connections,
		MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned int)(options->http_threads > 1 ? options->http_threads : 0), MHD_OPTION_ARRAY,
		extra, MHD_OPTION_END);
	if (daemon == NULL)
		g_set_error_literal(error, FRONT_ERROR, 0, "the HTTP server does not start");
	return daemon;
}

PipitdFront *
pipitd_front_start(PipitdServer *server, GError **error)
{
	const PipitdOptions *options = server->options;
	PipitdFront *front = g_new0(PipitdFront, 1);
	front->server = server;
	g_mutex_init(&front->lock);
	g_cond_init(&front->calm);
	front->connections =
		pipitd_connections_new(server->watcher, (guint)options->max_connections_per_address, front);
	if (options->cert != NULL)
		front->tls = pipitd_tls_new(options->cert, options->key, error);
	PipitdAddress address;
	int fd = -1;
	if ((options->cert == NULL || front->tls != NULL) &&
	    pipitd_address_parse(options->listen, &address, error))
		fd = pipitd_listener_open(&address, error);
	if (fd >= 0) {
		front->address = pipitd_address_text((const struct sockaddr *)&address.address);
		front->daemon = start_daemon(front, fd, error);
		if (front->daemon != NULL)
			return front;
		close(fd);
	}
	pipitd_front_free(front);
	return NULL;
}

const char *
pipitd_front_address(const PipitdFront *front)
{
	return front->address;
}

gboolean
pipitd_front_reload(PipitdFront *front, GError **error)
{
	return front->tls == NULL || pipitd_tls_reload(front->tls, error);
}

void
pipitd_front_drain(PipitdFront *front)
{
	g_mutex_lock(&front->lock);
	front->draining = TRUE;
	while (front->busy > 0)
		g_cond_wait(&front->calm, &front->lock);
	g_mutex_unlock(&front->lock);
}

void
pipitd_front_stop(PipitdFront *front)
{
	gint64 until = g_get_monotonic_time() + LAST_ANSWERS_US;
	g_mutex_lock(&front->lock);
	while (front->open > 0 && g_cond_wait_until(&front->calm, &front->lock, until))
		continue;
	g_mutex_unlock(&front->lock);
	MHD_stop_daemon(front->daemon);
	front->daemon = NULL;
}

void
pipitd_front_free(PipitdFront *front)
{
	if (front == NULL)
		return;
	pipitd_connections_free(front->connections);
	pipitd_tls_free(front->tls);
	g_cond_clear(&front->calm);
	g_mutex_clear(&front->lock);
	g_free(front->address);
	g_free(front);
}
