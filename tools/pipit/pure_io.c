/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's and stdio's readers leave copies of what they read in memory that nobody wipes. */
#include "tools/pipit/pure_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "protocol/i18n.h"

#define READ_FIRST 65536
#define READ_MAX ((gsize)64 * 1024 * 1024)

static void
set_file_error(GError **error, int number, const char *path)
{
	g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(number), "%s: %s", path,
		    g_strerror(number));
}

/* Moves @used bytes into twice the memory. */
static guint8 *
grow(guint8 *buffer, gsize used, gsize *room)
{
	guint8 *larger = pipit_secret_new(2 * *room);
	memcpy(larger, buffer, used);
	pipit_secret_free(buffer);
	*room *= 2;
	return larger;
}

static GBytes *
read_all(int fd, const char *path, GError **error)
{
	gsize room = READ_FIRST;
	gsize used = 0;
	guint8 *buffer = pipit_secret_new(room);
	for (;;) {
		if (used == room)
			buffer = grow(buffer, used, &room);
		gssize got = read(fd, buffer + used, room - used);
		if (got == 0)
			return g_bytes_new_with_free_func(buffer, used, pipit_secret_free, buffer);
		if (got > 0)
			used += (gsize)got;
		else if (errno != EINTR)
			break;
		if (used > READ_MAX) {
			errno = EFBIG;
			break;
		}
	}
	set_file_error(error, errno, path);
	pipit_secret_free(buffer);
	return NULL;
}

GBytes *
pipit_stdin_read(GError **error)
{
	return read_all(STDIN_FILENO, _("standard input"), error);
}

GBytes *
pipit_file_read(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		set_file_error(error, errno, path);
		return NULL;
	}
	GBytes *bytes = read_all(fd, path, error);
	close(fd);
	return bytes;
}

gboolean
pipit_stdout_write(gconstpointer bytes, gsize size, GError **error)
{
	const guint8 *at = bytes;
	while (size > 0) {
		gssize put = write(STDOUT_FILENO, at, size);
		if (put < 0 && errno != EINTR) {
			set_file_error(error, errno, _("standard output"));
			return FALSE;
		}
		if (put > 0) {
			at += put;
			size -= (gsize)put;
		}
	}
	return TRUE;
}
