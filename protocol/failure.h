/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a request did not work: what a program acts on, and a sentence for the person. */
#pragma once

#include "protocol/client.h"
#include "protocol/http.h"
#include "protocol/problem.h"

typedef struct {
	GError *error; /* in PIPIT_CLIENT_ERROR; the message is a sentence for the person, translated */
	PipitProblem problem; /* what the server said; PIPIT_PROBLEM_COUNT if it said nothing of the kind */
	guint retry_after;    /* seconds that the server asked for, or 0 */
	gboolean network;     /* no answer came at all: a new connection may help */
} PipitFailure;

/** Frees what it holds; zeroed is fine. */
void pipit_failure_clear(PipitFailure *failure);

/** No answer came. @where: the server's origin, or the domain that was asked. @error: in PIPIT_HTTP_ERROR. */
void pipit_failure_from_http(PipitFailure *failure, const char *where, const GError *error);

/** The answer is not the one that was hoped for. */
void pipit_failure_from_response(PipitFailure *failure, const char *where, const PipitHttpResponse *response);

/** The answer had the right status and can't be read. */
void pipit_failure_malformed(PipitFailure *failure, const char *where, const char *reason);

/** The client went away first. */
void pipit_failure_aborted(PipitFailure *failure);

/** TRUE if it will pass by itself: try again later. */
gboolean pipit_failure_is_transient(const PipitFailure *failure);

/** TRUE if the client went away first: call back to whoever waits, and touch nothing else. */
gboolean pipit_failure_is_aborted(const PipitFailure *failure);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitFailure, pipit_failure_clear)
