/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads ahead in a worker while libcurl sends: one chunk is being read, up to three wait for the disk or for their turn, and one is
 * being sent. */
#include "protocol/blob_upload.h"

#include <string.h>

#include "protocol/api_blobs.h"
#include "protocol/link.h"

#define MAX_AHEAD 3

struct PipitBlobUpload {
	PipitSession *session;
	PipitUploadEvents events;
	gpointer user_data;
	PipitLink *link;
	char *uri; /* NULL until the server gave one */
	char **recipients;
	gint64 size;
	gint64 used;
	gint64 offset;           /* the server has so much */
	gboolean asked;          /* the offset is known */
	gboolean stored;         /* the server has all of it */
	PipitBlobReader *reader; /* NULL while a worker has it */
	gboolean is_read;        /* to its end; @digests are set */
	PipitAttachmentDigests digests;
	GQueue read; /* of GBytes: chunks, or what is missing of them, that are not known to be on the disk */
	guint keeping;   /* so many of them are about to be */
	GQueue ready;    /* of GBytes: those that may go out */
	GBytes *sending; /* this one; or NULL */
	gsize sent;      /* of it */
	gint64 given;    /* to libcurl, in all */
	guint begin_timer;
	PipitHttpTransfer *transfer; /* or NULL */
	gboolean is_freed;
};

/* Jobs of workers. */
typedef struct {
	PipitLink *link;
	PipitBlobReader *reader;
	GBytes *chunk;
	gint64 end;
	PipitAttachmentDigests digests;
	GError *error;
} ReadJob;

static void ask(PipitBlobUpload *upload);
static void go_on(PipitBlobUpload *upload);

static void
end(PipitBlobUpload *upload, PipitUploadEnd how, const PipitFailure *failure, const GError *error)
{
	PipitUploadEvents events = upload->events;
	gpointer user_data = upload->user_data;
	PipitAttachmentDigests digests = upload->digests;

	pipit_blob_upload_free(upload);
	events.ended(user_data, how, &digests, failure, error);
}

/* Read. */

static void
run_read_job(gpointer job)
{
	ReadJob *read = job;

	read->chunk = pipit_blob_reader_next(read->reader, &read->error);
	read->end = pipit_blob_reader_offset(read->reader);
	pipit_blob_reader_digests(read->reader, &read->digests);
}

static void
free_read_job(gpointer job)
{
	ReadJob *read = job;

	pipit_link_unref(read->link);
	pipit_blob_reader_free(read->reader);
	g_clear_pointer(&read->chunk, g_bytes_unref);
	g_clear_error(&read->error);
	g_free(read);
}

static void
free_link(gpointer link)
{
	pipit_link_unref(link);
}

static void keep(PipitBlobUpload *upload);

static void
on_kept(PipitSession *session G_GNUC_UNUSED, gpointer data)
{
	g_autoptr(PipitLink) link = data;
	PipitBlobUpload *upload = pipit_link_target(link);

	if (upload == NULL)
		return;
	for (; upload->keeping > 0; upload->keeping--)
		g_queue_push_tail(&upload->ready, g_queue_pop_head(&upload->read));
	keep(upload);
	go_on(upload);
}

/* One wait at a time, or a later chunk could come before an earlier one. */
static void
keep(PipitBlobUpload *upload)
{
	if (upload->keeping > 0 || g_queue_is_empty(&upload->read))
		return;
	upload->keeping = g_queue_get_length(&upload->read);
	pipit_session_when_durable(upload->session, on_kept, pipit_link_ref(upload->link), free_link);
}

/* What is beyond that which the server has; NULL if it has all of the chunk. @chunk_end: where the chunk ends. */
static GBytes *
missing_part(const PipitBlobUpload *upload, GBytes *chunk, gint64 chunk_end)
{
	gint64 start = chunk_end - (gint64)g_bytes_get_size(chunk);
	gint64 skipped = CLAMP(upload->offset - start, 0, chunk_end - start);

	return skipped < chunk_end - start
		       ? g_bytes_new_from_bytes(chunk, (gsize)skipped, (gsize)(chunk_end - start - skipped))
		       : NULL;
}

/* Within what was used before each chunk is known by its hash: one that is not was cut in another way. */
static gboolean
may_go_out(const PipitBlobUpload *upload, gint64 chunk_end, PipitChunk chunk)
{
	return chunk == PIPIT_CHUNK_SAME ||
	       (chunk == PIPIT_CHUNK_NEW && (chunk_end > upload->used || chunk_end == 0));
}

