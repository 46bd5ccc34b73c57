/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes, places and removes the files of blobs. */
#include "server/blob_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/log.h"

#define PARTS "parts"
#define SHARD_CHARS 2
#define A_FILE "a blob's file"

G_DEFINE_QUARK(pipitd - blob - files - error - quark, pipitd_blob_files_error)

struct PipitdBlobFiles {
	char *folder;
	char *parts;
};

/* @what: no file's name, since who knows a blob's id can fetch it. */
static gboolean
fail(const char *what, GError **error)
{
	int code = errno;
	PipitdBlobFilesError kind = PIPITD_BLOB_FILES_ERROR_FAULT;
	if (code == ENOSPC || code == EDQUOT || code == EFBIG)
		kind = PIPITD_BLOB_FILES_ERROR_FULL;
	else if (code == ENOENT)
		kind = PIPITD_BLOB_FILES_ERROR_GONE;
	g_set_error(error, PIPITD_BLOB_FILES_ERROR, (int)kind, "%s: %s", what, g_strerror(code));
	return FALSE;
}

/* Folders */

static gboolean
sync_folder(const char *path, GError **error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(path, error);
	gboolean synced = fsync(fd) == 0 || fail(path, error);
	close(fd);
	return synced;
}

/* Makes a folder in another one, if it is not there. */
static gboolean
make_folder(const char *parent, const char *path, GError **error)
{
	if (mkdir(path, 0700) == 0)
		return sync_folder(parent, error);
	return errno == EEXIST || fail(path, error);
}

PipitdBlobFiles *
pipitd_blob_files_open(const char *folder, GError **error)
{
	g_autoptr(PipitdBlobFiles) files = g_new0(PipitdBlobFiles, 1);
	files->folder = g_strdup(folder);
	files->parts = g_build_filename(folder, PARTS, NULL);
	g_autofree char *parent = g_path_get_dirname(folder);
	/* Synced whether or not it is new: whoever made it may have died before it was. */
	if (!make_folder(parent, folder, error) || !make_folder(folder, files->parts, error) ||
	    !sync_folder(folder, error))
		return NULL;
	return g_steal_pointer(&files);
}

void
pipitd_blob_files_free(PipitdBlobFiles *files)
{
	if (files == NULL)
		return;
	g_free(files->folder);
	g_free(files->parts);
	g_free(files);
}

/* Paths */

static char *
part_path(const PipitdBlobFiles *files, const char *id)
{
	return g_build_filename(files->parts, id, NULL);
}

static char *
shard_path(const PipitdBlobFiles *files, const char *id)
{
	g_autofree char *shard = g_strndup(id, SHARD_CHARS);
	return g_build_filename(files->folder, shard, NULL);
}

static char *
placed_path(const PipitdBlobFiles *files, const char *id)
{
	g_autofree char *shard = shard_path(files, id);
	return g_build_filename(shard, id, NULL);
}

/* How much is there */

/* @there: out, FALSE if there is no such file. */
static gboolean
look(const char *path, struct stat *status, gboolean *there, GError **error)
{
	*there = stat(path, status) == 0;
	return *there || errno == ENOENT || fail(A_FILE, error);
}

gboolean
pipitd_blob_files_kept(PipitdBlobFiles *files, const char *id, guint64 *size, GError **error)
{
	g_autofree char *part = part_path(files, id);
	g_autofree char *placed = placed_path(files, id);
	struct stat status;
	gboolean there;
	if (!look(part, &status, &there, error) || (!there && !look(placed, &status, &there, error)))
		return FALSE;
	*size = there ? (guint64)status.st_size : 0;
	return TRUE;
}

gint64
pipitd_blob_files_written_at(PipitdBlobFiles *files, const char *id)
{
	g_autofree char *path = part_path(files, id);
	struct stat status;
	return stat(path, &status) == 0 ? (gint64)status.st_mtime * PIPITD_MS_PER_SECOND : 0;
}

/* Parts */

int
pipitd_blob_files_open_part(PipitdBlobFiles *files, const char *id, GError **error)
{
	g_autofree char *path = part_path(files, id);
	int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		fail(A_FILE, error);
	return fd;
}

