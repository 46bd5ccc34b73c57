/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: libpurple reconnects, asks for a password or gives up by the kind of error it is told, so the engine's errors
 * have to become the right ones here, and all must be still before the connection goes. */
#include "plugin/account.h"

#include <purple.h>

#include "plugin/buddy.h"
#include "plugin/contact.h"
#include "plugin/conversation.h"
#include "plugin/group_news.h"
#include "plugin/im.h"
#include "plugin/loop.h"
#include "plugin/proxy.h"
#include "plugin/receipt.h"
#include "plugin/reconnect.h"
#include "plugin/room.h"
#include "plugin/room_late.h"
#include "plugin/room_list.h"
#include "plugin/room_typing.h"
#include "plugin/roster.h"
#include "plugin/transfer.h"
#include "plugin/typing.h"
#include "plugin/ui.h"
#include "plugin/xfer.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

#define STEPS 6 /* of the progress bar; more are shown as the last */

PipitAccount *
pipit_account_of(PurpleConnection *gc)
{
	return gc != NULL ? gc->proto_data : NULL;
}

char *
pipit_account_storage_dir(void)
{
	g_autofree char *path = g_build_filename(purple_user_dir(), "pipit", NULL);
	return g_canonicalize_filename(path, NULL);
}

gboolean
pipit_account_was_aborted(const GError *error)
{
	return g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_ABORTED);
}

/* ---- errors ---- */

static gboolean
is_address(const char *username)
{
	g_autofree char *address = pipit_contact_address(username);
	return address != NULL;
}

static PurpleConnectionError
reason_for(const PipitAccount *account, const GError *error)
{
	switch ((PipitClientError)error->code) {
	case PIPIT_CLIENT_ERROR_TRANSIENT:
		return PURPLE_CONNECTION_ERROR_NETWORK_ERROR;
	case PIPIT_CLIENT_ERROR_WRONG_PASSWORD:
		return PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED;
	case PIPIT_CLIENT_ERROR_CERTIFICATE:
		return PURPLE_CONNECTION_ERROR_CERT_OTHER_ERROR;
	case PIPIT_CLIENT_ERROR_DISPLACED:
		return PURPLE_CONNECTION_ERROR_NAME_IN_USE;
	case PIPIT_CLIENT_ERROR_INPUT:
		return is_address(purple_account_get_username(account->account))
			       ? PURPLE_CONNECTION_ERROR_INVALID_SETTINGS
			       : PURPLE_CONNECTION_ERROR_INVALID_USERNAME;
	case PIPIT_CLIENT_ERROR_NOT_PIPIT:
	case PIPIT_CLIENT_ERROR_REFUSED:
		return PURPLE_CONNECTION_ERROR_INVALID_SETTINGS;
	case PIPIT_CLIENT_ERROR_REMOVED:
	case PIPIT_CLIENT_ERROR_STORE:
	case PIPIT_CLIENT_ERROR_UNREACHABLE:
	case PIPIT_CLIENT_ERROR_DAMAGED:
	case PIPIT_CLIENT_ERROR_ABORTED:
		break;
	}
	return PURPLE_CONNECTION_ERROR_OTHER_ERROR;
}

static void
forget_wrong_password(PurpleAccount *account, const GError *error)
{
	/* A password that is not kept was typed just now: with none set, the client asks again. */
	if (g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_WRONG_PASSWORD) &&
	    !purple_account_get_remember_password(account))
		purple_account_set_password(account, NULL);
}

void
pipit_account_fail(PipitAccount *account, const GError *error)
{
	account->failed = TRUE;
	pipit_reconnect_end(account);
	forget_wrong_password(account->account, error);
	purple_connection_error_reason(account->gc, reason_for(account, error), error->message);
}

/* ---- the engine's events ---- */

static void
show_progress(PipitAccount *account, const char *step)
{
	if (step == NULL || purple_connection_get_state(account->gc) == PURPLE_CONNECTED)
		return;
	account->step = MIN(account->step + 1, STEPS - 1);
	purple_connection_update_progress(account->gc, step, account->step, STEPS);
}

