/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: whoever has a device of the account reads along, so a person must be able to see which there are. */
#include "plugin/devices.h"

#include <string.h>

#include <purple.h>

#include "plugin/account.h"
#include "plugin/html.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

char *
pipit_devices_describe_time(gint64 milliseconds)
{
	g_autoptr(GDateTime) when = g_date_time_new_from_unix_local(milliseconds / 1000);
	return when != NULL ? g_date_time_format(when, "%x %H:%M") : g_strdup("?");
}

static void
append_device(GString *html, const PipitOwnDevice *device)
{
	g_autofree char *name = pipit_html_from_text(device->name);
	g_autofree char *fingerprint = pipit_html_from_text(device->fingerprint);
	g_autofree char *added = pipit_devices_describe_time(device->added_at);
	g_autofree char *seen = pipit_devices_describe_time(device->seen_at);
	g_string_append_printf(html, "<b>%s</b>%s%s<br>%s<br>", name, device->this_one ? " – " : "",
			       device->this_one ? _("this device") : "", fingerprint);
	/* Translators: two times. */
	g_string_append_printf(html, _("Added %s, last seen %s"), added, seen);
	g_string_append(html, "<br><br>");
}

static void
tell_no_list(PipitAccount *account, const GError *error)
{
	purple_notify_error(account->gc, _("My devices"), _("Your devices can't be listed"), error->message);
}

static void
on_devices(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	PipitAccount *account = user_data;
	if (pipit_account_was_aborted(error))
		return;
	if (error != NULL) {
		tell_no_list(account, error);
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

/* ---- removing one ---- */

#define FIELD "device"

static void
on_removed(gpointer user_data, const GError *error)
{
	PipitAccount *account = user_data;
	if (pipit_account_was_aborted(error))
		return;
	if (error != NULL)
		purple_notify_error(account->gc, _("My devices"), _("The device was not removed"),
				    error->message);
	else
		purple_notify_info(account->gc, _("My devices"), _("The device was removed"),
				   _("It gets no more messages and can send none."));
}

static void
on_chosen(PipitAccount *account, PurpleRequestFields *fields)
{
	PurpleRequestField *field = purple_request_fields_get_field(fields, FIELD);
	GList *labels = purple_request_field_choice_get_labels(field);
	const char *label = g_list_nth_data(labels, (guint)purple_request_field_choice_get_value(field));
	/* Behind the name, which may hold anything, stands the fingerprint, which holds no comma. */
	const char *comma = label != NULL ? strrchr(label, ',') : NULL;
	if (comma != NULL)
		pipit_client_remove_device(account->client, comma + 1, on_removed, account);
}

/* Returns (transfer full) the choice among the other devices; NULL if there are none. */
static PurpleRequestField *
choice_of(const PipitOwnDevice *devices, guint n_devices)
{
	PurpleRequestField *field = NULL;
	for (guint i = 0; i < n_devices; i++) {
		if (devices[i].this_one)
			continue;
		if (field == NULL)
			field = purple_request_field_choice_new(FIELD, _("Device"), 0);
		g_autofree char *label = g_strdup_printf("%s, %s", devices[i].name, devices[i].fingerprint);
		purple_request_field_choice_add(field, label);
	}
	return field;
}

static void
on_devices_to_remove(gpointer user_data, const PipitOwnDevice *devices, guint n_devices, const GError *error)
{
	PipitAccount *account = user_data;
	if (pipit_account_was_aborted(error))
		return;
	if (error != NULL) {
		tell_no_list(account, error);
		return;
	}
	PurpleRequestField *field = choice_of(devices, n_devices);
	if (field == NULL) {
		purple_notify_info(account->gc, _("My devices"), _("This is the only device of the account"),
				   NULL);
		return;
	}
	PurpleRequestFields *fields = purple_request_fields_new();
	PurpleRequestFieldGroup *group = purple_request_field_group_new(NULL);
	purple_request_field_group_add_field(group, field);
	purple_request_fields_add_group(fields, group);
	purple_request_fields(
		account->gc, _("Remove a device"), _("Which device is to go?"),
		_("It gets no more messages of this account and can send none. It can't be undone."), fields,
		_("Remove"), G_CALLBACK(on_chosen), _("Cancel"), NULL, account->account, NULL, NULL, account);
}

static void
remove_device(PurplePluginAction *action)
{
	PipitAccount *account = pipit_account_of(action->context);
	if (account != NULL && account->client != NULL)
		pipit_client_devices(account->client, on_devices_to_remove, account);
}

GList *
pipit_devices_actions(PurplePlugin *plugin, gpointer context)
{
	(void)plugin;
	(void)context;
	GList *actions = NULL;
	if (pipit_ui_has_formatted_notices())
		actions =
			g_list_append(actions, purple_plugin_action_new(_("Show My Devices"), show_devices));
	if (pipit_ui_has_forms())
		actions = g_list_append(actions,
					purple_plugin_action_new(_("Remove a Device…"), remove_device));
	return actions;
}
