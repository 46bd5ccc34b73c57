/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A long poll whose connection may die unnoticed (sleep, a router that forgets): what breaks is tried anew at once. */
#include "protocol/push.h"

#include "protocol/envelope.h"

struct PipitPush {
	guint refs; /* the owner's, and one for a poll on its way */
	gboolean closed;
	PipitApi *api;
	PipitPushAnswer answer;
	PipitPushFailed failed;
	gpointer user_data;
	GBytes *request; /* of the poll on its way */
	guint wait;
	gboolean retried;
};

static void
push_unref(PipitPush *push)
{
	if (--push->refs > 0)
		return;
	g_clear_pointer(&push->request, g_bytes_unref);
	g_free(push);
}

PipitPush *
pipit_push_new(PipitApi *api, PipitPushAnswer answer, PipitPushFailed failed, gpointer user_data)
{
	PipitPush *push = g_new0(PipitPush, 1);

	push->refs = 1;
	push->api = api;
	push->answer = answer;
	push->failed = failed;
	push->user_data = user_data;
	return push;
}

void
pipit_push_free(PipitPush *push)
{
	if (push == NULL)
		return;
	push->closed = TRUE;
	push_unref(push);
}

static void send_poll(PipitPush *push);

static void
on_answer(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	PipitPush *push = user_data;

	if (push->closed) {
		push_unref(push);
		return;
	}
	if (body != NULL) {
		push->answer(push->user_data, body);
	} else if (failure->network && pipit_failure_is_transient(failure) && !push->retried) {
		push->retried = TRUE;
		send_poll(push);
	} else {
		push->failed(push->user_data, failure);
	}
	push_unref(push);
}

static void
send_poll(PipitPush *push)
{
	push->refs++;
	pipit_api_poll(push->api, push->request, push->wait, push->retried, on_answer, push);
}

void
pipit_push_poll(PipitPush *push, const gint64 *acks, guint n_acks, gint64 after, guint wait)
{
	g_clear_pointer(&push->request, g_bytes_unref);
	push->request = pipit_poll_request(acks, n_acks, after, wait);
	push->wait = wait;
	push->retried = FALSE;
	send_poll(push);
}
