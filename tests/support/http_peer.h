/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plain HTTP client for tests of the server: one connection, one request at a time, nothing clever. */
#pragma once

#include <json-glib/json-glib.h>

typedef struct PipitHttpPeer PipitHttpPeer;

/* What came back. Owned by the caller. */
typedef struct {
	guint status;       /* 0: no answer came, see failure */
	int failure;        /* libcurl's code */
	JsonObject *body;   /* NULL if there is none, or it is no JSON object */
	char *content_type; /* or NULL */
	guint retry_after;  /* seconds; 0 without */
	guint connections;  /* how many this request had to make */
} PipitReply;

/** @origin: "http://127.0.0.1:1234". */
PipitHttpPeer *pipit_http_peer_new(const char *origin);
void pipit_http_peer_free(PipitHttpPeer *peer);

/** What goes into Authorization; NULL for nothing. */
void pipit_http_peer_set_token(PipitHttpPeer *peer, const char *auth_token);
/** Trust this issuer alone (PEM file). */
void pipit_http_peer_set_ca(PipitHttpPeer *peer, const char *path);

/** @body: JSON or NULL. @signature: Pipit-Signature or NULL. */
PipitReply *pipit_http_peer_ask(PipitHttpPeer *peer, const char *method, const char *path, const char *body,
				const char *signature);
void pipit_reply_free(PipitReply *reply);

/** Returns: (transfer none) the problem's code, or "" if the answer is none. */
const char *pipit_reply_code(const PipitReply *reply);

/** Fails the test unless the answer has this status. */
#define pipit_assert_status(reply, expected)                                                                 \
	G_STMT_START                                                                                         \
	{                                                                                                    \
		if ((reply)->status != (expected))                                                           \
			g_error("%s:%d: expected %d, got %u \"%s\" (curl %d)", __FILE__, __LINE__,           \
				(int)(expected), (reply)->status, pipit_reply_code(reply),                   \
				(reply)->failure);                                                           \
	}                                                                                                    \
	G_STMT_END

/** Fails the test unless the answer is this problem. */
#define pipit_assert_problem(reply, expected, code_)                                                         \
	G_STMT_START                                                                                         \
	{                                                                                                    \
		pipit_assert_status(reply, expected);                                                        \
		g_assert_cmpstr(pipit_reply_code(reply), ==, code_);                                         \
		g_assert_cmpstr((reply)->content_type, ==, "application/problem+json");                      \
	}                                                                                                    \
	G_STMT_END

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitHttpPeer, pipit_http_peer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitReply, pipit_reply_free)
