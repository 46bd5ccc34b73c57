/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: people know their client's menus and windows for files, and each client has its own way with them. */
#include "plugin/xfer.h"

#include <purple.h>

#include "plugin/command.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/moved.h"
#include "plugin/room.h"
#include "plugin/room_list.h"
#include "plugin/spool.h"
#include "plugin/transfer.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

/* Nobody answers more questions than these at once. */
#define QUESTIONS_MAX 4

static PipitAccount *
account_of(const PurpleXfer *xfer)
{
	return pipit_account_of(purple_account_get_connection(purple_xfer_get_account(xfer)));
}

/* ---- what the client calls ---- */

static void
on_cancelled(PurpleXfer *xfer)
{
	PipitAccount *account = account_of(xfer);
	const PipitMoved *moved = pipit_moved_of(xfer);
	gint64 number = moved != NULL && moved->begun ? moved->number : 0;
	g_autofree char *who = moved != NULL ? g_strdup(moved->who) : NULL;
	pipit_moved_forget(xfer);
	if (account == NULL || number == 0)
		return;
	pipit_client_cancel_transfer(account->client, number);
	/* libpurple says so to persons alone. */
	if (pipit_peer_is_group(who))
		pipit_transfer_given_up(account, who, purple_xfer_get_filename(xfer));
}

static void
begin_sending(PurpleXfer *xfer)
{
	PipitAccount *account = account_of(xfer);
	if (account == NULL) {
		pipit_moved_end_early(xfer);
		return;
	}
	const PipitMoved *known = pipit_moved_of(xfer);
	g_autofree char *who = g_strdup(known != NULL ? known->who : purple_xfer_get_remote_user(xfer));
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
		pipit_spool_sweep(account->client);
		pipit_moved_end_early(xfer);
		pipit_transfer_not_begun(account, who, name, error);
		return;
	}
	pipit_moved_set(xfer, who, number, TRUE);
}

static void
fetch(PipitAccount *account, PurpleXfer *xfer)
{
	const PipitMoved *moved = pipit_moved_of(xfer);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = pipit_ui_passes_files_on()
					? pipit_spool_place(account->client, moved->number, &error)
					: g_strdup(purple_xfer_get_local_filename(xfer));
	if (path != NULL && pipit_client_fetch(account->client, moved->number, path, &error))
		return;
	g_autofree char *who = g_strdup(moved->who);
	g_autofree char *name = g_strdup(purple_xfer_get_filename(xfer));
	pipit_moved_end_early(xfer);
	pipit_transfer_not_fetched(account, who, name, error);
}

