/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple moves files by itself, from a socket to a file that it opens; ours are moved by the engine, which encrypts,
 * resumes and checks. So the client sees a transfer whose state, bytes and time are set here.
 *
 * libpurple's own ends are not used where its words would be wrong: it says "Bob cancelled the transfer" for whatever is none
 * of the person's doing. */
#include "plugin/moved.h"

#include <purple.h>

#include "plugin/spool.h"
#include "plugin/ui.h"

PipitMoved *
pipit_moved_set(PurpleXfer *xfer, const char *who, gint64 number, gboolean begun)
{
	PipitMoved *moved = g_new0(PipitMoved, 1);
	moved->who = g_strdup(who);
	moved->number = number;
	moved->begun = begun;
	pipit_moved_forget(xfer);
	xfer->data = moved;
	return moved;
}

PipitMoved *
pipit_moved_of(const PurpleXfer *xfer)
{
	return xfer->data;
}

void
pipit_moved_forget(PurpleXfer *xfer)
{
	PipitMoved *moved = g_steal_pointer(&xfer->data);
	if (moved == NULL)
		return;
	if (moved->timer != 0)
		purple_timeout_remove(moved->timer);
	g_free(moved->who);
	g_free(moved);
}

PurpleXfer *
pipit_moved_find(const PurpleAccount *account, gint64 number)
{
	for (GList *i = purple_xfers_get_all(); i != NULL; i = i->next) {
		PurpleXfer *xfer = i->data;
		const PipitMoved *moved = xfer->data;
		if (xfer->account == account && moved != NULL && moved->number == number)
			return xfer;
	}
	return NULL;
}

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

static gboolean
is_asked_about(const PurpleXfer *xfer)
{
	const PipitMoved *moved = xfer->data;
	return moved != NULL && !moved->begun && purple_xfer_get_type(xfer) == PURPLE_XFER_RECEIVE &&
	       purple_xfer_get_local_filename(xfer) == NULL;
}

/* Closes a question that is still open. Returns: FALSE if that answered it with "no", as in Finch, and all is done. */
static gboolean
close_question(PurpleXfer *xfer)
{
	if (!is_asked_about(xfer))
		return TRUE;
	purple_request_close_with_handle(xfer);
	if (xfer->data == NULL)
		return FALSE;
	/* The question keeps the transfer, and closing it does not give that back. */
	purple_xfer_unref(xfer);
	return TRUE;
}

/* bitlbee is in the middle of handing the file over, and would free what it goes on with. */
static gboolean
is_passed_on_to_us(const PurpleXfer *xfer)
{
	return pipit_ui_passes_files_on() && purple_xfer_get_type(xfer) == PURPLE_XFER_SEND;
}

static void
show_end(PurpleXfer *xfer)
{
	xfer->status = PURPLE_XFER_STATUS_CANCEL_REMOTE;
	xfer->end_time = time(NULL);
	tell_signal(xfer, "cancel");
	PurpleXferUiOps *ops = purple_xfer_get_ui_ops(xfer);
	if (ops != NULL && ops->cancel_remote != NULL && !is_passed_on_to_us(xfer))
		ops->cancel_remote(xfer);
	xfer->bytes_remaining = 0;
	purple_xfer_unref(xfer);
}

void
pipit_moved_end_early(PurpleXfer *xfer)
{
	purple_xfer_ref(xfer);
	gboolean is_open = close_question(xfer);
	pipit_moved_forget(xfer);
	if (is_open)
		show_end(xfer);
	purple_xfer_unref(xfer);
}

void
pipit_moved_show(PurpleXfer *xfer, const PipitTransfer *transfer)
{
	start(xfer);
	purple_xfer_set_size(xfer, (size_t)transfer->size);
	purple_xfer_set_bytes_sent(xfer, (size_t)MIN(transfer->moved, transfer->size));
	/* bitlbee reads the file at the first step, when it is not there yet. */
	if (!pipit_ui_passes_files_on())
		purple_xfer_update_progress(xfer);
}

/* TRUE once the file is where the client looks for it. */
static gboolean
put_in_place(PurpleXfer *xfer, const PipitTransfer *transfer)
{
	if (transfer->upload)
		return TRUE;
	if (pipit_ui_passes_files_on())
		return pipit_spool_hand_over(transfer->path, purple_xfer_get_local_filename(xfer));
	purple_xfer_set_local_filename(xfer, transfer->path);
	return TRUE;
}

gboolean
pipit_moved_finish(PurpleXfer *xfer, const PipitTransfer *transfer)
{
	if (!put_in_place(xfer, transfer)) {
		pipit_moved_end_early(xfer);
		return FALSE;
	}
	pipit_moved_forget(xfer);
	start(xfer);
	purple_xfer_set_size(xfer, (size_t)transfer->size);
	purple_xfer_set_bytes_sent(xfer, (size_t)transfer->size);
	purple_xfer_set_completed(xfer, TRUE);
	/* Of nothing, libpurple says that it has not begun, and bitlbee waits for ever. */
	PurpleXferUiOps *ops = purple_xfer_get_ui_ops(xfer);
	if (transfer->size == 0 && ops != NULL && ops->update_progress != NULL)
		ops->update_progress(xfer, 1.0);
	purple_xfer_end(xfer);
	return TRUE;
}
