/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple moves files by itself, from a socket to a file that it opens; ours are moved by the engine, which encrypts,
 * resumes and checks. So the client sees a transfer whose state, bytes and time are set here.
 *
 * libpurple's own ends are not used where its words would be wrong: it says "Bob cancelled the transfer" for whatever is none
 * of the person's doing. */
#include "plugin/xfer.h"

#include <purple.h>

#include "plugin/attachment.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/spool.h"
#include "plugin/transfer.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* Nobody answers more questions than these at once. */
#define QUESTIONS_MAX 4

/* What a transfer of the client's is here. There from the moment on that its number is known until it ends. */
typedef struct {
	gint64 number;
	gboolean begun; /* the engine has it */
} Moved;

static PipitAccount *
account_of(const PurpleXfer *xfer)
{
	return pipit_account_of(purple_account_get_connection(purple_xfer_get_account(xfer)));
}

static Moved *
moved_new(gint64 number)
{
	Moved *moved = g_new0(Moved, 1);
	moved->number = number;
	return moved;
}

static void
forget(PurpleXfer *xfer)
{
	g_clear_pointer(&xfer->data, g_free);
}

static PurpleXfer *
find(const PipitAccount *account, gint64 number)
{
	for (GList *i = purple_xfers_get_all(); i != NULL; i = i->next) {
		PurpleXfer *xfer = i->data;
		const Moved *moved = xfer->data;
		if (xfer->account == account->account && moved != NULL && moved->number == number)
			return xfer;
	}
	return NULL;
}

/* ---- states ---- */

static void
tell_signal(PurpleXfer *xfer, const char *what)
{
	g_autofree char *name = g_strdup_printf(
		"file-%s-%s", purple_xfer_get_type(xfer) == PURPLE_XFER_SEND ? "send" : "recv", what);
	purple_signal_emit(purple_xfers_get_handle(), name, xfer);
}

/* purple_xfer_start() would open the file for writing, and so empty what stands there. */
static void
start(PurpleXfer *xfer)
{
	if (purple_xfer_get_status(xfer) == PURPLE_XFER_STATUS_STARTED)
		return;
	xfer->status = PURPLE_XFER_STATUS_STARTED;
	xfer->start_time = time(NULL);
	tell_signal(xfer, "start");
}

/* A question that is still open keeps the transfer, and closing it does not give that back. */
static void
close_question(PurpleXfer *xfer)
{
	const Moved *moved = xfer->data;
	gboolean asked = moved != NULL && !moved->begun &&
			 purple_xfer_get_type(xfer) == PURPLE_XFER_RECEIVE &&
			 purple_xfer_get_local_filename(xfer) == NULL;
	purple_request_close_with_handle(xfer);
	if (asked)
		purple_xfer_unref(xfer);
}

/* bitlbee is in the middle of handing the file over, and would free what it goes on with. */
static gboolean
is_passed_on_to_us(const PurpleXfer *xfer)
{
	return pipit_ui_passes_files_on() && purple_xfer_get_type(xfer) == PURPLE_XFER_SEND;
}

/* It ends without having come to its end. The client only shows that; the reason stands in the conversation. */
static void
end_early(PurpleXfer *xfer)
{
	close_question(xfer);
	forget(xfer);
	xfer->status = PURPLE_XFER_STATUS_CANCEL_REMOTE;
	xfer->end_time = time(NULL);
	tell_signal(xfer, "cancel");
	PurpleXferUiOps *ops = purple_xfer_get_ui_ops(xfer);
	if (ops != NULL && ops->cancel_remote != NULL && !is_passed_on_to_us(xfer))
		ops->cancel_remote(xfer);
	xfer->bytes_remaining = 0;
	purple_xfer_unref(xfer);
}

static void
show_progress(PurpleXfer *xfer, const PipitTransfer *transfer)
{
	start(xfer);
	purple_xfer_set_size(xfer, (size_t)transfer->size);
	purple_xfer_set_bytes_sent(xfer, (size_t)MIN(transfer->moved, transfer->size));
	/* bitlbee reads the file at the first step, when it is not there yet. */
	if (!pipit_ui_passes_files_on())
		purple_xfer_update_progress(xfer);
}

