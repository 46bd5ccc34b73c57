/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decides for each recipient, whole or not at all, and queues or hands over the copies. */
#include "server/relay.h"

#include <string.h>

#include "protocol/json_reader.h"
#include "server/disk_room.h"
#include "server/log.h"
#include "server/send.h"
#include "server/store_accounts.h"

#define OLD_PREKEY_GRACE PIPITD_MS_PER_DAY

/* What the functions below work on. */
typedef struct {
	PipitdRequest *request;
	PipitdSession *session;
	PipitdSend *send;
	gint64 now;
} Relaying;

static const PipitdTarget *
find_target(GArray *targets, GBytes *push_token)
{
	gconstpointer token = g_bytes_get_data(push_token, NULL);
	for (guint i = 0; i < targets->len; i++) {
		const PipitdTarget *target = &g_array_index(targets, PipitdTarget, i);
		if (memcmp(target->push_token, token, PIPIT_TOKEN_LEN) == 0)
			return target;
	}
	return NULL;
}

static const PipitdCopy *
find_copy(const PipitdRecipient *recipient, const PipitdTarget *target)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitdCopy *copy = recipient->copies->pdata[i];
		if (memcmp(target->push_token, g_bytes_get_data(copy->push_token, NULL), PIPIT_TOKEN_LEN) ==
		    0)
			return copy;
	}
	return NULL;
}

/* The devices that a message to this recipient must name. @own: out, TRUE for the sender's other devices. */
static GArray *
targets_of(Relaying *relaying, const PipitdRecipient *recipient, gboolean *own, GError **error)
{
	const PipitdDevice *sender = relaying->request->device;
	gint64 account;
	GArray *targets = pipitd_store_targets(relaying->session, recipient->to, &account, error);
	if (targets == NULL)
		return NULL;
	*own = account == sender->account;
	for (guint i = 0; i < targets->len; i++) {
		if (g_array_index(targets, PipitdTarget, i).device == sender->id)
			g_array_remove_index(targets, i--);
	}
	return targets;
}

static void
note_missing(PipitdRecipient *recipient, GArray *targets)
{
	for (guint i = 0; i < targets->len; i++) {
		const PipitdTarget *target = &g_array_index(targets, PipitdTarget, i);
		if (find_copy(recipient, target) == NULL)
			g_ptr_array_add(recipient->missing, g_bytes_new(target->push_token, PIPIT_TOKEN_LEN));
	}
}

static gboolean
note_old_prekey(Relaying *relaying, PipitdRecipient *recipient, const PipitdTarget *target,
		const PipitdCopy *copy, GError **error)
{
	if (copy->prekey == NULL || copy->delivered ||
	    memcmp(target->prekey, g_bytes_get_data(copy->prekey, NULL), PIPIT_COMPACT_KEY_LEN) == 0)
		return TRUE;
	gboolean accepted;
	if (!pipitd_store_old_prekey(relaying->session, target->device, copy->prekey,
				     relaying->now - OLD_PREKEY_GRACE, &accepted, error))
		return FALSE;
	if (!accepted)
		g_ptr_array_add(recipient->old_prekey, g_bytes_ref(copy->push_token));
	return TRUE;
}

