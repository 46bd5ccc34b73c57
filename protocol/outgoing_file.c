/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at a file. */
#include "protocol/outgoing_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/random.h"
#include "crypto/secret.h"
#include "protocol/i18n.h"
#include "protocol/picture.h"
#include "protocol/picture_strip.h"

static gboolean
fail(const PipitDraftFile *file, const char *why, GError **error)
{
	g_autofree char *shown = g_filename_display_name(file->path);
	g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_GONE, _("The file %s can't be read: %s."),
		    shown, why);
	return FALSE;
}

static FILE *
open_file(const PipitDraftFile *file, GError **error)
{
	struct stat status = {0};
	/* A pipe in its place must not hold the worker for ever. */
	int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		fail(file, g_strerror(errno), error);
		return NULL;
	}
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fdopen(fd, "r");
	fail(file, S_ISDIR(status.st_mode) ? g_strerror(EISDIR) : _("it is no file"), error);
	close(fd);
	return NULL;
}

static void
look_at_picture(PipitDraftFile *file, FILE *in, PipitPicture *picture)
{
	g_autofree guint8 *head = g_malloc(PIPIT_PICTURE_HEAD);
	gsize size = fread(head, 1, PIPIT_PICTURE_HEAD, in);
	if (!pipit_picture_read(head, size, picture))
		return;
	if (file->type == NULL)
		file->type = g_strdup(picture->type);
	file->width = picture->width;
	file->height = picture->height;
}

static FILE *
create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static gboolean
fail_copy(const char *copy, const char *why, GError **error)
{
	g_set_error(error, PIPIT_FILE_ERROR,
		    errno == ENOSPC || errno == EDQUOT ? PIPIT_FILE_ERROR_FULL : PIPIT_FILE_ERROR_WRITE,
		    _("A copy of the picture can't be written to %s: %s. Make room there, then try again."),
		    copy, why);
	return FALSE;
}

static gboolean
fail_damaged(const PipitDraftFile *file, GError **error)
{
	g_set_error(error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_DAMAGED,
		    _("The picture %s is damaged: what it tells of where and when it was taken can't be "
		      "found in it. "
		      "Save it anew, or send it with all that is in it."),
		    file->name);
	return FALSE;
}

static gboolean
strip_to(const PipitDraftFile *file, FILE *in, const char *type, const char *path, GError **error)
{
	g_autoptr(GError) failed = NULL;
	FILE *out = create(path);
	if (out == NULL)
		return fail_copy(path, g_strerror(errno), error);
	rewind(in);
	gboolean done = pipit_picture_strip(in, out, type, &failed) && fsync(fileno(out)) == 0;
	int code = errno;
	fclose(out);
	errno = code;
	if (done)
		return TRUE;
	unlink(path);
	errno = code;
	if (g_error_matches(failed, PIPIT_PICTURE_ERROR, PIPIT_PICTURE_ERROR_MALFORMED))
		return fail_damaged(file, error);
	return fail_copy(path, g_strerror(code), error);
}

static gboolean
strip(PipitDraftFile *file, FILE *in, const char *type, const char *copy, GError **error)
{
	g_autofree char *fresh = g_strconcat(copy, ".new", NULL);
	if (!strip_to(file, in, type, fresh, error))
		return FALSE;
	if (rename(fresh, copy) != 0)
		return fail_copy(copy, g_strerror(errno), error);
	g_free(file->path);
	file->path = g_strdup(copy);
	file->copied = TRUE;
	return TRUE;
}

static gboolean
take_status(PipitDraftFile *file, GError **error)
{
	struct stat status;
	if (stat(file->path, &status) != 0)
		return fail(file, g_strerror(errno), error);
	file->blob.size = status.st_size;
	file->modified_at = pipit_file_modified_at(&status);
	return TRUE;
}

static void
take_new_key(PipitDraftFile *file)
{
	guint8 key[PIPIT_ATTACHMENT_KEY_LEN];
	pipit_random(key, sizeof key);
	g_clear_pointer(&file->blob.key, g_bytes_unref);
	file->blob.key = pipit_secret_bytes(key, sizeof key);
	pipit_wipe(key, sizeof key);
}

gboolean
pipit_outgoing_file_look(PipitDraftFile *file, const char *copy, GError **error)
{
	PipitPicture picture = {0};
	FILE *in = open_file(file, error);
	if (in == NULL)
		return FALSE;
	look_at_picture(file, in, &picture);
	gboolean is_told = !file->keep_metadata && pipit_picture_can_strip(picture.type);
	gboolean ready = !is_told || strip(file, in, picture.type, copy, error);
	fclose(in);
	if (!ready || !take_status(file, error))
		return FALSE;
	take_new_key(file);
	return TRUE;
}