/* What bitlbee reads next must be what was checked, and not what somebody else put there. */
static gboolean
is_in_its_place(const PurpleXfer *xfer, const PipitTransfer *transfer)
{
	return transfer->upload || !pipit_ui_passes_files_on() ||
	       purple_strequal(purple_xfer_get_local_filename(xfer), transfer->path);
}

static void
finish(PurpleXfer *xfer, const PipitTransfer *transfer)
{
	if (!is_in_its_place(xfer, transfer)) {
		end_early(xfer);
		return;
	}
	forget(xfer);
	start(xfer);
	if (transfer->path != NULL)
		purple_xfer_set_local_filename(xfer, transfer->path);
	purple_xfer_set_size(xfer, (size_t)transfer->size);
	purple_xfer_set_bytes_sent(xfer, (size_t)transfer->size);
	purple_xfer_set_completed(xfer, TRUE);
	/* Of nothing, libpurple says that it has not begun, and bitlbee waits for ever. */
	PurpleXferUiOps *ops = purple_xfer_get_ui_ops(xfer);
	if (transfer->size == 0 && ops != NULL && ops->update_progress != NULL)
		ops->update_progress(xfer, 1.0);
	purple_xfer_end(xfer);
}

/* ---- what the client calls ---- */

static void
on_cancelled(PurpleXfer *xfer)
{
	PipitAccount *account = account_of(xfer);
	const Moved *moved = xfer->data;
	gint64 number = moved != NULL && moved->begun ? moved->number : 0;
	forget(xfer);
	if (account != NULL && number != 0)
		pipit_client_cancel_transfer(account->client, number);
}

static void
begin_sending(PurpleXfer *xfer)
{
	PipitAccount *account = account_of(xfer);
	if (account == NULL) {
		end_early(xfer);
		return;
	}
	g_autofree char *who = g_strdup(purple_xfer_get_remote_user(xfer));
	g_autofree char *name = g_strdup(purple_xfer_get_filename(xfer));
	g_autoptr(GError) error = NULL;
	g_autofree char *path =
		pipit_spool_take(account->client, purple_xfer_get_local_filename(xfer), &error);
	/* bitlbee takes its copy away now, and at no later time. */
	if (pipit_ui_passes_files_on())
		purple_xfer_update_progress(xfer);
	gint64 number = path != NULL ? pipit_transfer_begin(account, who, path, xfer->message, &error) : 0;
	/* libpurple never frees it. */
	g_clear_pointer(&xfer->message, g_free);
	if (number == 0) {
		end_early(xfer);
		pipit_transfer_not_begun(account, who, name, error);
		return;
	}
	Moved *moved = moved_new(number);
	moved->begun = TRUE;
	xfer->data = moved;
}

static void
begin_fetching(PurpleXfer *xfer)
{
	PipitAccount *account = account_of(xfer);
	Moved *moved = xfer->data;
	/* bitlbee keeps the offer of a connection that has gone. */
	if (account == NULL || moved == NULL)
		return;
	g_autoptr(GError) error = NULL;
	moved->begun = TRUE;
	if (pipit_client_fetch(account->client, moved->number, purple_xfer_get_local_filename(xfer), &error))
		return;
	g_autofree char *who = g_strdup(purple_xfer_get_remote_user(xfer));
	g_autofree char *name = g_strdup(purple_xfer_get_filename(xfer));
	end_early(xfer);
	pipit_transfer_not_fetched(account, who, name, error);
}

static void
on_denied(PurpleXfer *xfer)
{
	forget(xfer);
}

/* ---- sending ---- */

gboolean
pipit_xfer_can_send(PurpleConnection *gc, const char *who)
{
	const PipitAccount *account = pipit_account_of(gc);
	g_autofree char *address = pipit_contact_address(who);
	return account != NULL && account->client != NULL && address != NULL;
}

PurpleXfer *
pipit_xfer_new(PurpleConnection *gc, const char *who)
{
	g_autofree char *address = pipit_contact_address(who);
	PurpleXfer *xfer = purple_xfer_new(purple_connection_get_account(gc), PURPLE_XFER_SEND,
					   address != NULL ? address : who);
	purple_xfer_set_init_fnc(xfer, begin_sending);
	purple_xfer_set_cancel_send_fnc(xfer, on_cancelled);
	return xfer;
}