gboolean
pipitd_blob_files_write(int part, gconstpointer bytes, gsize size, guint64 *offset, GError **error)
{
	const guint8 *next = bytes;
	while (size > 0) {
		ssize_t count = pwrite(part, next, size, (off_t)*offset);
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0)
			errno = ENOSPC;
		if (count <= 0)
			return fail(A_FILE, error);
		next += count;
		size -= (gsize)count;
		*offset += (guint64)count;
	}
	return TRUE;
}

/* Where not even this works, nothing can be written any more, and the blob can't become complete; what is there after the system
 * was started anew was read from the disk. */
static void
cut_off(int part, guint64 kept)
{
	struct stat status;
	if (fstat(part, &status) != 0 ||
	    ((guint64)status.st_size > kept && ftruncate(part, (off_t)kept) != 0))
		pipitd_log("what a disk lost of a blob still counts: %s", g_strerror(errno));
}

gboolean
pipitd_blob_files_sync(int part, guint64 kept, GError **error)
{
	if (fdatasync(part) == 0)
		return TRUE;
	fail(A_FILE, error);
	cut_off(part, kept);
	return FALSE;
}

gboolean
pipitd_blob_files_sync_part(PipitdBlobFiles *files, const char *id, guint64 kept, GError **error)
{
	g_autofree char *path = part_path(files, id);
	int part = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (part < 0)
		return errno == ENOENT || fail(A_FILE, error);
	gboolean synced = pipitd_blob_files_sync(part, kept, error) && sync_folder(files->parts, error);
	close(part);
	return synced;
}

gboolean
pipitd_blob_files_place(PipitdBlobFiles *files, const char *id, GError **error)
{
	g_autofree char *part = part_path(files, id);
	g_autofree char *shard = shard_path(files, id);
	g_autofree char *placed = placed_path(files, id);
	if (!make_folder(files->folder, shard, error))
		return FALSE;
	/* Without a part: an earlier try came that far, and the store did not hear of it. */
	if (rename(part, placed) != 0 && (errno != ENOENT || access(placed, F_OK) != 0))
		return fail(A_FILE, error);
	return sync_folder(shard, error);
}

/* Blobs that are whole */

int
pipitd_blob_files_open_placed(PipitdBlobFiles *files, const char *id, guint64 *size, GError **error)
{
	g_autofree char *path = placed_path(files, id);
	struct stat status;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0) {
		*size = (guint64)status.st_size;
		return fd;
	}
	fail(A_FILE, error);
	if (fd >= 0)
		close(fd);
	return -1;
}

static gboolean
remove_file(const char *path, GError **error)
{
	return unlink(path) == 0 || errno == ENOENT || fail(A_FILE, error);
}

gboolean
pipitd_blob_files_remove(PipitdBlobFiles *files, const char *id, GError **error)
{
	g_autofree char *part = part_path(files, id);
	g_autofree char *placed = placed_path(files, id);
	return remove_file(part, error) && remove_file(placed, error);
}

/* All of them */

static gboolean
walk_folder(const char *path, PipitdBlobFilesFunc func, gpointer user_data, GError **error)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	if (folder == NULL)
		return fail(path, error);
	const char *name;
	while ((name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		if (!func(file, name, user_data, error))
			return FALSE;
	}
	return TRUE;
}

typedef struct {
	PipitdBlobFilesFunc func;
	gpointer user_data;
} Walk;

static gboolean
walk_shard(const char *path, const char *name, gpointer user_data, GError **error)
{
	const Walk *walk = user_data;
	/* Whatever else lies there (lost+found, on a disk of its own) is none of ours. */
	if (strlen(name) != SHARD_CHARS && strcmp(name, PARTS) != 0)
		return TRUE;
	return walk_folder(path, walk->func, walk->user_data, error);
}

gboolean
pipitd_blob_files_walk(PipitdBlobFiles *files, PipitdBlobFilesFunc func, gpointer user_data, GError **error)
{
	Walk walk = {func, user_data};
	return walk_folder(files->folder, walk_shard, &walk, error);
}