/* Conversations are open from now on. Returns FALSE if @account is gone. */
static gboolean
open_up(PipitAccount *account)
{
	PurpleConnection *gc = account->gc;
	PurpleAccount *purple = account->account;
	if (purple_connection_get_state(gc) == PURPLE_CONNECTED)
		return TRUE;
	purple_connection_set_state(gc, PURPLE_CONNECTED);
	/* Whoever hears of it may sign off at once, which frees @account. */
	if (purple_account_get_connection(purple) != gc)
		return FALSE;
	pipit_roster_load(purple);
	pipit_room_list_load(account);
	pipit_room_reopen(account);
	return TRUE;
}

static void
come_online(PipitAccount *account)
{
	pipit_reconnect_succeeded(account);
	if (!open_up(account) || account->asked)
		return;
	account->asked = TRUE;
	pipit_buddy_ask_all(account);
	pipit_transfer_retry(account, NULL);
}

/* @error: why. */
static void
go_offline(PipitAccount *account, const GError *error)
{
	if (pipit_reconnect_begin(account, error))
		open_up(account);
	else
		pipit_account_fail(account, error);
}

static void
on_state(gpointer host, PipitClientState state, const char *step, const GError *error)
{
	PipitAccount *account = host;
	switch (state) {
	case PIPIT_CLIENT_CONNECTING:
		show_progress(account, step);
		break;
	case PIPIT_CLIENT_ONLINE:
		come_online(account);
		break;
	case PIPIT_CLIENT_OFFLINE:
		if (error != NULL && !pipit_account_was_aborted(error))
			go_offline(account, error);
		break;
	}
}

static void
on_account_notice(gpointer host, const char *text)
{
	PipitAccount *account = host;
	purple_notify_info(account->gc, _("Pipit"), purple_account_get_username(account->account), text);
}

static char *
on_name(gpointer host, const char *handle)
{
	const PipitAccount *account = host;

	return pipit_contact_name(account->account, pipit_handle_display(handle));
}

static gboolean
on_is_contact(gpointer host, const char *handle)
{
	const PipitAccount *account = host;

	return purple_find_buddy(account->account, pipit_handle_display(handle)) != NULL;
}

static const PipitClientEvents *
client_events(void)
{
	static const PipitClientEvents events = {
		.state = on_state,
		.message = pipit_im_receive,
		.sent = pipit_im_sent,
		.notice = pipit_im_notice,
		.new_device = pipit_im_new_device,
		.account_notice = on_account_notice,
		.own_devices_missed = pipit_im_own_devices_missed,
		.name = on_name,
		.read_elsewhere = pipit_receipt_read_elsewhere,
		.receipt = pipit_receipt_got,
		.typing = pipit_typing_got,
		.group = pipit_group_news_got,
		.group_typing = pipit_room_typing_got,
		.is_contact = on_is_contact,
		.transfer = pipit_xfer_moved,
	};
	return &events;
}

/* ---- opening and closing ---- */

static const char *
option(PurpleAccount *account, const char *key)
{
	const char *value = purple_account_get_string(account, key, NULL);
	return value != NULL ? value : "";
}

static PipitClient *
make_client(PipitAccount *account, GError **error)
{
	PurpleAccount *purple = account->account;
	g_autofree char *storage_dir = pipit_account_storage_dir();
	g_autofree char *default_name = pipit_ui_device_name();
	const char *device_name = option(purple, PIPIT_OPTION_DEVICE_NAME);
	PipitClientOptions options = {
		.handle = purple_account_get_username(purple),
		.password = purple_connection_get_password(account->gc),
		.server = option(purple, PIPIT_OPTION_SERVER),
		.ca_file = option(purple, PIPIT_OPTION_CA_FILE),
		.invite = option(purple, PIPIT_OPTION_INVITE),
		.device_name = *device_name != '\0' ? device_name : default_name,
		.storage_dir = storage_dir,
		.register_account = purple_account_get_bool(purple, PIPIT_OPTION_REGISTER, FALSE),
	};
	if (!pipit_proxy_of_account(purple, &options.proxy, error))
		return NULL;
	return pipit_client_new(pipit_loop_purple(), client_events(), account, &options, error);
}