static void
take_chunk(PipitBlobUpload *upload, const ReadJob *read)
{
	PipitChunk chunk = PIPIT_CHUNK_NEW;

	if (!upload->events.chunk(upload->user_data, read->end, read->digests.sha256, &chunk))
		return;
	if (!may_go_out(upload, read->end, chunk)) {
		end(upload, PIPIT_UPLOAD_OTHER, NULL, NULL);
		return;
	}
	if (read->end == upload->size) {
		upload->is_read = TRUE;
		upload->digests = read->digests;
	}
	GBytes *part = missing_part(upload, read->chunk, read->end);
	if (part != NULL)
		g_queue_push_tail(&upload->read, part);
	keep(upload);
	go_on(upload);
}

static void
on_read(gpointer job, gpointer user_data G_GNUC_UNUSED)
{
	ReadJob *read = job;
	PipitBlobUpload *upload = pipit_link_target(read->link);

	if (upload == NULL)
		return;
	upload->reader = g_steal_pointer(&read->reader);
	if (read->chunk == NULL)
		end(upload, PIPIT_UPLOAD_UNREADABLE, NULL, read->error);
	else
		take_chunk(upload, read);
}

static void
read_next(PipitBlobUpload *upload)
{
	ReadJob *job = g_new0(ReadJob, 1);

	job->link = pipit_link_ref(upload->link);
	job->reader = g_steal_pointer(&upload->reader);
	pipit_workers_push(upload->session->workers, job, run_read_job, on_read, NULL, free_read_job);
}

/* Send. */

static gboolean
on_begin(gpointer user_data)
{
	PipitBlobUpload *upload = user_data;

	upload->begin_timer = 0;
	go_on(upload);
	return G_SOURCE_REMOVE;
}

/* From within libcurl nothing of it may be called: what is next begins from the loop. */
static void
go_on_soon(PipitBlobUpload *upload)
{
	if (upload->begin_timer == 0)
		upload->begin_timer = upload->session->client->loop->timeout_add(0, on_begin, upload);
}

static gsize
give(gpointer user_data, guint8 *room, gsize size)
{
	PipitBlobUpload *upload = user_data;

	if (upload->sending == NULL) {
		upload->sending = g_queue_pop_head(&upload->ready);
		upload->sent = 0;
	}
	if (upload->sending == NULL)
		return 0;
	gsize length = 0;
	const guint8 *bytes = g_bytes_get_data(upload->sending, &length);
	gsize given = MIN(size, length - upload->sent);
	memcpy(room, bytes + upload->sent, given);
	upload->sent += given;
	upload->given += (gint64)given;
	if (upload->sent == length)
		g_clear_pointer(&upload->sending, g_bytes_unref);
	go_on_soon(upload);
	return given;
}

static void
on_sent(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	PipitBlobUpload *upload = user_data;
	g_auto(PipitFailure) early = {0};

	upload->transfer = NULL;
	if (upload->is_freed)
		return;
	if (failure == NULL && upload->given < upload->size) {
		pipit_failure_malformed(&early, pipit_api_origin(upload->session->api), "not all was taken");
		failure = &early;
	}
	if (failure != NULL) {
		end(upload, PIPIT_UPLOAD_FAILED, failure, NULL);
		return;
	}
	upload->stored = TRUE;
	go_on(upload);
}

static void
send(PipitBlobUpload *upload)
{
	const PipitHttpStream stream = {.give = give, .size = upload->size - upload->offset};

	upload->given = upload->offset;
	upload->transfer = pipit_api_upload_blob(upload->session->api, upload->uri, upload->offset, &stream,
						 upload, on_sent, upload);
}

static gboolean
may_read(const PipitBlobUpload *upload)
{
	return !upload->is_read && upload->reader != NULL &&
	       upload->read.length + upload->ready.length < MAX_AHEAD;
}

/* Something is ready; or there is nothing to send but the end, which an empty file has too. */
static gboolean
may_send(const PipitBlobUpload *upload)
{
	return !upload->stored &&
	       (upload->ready.length > 0 || (upload->is_read && upload->offset == upload->size));
}

/* FALSE if the host ended the session in there. */
static gboolean
tell_moved(PipitBlobUpload *upload)
{
	g_autoptr(PipitLink) link = pipit_link_ref(upload->link);

	if (upload->given > upload->offset)
		upload->events.moved(upload->user_data, upload->given);
	return pipit_link_target(link) != NULL;
}

