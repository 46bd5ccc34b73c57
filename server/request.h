/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One HTTP request on its way through a handler. A handler either answers, or hands the request on to another thread and
 * names the function that goes on with it afterwards, on a serving thread again. */
#pragma once

#include <json-glib/json-glib.h>
#include <microhttpd.h>

#include "protocol/problem.h"
#include "server/connections.h"
#include "server/server.h"
#include "server/store_devices.h"

typedef struct PipitdRequest PipitdRequest;
typedef struct PipitdRoute PipitdRoute;

typedef void (*PipitdHandler)(PipitdRequest *request);

struct PipitdRequest {
	PipitdServer *server;
	struct MHD_Connection *connection;
	const PipitdRoute *route; /* NULL until it is known */
	char *method;
	char *path;
	char *parameter;      /* the part of the path that the route leaves open, or NULL */
	gint64 started;       /* pipitd_clock_monotonic() */
	GByteArray *body;     /* wiped when the request goes: it may hold a password */
	gsize swallowed;      /* bytes of a body that nobody wants */
	PipitdDevice *device; /* who asks, where the route asks for that */

	/* What a handler keeps from one of its functions to the next; freed with the request. */
	gpointer state;
	GDestroyNotify state_free;
	PipitdHandler next; /* what goes on when it is resumed */
	GError *failure;    /* of the write that it waited for */

	/* The answer */
	guint status;   /* 0: not answered yet */
	GBytes *answer; /* NULL for none */
	int file;       /* else a part of this file; -1 for none */
	guint64 file_first;
	guint64 file_count;
	char *range;       /* Content-Range, or NULL */
	guint retry_after; /* seconds; 0: not said */
	gboolean close;    /* the connection, after this answer */
	gboolean answered; /* it is on its way */
	gboolean busy;     /* counted among those that the server finishes before it stops */
};

PipitdRequest *pipitd_request_new(PipitdServer *server, struct MHD_Connection *connection, const char *method,
				  const char *path);
void pipitd_request_free(PipitdRequest *request);

/** Answers with JSON; takes @object. */
void pipitd_request_answer(PipitdRequest *request, guint status, JsonObject *object);
/** Answers 204. */
void pipitd_request_answer_empty(PipitdRequest *request);
/** Answers with @count bytes of a file from @first on; takes @file. */
void pipitd_request_answer_file(PipitdRequest *request, guint status, int file, guint64 first, guint64 count);
/** Answers with a problem document. @detail: for people; NULL for nothing to add. */
void pipitd_request_refuse(PipitdRequest *request, PipitProblem problem, const char *detail);
/** Answers 429. @seconds: Retry-After. */
void pipitd_request_slow_down(PipitdRequest *request, guint seconds);
/** Answers with what a failure of the store means to who asked, and logs it if it is the operator's business. */
void pipitd_request_refuse_store(PipitdRequest *request, const GError *error);

/** Returns: (transfer full) the body as a JSON object; NULL if it is none, and the request is answered. */
JsonObject *pipitd_request_json(PipitdRequest *request, gsize max_size);

/** Keeps @state for the functions that go on with the request. */
void pipitd_request_keep(PipitdRequest *request, gpointer state, GDestroyNotify state_free);

/** Stops the request until pipitd_request_resume(), when @next goes on. For the handler's thread. */
void pipitd_request_suspend(PipitdRequest *request, PipitdHandler next);
/** Lets a suspended request go on; the caller must not touch it any more. Any thread. */
void pipitd_request_resume(PipitdRequest *request);

/** Has the writer run @run with the request as user_data, then @next, with request->failure set if it failed. */
void pipitd_request_write(PipitdRequest *request, PipitdWriteFunc run, PipitdHandler next);

/** Has a password thread run @work, then @next; answers 503 if too many wait. */
void pipitd_request_hash(PipitdRequest *request, void (*work)(gpointer request), PipitdHandler next);

/** Has a thread that may wait for the disk run @work, then @next; without @next, as after pipitd_request_suspend(). */
void pipitd_request_disk(PipitdRequest *request, void (*work)(gpointer request), PipitdHandler next);

/** Returns: (transfer none) the connection that it came by. */
PipitdConnection *pipitd_request_connection(PipitdRequest *request);

/** Returns: (transfer full) the client's network, as limits count it. */
char *pipitd_request_network(PipitdRequest *request);
/** Returns: the client's socket. */
int pipitd_request_socket(PipitdRequest *request);
/** Returns: (transfer none) a header's value or NULL. */
const char *pipitd_request_header(PipitdRequest *request, const char *name);

/** Returns: milliseconds since 1970 by the server's clock. */
gint64 pipitd_request_now(const PipitdRequest *request);
