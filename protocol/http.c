/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libcurl's multi interface driven by the host's loop, so that no request ever blocks a client's window. */
#include "protocol/http_private.h"

#include <string.h>

#include "crypto/secret.h"

typedef struct {
	guint id;
	PipitWatchCondition condition;
} Watch;

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

static void
deliver_finished(PipitHttp *http)
{
	/* A callback may free @http, which empties the queue. */
	for (PipitHttpTransfer *next = g_queue_pop_head(&http->finished); next != NULL;
	     next = g_queue_pop_head(&http->finished))
		pipit_http_transfer_deliver(next);
}

static void
remove_from_libcurl(PipitHttpTransfer *transfer)
{
	PipitHttp *http = transfer->http;

	if (transfer->watchdog != 0)
		http->loop->timeout_remove(transfer->watchdog);
	transfer->watchdog = 0;
	curl_multi_remove_handle(http->multi, transfer->easy);
	http->active = g_list_remove(http->active, transfer);
}

static void
take_out(PipitHttpTransfer *transfer)
{
	remove_from_libcurl(transfer);
	g_queue_push_tail(&transfer->http->finished, transfer);
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
		PipitHttpTransfer *transfer = NULL;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
		pipit_http_transfer_ended(transfer, code);
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

/* What moves, however slowly, may take its time: a long answer over a bad line would else never come through. libcurl has
 * a limit of that kind, but looks every second, for which it would wake a client that rests. */
static gboolean
on_watchdog(gpointer user_data)
{
	PipitHttpTransfer *transfer = user_data;
	PipitHttp *http = transfer->http;

	if (pipit_http_transfer_moves(transfer))
		return G_SOURCE_CONTINUE;
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
	for (PipitHttpTransfer *next = g_queue_pop_head(&http->finished); next != NULL;
	     next = g_queue_pop_head(&http->finished))
		pipit_http_transfer_abort(next);
	http_unref(http);
}

static void
finish_later(PipitHttpTransfer *transfer)
{
	PipitHttp *http = transfer->http;

	g_queue_push_tail(&http->finished, transfer);
	if (http->deliver_timer == 0)
		http->deliver_timer = http->loop->timeout_add(0, on_deliver, http);
}

static void
begin(PipitHttpTransfer *transfer, const PipitHttpRequest *request)
{
	PipitHttp *http = transfer->http;

	pipit_http_set_options(transfer, request);
	pipit_http_transfer_set_bodies(transfer);
	http->active = g_list_prepend(http->active, transfer);
	transfer->watchdog = http->loop->timeout_add(transfer->patience, on_watchdog, transfer);
	curl_multi_add_handle(http->multi, transfer->easy);
}

void
pipit_http_send(PipitHttp *http, const PipitHttpRequest *request, PipitHttpDone done, gpointer user_data)
{
	PipitHttpTransfer *transfer = pipit_http_transfer_new(http, request, done, user_data);

	if (http->multi == NULL)
		pipit_http_transfer_abort(transfer);
	else if (!pipit_http_check_allowed(http, request->url, &transfer->error))
		finish_later(transfer);
	else
		begin(transfer, request);
}

PipitHttpTransfer *
pipit_http_stream(PipitHttp *http, const PipitHttpRequest *request, const PipitHttpStream *stream,
		  gpointer stream_user_data, PipitHttpDone done, gpointer user_data)
{
	PipitHttpTransfer *transfer = pipit_http_transfer_new(http, request, done, user_data);

	transfer->stream = *stream;
	transfer->stream_user_data = stream_user_data;
	if (http->multi == NULL) {
		pipit_http_transfer_abort(transfer);
		return NULL;
	}
	if (pipit_http_check_allowed(http, request->url, &transfer->error))
		begin(transfer, request);
	else
		finish_later(transfer);
	return transfer;
}

void
pipit_http_go_on(PipitHttpTransfer *transfer)
{
	CURLcode code = CURLE_OK;

	if (!transfer->giving_paused && !transfer->taking_paused)
		return;
	transfer->giving_paused = transfer->taking_paused = FALSE;
	/* One that has ended already only waits for its callback. */
	if (g_list_find(transfer->http->active, transfer) != NULL)
		code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	if (code == CURLE_OK)
		return;
	pipit_http_transfer_ended(transfer, code);
	remove_from_libcurl(transfer);
	finish_later(transfer);
}

void
pipit_http_cancel(PipitHttpTransfer *transfer)
{
	PipitHttp *http = transfer->http;

	if (g_list_find(http->active, transfer) != NULL)
		remove_from_libcurl(transfer);
	else
		g_queue_remove(&http->finished, transfer);
	pipit_http_transfer_abort(transfer);
}