/* Whatever is next, of reading and of sending. */
static void
go_on(PipitBlobUpload *upload)
{
	if (!tell_moved(upload))
		return;
	if (may_read(upload))
		read_next(upload);
	if (upload->stored && upload->is_read)
		end(upload, PIPIT_UPLOAD_DONE, NULL, NULL);
	else if (upload->transfer != NULL)
		pipit_http_go_on(upload->transfer);
	else if (may_send(upload))
		send(upload);
}

/* Find out how far it is. */

static void
begin(PipitBlobUpload *upload, gint64 offset, gboolean stored)
{
	upload->offset = offset;
	upload->stored = stored;
	/* It was given more than is known of: by a store that was put back from a copy since. */
	if (offset > upload->used)
		end(upload, PIPIT_UPLOAD_OTHER, NULL, NULL);
	else
		go_on(upload);
}

static void
take_malformed(PipitBlobUpload *upload, const GError *bad)
{
	g_auto(PipitFailure) malformed = {0};

	pipit_failure_malformed(&malformed, pipit_api_origin(upload->session->api), bad->message);
	end(upload, PIPIT_UPLOAD_FAILED, &malformed, NULL);
}

static void
on_created(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(PipitLink) link = user_data;
	g_autoptr(GError) bad = NULL;
	PipitBlobUpload *upload = pipit_link_target(link);

	if (upload == NULL)
		return;
	if (failure != NULL) {
		end(upload, PIPIT_UPLOAD_FAILED, failure, NULL);
		return;
	}
	upload->uri = pipit_blob_created_parse(body, &bad);
	if (upload->uri == NULL)
		take_malformed(upload, bad);
	else if (upload->events.created(upload->user_data, upload->uri))
		begin(upload, 0, FALSE);
}

static void
on_offset(gpointer user_data, GBytes *body, const PipitFailure *failure)
{
	g_autoptr(PipitLink) link = user_data;
	g_autoptr(GError) bad = NULL;
	PipitBlobUpload *upload = pipit_link_target(link);
	gint64 offset = 0;
	gboolean stored = FALSE;

	if (upload == NULL)
		return;
	if (failure != NULL && failure->problem == PIPIT_PROBLEM_NOT_FOUND) {
		/* It has waited too long. */
		g_clear_pointer(&upload->uri, g_free);
		ask(upload);
	} else if (failure != NULL) {
		end(upload, PIPIT_UPLOAD_FAILED, failure, NULL);
	} else if (!pipit_blob_offset_parse(body, upload->size, &offset, &stored, &bad)) {
		take_malformed(upload, bad);
	} else {
		begin(upload, offset, stored);
	}
}

static void
ask(PipitBlobUpload *upload)
{
	PipitApi *api = upload->session->api;

	if (upload->uri == NULL)
		pipit_api_create_blob(api, upload->size, (const char *const *)upload->recipients, on_created,
				      pipit_link_ref(upload->link));
	else
		pipit_api_blob_offset(api, upload->uri, on_offset, pipit_link_ref(upload->link));
}

PipitBlobUpload *
pipit_blob_upload_new(PipitSession *session, PipitBlobReader *reader, const char *uri, gint64 used,
		      const char *const *recipients, const PipitUploadEvents *events, gpointer user_data)
{
	PipitBlobUpload *upload = g_new0(PipitBlobUpload, 1);

	upload->session = pipit_session_ref(session);
	upload->events = *events;
	upload->user_data = user_data;
	upload->link = pipit_link_new(upload);
	upload->uri = g_strdup(uri);
	upload->recipients = g_strdupv((char **)recipients);
	upload->size = pipit_blob_reader_size(reader);
	upload->used = used;
	upload->reader = reader;
	g_queue_init(&upload->read);
	g_queue_init(&upload->ready);
	ask(upload);
	return upload;
}

void
pipit_blob_upload_free(PipitBlobUpload *upload)
{
	if (upload == NULL)
		return;
	upload->is_freed = TRUE;
	pipit_link_cut(upload->link);
	pipit_link_unref(upload->link);
	if (upload->transfer != NULL)
		pipit_http_cancel(upload->transfer);
	if (upload->begin_timer != 0)
		upload->session->client->loop->timeout_remove(upload->begin_timer);
	pipit_blob_reader_free(upload->reader);
	g_queue_clear_full(&upload->read, (GDestroyNotify)g_bytes_unref);
	g_queue_clear_full(&upload->ready, (GDestroyNotify)g_bytes_unref);
	g_clear_pointer(&upload->sending, g_bytes_unref);
	g_strfreev(upload->recipients);
	g_free(upload->uri);
	pipit_session_unref(upload->session);
	g_free(upload);
}
