/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An upload collects a piece, has it written by a thread that may wait for the disk while its connection is suspended, and
 * goes on: it holds one piece in memory whatever the size, and no thread while its peer is slow. */
#include "server/blob_upload.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/blobs.h"
#include "server/disk_room.h"
#include "server/log.h"
#include "server/store_blobs.h"

#define PIECE ((gsize)256 * 1024)
#define PIECE_MS (60 * PIPITD_MS_PER_SECOND) /* for one piece; as for other bodies, some 32 kbit/s */
#define SYNC_EVERY                                                                                           \
	((guint64)8 * 1024 * 1024) /* so that the end, and the store's own syncs, have little to wait for */
#define UPLOADS_MAX 256            /* at the same time */
#define UPLOADS_MAX_PER_ACCOUNT 32

typedef struct {
	PipitdServer *server;
	char id[PIPITD_BLOB_ID_SIZE];
	gboolean claimed;
	int socket;     /* the peer's */
	guint64 size;   /* of the whole blob */
	guint64 offset; /* where the next byte goes */
	guint64 kept;   /* all before it is on the disk, that is known */
	int part;       /* -1 before the first piece */
	guint8 *piece;  /* NULL before the first byte */
	gsize filled;
	GError *error; /* of the disk */
} Upload;

static void
give_back(Upload *upload)
{
	if (upload->claimed)
		pipitd_blob_claims_release(upload->server->blob_claims, upload->id);
	upload->claimed = FALSE;
}

static void
upload_end(Upload *upload)
{
	if (upload->part >= 0)
		close(upload->part);
	give_back(upload);
	g_clear_error(&upload->error);
	g_free(upload->piece);
	g_free(upload);
}

/* Writing; all on a thread that may wait for the disk */

static gboolean
open_part(Upload *upload, GError **error)
{
	if (upload->part < 0)
		upload->part = pipitd_blob_files_open_part(upload->server->blob_files, upload->id, error);
	return upload->part >= 0;
}

static gboolean
check_room(const Upload *upload, GError **error)
{
	if (pipitd_disk_has_room(upload->server->options, upload->filled))
		return TRUE;
	g_set_error(error, PIPITD_BLOB_FILES_ERROR, PIPITD_BLOB_FILES_ERROR_FULL,
		    "less than %d MiB of disk are free", upload->server->options->reserve_mib);
	return FALSE;
}

/* An upload that ends does so before it closes the file: of one that nobody has open, the kernel may forget that the disk lost
 * some. */
static gboolean
sync_written(Upload *upload, GError **error)
{
	if (!pipitd_blob_files_sync(upload->part, upload->kept, error))
		return FALSE;
	upload->kept = upload->offset;
	return TRUE;
}

static gboolean
sync_some(Upload *upload, GError **error)
{
	return upload->offset - upload->kept < SYNC_EVERY || sync_written(upload, error);
}

static gboolean
write_filled(Upload *upload, GError **error)
{
	if (upload->filled == 0)
		return TRUE;
	if (check_room(upload, error) && open_part(upload, error) &&
	    pipitd_blob_files_write(upload->part, upload->piece, upload->filled, &upload->offset, error))
		return sync_some(upload, error);
	if (upload->part >= 0)
		sync_written(upload, NULL);
	return FALSE;
}

static void
write_piece(gpointer user_data)
{
	PipitdRequest *request = user_data;
	Upload *upload = request->state;
	write_filled(upload, &upload->error);
	upload->filled = 0;
}

/* What came before the connection broke. */
static void
write_left(gpointer user_data)
{
	Upload *upload = user_data;
	g_autoptr(GError) error = NULL;
	if (!write_filled(upload, &error) || !sync_written(upload, &error))
		pipitd_log("the end of an upload that broke off was not kept: %s", error->message);
	upload_end(upload);
}

static void
upload_free(gpointer data)
{
	Upload *upload = data;
	if (!upload->claimed || (upload->filled == 0 && upload->part < 0)) {
		upload_end(upload);
		return;
	}
	pipitd_blob_claims_settle(upload->server->blob_claims, upload->id);
	pipitd_job_pool_push(upload->server->disk, write_left, upload);
}

/* The head */

/* The socket is open as long as the claim is not settled. */
static void
break_off(gpointer holder)
{
	const Upload *upload = holder;
	shutdown(upload->socket, SHUT_RDWR);
}

static Upload *
upload_new(PipitdRequest *request)
{
	Upload *upload = g_new0(Upload, 1);
	upload->server = request->server;
	upload->socket = pipitd_request_socket(request);
	upload->part = -1;
	g_strlcpy(upload->id, request->parameter, sizeof upload->id);
	pipitd_request_keep(request, upload, upload_free);
	return upload;
}

static gboolean
claim(PipitdRequest *request, Upload *upload)
{
	PipitdBlobClaims *claims = request->server->blob_claims;
	gint64 account = request->device->account;
	if (pipitd_blob_claims_count(claims, 0) >= UPLOADS_MAX ||
	    pipitd_blob_claims_count(claims, account) >= UPLOADS_MAX_PER_ACCOUNT) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_SERVER_BUSY, "too many uploads are running");
		return FALSE;
	}
	upload->claimed = pipitd_blob_claims_take(claims, upload->id, account, break_off, upload);
	if (!upload->claimed)
		pipitd_request_refuse(request, PIPIT_PROBLEM_WRONG_OFFSET,
				      "another upload of this blob was running, and ends now");
	return upload->claimed;
}

