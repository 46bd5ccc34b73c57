/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: bitlbee takes its buddy list from the server at each login, and Pipit's server is not told who one's friends
 * are. So the list lies in a file of ours: one address a line. */
#include "plugin/roster.h"

#include <string.h>

#include <purple.h>

#include "plugin/account.h"
#include "plugin/contact.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

#define MAX_SIZE ((gsize)4 * 1024 * 1024)

static char *
roster_path(PurpleAccount *account)
{
	g_autofree char *folder = pipit_account_storage_dir();
	g_autofree char *address = pipit_contact_address(purple_account_get_username(account));
	g_autofree char *escaped = g_uri_escape_string(address != NULL ? address : "", "@+", FALSE);
	g_autofree char *name = g_strdup_printf("%s.buddies", escaped);
	return g_build_filename(folder, name, NULL);
}

/* Returns (transfer container) the kept addresses, those that are none left out. */
static GPtrArray *
read_addresses(PurpleAccount *account)
{
	GPtrArray *addresses = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = roster_path(account);
	g_autofree char *contents = NULL;
	gsize size = 0;
	if (!g_file_get_contents(path, &contents, &size, NULL) || size > MAX_SIZE)
		return addresses;
	g_auto(GStrv) lines = g_strsplit(contents, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		char *address = g_utf8_validate(lines[i], -1, NULL) ? pipit_contact_address(lines[i]) : NULL;
		if (address != NULL)
			g_ptr_array_add(addresses, address);
	}
	return addresses;
}

static void
write_addresses(PurpleAccount *account, GPtrArray *addresses)
{
	GString *contents = g_string_new(NULL);
	for (guint i = 0; i < addresses->len; i++)
		g_string_append_printf(contents, "%s\n", (char *)addresses->pdata[i]);
	g_autofree char *path = roster_path(account);
	g_autofree char *folder = g_path_get_dirname(path);
	g_mkdir_with_parents(folder, 0700);
	g_autoptr(GError) error = NULL;
	if (!g_file_set_contents_full(path, contents->str, (gssize)contents->len,
				      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
				      &error))
		purple_notify_error(purple_account_get_connection(account), _("Buddy list not saved"),
				    _("The buddy list could not be saved"), error->message);
	g_string_free(contents, TRUE);
}

static gboolean
find(GPtrArray *addresses, const char *address, guint *index)
{
	return g_ptr_array_find_with_equal_func(addresses, address, g_str_equal, index);
}

void
pipit_roster_add(PurpleAccount *account, const char *address)
{
	if (!pipit_ui_forgets_buddies())
		return;
	g_autoptr(GPtrArray) addresses = read_addresses(account);
	if (find(addresses, address, NULL))
		return;
	g_ptr_array_add(addresses, g_strdup(address));
	write_addresses(account, addresses);
}

void
pipit_roster_remove(PurpleAccount *account, const char *address)
{
	if (!pipit_ui_forgets_buddies())
		return;
	guint index = 0;
	g_autoptr(GPtrArray) addresses = read_addresses(account);
	if (!find(addresses, address, &index))
		return;
	g_ptr_array_remove_index(addresses, index);
	write_addresses(account, addresses);
}

void
pipit_roster_load(PurpleAccount *account)
{
	if (!pipit_ui_forgets_buddies())
		return;
	g_autoptr(GPtrArray) addresses = read_addresses(account);
	for (guint i = 0; i < addresses->len; i++)
		if (purple_find_buddy(account, addresses->pdata[i]) == NULL)
			purple_blist_add_buddy(purple_buddy_new(account, addresses->pdata[i], NULL), NULL,
					       NULL, NULL);
}