static void
name_connection(PipitAccount *account)
{
	g_autofree char *address = pipit_contact_address(purple_account_get_username(account->account));
	if (address != NULL)
		purple_connection_set_display_name(account->gc, address);
}

/* Returns (transfer none) what now stands in proto_data; NULL after the error was reported. */
static PipitAccount *
open_account(PurpleAccount *purple)
{
	PipitAccount *account = g_new0(PipitAccount, 1);
	account->account = purple;
	account->gc = purple_account_get_connection(purple);
	account->gc->proto_data = account;
	account->gc->flags |= PURPLE_CONNECTION_HTML | PURPLE_CONNECTION_NO_FONTSIZE;
	name_connection(account);
	g_autoptr(GError) error = NULL;
	account->client = make_client(account, &error);
	if (account->client == NULL) {
		pipit_account_fail(account, error);
		return NULL;
	}
	return account;
}

void
pipit_account_login(PurpleAccount *purple)
{
	PipitAccount *account = open_account(purple);
	if (account == NULL)
		return;
	pipit_conversation_watch(account);
	pipit_receipt_watch(account);
	pipit_room_watch(account);
	pipit_reconnect_watch(account);
	pipit_client_connect(account->client);
}

void
pipit_account_close(PurpleConnection *gc)
{
	PipitAccount *account = pipit_account_of(gc);
	if (account == NULL)
		return;
	pipit_conversation_unwatch(account);
	pipit_reconnect_end(account);
	if (account->registered != 0)
		purple_timeout_remove(account->registered);
	pipit_room_typing_forget(account);
	pipit_xfer_close_all(account);
	pipit_client_free(account->client);
	pipit_room_late_forget(account);
	pipit_room_list_unload(account);
	pipit_room_forget(account);
	/* bitlbee would answer a request that is still open into freed memory. */
	purple_request_close_with_handle(gc);
	purple_notify_close_with_handle(gc);
	gc->proto_data = NULL;
	g_clear_pointer(&account->told, g_hash_table_unref);
	g_clear_pointer(&account->unreached, g_hash_table_unref);
	g_clear_pointer(&account->invitations, g_hash_table_unref);
	g_clear_pointer(&account->captions, g_hash_table_unref);
	g_free(account);
}

/* ---- creating an account at the server ---- */

static void
tell_registration(PurpleAccount *account, gboolean succeeded)
{
	if (account->registration_cb != NULL)
		account->registration_cb(account, succeeded, account->registration_cb_user_data);
}

/* libpurple's registering connection can't become an ordinary one, so it goes, and the account is switched on. */
static gboolean
sign_in_anew(gpointer user_data)
{
	PipitAccount *registering = user_data;
	PurpleAccount *account = registering->account;
	registering->registered = 0;
	g_autofree char *password = g_strdup(purple_account_get_password(account));
	purple_account_disconnect(
		account); /* frees @registering, and forgets a password that is not to be kept */
	purple_account_set_password(account, password);
	if (purple_savedstatus_get_current() != NULL)
		purple_savedstatus_activate_for_account(purple_savedstatus_get_current(), account);
	purple_account_set_enabled(account, purple_core_get_ui(), TRUE);
	return G_SOURCE_REMOVE;
}

static void
on_registered(gpointer user_data, const GError *error)
{
	PipitAccount *account = user_data;
	if (pipit_account_was_aborted(error))
		return;
	tell_registration(account->account, error == NULL);
	if (error != NULL) {
		pipit_account_fail(account, error);
		return;
	}
	g_autofree char *primary =
		g_strdup_printf(_("%s is yours now"), purple_account_get_username(account->account));
	purple_notify_info(NULL, _("Account created"), primary, _("Pipit signs in with it."));
	account->registered = purple_timeout_add(0, sign_in_anew, account);
}

void
pipit_account_register(PurpleAccount *purple)
{
	PipitAccount *account = open_account(purple);
	if (account == NULL) {
		tell_registration(purple, FALSE);
		return;
	}
	pipit_client_register(account->client, on_registered, account);
}
