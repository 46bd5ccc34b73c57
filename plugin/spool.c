/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: an upload may go on after a restart, from the beginning if need be, and bitlbee removes its copy at once. And it has a new
 * name for each file that comes, in a folder that everybody shares, where what broke off would lie for ever. */
#include "plugin/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "plugin/account.h"
#include "plugin/path.h"
#include "plugin/ui.h"
#include "protocol/file_name.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

#define PIECE 65536
#define NAMES_MAX 99

#define SENDING "sending"
#define COMING "coming"

static char *
spool_path(const PipitClient *client, const char *which)
{
	g_autofree char *storage = pipit_account_storage_dir();
	const char *address = pipit_handle_display(pipit_client_handle(client));
	g_autofree char *escaped = g_uri_escape_string(address, "@+", FALSE);
	g_autofree char *name = g_strdup_printf("%s.%s", escaped, which);
	return g_build_filename(storage, name, NULL);
}

static gboolean
set_errno_error(GError **error)
{
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
		    _("It could not be kept meanwhile: %s"), g_strerror(errno));
	return FALSE;
}

static gboolean
write_all(int fd, const char *piece, gssize length)
{
	while (length > 0) {
		gssize written = write(fd, piece, (gsize)length);
		if (written < 0 && errno != EINTR)
			return FALSE;
		piece += MAX(written, 0);
		length -= MAX(written, 0);
	}
	return TRUE;
}

static gboolean
copy_between(int from, int to)
{
	g_autofree char *piece = g_malloc(PIECE);
	gssize length = read(from, piece, PIECE);
	while (length > 0 && write_all(to, piece, length))
		length = read(from, piece, PIECE);
	return length == 0;
}

/* Where it could not, nothing is left of the copy, and what was there before stays. */
static gboolean
copy_file(const char *from_path, const char *to_path)
{
	int from = open(from_path, O_RDONLY | O_CLOEXEC);
	int to = from >= 0 ? open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
	gboolean copied = to >= 0 && copy_between(from, to);
	int reason = errno;
	if (from >= 0)
		close(from);
	if (to >= 0)
		copied = close(to) == 0 && copied;
	if (to >= 0 && !copied)
		g_unlink(to_path);
	errno = reason;
	return copied;
}

char *
pipit_spool_take(const PipitClient *client, const char *path, GError **error)
{
	if (!pipit_ui_passes_files_on())
		return g_strdup(path);
	g_autofree char *spool = spool_path(client, SENDING);
	/* One folder for each, since two files may have one name. */
	g_autofree char *folder = g_build_filename(spool, "XXXXXX", NULL);
	g_autofree char *name = g_path_get_basename(path);
	if (g_mkdir_with_parents(spool, 0700) != 0 || g_mkdtemp(folder) == NULL) {
		set_errno_error(error);
		return NULL;
	}
	g_autofree char *kept = g_build_filename(folder, name, NULL);
	if (g_rename(path, kept) == 0 || copy_file(path, kept))
		return g_steal_pointer(&kept);
	set_errno_error(error);
	g_rmdir(folder);
	return NULL;
}

char *
pipit_spool_place(const PipitClient *client, gint64 number, GError **error)
{
	g_autofree char *spool = spool_path(client, COMING);
	g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT, number);
	if (g_mkdir_with_parents(spool, 0700) == 0)
		return g_build_filename(spool, name, NULL);
	set_errno_error(error);
	return NULL;
}

gboolean
pipit_spool_hand_over(const char *path, const char *wanted)
{
	/* Neither follows a link that somebody put there. */
	if (g_rename(path, wanted) == 0)
		return TRUE;
	if (!copy_file(path, wanted))
		return FALSE;
	g_unlink(path);
	return TRUE;
}

/* Not onto something: the numbers of another account of the same user are the same. */
static gboolean
move_to_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return TRUE;
	if (errno == EEXIST || !copy_file(from, to))
		return FALSE;
	g_unlink(from);
	return TRUE;
}

char *
pipit_spool_rescue(const PipitTransfer *transfer, GError **error)
{
	g_autofree char *folder = pipit_path_folder();
	g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT " %s", transfer->number, transfer->name);
	for (guint n = 1; n <= NAMES_MAX; n++) {
		g_autofree char *numbered = n == 1 ? g_strdup(name) : pipit_file_name_numbered(name, n);
		g_autofree char *path = g_build_filename(folder, numbered, NULL);
		if (move_to_new(transfer->path, path))
			return g_steal_pointer(&path);
		if (errno != EEXIST)
			break;
	}
	g_set_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
		    _("It came, but could not be kept: %s. Ask to send it again."), g_strerror(errno));
	return NULL;
}

/* ---- cleaning up ---- */

static void
note_open(gpointer user_data, const PipitTransfer *transfer)
{
	gboolean *found = user_data;
	*found = *found ||
		 (transfer->state != PIPIT_TRANSFER_DONE && transfer->state != PIPIT_TRANSFER_CANCELLED);
}

/* Two levels deep, which is all that there is. */
static void
empty_folder(const char *path, guint levels)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
	     name = g_dir_read_name(dir)) {
		g_autofree char *entry = g_build_filename(path, name, NULL);
		if (levels > 1)
			empty_folder(entry, levels - 1);
		g_unlink(entry);
		g_rmdir(entry);
	}
}

void
pipit_spool_sweep(PipitClient *client)
{
	if (!pipit_ui_passes_files_on())
		return;
	gboolean found = FALSE;
	pipit_client_transfers(client, note_open, &found);
	if (found)
		return;
	g_autofree char *sending = spool_path(client, SENDING);
	g_autofree char *coming = spool_path(client, COMING);
	empty_folder(sending, 2);
	empty_folder(coming, 1);
}
