/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and encrypting. The file is somebody's: it may change, shrink or go away meanwhile. */
#include "protocol/blob_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/i18n.h"

struct PipitBlobReader {
	int fd; /* or -1 */
	char *path;
	GBytes *bytes; /* or NULL */
	gint64 size;
	gint64 modified_at;
	gint64 offset;
	PipitAttachmentCipher *cipher;
};

G_DEFINE_QUARK(pipit - file - error - quark, pipit_file_error)

gint64
pipit_file_modified_at(const struct stat *status)
{
	return status->st_mtim.tv_sec * G_GINT64_CONSTANT(1000000000) + status->st_mtim.tv_nsec;
}

static PipitBlobReader *
reader_new(GBytes *key)
{
	PipitBlobReader *reader = g_new0(PipitBlobReader, 1);
	reader->fd = -1;
	reader->cipher = pipit_attachment_cipher_new(g_bytes_get_data(key, NULL));
	return reader;
}

static gboolean
fail_gone(const char *path, int code, GError **error)
{
	g_autofree char *shown = g_filename_display_name(path);
	g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_GONE, _("The file %s can't be read: %s."),
		    shown, g_strerror(code));
	return FALSE;
}

static gboolean
fail_changed(const PipitBlobReader *reader, GError **error)
{
	g_autofree char *shown = g_filename_display_name(reader->path);
	g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_CHANGED,
		    _("The file %s changed while it was being sent. Send it again once it stays as it is."),
		    shown);
	return FALSE;
}

/* FALSE with an error unless it is as it was when it was looked at. */
static gboolean
check_unchanged(const PipitBlobReader *reader, GError **error)
{
	struct stat status;
	if (fstat(reader->fd, &status) != 0)
		return fail_gone(reader->path, errno, error);
	return (status.st_size == reader->size && pipit_file_modified_at(&status) == reader->modified_at) ||
	       fail_changed(reader, error);
}

PipitBlobReader *
pipit_blob_reader_open(const char *path, GBytes *key, gint64 size, gint64 modified_at, GError **error)
{
	g_autoptr(PipitBlobReader) reader = reader_new(key);
	reader->path = g_strdup(path);
	reader->size = size;
	reader->modified_at = modified_at;
	/* A pipe in its place must not hold the worker for ever. */
	reader->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (reader->fd < 0) {
		fail_gone(path, errno, error);
		return NULL;
	}
	if (!check_unchanged(reader, error))
		return NULL;
	posix_fadvise(reader->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return g_steal_pointer(&reader);
}

PipitBlobReader *
pipit_blob_reader_new(GBytes *bytes, GBytes *key)
{
	PipitBlobReader *reader = reader_new(key);
	reader->bytes = g_bytes_ref(bytes);
	reader->size = (gint64)g_bytes_get_size(bytes);
	return reader;
}

void
pipit_blob_reader_free(PipitBlobReader *reader)
{
	if (reader == NULL)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	g_free(reader->path);
	g_clear_pointer(&reader->bytes, g_bytes_unref);
	pipit_attachment_cipher_free(reader->cipher);
	g_free(reader);
}

static gboolean
read_from_file(const PipitBlobReader *reader, guint8 *room, gsize size, GError **error)
{
	for (gsize done = 0; done < size;) {
		ssize_t got = pread(reader->fd, room + done, size - done, reader->offset + (gint64)done);
		if (got < 0 && errno != EINTR)
			return fail_gone(reader->path, errno, error);
		if (got == 0)
			return fail_changed(reader, error);
		done += got > 0 ? (gsize)got : 0;
	}
	return TRUE;
}

static gboolean
read_plain(const PipitBlobReader *reader, guint8 *room, gsize size, GError **error)
{
	if (reader->bytes == NULL)
		return read_from_file(reader, room, size, error);
	const guint8 *start = g_bytes_get_data(reader->bytes, NULL);
	if (size > 0)
		memcpy(room, start + reader->offset, size);
	return TRUE;
}

GBytes *
pipit_blob_reader_next(PipitBlobReader *reader, GError **error)
{
	gsize size = (gsize)MIN(reader->size - reader->offset, (gint64)PIPIT_BLOB_CHUNK);
	g_autofree guint8 *room = g_malloc(MAX(size, 1));
	if (!read_plain(reader, room, size, error))
		return NULL;
	pipit_attachment_encrypt(reader->cipher, room, size);
	reader->offset += (gint64)size;
	if (reader->offset == reader->size && reader->bytes == NULL && !check_unchanged(reader, error))
		return NULL;
	return g_bytes_new_take(g_steal_pointer(&room), size);
}

gint64
pipit_blob_reader_offset(const PipitBlobReader *reader)
{
	return reader->offset;
}

gint64
pipit_blob_reader_size(const PipitBlobReader *reader)
{
	return reader->size;
}

void
pipit_blob_reader_digests(const PipitBlobReader *reader, PipitAttachmentDigests *digests)
{
	pipit_attachment_digests(reader->cipher, digests);
}
