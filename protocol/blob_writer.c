/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decrypting, checking and writing. Nothing that has not been checked as a whole is ever found under a file's name. */
#include "protocol/blob_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "protocol/file_name.h"
#include "protocol/i18n.h"
#include "protocol/limits.h"

#define PART_ID_CHARS 8
#define NAMES_MAX 9999
#define TURN 1048576
#define READ_AT_ONCE ((gint64)16 * TURN) /* others wait for the thread too */
#define WRITE_BEHIND 8388608
#define LOCK_TRIES 100
#define LOCK_PAUSE_US 20000

struct PipitBlobWriter {
	PipitBlob blob;
	PipitAttachmentCipher *cipher;
	gint64 offset;
	gint64 kept;    /* so much is there of a former try */
	guint8 *memory; /* from pipit_scratch_new(); or NULL */
	char *folder;   /* or NULL */
	char *name;
	char *part;   /* path */
	char *path;   /* once it is finished */
	int fd;       /* of the part, or -1 */
	gint64 begun; /* up to here the disk has begun to write it */
};

static PipitBlobWriter *
writer_new(const PipitBlob *blob)
{
	PipitBlobWriter *writer = g_new0(PipitBlobWriter, 1);
	pipit_blob_copy(&writer->blob, blob);
	writer->fd = -1;
	return writer;
}

PipitBlobWriter *
pipit_blob_writer_new_memory(const PipitBlob *blob)
{
	PipitBlobWriter *writer = writer_new(blob);
	writer->memory = pipit_scratch_new(MAX((gsize)blob->size, 1));
	return writer;
}

/* Named for the blob too, so that it is known again, and two of one name don't meet. */
PipitBlobWriter *
pipit_blob_writer_new_file(const char *folder, const char *name, const PipitBlob *blob)
{
	PipitBlobWriter *writer = writer_new(blob);
	g_autofree char *part =
		g_strdup_printf("%s.%.*s.part", name, PART_ID_CHARS, blob->uri + strlen(PIPIT_BLOBS_PATH));
	writer->folder = g_strdup(folder);
	writer->name = g_strdup(name);
	writer->part = g_build_filename(folder, part, NULL);
	return writer;
}

static gboolean
fail_write(const char *path, int code, GError **error)
{
	g_autofree char *shown = g_filename_display_name(path);
	if (code == ENOSPC || code == EDQUOT)
		g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_FULL,
			    _("There is no room left on the disk for %s. Make some room, then try again."),
			    shown);
	else
		g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_WRITE,
			    _("%s can't be written: %s. Choose another folder, or change its permissions."),
			    shown, g_strerror(code));
	return FALSE;
}

/* What lies there may have been put there by somebody else, where others may write. */
static gboolean
is_own_file(int fd, gint64 *size)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return FALSE;
	*size = status.st_size;
	if (S_ISREG(status.st_mode) && status.st_uid == geteuid() && status.st_nlink == 1)
		return TRUE;
	errno = EEXIST;
	return FALSE;
}

