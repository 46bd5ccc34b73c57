/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a server that restarts or a network that changes is back within seconds, while clients wait up to a minute after
 * an error and lock their conversations meanwhile. What is written in between waits in the outbox. */
#include "plugin/reconnect.h"

#include <purple.h>

#define TRY_AGAIN_MS 1000
#define GIVE_UP_MS 10000

static gboolean
try_again(gpointer user_data)
{
	PipitAccount *account = user_data;
	account->again_timer = 0;
	pipit_client_connect(account->client);
	return G_SOURCE_REMOVE;
}

static gboolean
give_up(gpointer user_data)
{
	PipitAccount *account = user_data;
	g_autoptr(GError) error = g_steal_pointer(&account->broken);
	account->give_up_timer = 0;
	pipit_account_fail(account, error);
	return G_SOURCE_REMOVE;
}

gboolean
pipit_reconnect_begin(PipitAccount *account, const GError *error)
{
	if (!g_error_matches(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT) ||
	    purple_connection_get_state(account->gc) != PURPLE_CONNECTED || account->failed)
		return FALSE;
	if (account->broken == NULL) {
		account->broken = g_error_copy(error);
		account->give_up_timer = purple_timeout_add(GIVE_UP_MS, give_up, account);
	}
	if (account->again_timer == 0)
		account->again_timer = purple_timeout_add(TRY_AGAIN_MS, try_again, account);
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
	stop_timer(&account->give_up_timer);
	g_clear_error(&account->broken);
}
