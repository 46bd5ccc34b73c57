/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of HTTP share: http.c the loop, http_transfer.c one request and its answer, http_options.c what libcurl is
 * told of it. */
#pragma once

#include <curl/curl.h>

#include "protocol/http.h"

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
	GList *active;       /* PipitHttpTransfers that libcurl has */
	GQueue finished;     /* PipitHttpTransfers that wait for their callback */
};

struct PipitHttpTransfer {
	PipitHttp *http;
	CURL *easy;
	struct curl_slist *headers;
	GBytes *request_body;
	GByteArray *body;
	gsize max_size;
	gboolean too_large;
	PipitHttpStream stream; /* zeroed for what goes in one piece */
	gpointer stream_user_data;
	gboolean giving_paused; /* until pipit_http_go_on() */
	gboolean taking_paused;
	gboolean stopped; /* by who takes */
	guint watchdog;   /* timer */
	guint patience;   /* ms in which no byte moves */
	curl_off_t seen;  /* bytes, when it last looked */
	char reason[CURL_ERROR_SIZE];
	GError *error; /* set when it ended without a response */
	PipitHttpDone done;
	gpointer user_data;
};

/* http_transfer.c */
PipitHttpTransfer *pipit_http_transfer_new(PipitHttp *http, const PipitHttpRequest *request,
					   PipitHttpDone done, gpointer user_data);
/** libcurl ended it. */
void pipit_http_transfer_ended(PipitHttpTransfer *transfer, CURLcode code);
/** Calls back, and frees it. */
void pipit_http_transfer_deliver(PipitHttpTransfer *transfer);
/** The same with ABORTED, whatever came of it. */
void pipit_http_transfer_abort(PipitHttpTransfer *transfer);
/** FALSE if no byte moved since the last time, though it could have. */
gboolean pipit_http_transfer_moves(PipitHttpTransfer *transfer);
/** Has libcurl move the bodies by the transfer's functions. */
void pipit_http_transfer_set_bodies(PipitHttpTransfer *transfer);

/* http_options.c */
gboolean pipit_http_has_own_proxy(const PipitHttp *http);
/** FALSE with PIPIT_HTTP_ERROR for what must not go out at all. */
gboolean pipit_http_check_allowed(const PipitHttp *http, const char *url, GError **error);
void pipit_http_set_options(PipitHttpTransfer *transfer, const PipitHttpRequest *request);
