/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple moves files by itself, from a socket to a file that it opens; ours are moved by the engine, which encrypts,
 * resumes and checks. So the client sees a transfer whose state, bytes and time are set here.
 *
 * libpurple's own ends are not used where its words would be wrong: it says "Bob cancelled the transfer" for whatever is none
 * of the person's doing. */
#include "plugin/xfer.h"

#include <purple.h>

#include "plugin/command.h"
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
	gboolean begun; /* the engine has it, or will have it at once */
	guint timer;    /* until it is known in which folder it goes; or 0 */
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
	Moved *moved = g_steal_pointer(&xfer->data);
	if (moved != NULL && moved->timer != 0)
		purple_timeout_remove(moved->timer);
	g_free(moved);
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

static gboolean
is_asked_about(const PurpleXfer *xfer)
{
	const Moved *moved = xfer->data;
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

/* The client only shows that; the reason stands in the conversation. */
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

/* It ends without having come to its end. */
static void
end_early(PurpleXfer *xfer)
{
	purple_xfer_ref(xfer);
	gboolean is_open = close_question(xfer);
	forget(xfer);
	if (is_open)
		show_end(xfer);
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
fetch(PipitAccount *account, PurpleXfer *xfer)
{
	const Moved *moved = xfer->data;
	g_autoptr(GError) error = NULL;
	if (pipit_client_fetch(account->client, moved->number, purple_xfer_get_local_filename(xfer), &error))
		return;
	g_autofree char *who = g_strdup(purple_xfer_get_remote_user(xfer));
	g_autofree char *name = g_strdup(purple_xfer_get_filename(xfer));
	end_early(xfer);
	pipit_transfer_not_fetched(account, who, name, error);
}

/* Finch has written down by now which folder was chosen. */
static gboolean
fetch_into_chosen_folder(gpointer user_data)
{
	PurpleXfer *xfer = user_data;
	Moved *moved = xfer->data;
	moved->timer = 0;
	g_autofree char *folder = pipit_ui_chosen_folder();
	g_autofree char *path = g_canonicalize_filename(purple_xfer_get_local_filename(xfer), folder);
	purple_xfer_set_local_filename(xfer, path);
	fetch(account_of(xfer), xfer);
	return G_SOURCE_REMOVE;
}

static void
begin_fetching(PurpleXfer *xfer)
{
	PipitAccount *account = account_of(xfer);
	Moved *moved = xfer->data;
	/* bitlbee keeps the offer of a connection that has gone. */
	if (account == NULL || moved == NULL)
		return;
	moved->begun = TRUE;
	/* Finch tells the name and keeps the folder to itself. */
	if (g_path_is_absolute(purple_xfer_get_local_filename(xfer)))
		fetch(account, xfer);
	else
		moved->timer = purple_timeout_add(0, fetch_into_chosen_folder, xfer);
}

static void
on_denied(PurpleXfer *xfer)
{
	const Moved *moved = xfer->data;
	if (moved == NULL || !moved->begun) {
		forget(xfer);
		return;
	}
	/* Finch's window for files says "no" when it is closed, also after "yes": what libpurple gives back then is still needed. */
	xfer->status = PURPLE_XFER_STATUS_ACCEPTED;
	purple_xfer_ref(xfer);
	purple_xfer_ref(xfer);
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

static void
say_how_to_send(PurpleAccount *account, const char *who)
{
	g_autofree char *command = pipit_command_spelling("sendfile");
	/* Translators: a command. */
	g_autofree char *line = g_strdup_printf(_("Type %s PATH to send a file."), command);
	pipit_conversation_show_notice(account, who, line);
}

void
pipit_xfer_send(PurpleConnection *gc, const char *who, const char *path)
{
	if (path == NULL && pipit_ui_answers_twice()) {
		say_how_to_send(purple_connection_get_account(gc), who);
		return;
	}
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
	/* bitlbee has nobody else to offer it in the name of. */
	gboolean is_nobody = pipit_ui_passes_files_on() && purple_find_buddy(account->account, who) == NULL;
	if (is_nobody || count_questions(account) >= QUESTIONS_MAX)
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
