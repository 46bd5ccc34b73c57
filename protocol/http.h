/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP on the host's loop: libcurl's multi interface behind one call.
 *
 * Every request is answered by exactly one callback from the loop, never from within pipit_http_send();
 * pipit_http_free() answers what is outstanding with PIPIT_HTTP_ERROR_ABORTED. A callback may free the PipitHttp. */
#pragma once

#include "protocol/client.h"

#define PIPIT_HTTP_ERROR (pipit_http_error_quark())
GQuark pipit_http_error_quark(void);

typedef enum {
	PIPIT_HTTP_ERROR_RESOLVE,  /* no such name, or no name server answers */
	PIPIT_HTTP_ERROR_CONNECT,  /* nobody listens there */
	PIPIT_HTTP_ERROR_TIMEOUT,  /* no answer in time */
	PIPIT_HTTP_ERROR_NETWORK,  /* the connection broke */
	PIPIT_HTTP_ERROR_NOT_HTTP, /* what answers there speaks no HTTP (or no TLS), or leads away from it */
	PIPIT_HTTP_ERROR_PROXY,    /* the proxy is not there or refuses */
	PIPIT_HTTP_ERROR_EXPIRED,  /* certificate: not valid at this time */
	PIPIT_HTTP_ERROR_WRONG_HOST, /* certificate: for another name */
	PIPIT_HTTP_ERROR_ISSUER,     /* certificate: signed by nobody whom we know */
	PIPIT_HTTP_ERROR_TLS,        /* no secure connection for another reason */
	PIPIT_HTTP_ERROR_CA_FILE,    /* the CA file can't be read */
	PIPIT_HTTP_ERROR_TOO_LARGE,  /* the answer is longer than the request allows */
	PIPIT_HTTP_ERROR_URL, /* not a URL that may be fetched this way (plain http beyond this machine) */
	PIPIT_HTTP_ERROR_ABORTED, /* the PipitHttp went away first */
} PipitHttpError;

typedef struct PipitHttp PipitHttp;

/* What to ask; copied by pipit_http_send(). Unset members are zero. */
typedef struct {
	const char *method; /* "GET", "POST", "PUT", "PATCH", "DELETE" */
	const char *url;
	const char *bearer;        /* auth token for Authorization, or NULL */
	const char *signature;     /* for Pipit-Signature, or NULL */
	GBytes *body;              /* JSON, or NULL */
	gint64 range_from;         /* the answer's body from this byte on alone: Range; 0: all of it */
	gint64 upload_offset;      /* of a body that is streamed: Upload-Offset */
	gsize max_size;            /* of the answer's body, in bytes */
	guint timeout;             /* seconds in which no byte moves; 0: 60 */
	gboolean follow_redirects; /* at most 5, to https alone */
	gboolean fresh;            /* on a new connection: the old one may be dead without knowing */
} PipitHttpRequest;

/* Valid during the callback; take a reference on @body to keep it (its memory is wiped with the last one). */
typedef struct {
	guint status;
	const char *content_type; /* or NULL */
	GBytes *body;
	guint retry_after; /* seconds, 0 if the server does not say */
} PipitHttpResponse;

/** @response is NULL on @error, which then is in PIPIT_HTTP_ERROR; any status is a response. */
typedef void (*PipitHttpDone)(gpointer user_data, const PipitHttpResponse *response, const GError *error);

/**
 * @proxy: copied. With PIPIT_PROXY_DEFAULT a server on loopback is reached directly; every other type is used for all
 *   requests, and never left out.
 * @ca_file: PEM, the only issuers to trust; NULL or "" for the system's.
 */
PipitHttp *pipit_http_new(const PipitLoop *loop, const PipitProxy *proxy, const char *ca_file);

/** Answers what is outstanding with ABORTED, closes all connections, frees. NULL is fine. */
void pipit_http_free(PipitHttp *http);

void pipit_http_send(PipitHttp *http, const PipitHttpRequest *request, PipitHttpDone done,
		     gpointer user_data);

/* What is too large for memory passes by in pieces, as fast as who gives or takes them can. */

/* How an answer begins; valid during the call. */
typedef struct {
	guint status;
	gint64 length;             /* of the body; -1 if the server does not say */
	const char *content_range; /* or NULL */
} PipitHttpHead;

typedef enum {
	PIPIT_HTTP_TAKEN,
	PIPIT_HTTP_LATER, /* the same bytes come again after pipit_http_go_on() */
	PIPIT_HTTP_STOP,  /* no more of this: the callback hears ABORTED */
} PipitHttpTaking;

/* Unset members are zero. Both are called from the loop, and must not call anything of this file. */
typedef struct {
	/** Puts the next bytes of the request's body at @room, which has @size. Returns: how many; 0: none are there yet, until
	 * pipit_http_go_on(). */
	gsize (*give)(gpointer user_data, guint8 *room, gsize size);
	gint64 size; /* of that body, exactly */
	/** Takes the next bytes of the body of a 2xx answer. Of others the body is kept, and comes with the callback. */
	PipitHttpTaking (*take)(gpointer user_data, const PipitHttpHead *head, const guint8 *bytes,
				gsize size);
} PipitHttpStream;

typedef struct PipitHttpTransfer PipitHttpTransfer;

/**
 * As pipit_http_send(), with a body that is given or taken in pieces.
 * Returns: (transfer none) valid until the callback; NULL if the callback has come already, since @http is closed.
 */
PipitHttpTransfer *pipit_http_stream(PipitHttp *http, const PipitHttpRequest *request,
				     const PipitHttpStream *stream, gpointer stream_user_data,
				     PipitHttpDone done, gpointer user_data);

/** There is something to give, or room to take: goes on if it waited. May call give or take at once. */
void pipit_http_go_on(PipitHttpTransfer *transfer);

/** Ends it; the callback hears ABORTED, within the call. */
void pipit_http_cancel(PipitHttpTransfer *transfer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitHttp, pipit_http_free)
