/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libcurl's multi interface driven by the host's loop, so that no request ever blocks a client's window. */
#include "protocol/http.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "crypto/secret.h"
#include "protocol/http_error.h"
#include "protocol/origin.h"

#define CONNECT_TIMEOUT_S 15
#define DEFAULT_TIMEOUT_S 60
/* Of a router that forgot the connection nobody hears: the system asks the peer so often, and gives it up then. */
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define UNANSWERED_MS 25000
#define MAX_REDIRECTS 5
#define FIRST_SIZE 4096

typedef struct {
	guint id;
	PipitWatchCondition condition;
} Watch;

typedef struct {
	PipitHttp *http;
	CURL *easy;
	struct curl_slist *headers;
	GBytes *request_body;
	GByteArray *body;
	gsize max_size;
	gboolean too_large;
	guint watchdog;  /* timer */
	curl_off_t seen; /* bytes, when it last looked */
	char reason[CURL_ERROR_SIZE];
	GError *error; /* set when it ended without a response */
	PipitHttpDone done;
	gpointer user_data;
} Transfer;

struct PipitHttp {
	guint refs; /* the owner's, and one for each dispatch in progress */
	const PipitLoop *loop;
	PipitProxyType proxy_type;
	char *proxy_host;
	guint proxy_port;
	char *proxy_username;
	char *proxy_password;
	char *ca_file;
	CURLM *multi;        /* NULL once closed */
	GHashTable *watches; /* fd -> Watch */
	guint timer;         /* libcurl's own timeout */
	guint deliver_timer; /* for what ended before it began */
	GList *active;       /* Transfers that libcurl has */
	GQueue finished;     /* Transfers that wait for their callback */
};

static void
transfer_free(Transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	for (struct curl_slist *header = transfer->headers; header != NULL; header = header->next)
		pipit_wipe(header->data, strlen(header->data));
	curl_slist_free_all(transfer->headers);
	g_clear_pointer(&transfer->request_body, g_bytes_unref);
	if (transfer->body != NULL) {
		pipit_wipe(transfer->body->data, transfer->body->len);
		g_byte_array_unref(transfer->body);
	}
	g_clear_error(&transfer->error);
	g_free(transfer);
}

static void
http_unref(PipitHttp *http)
{
	if (--http->refs > 0)
		return;
	g_free(http->proxy_host);
	g_free(http->proxy_username);
	pipit_secret_string_free(http->proxy_password);
	g_free(http->ca_file);
	g_hash_table_unref(http->watches);
	g_free(http);
}

static guint
retry_after_of(CURL *easy)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	return (guint)CLAMP(seconds, 0, G_MAXINT32);
}

static void
free_wiped(gpointer array)
{
	GByteArray *bytes = array;

	pipit_wipe(bytes->data, bytes->len);
	g_byte_array_unref(bytes);
}

static void
deliver_response(Transfer *transfer)
{
	long status = 0;
	char *content_type = NULL;
	GByteArray *body = g_steal_pointer(&transfer->body);
	g_autoptr(GBytes) bytes = g_bytes_new_with_free_func(body->data, body->len, free_wiped, body);

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &content_type);
	PipitHttpResponse response = {
		.status = (guint)status,
		.content_type = content_type,
		.body = bytes,
		.retry_after = retry_after_of(transfer->easy),
	};
	transfer->done(transfer->user_data, &response, NULL);
}

static void
deliver(Transfer *transfer)
{
	if (transfer->error != NULL)
		transfer->done(transfer->user_data, NULL, transfer->error);
	else
		deliver_response(transfer);
	transfer_free(transfer);
}

static void
deliver_finished(PipitHttp *http)
{
	/* A callback may free @http, which empties the queue. */
	for (Transfer *next = g_queue_pop_head(&http->finished); next != NULL;
	     next = g_queue_pop_head(&http->finished))
		deliver(next);
}

static gboolean
has_own_proxy(const PipitHttp *http)
{
	return http->proxy_type != PIPIT_PROXY_DEFAULT && http->proxy_type != PIPIT_PROXY_NONE;
}

static void
take_out(Transfer *transfer)
{
	PipitHttp *http = transfer->http;

	if (transfer->watchdog != 0)
		http->loop->timeout_remove(transfer->watchdog);
	transfer->watchdog = 0;
	curl_multi_remove_handle(http->multi, transfer->easy);
	http->active = g_list_remove(http->active, transfer);
	g_queue_push_tail(&http->finished, transfer);
}

