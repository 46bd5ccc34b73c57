/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: an upload may go on after a restart, from the beginning if need be, and bitlbee removes its copy at once. */
#include "plugin/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "plugin/account.h"
#include "plugin/ui.h"
#include "protocol/handle.h"
#include "protocol/i18n.h"

#define PIECE 65536

static char *
spool_path(const PipitClient *client)
{
	g_autofree char *storage = pipit_account_storage_dir();
	const char *address = pipit_handle_display(pipit_client_handle(client));
	g_autofree char *escaped = g_uri_escape_string(address, "@+", FALSE);
	g_autofree char *name = g_strdup_printf("%s.sending", escaped);
	return g_build_filename(storage, name, NULL);
}

static gboolean
set_errno_error(GError **error)
{
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
		    _("It could not be kept to be sent: %s"), g_strerror(errno));
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
	errno = reason;
	return copied;
}

char *
pipit_spool_take(const PipitClient *client, const char *path, GError **error)
{
	if (!pipit_ui_passes_files_on())
		return g_strdup(path);
	g_autofree char *spool = spool_path(client);
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
	g_unlink(kept);
	g_rmdir(folder);
	return NULL;
}

static void
note_upload(gpointer user_data, const PipitTransfer *transfer)
{
	gboolean *found = user_data;
	*found = *found || (transfer->upload && transfer->state != PIPIT_TRANSFER_DONE &&
			    transfer->state != PIPIT_TRANSFER_CANCELLED);
}

static void
empty_folder(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
	     name = g_dir_read_name(dir)) {
		g_autofree char *entry = g_build_filename(path, name, NULL);
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
	pipit_client_transfers(client, note_upload, &found);
	g_autofree char *spool = spool_path(client);
	g_autoptr(GDir) dir = found ? NULL : g_dir_open(spool, 0, NULL);
	for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
	     name = g_dir_read_name(dir)) {
		g_autofree char *folder = g_build_filename(spool, name, NULL);
		empty_folder(folder);
		g_rmdir(folder);
	}
}