/* Finch has written down by now which folder was chosen. */
static gboolean
fetch_into_chosen_folder(gpointer user_data)
{
	PurpleXfer *xfer = user_data;
	PipitMoved *moved = pipit_moved_of(xfer);
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
	PipitMoved *moved = pipit_moved_of(xfer);
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
	const PipitMoved *moved = pipit_moved_of(xfer);
	if (moved == NULL || !moved->begun) {
		pipit_moved_forget(xfer);
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

static PurpleXfer *
new_sending(PurpleAccount *account, const char *called)
{
	PurpleXfer *xfer = purple_xfer_new(account, PURPLE_XFER_SEND, called);
	purple_xfer_set_init_fnc(xfer, begin_sending);
	purple_xfer_set_cancel_send_fnc(xfer, on_cancelled);
	return xfer;
}

PurpleXfer *
pipit_xfer_new(PurpleConnection *gc, const char *who)
{
	g_autofree char *address = pipit_contact_address(who);
	return new_sending(purple_connection_get_account(gc), address != NULL ? address : who);
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

/* Returns (transfer full) what the client's window of transfers calls @who. It knows people alone: a group is called by what can
 * be nobody's address, since libpurple writes into the conversation of that address. */
static char *
name_in_window(PipitAccount *account, const char *who)
{
	g_autoptr(PipitGroup) group =
		pipit_peer_is_group(who) ? pipit_client_group(account->client, who) : NULL;
	if (group == NULL)
		return g_strdup(who);
	g_autofree char *title = pipit_room_list_title(account, group);
	/* Translators: to whom a file goes, or from whom it comes; the name of a group. */
	return g_strdup_printf(_("the group “%s”"), title);
}

static void
send_in_window(PipitAccount *account, const char *who, const char *path, const char *caption)
{
	g_autofree char *called = name_in_window(account, who);
	PurpleXfer *xfer = new_sending(account->account, called);
	purple_xfer_ref(xfer);
	pipit_moved_set(xfer, who, 0, FALSE);
	purple_xfer_set_message(xfer, caption);
	purple_xfer_request_accepted(xfer, path);
	/* libpurple may have refused the file, and said why. */
	if (pipit_moved_of(xfer) != NULL && pipit_moved_of(xfer)->number == 0)
		pipit_moved_forget(xfer);
	purple_xfer_unref(xfer);
}

void
pipit_xfer_send_file(PipitAccount *account, const char *who, const char *path, const char *caption)
{
	if (!pipit_ui_passes_files_on()) {
		send_in_window(account, who, path, caption);
		return;
	}
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_path_get_basename(path);
	if (pipit_transfer_begin(account, who, path, caption, &error) == 0)
		pipit_transfer_not_begun(account, who, name, error);
}

static void
on_chosen(void *user_data, const char *path)
{
	PurpleConversation *conversation = user_data;
	PipitAccount *account = pipit_account_of(purple_conversation_get_gc(conversation));
	const char *peer =
		account != NULL && account->client != NULL ? pipit_room_of(account, conversation) : NULL;
	if (peer != NULL)
		pipit_xfer_send_file(account, peer, path, "");
}

void
pipit_xfer_choose(PipitAccount *account, const char *peer)
{
	PurpleConversation *conversation = pipit_room_find(account, peer);
	if (pipit_ui_answers_twice())
		say_how_to_send(account->account, peer);
	else if (conversation != NULL)
		/* The question goes with the window. */
		purple_request_file(conversation, NULL, NULL, FALSE, G_CALLBACK(on_chosen), NULL,
				    account->account, NULL, conversation, conversation);
}

/* ---- fetching ---- */

static PurpleXfer *
new_receiving(PipitAccount *account, const char *who, const PipitAttachment *attachment)
{
	g_autofree char *called = name_in_window(account, who);
	PurpleXfer *xfer = purple_xfer_new(account->account, PURPLE_XFER_RECEIVE, called);
	g_autofree char *name = g_strdup(attachment->name);
	/* bitlbee writes it into a line of words. */
	if (pipit_ui_passes_files_on())
		g_strdelimit(name, " ", '_');
	purple_xfer_set_filename(xfer, name);
	purple_xfer_set_size(xfer, (size_t)attachment->size);
	purple_xfer_set_init_fnc(xfer, begin_fetching);
	purple_xfer_set_request_denied_fnc(xfer, on_denied);
	purple_xfer_set_cancel_recv_fnc(xfer, on_cancelled);
	pipit_moved_set(xfer, who, attachment->number, FALSE);
	return xfer;
}

static guint
count_questions(const PipitAccount *account)
{
	guint questions = 0;
	for (GList *i = purple_xfers_get_all(); i != NULL; i = i->next) {
		const PurpleXfer *xfer = i->data;
		const PipitMoved *moved = pipit_moved_of(xfer);
		questions += xfer->account == account->account && moved != NULL && !moved->begun;
	}
	return questions;
}

static gboolean
can_ask(const PipitAccount *account, const char *who, gint64 number)
{
	/* bitlbee has nobody else to offer it in the name of. */
	gboolean is_nobody = pipit_ui_passes_files_on() && purple_find_buddy(account->account, who) == NULL;
	return !is_nobody && pipit_moved_find(account->account, number) == NULL &&
	       count_questions(account) < QUESTIONS_MAX;
}

gboolean
pipit_xfer_offer(PipitAccount *account, const char *who, const PipitAttachment *attachment)
{
	if (!can_ask(account, who, attachment->number))
		return FALSE;
	PurpleXfer *xfer = new_receiving(account, who, attachment);
	gboolean asks_itself = purple_xfer_get_local_filename(xfer) != NULL;
	/* "The group wants to send you" is wrong, and whoever asks for it wants it: where to put it is all that is asked. */
	if (pipit_peer_is_group(who))
		xfer->status = PURPLE_XFER_STATUS_ACCEPTED;
	purple_xfer_request(xfer);
	/* libpurple keeps it for a question that it does not ask then. */
	if (asks_itself)
		purple_xfer_unref(xfer);
	return TRUE;
}

void
pipit_xfer_save(PipitAccount *account, const char *who, const PipitAttachment *attachment, const char *path)
{
	if (!pipit_ui_passes_files_on()) {
		PurpleXfer *xfer = pipit_moved_find(account->account, attachment->number);
		/* The question is answered by this. */
		if (xfer != NULL && !pipit_moved_of(xfer)->begun)
			pipit_moved_end_early(xfer);
		purple_xfer_request_accepted(new_receiving(account, who, attachment), path);
		return;
	}
	g_autoptr(GError) error = NULL;
	if (!pipit_client_fetch(account->client, attachment->number, path, &error))
		pipit_transfer_not_fetched(account, who, attachment->name, error);
}

/* ---- the engine's event ---- */

/* What was begun before the client was started, or is tried again, is as much worth a look as what begins now. A picture within a
 * message stands in the conversation already. */
static gboolean
is_news(const PipitAccount *account, const PipitTransfer *transfer)
{
	return transfer->upload && transfer->state == PIPIT_TRANSFER_RUNNING && !pipit_ui_passes_files_on() &&
	       !pipit_transfer_stands_there(account, transfer->number);
}

static PurpleXfer *
show_anew(PipitAccount *account, const PipitTransfer *transfer)
{
	const char *who = pipit_conversation_who(transfer->peer);
	g_autofree char *called = name_in_window(account, who);
	PurpleXfer *xfer = new_sending(account->account, called);
	purple_xfer_set_filename(xfer, transfer->name);
	/* Only its name is known here, and clients want to show it. */
	purple_xfer_set_local_filename(xfer, transfer->name);
	purple_xfer_set_size(xfer, (size_t)transfer->size);
	pipit_moved_set(xfer, who, transfer->number, TRUE);
	purple_xfer_add(xfer);
	return xfer;
}

/* Returns the transfer of the client's that shows @transfer. One that still asks whether it may begin does not: once the file
 * was saved by a command, it need not ask any more. */
static PurpleXfer *
find_begun(const PipitAccount *account, const PipitTransfer *transfer)
{
	PurpleXfer *xfer = pipit_moved_find(account->account, transfer->number);
	if (xfer == NULL || pipit_moved_of(xfer)->begun)
		return xfer;
	if (transfer->state == PIPIT_TRANSFER_DONE)
		pipit_moved_end_early(xfer);
	return NULL;
}

static void
finish(PipitAccount *account, PurpleXfer *xfer, const PipitTransfer *transfer)
{
	if (pipit_moved_finish(xfer, transfer)) {
		pipit_transfer_tell(account, transfer, !pipit_peer_is_group(transfer->peer));
		return;
	}
	g_autoptr(GError) error = NULL;
	g_autofree char *path = pipit_spool_rescue(transfer, &error);
	PipitTransfer rescued = *transfer;
	rescued.path = path;
	rescued.error = error;
	rescued.state = path != NULL ? PIPIT_TRANSFER_DONE : PIPIT_TRANSFER_FAILED;
	pipit_transfer_tell(account, &rescued, FALSE);
}

void
pipit_xfer_moved(gpointer host, const PipitTransfer *transfer)
{
	PipitAccount *account = host;
	PurpleXfer *xfer = find_begun(account, transfer);
	if (xfer == NULL && is_news(account, transfer))
		xfer = show_anew(account, transfer);
	if (xfer == NULL) {
		pipit_transfer_tell(account, transfer, FALSE);
	} else if (transfer->state == PIPIT_TRANSFER_RUNNING) {
		pipit_moved_show(xfer, transfer);
	} else if (transfer->state == PIPIT_TRANSFER_DONE) {
		finish(account, xfer, transfer);
	} else if (transfer->state != PIPIT_TRANSFER_WAITING) {
		pipit_moved_end_early(xfer);
		pipit_transfer_tell(account, transfer, TRUE);
	}
}

void
pipit_xfer_close_all(PipitAccount *account)
{
	GList *all = g_list_copy(purple_xfers_get_all());
	for (GList *i = all; i != NULL; i = i->next) {
		PurpleXfer *xfer = i->data;
		if (xfer->account == account->account && xfer->data != NULL)
			pipit_moved_end_early(xfer);
	}
	g_list_free(all);
}