/* Collects first and calls back later: a callback may add requests, or free everything. */
static void
collect_finished(PipitHttp *http)
{
	int left;

	for (CURLMsg *message = curl_multi_info_read(http->multi, &left); message != NULL;
	     message = curl_multi_info_read(http->multi, &left)) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result;
		Transfer *transfer = NULL;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		if (transfer->too_large)
			g_set_error_literal(&transfer->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_TOO_LARGE,
					    "the answer is longer than expected");
		else if (code != CURLE_OK)
			transfer->error =
				pipit_http_error_from_curl(easy, code, transfer->reason, has_own_proxy(http));
		take_out(transfer);
	}
}

static void
act(PipitHttp *http, curl_socket_t socket, int events)
{
	int running;

	http->refs++;
	curl_multi_socket_action(http->multi, socket, events, &running);
	collect_finished(http);
	deliver_finished(http);
	http_unref(http);
}

static void
on_ready(gpointer user_data, int fd, PipitWatchCondition condition)
{
	int events = 0;

	if (condition & PIPIT_WATCH_READ)
		events |= CURL_CSELECT_IN;
	if (condition & PIPIT_WATCH_WRITE)
		events |= CURL_CSELECT_OUT;
	act(user_data, fd, events);
}

static gboolean
on_timeout(gpointer user_data)
{
	PipitHttp *http = user_data;

	http->timer = 0;
	act(http, CURL_SOCKET_TIMEOUT, 0);
	return G_SOURCE_REMOVE;
}

static gboolean
on_deliver(gpointer user_data)
{
	PipitHttp *http = user_data;

	http->deliver_timer = 0;
	http->refs++;
	deliver_finished(http);
	http_unref(http);
	return G_SOURCE_REMOVE;
}

static curl_off_t
bytes_so_far(CURL *easy)
{
	curl_off_t up = 0;
	curl_off_t down = 0;
	long head = 0;

	curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
	curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &head);
	return up + down + head;
}

/* What moves, however slowly, may take its time: a long answer over a bad line would else never come through. libcurl has
 * a limit of that kind, but looks every second, for which it would wake a client that rests. */
static gboolean
on_watchdog(gpointer user_data)
{
	Transfer *transfer = user_data;
	PipitHttp *http = transfer->http;
	curl_off_t bytes = bytes_so_far(transfer->easy);

	if (bytes != transfer->seen) {
		transfer->seen = bytes;
		return G_SOURCE_CONTINUE;
	}
	transfer->watchdog = 0;
	g_set_error_literal(&transfer->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_TIMEOUT,
			    "no answer in time");
	take_out(transfer);
	http->refs++;
	deliver_finished(http);
	http_unref(http);
	return G_SOURCE_REMOVE;
}

static void
unwatch(PipitHttp *http, curl_socket_t socket)
{
	const Watch *watch = g_hash_table_lookup(http->watches, GINT_TO_POINTER(socket));

	if (watch == NULL)
		return;
	http->loop->watch_remove(watch->id);
	g_hash_table_remove(http->watches, GINT_TO_POINTER(socket));
}

static PipitWatchCondition
condition_of(int what)
{
	guint condition = 0;

	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		condition |= PIPIT_WATCH_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		condition |= PIPIT_WATCH_WRITE;
	return (PipitWatchCondition)condition;
}

/* libcurl's CURLMOPT_SOCKETFUNCTION: must not call back into libcurl. libpurple can't change a watch's condition, so a
 * changed one is a new one. */
static int
socket_changed(CURL *easy G_GNUC_UNUSED, curl_socket_t socket, int what, void *user_data,
	       void *per_socket G_GNUC_UNUSED)
{
	PipitHttp *http = user_data;
	PipitWatchCondition condition = condition_of(what);
	const Watch *old = g_hash_table_lookup(http->watches, GINT_TO_POINTER(socket));

	if (old != NULL && old->condition == condition)
		return 0;
	unwatch(http, socket);
	if (condition == 0)
		return 0;
	Watch *watch = g_new(Watch, 1);
	watch->condition = condition;
	watch->id = http->loop->watch_add(socket, condition, on_ready, http);
	g_hash_table_insert(http->watches, GINT_TO_POINTER(socket), watch);
	return 0;
}

