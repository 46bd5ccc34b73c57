/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: a group that was told to be quiet stays so, whatever becomes of the client's own lists. */
#include "plugin/room_setting.h"

#include <purple.h>

#include "plugin/account.h"
#include "plugin/contact.h"
#include "protocol/i18n.h"

static const char *const keys[] = {[PIPIT_ROOM_QUIET] = "quiet", [PIPIT_ROOM_CLOSED] = "closed"};

static char *
path_of(PurpleAccount *account)
{
	g_autofree char *folder = pipit_account_storage_dir();
	g_autofree char *address = pipit_contact_address(purple_account_get_username(account));
	g_autofree char *escaped = g_uri_escape_string(address != NULL ? address : "", "@+", FALSE);
	g_autofree char *name = g_strdup_printf("%s.groups", escaped);
	return g_build_filename(folder, name, NULL);
}

/* Returns (transfer full) what is set; nothing where there is no file, or none that can be read. */
static GKeyFile *
read_settings(PurpleAccount *account)
{
	GKeyFile *settings = g_key_file_new();
	g_autofree char *path = path_of(account);
	g_key_file_load_from_file(settings, path, G_KEY_FILE_NONE, NULL);
	return settings;
}

static void
write_settings(PurpleAccount *account, GKeyFile *settings)
{
	gsize size = 0;
	g_autofree char *contents = g_key_file_to_data(settings, &size, NULL);
	g_autofree char *path = path_of(account);
	g_autoptr(GError) error = NULL;
	if (!g_file_set_contents_full(path, contents, (gssize)size,
				      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
				      &error))
		purple_notify_error(purple_account_get_connection(account), _("Setting not saved"),
				    _("What was set for a group could not be saved"), error->message);
}

gboolean
pipit_room_setting_get(PurpleAccount *account, const char *id, PipitRoomSetting setting)
{
	g_autoptr(GKeyFile) settings = read_settings(account);
	return g_key_file_get_boolean(settings, id, keys[setting], NULL);
}

void
pipit_room_setting_set(PurpleAccount *account, const char *id, PipitRoomSetting setting, gboolean on)
{
	g_autoptr(GKeyFile) settings = read_settings(account);
	if (g_key_file_get_boolean(settings, id, keys[setting], NULL) == on)
		return;
	g_key_file_set_boolean(settings, id, keys[setting], on);
	write_settings(account, settings);
}

void
pipit_room_setting_forget(PurpleAccount *account, const char *id)
{
	g_autoptr(GKeyFile) settings = read_settings(account);
	if (g_key_file_remove_group(settings, id, NULL))
		write_settings(account, settings);
}
