/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: people type paths as a shell takes them; and in bitlbee whoever types need not be whoever owns the machine: a path
 * there could read or write what belongs to bitlbee's other users. */
#include "plugin/path.h"

#include <string.h>

#include "plugin/account.h"
#include "plugin/ui.h"
#include "protocol/i18n.h"

char *
pipit_path_folder(void)
{
	if (pipit_ui_is_a_guest()) {
		g_autofree char *storage = pipit_account_storage_dir();
		char *folder = g_build_filename(storage, "files", NULL);
		g_mkdir_with_parents(folder, 0700);
		return folder;
	}
	const char *downloads = g_get_user_special_dir(G_USER_DIRECTORY_DOWNLOAD);
	/* The folder is named in the person's settings, whether it is there or not. */
	gboolean is_there = downloads != NULL && g_mkdir_with_parents(downloads, 0700) == 0;
	return g_strdup(is_there ? downloads : g_get_home_dir());
}

static gboolean
is_plain_name(const char *typed)
{
	return *typed != '\0' && *typed != '.' && strchr(typed, G_DIR_SEPARATOR) == NULL;
}

/* Returns (transfer full) the name of something in the guest's own folder; NULL with an error. */
static char *
find_for_guest(const char *typed, GError **error)
{
	g_autofree char *folder = pipit_path_folder();
	g_autofree char *folder_and_slash = g_strconcat(folder, G_DIR_SEPARATOR_S, NULL);
	const char *name =
		g_str_has_prefix(typed, folder_and_slash) ? typed + strlen(folder_and_slash) : typed;
	if (is_plain_name(name))
		return g_build_filename(folder, name, NULL);
	g_set_error(
		error, G_FILE_ERROR, G_FILE_ERROR_PERM,
		_("Here files are read and saved in one folder alone, %s. Type the name of a file in it."),
		folder);
	return NULL;
}

char *
pipit_path_typed(const char *typed, GError **error)
{
	if (pipit_ui_is_a_guest())
		return find_for_guest(typed, error);
	const char *below_home = g_str_has_prefix(typed, "~/") ? typed + 2
				 : g_str_equal(typed, "~")     ? ""
							       : typed;
	return g_canonicalize_filename(below_home, g_get_home_dir());
}

/* Returns how long the part in quotes is at the beginning of @typed, the quotes included; 0 if there is none. */
static gsize
quoted_length(const char *typed)
{
	if (*typed != '"' && *typed != '\'')
		return 0;
	const char *end = strchr(typed + 1, *typed);
	return end != NULL ? (gsize)(end - typed) + 1 : 0;
}

static gboolean
is_file(const char *typed, gsize length)
{
	g_autofree char *part = g_strndup(typed, length);
	g_autofree char *path = pipit_path_typed(g_strchomp(part), NULL);
	return path != NULL && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* Returns how much of @typed is the path: up to its end, or one of its spaces, whichever is the last that fits a file. */
static gsize
unquoted_length(const char *typed)
{
	gsize all = strlen(typed);
	for (gsize length = all; length > 0; length--)
		if ((typed[length] == '\0' || typed[length] == ' ') && is_file(typed, length))
			return length;
	return all;
}

char *
pipit_path_with_words(const char *typed, char **rest, GError **error)
{
	gsize quoted = quoted_length(typed);
	gsize length = quoted > 0 ? quoted : unquoted_length(typed);
	g_autofree char *part = quoted > 0 ? g_strndup(typed + 1, quoted - 2) : g_strndup(typed, length);
	*rest = g_strstrip(g_strdup(typed + length));
	return pipit_path_typed(g_strchomp(part), error);
}