/* Finds out which copies came before, and which are for a device or prekey that is not there any more. */
static gboolean
look_at_copies(Relaying *relaying, PipitdRecipient *recipient, GArray *targets, GError **error)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		PipitdCopy *copy = recipient->copies->pdata[i];
		const PipitdTarget *target = find_target(targets, copy->push_token);
		copy->device = target == NULL ? 0 : target->device;
		if (target == NULL) {
			g_ptr_array_add(recipient->gone, g_bytes_ref(copy->push_token));
			continue;
		}
		if (!pipitd_store_delivered(relaying->session, target->device, relaying->request->device->id,
					    copy->payload_hash, &copy->delivered, error) ||
		    !note_old_prekey(relaying, recipient, target, copy, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
queues_have_room(Relaying *relaying, const PipitdRecipient *recipient, GArray *targets)
{
	const PipitdOptions *options = relaying->request->server->options;
	gint64 max_bytes = (gint64)options->queue_max_mib * 1024 * 1024;
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitdCopy *copy = recipient->copies->pdata[i];
		const PipitdTarget *target = find_target(targets, copy->push_token);
		gint64 size = (gint64)g_bytes_get_size(copy->payload);
		if (!copy->delivered && (target->queued >= options->queue_max_messages ||
					 target->queued_bytes + size > max_bytes))
			return FALSE;
	}
	return TRUE;
}

static void
forget_decision(PipitdRecipient *recipient)
{
	g_ptr_array_set_size(recipient->missing, 0);
	g_ptr_array_set_size(recipient->gone, 0);
	g_ptr_array_set_size(recipient->old_prekey, 0);
}

static gboolean
decide(Relaying *relaying, PipitdRecipient *recipient, GArray *targets, gboolean own, GError **error)
{
	forget_decision(recipient);
	recipient->status = PIPITD_SEND_TOO_LARGE;
	if (recipient->too_large)
		return TRUE;
	recipient->status = PIPITD_SEND_UNREACHABLE;
	if (targets->len == 0 && !own)
		return TRUE;
	note_missing(recipient, targets);
	if (!look_at_copies(relaying, recipient, targets, error))
		return FALSE;
	if (recipient->missing->len + recipient->gone->len + recipient->old_prekey->len > 0)
		recipient->status = PIPITD_SEND_STALE;
	else if (!queues_have_room(relaying, recipient, targets))
		recipient->status = PIPITD_SEND_QUEUE_FULL;
	else
		recipient->status = PIPITD_SEND_ACCEPTED;
	return TRUE;
}

/* The message that @copy becomes. Its strings and bytes are borrowed. */
static PipitdMessage
message_of(const Relaying *relaying, const PipitdRecipient *recipient, const PipitdCopy *copy)
{
	return (PipitdMessage){
		.id = relaying->send->id,
		.from = relaying->send->from,
		.to = recipient->to,
		.sender_token = relaying->request->device->push_token,
		.suite = copy->suite,
		.prekey = copy->prekey,
		.payload = copy->payload,
		.received_at = relaying->now,
	};
}

static gboolean
queue_copies(Relaying *relaying, const PipitdRecipient *recipient, GError **error)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitdCopy *copy = recipient->copies->pdata[i];
		const PipitdMessage message = message_of(relaying, recipient, copy);
		if (!copy->delivered &&
		    !pipitd_store_queue(relaying->session, copy->device, relaying->request->device->id,
					copy->payload_hash, &message, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
send_stored(Relaying *relaying, PipitdRecipient *recipient, GError **error)
{
	gboolean own;
	g_autoptr(GArray) targets = targets_of(relaying, recipient, &own, error);
	if (targets == NULL || !decide(relaying, recipient, targets, own, error))
		return FALSE;
	return recipient->status != PIPITD_SEND_ACCEPTED || queue_copies(relaying, recipient, error);
}

static void
hand_over(Relaying *relaying, const PipitdRecipient *recipient)
{
	for (guint i = 0; i < recipient->copies->len; i++) {
		const PipitdCopy *copy = recipient->copies->pdata[i];
		PipitdMessage borrowed = message_of(relaying, recipient, copy);
		PipitdMessage *message = pipitd_message_copy(&borrowed);
		if (!pipitd_parking_hand(relaying->request->server->parking, copy->device, message))
			pipitd_message_free(message);
	}
}

static gboolean
send_ephemeral(Relaying *relaying, PipitdRecipient *recipient, GError **error)
{
	gboolean own;
	g_autoptr(GArray) targets = targets_of(relaying, recipient, &own, error);
	if (targets == NULL || !decide(relaying, recipient, targets, own, error))
		return FALSE;
	if (recipient->status == PIPITD_SEND_QUEUE_FULL) /* nothing waits, so nothing is full */
		recipient->status = PIPITD_SEND_ACCEPTED;
	if (recipient->status == PIPITD_SEND_ACCEPTED)
		hand_over(relaying, recipient);
	return TRUE;
}

static gboolean
send_to_all(PipitdRequest *request, PipitdSession *session,
	    gboolean (*send_to)(Relaying *, PipitdRecipient *, GError **), GError **error)
{
	Relaying relaying = {request, session, request->state, pipitd_request_now(request)};
	for (guint i = 0; i < relaying.send->recipients->len; i++) {
		if (!send_to(&relaying, relaying.send->recipients->pdata[i], error))
			return FALSE;
	}
	return TRUE;
}

static void
answer_results(PipitdRequest *request)
{
	JsonObject *answer = json_object_new();
	json_object_set_int_member(answer, "time", pipitd_request_now(request));
	json_object_set_array_member(answer, "results", pipitd_send_results(request->state));
	pipitd_request_answer(request, MHD_HTTP_OK, answer);
}

static gboolean
write_copies(PipitdSession *session, gpointer user_data, GError **error)
{
	return send_to_all(user_data, session, send_stored, error);
}

static void
wake_receivers(PipitdRequest *request)
{
	const PipitdSend *send = request->state;
	for (guint i = 0; i < send->recipients->len; i++) {
		const PipitdRecipient *recipient = send->recipients->pdata[i];
		for (guint c = 0; recipient->status == PIPITD_SEND_ACCEPTED && c < recipient->copies->len;
		     c++) {
			const PipitdCopy *copy = recipient->copies->pdata[c];
			if (!copy->delivered)
				pipitd_parking_wake(request->server->parking, copy->device,
						    PIPITD_WAKE_MESSAGE);
		}
	}
}

static void
copies_written(PipitdRequest *request)
{
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	wake_receivers(request);
	answer_results(request);
}

/* Acknowledgements need some disk too: messages must not take the last of it. */
static gboolean
disk_has_room(PipitdRequest *request)
{
	if (pipitd_disk_has_room(request->server->options, 0))
		return TRUE;
	pipitd_log("a message was refused: less than %d MiB of disk are free",
		   request->server->options->reserve_mib);
	pipitd_request_refuse(request, PIPIT_PROBLEM_SERVER_FULL, NULL);
	return FALSE;
}

static void
relay_ephemeral(PipitdRequest *request)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	if (session == NULL || !send_to_all(request, session, send_ephemeral, &error))
		pipitd_request_refuse_store(request, error);
	else
		answer_results(request);
}

static gboolean
check_sender(PipitdRequest *request, const PipitdSend *send)
{
	g_autoptr(GError) error = NULL;
	gint64 account = 0;
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	if (session == NULL || !pipitd_store_find_account(session, send->from, &account, NULL, &error))
		pipitd_request_refuse_store(request, error);
	else if (account != request->device->account)
		pipitd_request_refuse(request, PIPIT_PROBLEM_NOT_YOURS,
				      "\"from\" is none of this account's handles");
	return error == NULL && account == request->device->account;
}

void
pipitd_relay_send(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_SEND_REQUEST_MAX);
	if (body == NULL)
		return;
	g_autoptr(GError) bad = NULL;
	PipitdSend *send = pipitd_send_parse(body, (gsize)request->server->options->relay_cap, &bad);
	if (send == NULL) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
		return;
	}
	pipitd_request_keep(request, send, (GDestroyNotify)pipitd_send_free);
	if (!check_sender(request, send))
		return;
	if (send->class_ == PIPIT_CLASS_EPHEMERAL)
		relay_ephemeral(request);
	else if (disk_has_room(request))
		pipitd_request_write(request, write_copies, copies_written);
}