void
pipit_xfer_send(PurpleConnection *gc, const char *who, const char *path)
{
	/* bitlbee expects its transfer to be made within this call. */
	PurpleXfer *xfer = pipit_xfer_new(gc, who);
	if (path != NULL)
		purple_xfer_request_accepted(xfer, path);
	else
		purple_xfer_request(xfer);
}

void
pipit_xfer_send_file(PipitAccount *account, const char *who, const char *path, const char *caption)
{
	if (!pipit_ui_passes_files_on()) {
		PurpleXfer *xfer = pipit_xfer_new(account->gc, who);
		purple_xfer_set_message(xfer, caption);
		purple_xfer_request_accepted(xfer, path);
		return;
	}
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_path_get_basename(path);
	if (pipit_transfer_begin(account, who, path, caption, &error) == 0)
		pipit_transfer_not_begun(account, who, name, error);
}

/* ---- fetching ---- */

static PurpleXfer *
new_receiving(PipitAccount *account, const char *who, const PipitAttachment *attachment)
{
	PurpleXfer *xfer = purple_xfer_new(account->account, PURPLE_XFER_RECEIVE, who);
	g_autofree char *name = g_strdup(attachment->name);
	/* bitlbee writes it into a line of words. */
	if (pipit_ui_passes_files_on())
		g_strdelimit(name, " ", '_');
	purple_xfer_set_filename(xfer, name);
	purple_xfer_set_size(xfer, (size_t)attachment->size);
	purple_xfer_set_init_fnc(xfer, begin_fetching);
	purple_xfer_set_request_denied_fnc(xfer, on_denied);
	purple_xfer_set_cancel_recv_fnc(xfer, on_cancelled);
	xfer->data = moved_new(attachment->number);
	return xfer;
}

static guint
count_questions(const PipitAccount *account)
{
	guint questions = 0;
	for (GList *i = purple_xfers_get_all(); i != NULL; i = i->next) {
		const PurpleXfer *xfer = i->data;
		const Moved *moved = xfer->data;
		questions += xfer->account == account->account && moved != NULL && !moved->begun;
	}
	return questions;
}

void
pipit_xfer_offer(PipitAccount *account, const char *who, const PipitAttachment *attachment)
{
	if (count_questions(account) >= QUESTIONS_MAX)
		return;
	PurpleXfer *xfer = new_receiving(account, who, attachment);
	gboolean asks_itself = purple_xfer_get_local_filename(xfer) != NULL;
	purple_xfer_request(xfer);
	/* libpurple keeps it for a question that it does not ask then. */
	if (asks_itself)
		purple_xfer_unref(xfer);
}

void
pipit_xfer_save(PipitAccount *account, const char *who, const PipitAttachment *attachment, const char *path)
{
	if (!pipit_ui_passes_files_on()) {
		PurpleXfer *xfer = find(account, attachment->number);
		/* The question is answered by this. */
		if (xfer != NULL && !((Moved *)xfer->data)->begun)
			end_early(xfer);
		purple_xfer_request_accepted(new_receiving(account, who, attachment), path);
		return;
	}
	g_autoptr(GError) error = NULL;
	if (!pipit_client_fetch(account->client, attachment->number, path, &error))
		pipit_transfer_not_fetched(account, who, attachment->name, error);
}

/* ---- the engine's event ---- */

void
pipit_xfer_moved(gpointer host, const PipitTransfer *transfer)
{
	PipitAccount *account = host;
	PurpleXfer *xfer = find(account, transfer->number);
	gboolean shown = xfer != NULL;
	if (shown && transfer->state == PIPIT_TRANSFER_RUNNING)
		show_progress(xfer, transfer);
	else if (shown && transfer->state == PIPIT_TRANSFER_DONE)
		finish(xfer, transfer);
	else if (shown && transfer->state != PIPIT_TRANSFER_WAITING)
		end_early(xfer);
	pipit_transfer_tell(account, transfer, shown);
}

void
pipit_xfer_close_all(PipitAccount *account)
{
	GList *all = g_list_copy(purple_xfers_get_all());
	for (GList *i = all; i != NULL; i = i->next) {
		PurpleXfer *xfer = i->data;
		if (xfer->account == account->account && xfer->data != NULL)
			end_early(xfer);
	}
	g_list_free(all);
}
