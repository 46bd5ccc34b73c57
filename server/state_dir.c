/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and locks the server's folder. */
#include "server/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct PipitdStateDir {
	char *path;
	int lock;
};

static gboolean
fail(GError **error, const char *path, const char *what)
{
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: %s", path, what);
	return FALSE;
}

static gboolean
check_private(const char *path, GError **error)
{
	struct stat status;
	if (stat(path, &status) != 0)
		return fail(error, path, g_strerror(errno));
	if (!S_ISDIR(status.st_mode)) {
		errno = ENOTDIR;
		return fail(error, path, g_strerror(errno));
	}
	if (status.st_uid != geteuid()) {
		errno = EPERM;
		return fail(error, path, "belongs to another user");
	}
	if ((status.st_mode & 077) != 0) {
		errno = EPERM;
		return fail(error, path, "is open to other users; run chmod 0700 on it");
	}
	return TRUE;
}

static gboolean
take_lock(PipitdStateDir *dir, GError **error)
{
	g_autofree char *path = pipitd_state_dir_path(dir, "lock");
	dir->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (dir->lock < 0)
		return fail(error, path, g_strerror(errno));
	if (flock(dir->lock, LOCK_EX | LOCK_NB) == 0)
		return TRUE;
	if (errno == EWOULDBLOCK)
		return fail(error, dir->path, "another pipitd is running on this folder");
	return fail(error, path, g_strerror(errno));
}

PipitdStateDir *
pipitd_state_dir_open(const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0700) != 0) {
		fail(error, path, g_strerror(errno));
		return NULL;
	}
	if (!check_private(path, error))
		return NULL;
	g_autoptr(PipitdStateDir) dir = g_new0(PipitdStateDir, 1);
	dir->path = g_strdup(path);
	dir->lock = -1;
	if (!take_lock(dir, error))
		return NULL;
	return g_steal_pointer(&dir);
}

void
pipitd_state_dir_close(PipitdStateDir *dir)
{
	if (dir == NULL)
		return;
	if (dir->lock >= 0)
		close(dir->lock);
	g_free(dir->path);
	g_free(dir);
}

char *
pipitd_state_dir_path(const PipitdStateDir *dir, const char *name)
{
	return g_build_filename(dir->path, name, NULL);
}
