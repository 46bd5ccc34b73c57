/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: bitlbee takes its buddy list from the server at each login, and Pipit's server is not told who one's friends
 * are. So the list lies in a file of ours: one address a line, and behind it UNTOLD if that one is not told what one reads. */
#include "plugin/roster.h"

#include <string.h>

#include <purple.h>

#include "plugin/account.h"
#include "plugin/contact.h"
#include "plugin/receipt.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

#define MAX_SIZE ((gsize)4 * 1024 * 1024)
#define UNTOLD "\tread-untold"

typedef struct {
	char *address;
	gboolean tells;
} Entry;

/* @address: (transfer full) */
static Entry *
entry_new(char *address, gboolean tells)
{
	Entry *entry = g_new(Entry, 1);
	*entry = (Entry){.address = address, .tells = tells};
	return entry;
}

static void
entry_free(gpointer entry)
{
	g_free(((Entry *)entry)->address);
	g_free(entry);
}

static char *
roster_path(PurpleAccount *account)
{
	g_autofree char *folder = pipit_account_storage_dir();
	g_autofree char *address = pipit_contact_address(purple_account_get_username(account));
	g_autofree char *escaped = g_uri_escape_string(address != NULL ? address : "", "@+", FALSE);
	g_autofree char *name = g_strdup_printf("%s.buddies", escaped);
	return g_build_filename(folder, name, NULL);
}

/* Returns (transfer full) what is meant by a line; NULL if that is nothing. */
static Entry *
read_line(char *line)
{
	if (!g_utf8_validate(line, -1, NULL))
		return NULL;
	gboolean tells = !g_str_has_suffix(line, UNTOLD);
	if (!tells)
		line[strlen(line) - strlen(UNTOLD)] = '\0';
	char *address = pipit_contact_address(line);
	return address != NULL ? entry_new(address, tells) : NULL;
}

/* Returns (transfer full) the kept buddies, of Entry. */
static GPtrArray *
read_entries(PurpleAccount *account)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
	g_autofree char *path = roster_path(account);
	g_autofree char *contents = NULL;
	gsize size = 0;
	if (!g_file_get_contents(path, &contents, &size, NULL) || size > MAX_SIZE)
		return entries;
	g_auto(GStrv) lines = g_strsplit(contents, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		Entry *entry = read_line(lines[i]);
		if (entry != NULL)
			g_ptr_array_add(entries, entry);
	}
	return entries;
}

static void
write_entries(PurpleAccount *account, GPtrArray *entries)
{
	GString *contents = g_string_new(NULL);
	for (guint i = 0; i < entries->len; i++) {
		const Entry *entry = entries->pdata[i];
		g_string_append_printf(contents, "%s%s\n", entry->address, entry->tells ? "" : UNTOLD);
	}
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
has_address(gconstpointer entry, gconstpointer address)
{
	return g_str_equal(((const Entry *)entry)->address, address);
}

static gboolean
find(GPtrArray *entries, const char *address, guint *index)
{
	return g_ptr_array_find_with_equal_func(entries, address, has_address, index);
}

void
pipit_roster_add(PurpleAccount *account, const char *address)
{
	if (!pipit_ui_forgets_buddies())
		return;
	g_autoptr(GPtrArray) entries = read_entries(account);
	if (find(entries, address, NULL))
		return;
	g_ptr_array_add(entries, entry_new(g_strdup(address), TRUE));
	write_entries(account, entries);
}

void
pipit_roster_remove(PurpleAccount *account, const char *address)
{
	if (!pipit_ui_forgets_buddies())
		return;
	guint index = 0;
	g_autoptr(GPtrArray) entries = read_entries(account);
	if (!find(entries, address, &index))
		return;
	g_ptr_array_remove_index(entries, index);
	write_entries(account, entries);
}

void
pipit_roster_set_tells(PurpleAccount *account, const char *address, gboolean tells)
{
	if (!pipit_ui_forgets_buddies())
		return;
	guint index = 0;
	g_autoptr(GPtrArray) entries = read_entries(account);
	if (!find(entries, address, &index))
		return;
	((Entry *)entries->pdata[index])->tells = tells;
	write_entries(account, entries);
}

static void
put_into_list(PurpleAccount *account, const Entry *entry)
{
	if (purple_find_buddy(account, entry->address) != NULL)
		return;
	PurpleBuddy *buddy = purple_buddy_new(account, entry->address, NULL);
	purple_blist_add_buddy(buddy, NULL, NULL, NULL);
	pipit_receipt_set_tells(buddy, entry->tells);
}

void
pipit_roster_load(PurpleAccount *account)
{
	if (!pipit_ui_forgets_buddies())
		return;
	g_autoptr(GPtrArray) entries = read_entries(account);
	for (guint i = 0; i < entries->len; i++)
		put_into_list(account, entries->pdata[i]);
}