/* libcurl's CURLMOPT_TIMERFUNCTION: must not call back into libcurl either. */
static int
timer_changed(CURLM *multi G_GNUC_UNUSED, long milliseconds, void *user_data)
{
	PipitHttp *http = user_data;

	if (http->timer != 0)
		http->loop->timeout_remove(http->timer);
	http->timer = 0;
	if (milliseconds >= 0)
		http->timer = http->loop->timeout_add((guint)MIN(milliseconds, G_MAXINT32), on_timeout, http);
	return 0;
}

static size_t
receive(char *bytes, size_t size, size_t count, void *user_data)
{
	Transfer *transfer = user_data;
	gsize length = size * count;

	if (length > transfer->max_size - transfer->body->len) {
		transfer->too_large = TRUE;
		return 0;
	}
	g_byte_array_append(transfer->body, (const guint8 *)bytes, (guint)length);
	return length;
}

PipitHttp *
pipit_http_new(const PipitLoop *loop, const PipitProxy *proxy, const char *ca_file)
{
	PipitHttp *http = g_new0(PipitHttp, 1);

	http->refs = 1;
	http->loop = loop;
	http->proxy_type = proxy->type;
	http->proxy_host = g_strdup(proxy->host);
	http->proxy_port = proxy->port;
	http->proxy_username = g_strdup(proxy->username);
	http->proxy_password = g_strdup(proxy->password);
	http->ca_file = ca_file != NULL && ca_file[0] != '\0' ? g_strdup(ca_file) : NULL;
	http->watches = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	g_queue_init(&http->finished);
	http->multi = curl_multi_init();
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return http;
}

static void
abort_transfer(Transfer *transfer)
{
	g_clear_error(&transfer->error);
	g_set_error_literal(&transfer->error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_ABORTED, "closed");
	deliver(transfer);
}

void
pipit_http_free(PipitHttp *http)
{
	if (http == NULL)
		return;
	while (http->active != NULL)
		take_out(http->active->data);
	/* All I/O ends before the first callback. */
	curl_multi_cleanup(g_steal_pointer(&http->multi));
	if (http->timer != 0)
		http->loop->timeout_remove(http->timer);
	if (http->deliver_timer != 0)
		http->loop->timeout_remove(http->deliver_timer);
	for (Transfer *next = g_queue_pop_head(&http->finished); next != NULL;
	     next = g_queue_pop_head(&http->finished))
		abort_transfer(next);
	http_unref(http);
}

static long
curl_proxy_type(PipitProxyType type)
{
	switch (type) {
	case PIPIT_PROXY_SOCKS4:
		return CURLPROXY_SOCKS4;
	case PIPIT_PROXY_SOCKS4A:
		return CURLPROXY_SOCKS4A;
	case PIPIT_PROXY_SOCKS5:
		return CURLPROXY_SOCKS5_HOSTNAME;
	case PIPIT_PROXY_DEFAULT:
	case PIPIT_PROXY_NONE:
	case PIPIT_PROXY_HTTP:
		break;
	}
	return CURLPROXY_HTTP;
}

static void
set_proxy(const PipitHttp *http, CURL *easy, const char *url)
{
	if (!has_own_proxy(http)) {
		/* The environment's proxy is not meant for this machine itself. */
		if (http->proxy_type == PIPIT_PROXY_NONE || pipit_origin_is_loopback(url))
			curl_easy_setopt(easy, CURLOPT_PROXY, "");
		return;
	}
	gboolean bare_ipv6 = strchr(http->proxy_host, ':') != NULL && http->proxy_host[0] != '[';
	g_autofree char *host =
		bare_ipv6 ? g_strdup_printf("[%s]", http->proxy_host) : g_strdup(http->proxy_host);
	curl_easy_setopt(easy, CURLOPT_PROXY, host);
	curl_easy_setopt(easy, CURLOPT_PROXYPORT, (long)http->proxy_port);
	curl_easy_setopt(easy, CURLOPT_PROXYTYPE, curl_proxy_type(http->proxy_type));
	/* Else the environment's no_proxy would take the proxy out again. */
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (http->proxy_username != NULL) {
		curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, http->proxy_username);
		curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, http->proxy_password);
		curl_easy_setopt(easy, CURLOPT_PROXYAUTH, CURLAUTH_ANY);
	}
}

