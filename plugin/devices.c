/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: whoever has a device of the account reads along, so a person must be able to see which there are. */
#include "plugin/devices.h"

#include <purple.h>

#include "plugin/account.h"
#include "plugin/html.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

static char *
format_time(gint64 milliseconds)
{
	g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(milliseconds / 1000);
	return when != NULL ? g_date_time_format(when, "%x %H:%M") : g_strdup("?");
}

static void
append_device(GString *html, const PipitOwnDevice *device)
{
	g_autofree char *name = pipit_html_from_text(device->name);
	g_autofree char *fingerprint = pipit_html_from_text(device->fingerprint);
	g_autofree char *added = format_time(device->added_at);
	g_autofree char *seen = format_time(device->seen_at);
	g_string_append_printf(html, "<b>%s</b>%s%s<br>%s<br>", name, device->this_one ? " – " : "",
			       device->this_one ? _("this device") : "", fingerprint);
	/* Translators: two times. */
	g_string_append_printf(html, _("Added %s, last seen %s"), added, seen);
	g_string_append(html, "<br><br>");
}

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	PipitAccount *account = user_data;
	if (pipit_account_was_aborted(error))
		return;
	if (error != NULL) {
		purple_notify_error(account->gc, _("My devices"), _("Your devices can't be listed"),
				    error->message);
		return;
	}
	GString *html = g_string_new(NULL);
	for (guint i = 0; i < n_devices; i++)
		append_device(html, &devices[i]);
	purple_notify_formatted(account->gc, _("My devices"), purple_account_get_username(account->account),
				_("These devices receive all messages of this account."), html->str, NULL,
				NULL);
	g_string_free(html, TRUE);
}

static void
show_devices(PurplePluginAction *action)
{
	PipitAccount *account = pipit_account_of(action->context);
	if (account != NULL && account->client != NULL)
		pipit_client_devices(account->client, on_devices, account);
}

GList *
pipit_devices_actions(PurplePlugin *plugin, gpointer context)
{
	(void)plugin;
	(void)context;
	if (!pipit_ui_has_formatted_notices())
		return NULL;
	return g_list_append(NULL, purple_plugin_action_new(_("Show My Devices"), show_devices));
}
