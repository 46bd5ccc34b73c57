/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A poll: acknowledge, look, park, look again. */
#include "server/poll.h"

#include "protocol/envelope.h"
#include "protocol/json_reader.h"
#include "server/log.h"
#include "server/store_queue.h"

#define ANSWER_MAX_BYTES ((gsize)1024 * 1024)
#define SEEN_STEP (10 * PIPITD_MS_PER_MINUTE) /* how exactly the last time of a device is known */

typedef struct {
	PipitdParked parked;
	gint64 *acks;
	guint n_acks;
	gint64 after;
	gint64 deadline; /* pipitd_clock_monotonic() */
} Poll;

static void
poll_free(gpointer data)
{
	Poll *poll = data;
	pipitd_message_free(poll->parked.ephemeral);
	g_free(poll->acks);
	g_free(poll);
}

/* Answering */

static JsonObject *
message_object(const PipitdMessage *message, PipitClass class_)
{
	JsonObject *object = json_object_new();
	json_object_set_int_member(object, "seq", message->seq);
	json_object_set_string_member(object, "id", message->id);
	json_object_set_string_member(object, "from", message->from);
	json_object_set_string_member(object, "to", message->to);
	pipit_json_set_bytes(object, "push_token", message->sender_token);
	json_object_set_string_member(object, "class", pipit_class_name(class_));
	json_object_set_string_member(object, "suite", pipit_suite_name(message->suite));
	pipit_json_set_bytes(object, "prekey", message->prekey);
	pipit_json_set_bytes(object, "payload", message->payload);
	json_object_set_int_member(object, "received_at", message->received_at);
	return object;
}

static void
answer(PipitdRequest *request, JsonArray *messages, gboolean more)
{
	JsonObject *object = json_object_new();
	json_object_set_int_member(object, "time", pipitd_request_now(request));
	json_object_set_string_member(object, "epoch", pipitd_store_epoch(request->server->store));
	json_object_set_boolean_member(object, "more", more);
	json_object_set_array_member(object, "messages", messages);
	pipitd_request_answer(request, MHD_HTTP_OK, object);
}

static void
answer_ephemeral(PipitdRequest *request)
{
	const Poll *poll = request->state;
	JsonArray *messages = json_array_new();
	json_array_add_object_element(messages,
				      message_object(poll->parked.ephemeral, PIPIT_CLASS_EPHEMERAL));
	answer(request, messages, FALSE);
}

static GPtrArray *
waiting(PipitdRequest *request, gboolean *more)
{
	const Poll *poll = request->state;
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	GPtrArray *messages = session == NULL ? NULL
					      : pipitd_store_waiting(session, request->device->id,
								     poll->after, PIPIT_POLL_MAX_MESSAGES,
								     ANSWER_MAX_BYTES, more, &error);
	if (messages == NULL)
		pipitd_request_refuse_store(request, error);
	return messages;
}

static void
answer_messages(PipitdRequest *request, GPtrArray *messages, gboolean more)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < messages->len; i++)
		json_array_add_object_element(array, message_object(messages->pdata[i], PIPIT_CLASS_STORED));
	answer(request, array, more);
}

/* Waiting */

static gboolean
something_waits(PipitdRequest *request)
{
	const Poll *poll = request->state;
	gboolean more;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, NULL);
	if (session == NULL)
		return TRUE; /* the next look will say what is wrong */
	g_autoptr(GPtrArray) messages =
		pipitd_store_waiting(session, request->device->id, poll->after, 1, 1, &more, NULL);
	return messages == NULL || messages->len > 0;
}

static void
on_woken(PipitdParked *parked)
{
	pipitd_request_resume(parked->user_data);
}

/* Asked anew: it was when the head of the request came. */
static gboolean
device_was_removed(PipitdRequest *request)
{
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, NULL);
	gboolean there;
	return session != NULL && pipitd_store_has_device(session, request->device->id, &there, NULL) &&
	       !there;
}

static void look(PipitdRequest *request);

