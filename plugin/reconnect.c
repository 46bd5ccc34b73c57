/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a server that restarts is back within seconds, a train in a tunnel within minutes; clients wait up to ten minutes
 * after an error, and lock their conversations meanwhile. So they hear of none: what is written in between waits in the
 * outbox, and people read where they write that it does. */
#include "plugin/reconnect.h"

#include <purple.h>

#include "plugin/html.h"
#include "plugin/ui.h"
#include "protocol/backoff.h"
#include "protocol/i18n.h"

/* As if no more had failed: every few seconds, however long it takes. */
#define ATTEMPTS_COUNTED 2
/* A break that is shorter is nobody's concern. */
#define TELL_AFTER_MS 10000

/* ---- telling ---- */

static void
write_line(PurpleConversation *conversation, const char *text)
{
	g_autofree char *html = pipit_html_from_text(text);
	purple_conversation_write(conversation, NULL, html, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
				  time(NULL));
}

static void
tell(const PipitAccount *account, const char *text)
{
	if (pipit_ui_hides_system_messages()) {
		purple_notify_info(account->gc, _("Pipit"), purple_account_get_username(account->account),
				   text);
		return;
	}
	for (GList *i = purple_get_conversations(); i != NULL; i = i->next)
		if (purple_conversation_get_account(i->data) == account->account)
			write_line(i->data, text);
}

/* Returns: (transfer full) */
static char *
describe_break(const PipitAccount *account)
{
	/* Translators: a sentence. */
	return g_strdup_printf(
		_("No connection to the server. %s What you write meanwhile goes when there is one."),
		account->broken->message);
}

static gboolean
tell_break(gpointer user_data)
{
	PipitAccount *account = user_data;
	g_autofree char *text = describe_break(account);
	account->tell_timer = 0;
	account->break_told = TRUE;
	tell(account, text);
	return G_SOURCE_REMOVE;
}

static void
on_created(PurpleConversation *conversation, gpointer user_data)
{
	const PipitAccount *account = user_data;
	if (!account->break_told || purple_conversation_get_account(conversation) != account->account ||
	    pipit_ui_hides_system_messages())
		return;
	g_autofree char *text = describe_break(account);
	write_line(conversation, text);
}

void
pipit_reconnect_watch(PipitAccount *account)
{
	purple_signal_connect(purple_conversations_get_handle(), "conversation-created", account,
			      PURPLE_CALLBACK(on_created), account);
}

/* ---- trying ---- */

static gboolean
try_again(gpointer user_data)
{
	PipitAccount *account = user_data;
	account->again_timer = 0;
	pipit_client_connect(account->client);
	return G_SOURCE_REMOVE;
}

gboolean
pipit_reconnect_begin(PipitAccount *account, const GError *error)
{
	if (!g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT) ||
	    !pipit_client_was_online(account->client) || account->failed)
		return FALSE;
	if (account->broken == NULL)
		account->tell_timer = purple_timeout_add(TELL_AFTER_MS, tell_break, account);
	g_clear_error(&account->broken);
	account->broken = g_error_copy(error);
	if (account->again_timer == 0)
		account->again_timer =
			purple_timeout_add((guint)pipit_backoff(account->attempts, 0), try_again, account);
	account->attempts = MIN(account->attempts + 1, ATTEMPTS_COUNTED);
	return TRUE;
}

static void
stop_timer(guint *timer)
{
	if (*timer != 0)
		purple_timeout_remove(*timer);
	*timer = 0;
}

void
pipit_reconnect_end(PipitAccount *account)
{
	stop_timer(&account->again_timer);
	stop_timer(&account->tell_timer);
	g_clear_error(&account->broken);
	account->attempts = 0;
	account->break_told = FALSE;
}

void
pipit_reconnect_succeeded(PipitAccount *account)
{
	gboolean was_told = account->break_told;
	pipit_reconnect_end(account);
	if (was_told)
		tell(account, _("Connected to the server again."));
}