static void
set_tls(const PipitHttp *http, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	/* Without the certificates libcurl does not say which check failed (http_error.c). */
	curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
	/* Debian's default folder repeats the default file's certificates one by one, and GnuTLS would read
	 * both anew for each connection, for 60 ms of the host's loop. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (http->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
}

/* libcurl's CURLOPT_SOCKOPTFUNCTION. */
static int
limit_silence(void *user_data G_GNUC_UNUSED, curl_socket_t socket, curlsocktype purpose G_GNUC_UNUSED)
{
	const unsigned int milliseconds = UNANSWERED_MS;

	/* A system that does not know it goes by the number of unanswered questions. */
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
	return CURL_SOCKOPT_OK;
}

static void
set_behaviour(CURL *easy, const PipitHttpRequest *request)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Else taking a handle out waits for the resolver's thread. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request->follow_redirects ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MAX_REDIRECTS);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "pipit/" PIPIT_VERSION);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, limit_silence);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
}

static void
add_header(Transfer *transfer, const char *name, const char *prefix, const char *value)
{
	char *header = g_strconcat(name, prefix, value, NULL);

	transfer->headers = curl_slist_append(transfer->headers, header);
	pipit_secret_string_free(header);
}

static void
set_content(Transfer *transfer, const PipitHttpRequest *request)
{
	curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);
	if (request->bearer != NULL)
		add_header(transfer, "Authorization: ", "Bearer ", request->bearer);
	if (request->signature != NULL)
		add_header(transfer, "Pipit-Signature: ", "", request->signature);
	if (request->body != NULL) {
		gsize size;
		const char *bytes = g_bytes_get_data(request->body, &size);
		transfer->request_body = g_bytes_ref(request->body);
		add_header(transfer, "Content-Type: ", "", "application/json");
		/* A larger body would wait a second for "100 Continue" where the server sends none. */
		add_header(transfer, "Expect:", "", "");
		curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
		curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, bytes);
	}
	curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
	if (strcmp(request->method, "GET") != 0)
		curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
set_result(Transfer *transfer)
{
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->reason);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
}

/* What must not go out at all. */
static gboolean
check_allowed(const PipitHttp *http, const char *url, GError **error)
{
	if (!pipit_origin_allows(url)) {
		g_set_error(error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_URL, "%s is no https address", url);
		return FALSE;
	}
	if (!has_own_proxy(http))
		return TRUE;
	if (http->proxy_host == NULL || http->proxy_host[0] == '\0' || http->proxy_port == 0 ||
	    http->proxy_port > G_MAXUINT16) {
		g_set_error_literal(error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_PROXY,
				    "it has no host or port");
		return FALSE;
	}
	/* Plain http is for this machine alone; a proxy elsewhere would read it. */
	if (!g_str_has_prefix(url, "https:") && !pipit_host_is_loopback(http->proxy_host)) {
		g_set_error(error, PIPIT_HTTP_ERROR, PIPIT_HTTP_ERROR_URL,
			    "plain http would go through the proxy %s", http->proxy_host);
		return FALSE;
	}
	return TRUE;
}

static void
finish_later(PipitHttp *http, Transfer *transfer)
{
	g_queue_push_tail(&http->finished, transfer);
	if (http->deliver_timer == 0)
		http->deliver_timer = http->loop->timeout_add(0, on_deliver, http);
}

void
pipit_http_send(PipitHttp *http, const PipitHttpRequest *request, PipitHttpDone done, gpointer user_data)
{
	Transfer *transfer = g_new0(Transfer, 1);

	transfer->http = http;
	transfer->easy = curl_easy_init();
	transfer->body = g_byte_array_sized_new(FIRST_SIZE);
	transfer->max_size = request->max_size;
	transfer->done = done;
	transfer->user_data = user_data;
	if (http->multi == NULL) {
		abort_transfer(transfer);
		return;
	}
	if (!check_allowed(http, request->url, &transfer->error)) {
		finish_later(http, transfer);
		return;
	}
	set_behaviour(transfer->easy, request);
	set_tls(http, transfer->easy);
	set_proxy(http, transfer->easy, request->url);
	set_content(transfer, request);
	set_result(transfer);
	http->active = g_list_prepend(http->active, transfer);
	transfer->watchdog = http->loop->timeout_add(
		(request->timeout > 0 ? request->timeout : DEFAULT_TIMEOUT_S) * 1000, on_watchdog, transfer);
	curl_multi_add_handle(http->multi, transfer->easy);
}