static void
go_on(PipitdRequest *request)
{
	const Poll *poll = request->state;
	switch (poll->parked.wake) {
	case PIPITD_WAKE_EPHEMERAL:
		answer_ephemeral(request);
		return;
	case PIPITD_WAKE_DISPLACED:
		pipitd_log("device %" G_GINT64_FORMAT " polls twice", request->device->id);
		pipitd_request_refuse(request, PIPIT_PROBLEM_DISPLACED, "another poll of this device came");
		return;
	case PIPITD_WAKE_REMOVED:
		pipitd_request_refuse(request, PIPIT_PROBLEM_TOKEN_UNKNOWN, "this device was removed");
		return;
	case PIPITD_WAKE_GONE: /* there is nobody to read it, but libmicrohttpd wants an answer */
	case PIPITD_WAKE_CLOSING:
		request->close = TRUE;
		answer(request, json_array_new(), FALSE);
		return;
	case PIPITD_WAKE_MESSAGE:
	case PIPITD_WAKE_TIME:
		look(request);
		return;
	}
}

static void
park(PipitdRequest *request)
{
	Poll *poll = request->state;
	PipitdParking *parking = request->server->parking;
	poll->parked.device = request->device->id;
	poll->parked.fd = pipitd_request_socket(request);
	poll->parked.deadline = poll->deadline;
	poll->parked.woken = on_woken;
	poll->parked.user_data = request;
	pipitd_request_suspend(request, go_on);
	pipitd_parking_park(parking, &poll->parked);
	/* What came between the last look and the parking woke nobody. The request lives until this thread returns. */
	if (device_was_removed(request))
		pipitd_parking_wake(parking, poll->parked.device, PIPITD_WAKE_REMOVED);
	else if (something_waits(request))
		pipitd_parking_wake(parking, poll->parked.device, PIPITD_WAKE_MESSAGE);
}

static void
look(PipitdRequest *request)
{
	const Poll *poll = request->state;
	gboolean more;
	g_autoptr(GPtrArray) messages = waiting(request, &more);
	if (messages == NULL)
		return;
	/* One that was woken may find that it has fetched that message before: it waits on. */
	if (messages->len > 0 || pipitd_clock_monotonic() >= poll->deadline)
		answer_messages(request, messages, more);
	else
		park(request);
}

/* Acknowledging */

static gboolean
write_acks(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	const Poll *poll = request->state;
	return pipitd_store_acknowledge(session, request->device->id, poll->acks, poll->n_acks, error) &&
	       pipitd_store_touch_device(session, request->device->id, pipitd_request_now(request), error);
}

static void
acks_written(PipitdRequest *request)
{
	const Poll *poll = request->state;
	if (request->failure != NULL && poll->n_acks > 0)
		pipitd_request_refuse_store(request, request->failure);
	else /* that a device was seen may stay unknown where the disk is full: reading goes on */
		look(request);
}

static gboolean
read_poll(JsonObject *body, Poll *poll, GError **error)
{
	g_autoptr(GError) bad = NULL;
	JsonArray *acks = pipit_json_array_or_null(body, "ack", 0, PIPIT_POLL_MAX_ACKS, &bad);
	poll->after = pipit_json_int(body, "after", 0, G_MAXINT64, &bad);
	poll->deadline = pipitd_clock_monotonic() +
			 pipit_json_int(body, "wait", 0, PIPIT_POLL_MAX_WAIT, &bad) * PIPITD_MS_PER_SECOND;
	poll->n_acks = acks == NULL ? 0 : json_array_get_length(acks);
	poll->acks = g_new(gint64, poll->n_acks);
	for (guint i = 0; i < poll->n_acks; i++)
		poll->acks[i] = pipit_json_element_int(acks, i, "ack", 0, G_MAXINT64, &bad);
	if (bad == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&bad));
	return FALSE;
}

void
pipitd_poll(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	Poll *poll = g_new0(Poll, 1);
	poll->parked.ticket = pipitd_parking_ticket(request->server->parking);
	pipitd_request_keep(request, poll, poll_free);
	g_autoptr(GError) bad = NULL;
	if (!read_poll(body, poll, &bad))
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
	else if (poll->n_acks > 0 || pipitd_request_now(request) - request->device->seen_at > SEEN_STEP)
		pipitd_request_write(request, write_acks, acks_written);
	else
		look(request);
}