static gboolean
is_named(const PipitBlobWriter *writer, const char *path)
{
	struct stat held;
	struct stat named;
	return fstat(writer->fd, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

/* Whoever held the lock before may have given the file its own name meanwhile, or removed it. */
static gboolean
is_still_the_part(const PipitBlobWriter *writer)
{
	return is_named(writer, writer->part);
}

static gboolean
open_part(PipitBlobWriter *writer, gint64 *size, GError **error)
{
	/* A fetch that was just cancelled may be about to let go of it. */
	for (guint i = 0; i < LOCK_TRIES; i++) {
		if (writer->fd < 0)
			writer->fd = open(writer->part,
					  O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
		if (writer->fd < 0)
			return fail_write(writer->part, errno, error);
		if (flock(writer->fd, LOCK_EX | LOCK_NB) != 0) {
			g_usleep(LOCK_PAUSE_US);
			continue;
		}
		if (is_still_the_part(writer))
			return is_own_file(writer->fd, size) || fail_write(writer->part, errno, error);
		close(writer->fd);
		writer->fd = -1;
	}
	g_autofree char *shown = g_filename_display_name(writer->part);
	g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_WRITE,
		    _("Another program is writing %s. Wait for it, or end it."), shown);
	return FALSE;
}

gboolean
pipit_blob_writer_open(PipitBlobWriter *writer, GError **error)
{
	gint64 size = 0;
	g_clear_pointer(&writer->cipher, pipit_attachment_cipher_free);
	writer->cipher = pipit_attachment_cipher_new(g_bytes_get_data(writer->blob.key, NULL));
	writer->offset = 0;
	if (writer->memory == NULL) {
		if (writer->fd < 0 && !open_part(writer, &size, error))
			return FALSE;
		/* Longer than it can be: none of ours. */
		if (size > writer->blob.size)
			size = 0;
		if (ftruncate(writer->fd, size) != 0)
			return fail_write(writer->part, errno, error);
	}
	writer->kept = writer->begun = size;
	return TRUE;
}

/* It is encrypted again: the hash is of the encrypted form. */
gboolean
pipit_blob_writer_read(PipitBlobWriter *writer, gint64 *left, GError **error)
{
	g_autofree guint8 *room = g_malloc(TURN);
	gint64 end = MIN(writer->kept, writer->offset + READ_AT_ONCE);
	while (writer->offset < end) {
		gsize wanted = (gsize)MIN(end - writer->offset, TURN);
		ssize_t got = pread(writer->fd, room, wanted, writer->offset);
		if (got <= 0)
			return fail_write(writer->part, got < 0 ? errno : EIO, error);
		pipit_attachment_encrypt(writer->cipher, room, (gsize)got);
		writer->offset += got;
	}
	*left = writer->kept - writer->offset;
	return TRUE;
}

gint64
pipit_blob_writer_offset(const PipitBlobWriter *writer)
{
	return writer->offset;
}

static gboolean
write_to_part(PipitBlobWriter *writer, const guint8 *bytes, gsize size, GError **error)
{
	for (gsize done = 0; done < size;) {
		ssize_t put = pwrite(writer->fd, bytes + done, size - done, writer->offset + (gint64)done);
		if (put < 0 && errno != EINTR)
			return fail_write(writer->part, errno, error);
		done += put > 0 ? (gsize)put : 0;
	}
	return TRUE;
}

/* Else all of it would be waited for at the end. */
static void
begin_writing(PipitBlobWriter *writer)
{
	gint64 size = writer->offset - writer->begun;
	if (writer->fd < 0 || size < WRITE_BEHIND)
		return;
	sync_file_range(writer->fd, writer->begun, size, SYNC_FILE_RANGE_WRITE);
	writer->begun = writer->offset;
}

gboolean
pipit_blob_writer_add(PipitBlobWriter *writer, guint8 *bytes, gsize size, GError **error)
{
	g_return_val_if_fail((gint64)size <= writer->blob.size - writer->offset, FALSE);
	pipit_attachment_decrypt(writer->cipher, bytes, size);
	if (writer->memory != NULL)
		memcpy(writer->memory + writer->offset, bytes, size);
	else if (!write_to_part(writer, bytes, size, error))
		return FALSE;
	writer->offset += (gint64)size;
	begin_writing(writer);
	return TRUE;
}

static gboolean
is_as_announced(const PipitBlobWriter *writer)
{
	PipitAttachmentDigests digests;
	const PipitAttachmentDigests *announced = &writer->blob.digests;
	if (writer->offset != writer->blob.size)
		return FALSE;
	pipit_attachment_digests(writer->cipher, &digests);
	return memcmp(digests.sha256, announced->sha256, PIPIT_SHA256_LEN) == 0 &&
	       memcmp(digests.sha1, announced->sha1, PIPIT_SHA1_LEN) == 0;
}

/* Names @path what is the part until now, unless there is something of that name. */
static gboolean
move_to(const PipitBlobWriter *writer, const char *path)
{
	if (renameat2(AT_FDCWD, writer->part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return TRUE;
	if (errno != EINVAL && errno != ENOSYS)
		return FALSE;
	/* A file system that can't do that in one step. */
	if (link(writer->part, path) != 0)
		return FALSE;
	unlink(writer->part);
	return TRUE;
}

static gboolean
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return FALSE;
	gboolean synced = fsync(fd) == 0 || errno == EINVAL;
	close(fd);
	return synced;
}

static gboolean
name_file(PipitBlobWriter *writer, GError **error)
{
	for (guint n = 1; n <= NAMES_MAX; n++) {
		g_autofree char *name =
			n == 1 ? g_strdup(writer->name) : pipit_file_name_numbered(writer->name, n);
		g_autofree char *path = g_build_filename(writer->folder, name, NULL);
		if (move_to(writer, path)) {
			writer->path = g_steal_pointer(&path);
			return sync_folder(writer->folder) || fail_write(writer->path, errno, error);
		}
		if (errno != EEXIST)
			return fail_write(path, errno, error);
	}
	return fail_write(writer->name, EEXIST, error);
}

gboolean
pipit_blob_writer_finish(PipitBlobWriter *writer, GError **error)
{
	if (!is_as_announced(writer)) {
		pipit_blob_writer_discard(writer);
		g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_WRONG,
			    _("What the server gave is not the file that was sent, and was not kept. Ask to "
			      "send it again."));
		return FALSE;
	}
	if (writer->memory != NULL)
		return TRUE;
	if (fsync(writer->fd) != 0)
		return fail_write(writer->part, errno, error);
	return name_file(writer, error);
}

void
pipit_blob_writer_let_go(PipitBlobWriter *writer)
{
	if (writer->fd < 0 || writer->path != NULL)
		return;
	close(writer->fd);
	writer->fd = -1;
}

/* TRUE if the part is ours, to be removed. */
static gboolean
has_part(PipitBlobWriter *writer)
{
	gint64 size = 0;
	if (writer->fd < 0)
		writer->fd = open(writer->part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return writer->fd >= 0 && flock(writer->fd, LOCK_EX | LOCK_NB) == 0 && is_still_the_part(writer) &&
	       is_own_file(writer->fd, &size);
}

void
pipit_blob_writer_discard(PipitBlobWriter *writer)
{
	/* It may have got its name in the moment in which it was given up. */
	if (writer->path != NULL && is_named(writer, writer->path))
		unlink(writer->path);
	else if (writer->part != NULL && writer->path == NULL && has_part(writer))
		unlink(writer->part);
	if (writer->fd >= 0)
		close(writer->fd);
	writer->fd = -1;
}

/* One whose fetch was ended before anything came, which may have been long ago, while it waited for another to let go of the part. */
static gboolean
is_empty(const PipitBlobWriter *writer)
{
	struct stat status;
	return writer->fd >= 0 && writer->path == NULL && fstat(writer->fd, &status) == 0 &&
	       status.st_size == 0;
}

void
pipit_blob_writer_free(PipitBlobWriter *writer)
{
	if (writer == NULL)
		return;
	if (is_empty(writer))
		pipit_blob_writer_discard(writer);
	pipit_blob_clear(&writer->blob);
	pipit_attachment_cipher_free(writer->cipher);
	pipit_scratch_free(writer->memory);
	if (writer->fd >= 0)
		close(writer->fd);
	g_free(writer->folder);
	g_free(writer->name);
	g_free(writer->part);
	g_free(writer->path);
	g_free(writer);
}

const char *
pipit_blob_writer_path(const PipitBlobWriter *writer)
{
	return writer->path;
}

GBytes *
pipit_blob_writer_bytes(PipitBlobWriter *writer)
{
	guint8 *memory = g_steal_pointer(&writer->memory);
	return pipit_secret_bytes_take(memory, memory, (gsize)writer->blob.size);
}