static gboolean
read_number(PipitdRequest *request, const char *header, guint64 *number)
{
	const char *text = pipitd_request_header(request, header);
	if (text != NULL && g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, number, NULL))
		return TRUE;
	g_autofree char *detail = g_strconcat(header, " is missing, or no number", NULL);
	pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, detail);
	return FALSE;
}

static gboolean
check_offset(PipitdRequest *request, Upload *upload, guint64 offset)
{
	g_autoptr(GError) error = NULL;
	if (!pipitd_blob_files_kept(request->server->blob_files, upload->id, &upload->offset, &error))
		pipitd_blobs_refuse_files(request, error);
	else if (upload->offset != offset)
		pipitd_request_refuse(request, PIPIT_PROBLEM_WRONG_OFFSET, NULL);
	return request->status == 0;
}

static gboolean
check_length(PipitdRequest *request, const Upload *upload, guint64 length)
{
	if (length > upload->size - MIN(upload->offset, upload->size))
		pipitd_request_refuse(request, PIPIT_PROBLEM_TOO_LARGE, "more than the blob was to have");
	else if (!pipitd_disk_has_room(request->server->options, length))
		pipitd_blobs_refuse_full(request);
	return request->status == 0;
}

void
pipitd_blob_upload_begin(PipitdRequest *request)
{
	PipitdBlob blob;
	guint64 offset;
	guint64 length;
	if (!pipitd_blobs_find_own(request, &blob))
		return;
	Upload *upload = upload_new(request);
	if (!claim(request, upload))
		return;
	/* Looked for again: who had the claim before may have removed it. */
	if (pipitd_blobs_find_own(request, &blob) && read_number(request, "Upload-Offset", &offset) &&
	    read_number(request, MHD_HTTP_HEADER_CONTENT_LENGTH, &length) &&
	    check_offset(request, upload, offset)) {
		upload->size = (guint64)blob.size;
		upload->kept = (guint64)blob.kept;
		check_length(request, upload, length);
	}
	if (request->status != 0)
		give_back(upload);
}

/* The body */

static void
refuse(PipitdRequest *request, Upload *upload)
{
	give_back(upload);
	pipitd_blobs_refuse_files(request, upload->error);
}

gsize
pipitd_blob_upload_receive(PipitdRequest *request, const char *bytes, gsize count)
{
	Upload *upload = request->state;
	if (upload->error != NULL) {
		refuse(request, upload);
		return count;
	}
	if (upload->piece == NULL)
		upload->piece = g_malloc(PIECE);
	if (upload->filled == 0)
		pipitd_connection_expect(pipitd_request_connection(request), PIECE_MS);
	gsize taken = MIN(count, PIECE - upload->filled);
	memcpy(upload->piece + upload->filled, bytes, taken);
	upload->filled += taken;
	if (upload->filled == PIECE) {
		pipitd_connection_relax(pipitd_request_connection(request));
		pipitd_request_disk(request, write_piece, NULL);
	}
	return taken;
}

/* The end */

static void
answer(PipitdRequest *request, guint status)
{
	Upload *upload = request->state;
	JsonObject *object = json_object_new();
	json_object_set_int_member(object, "offset", (gint64)upload->offset);
	give_back(upload); /* before who asked can know, and ask again */
	pipitd_request_answer(request, status, object);
}

static void
put_in_place(gpointer user_data)
{
	PipitdRequest *request = user_data;
	Upload *upload = request->state;
	PipitdBlobFiles *files = request->server->blob_files;
	if (upload->error != NULL)
		return;
	/* An empty blob has no piece, and a file all the same. */
	gboolean begun = upload->size > 0 || open_part(upload, &upload->error);
	if (begun && write_filled(upload, &upload->error) &&
	    pipitd_blob_files_sync_part(files, upload->id, upload->kept, &upload->error) &&
	    upload->offset == upload->size)
		pipitd_blob_files_place(files, upload->id, &upload->error);
	upload->filled = 0;
}

static gboolean
write_kept(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	const Upload *upload = request->state;
	return pipitd_store_keep_blob(session, upload->id, (gint64)upload->offset, error);
}

static gboolean
write_completion(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	const Upload *upload = request->state;
	return pipitd_store_complete_blob(session, upload->id, pipitd_request_now(request), error);
}

static void
offset_written(PipitdRequest *request)
{
	const Upload *upload = request->state;
	if (request->failure == NULL) {
		answer(request, upload->offset < upload->size ? MHD_HTTP_OK : MHD_HTTP_CREATED);
		return;
	}
	give_back(request->state);
	pipitd_request_refuse_store(request, request->failure);
}

static void
piece_in_place(PipitdRequest *request)
{
	Upload *upload = request->state;
	if (upload->error != NULL)
		refuse(request, upload);
	else
		pipitd_request_write(request, upload->offset < upload->size ? write_kept : write_completion,
				     offset_written);
}

void
pipitd_blob_upload_finish(PipitdRequest *request)
{
	const Upload *upload = request->state;
	pipitd_blob_claims_settle(request->server->blob_claims, upload->id);
	pipitd_request_disk(request, put_in_place, piece_in_place);
}
