/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes what libcurl has while a worker decrypts, hashes and writes what came before; where that is slower, libcurl waits. */
#include "protocol/blob_download.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/api_blobs.h"
#include "protocol/i18n.h"
#include "protocol/link.h"

#define TURN (512 * 1024)      /* a worker gets so much at once */
#define MAX_WAITING (4 * TURN) /* for a worker */

typedef enum {
	OPEN,
	READ, /* what is there of a former try; once or more */
	ADD,
	FINISH,
	DISCARD,
} Step;

typedef struct WriteJob WriteJob;

struct PipitBlobDownload {
	PipitSession *session;
	PipitDownloadEvents events;
	gpointer user_data;
	PipitLink *link;
	PipitBlob blob;
	PipitBlobWriter *writer; /* NULL while a worker has it */
	WriteJob *job;           /* that worker's; or NULL */
	gboolean anew;           /* nothing of a former try is in it */
	gint64 offset;           /* so much came */
	gint64 skipped;          /* bytes that come though they are here already */
	gboolean begun;          /* the answer has */
	GByteArray *waiting;     /* for the worker */
	gboolean arrived;        /* all of it */
	gboolean wrong;          /* the server's answer is not what was announced */
	gboolean failed;         /* for the reason that @failure has */
	PipitFailure failure;
	guint timer;
	PipitHttpTransfer *transfer; /* or NULL */
	gboolean is_freed;
};

/* A job of a worker. */
struct WriteJob {
	PipitLink *link;
	Step step;
	gint unwanted; /* atomic: what came is to be removed */
	PipitBlobWriter *writer;
	GByteArray *bytes; /* of ADD */
	gint64 left;       /* of READ: to be read */
	GError *error;
};

static void go_on(PipitBlobDownload *download);

/* @error: or NULL. */
static void
end(PipitBlobDownload *download, const GError *error)
{
	PipitDownloadEvents events = download->events;
	gpointer user_data = download->user_data;
	gboolean failed = download->failed && error == NULL;
	g_autoptr(PipitBlobWriter) writer = g_steal_pointer(&download->writer);
	g_auto(PipitFailure) failure = download->failure;

	download->failure.error = NULL;
	pipit_blob_download_free(download);
	events.ended(user_data, writer, failed ? &failure : NULL, error);
}

/* What is there is not it, and never will be. */
static void
end_wrong(PipitBlobDownload *download)
{
	g_autoptr(GError) error = g_error_new_literal(
		PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_WRONG,
		_("What the server gave is not the file that was sent, and was not kept. Ask to send it "
		  "again."));

	pipit_blob_writer_discard(download->writer);
	end(download, error);
}

/* Write. */

static void
run_write_job(gpointer job)
{
	WriteJob *write = job;

	switch (write->step) {
	case OPEN:
		pipit_blob_writer_open(write->writer, &write->error);
		break;
	case READ:
		pipit_blob_writer_read(write->writer, &write->left, &write->error);
		break;
	case ADD:
		pipit_blob_writer_add(write->writer, write->bytes->data, write->bytes->len, &write->error);
		break;
	case FINISH:
		pipit_blob_writer_finish(write->writer, &write->error);
		break;
	case DISCARD:
		pipit_blob_writer_discard(write->writer);
		g_clear_pointer(&write->writer, pipit_blob_writer_free);
		break;
	}
}

static void
free_write_job(gpointer job)
{
	WriteJob *write = job;

	pipit_link_unref(write->link);
	if (g_atomic_int_get(&write->unwanted) && write->writer != NULL)
		pipit_blob_writer_discard(write->writer);
	pipit_blob_writer_free(write->writer);
	g_clear_pointer(&write->bytes, g_byte_array_unref);
	g_clear_error(&write->error);
	g_free(write);
}

static void on_written(gpointer job, gpointer session);

/* @bytes: (transfer full) or NULL */
static void
write_next(PipitBlobDownload *download, Step step, GByteArray *bytes)
{
	WriteJob *job = g_new0(WriteJob, 1);

	job->link = pipit_link_ref(download->link);
	job->step = step;
	job->writer = g_steal_pointer(&download->writer);
	job->bytes = bytes;
	download->job = job;
	pipit_workers_push(download->session->workers, job, run_write_job, on_written, download->session,
			   free_write_job);
}

void
pipit_session_discard_part(PipitSession *session, PipitBlobWriter *writer)
{
	WriteJob *job = g_new0(WriteJob, 1);

	/* The next fetch of it may be before this in the queue, and wait for it. */
	pipit_blob_writer_let_go(writer);
	job->link = pipit_link_new(NULL);
	job->step = DISCARD;
	job->unwanted = TRUE;
	job->writer = writer;
	pipit_workers_push(session->workers, job, run_write_job, on_written, session, free_write_job);
}

/* What was kept of a former try may be what is wrong: without it, once. */
static gboolean
can_begin_anew(const PipitBlobDownload *download, const WriteJob *write)
{
	return write->step == FINISH && !download->anew &&
	       g_error_matches(write->error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_WRONG);
}

static void
begin_anew(PipitBlobDownload *download)
{
	download->anew = TRUE;
	download->begun = download->arrived = FALSE;
	write_next(download, OPEN, NULL);
}

/* All that was there was read. */
static void
begin(PipitBlobDownload *download)
{
	download->offset = pipit_blob_writer_offset(download->writer);
	download->anew = download->offset == 0;
	download->arrived = download->offset == download->blob.size;
	go_on(download);
}

static void
on_written(gpointer job, gpointer session)
{
	WriteJob *write = job;
	PipitBlobDownload *download = pipit_link_target(write->link);

	if (download == NULL) {
		if (write->unwanted && write->writer != NULL)
			pipit_session_discard_part(session, g_steal_pointer(&write->writer));
		return;
	}
	download->writer = g_steal_pointer(&write->writer);
	download->job = NULL;
	if (can_begin_anew(download, write)) {
		begin_anew(download);
	} else if (write->error != NULL || write->step == FINISH) {
		end(download, write->error);
	} else if (write->step == OPEN || write->left > 0) {
		write_next(download, READ, NULL);
	} else if (write->step == READ) {
		begin(download);
	} else {
		go_on(download);
	}
}

/* Take. */

static gboolean
on_timer(gpointer user_data)
{
	PipitBlobDownload *download = user_data;

	download->timer = 0;
	go_on(download);
	return G_SOURCE_REMOVE;
}

/* From within libcurl nothing of it may be called. */
static void
go_on_soon(PipitBlobDownload *download)
{
	if (download->timer == 0)
		download->timer = download->session->client->loop->timeout_add(0, on_timer, download);
}

/* RFC 9110, section 14.4. */
static gboolean
is_range(const char *text, gint64 from, gint64 size)
{
	g_autofree char *expected = g_strdup_printf(
		"bytes %" G_GINT64_FORMAT "-%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, from, size - 1, size);

	return text != NULL && strcmp(text, expected) == 0;
}

/* A server that knows no ranges gives all of it. */
static gboolean
begin_answer(PipitBlobDownload *download, const PipitHttpHead *head)
{
	gint64 size = download->blob.size;
	gboolean is_part = head->status == 206;

	download->begun = TRUE;
	download->skipped = is_part ? 0 : download->offset;
	if (is_part && !is_range(head->content_range, download->offset, size))
		return FALSE;
	return head->length < 0 || head->length == size - (is_part ? download->offset : 0);
}

static void
take_bytes(PipitBlobDownload *download, const guint8 *bytes, gsize size)
{
	gsize skipped = (gsize)MIN(download->skipped, (gint64)size);

	download->skipped -= (gint64)skipped;
	g_byte_array_append(download->waiting, bytes + skipped, (guint)(size - skipped));
	download->offset += (gint64)(size - skipped);
}

static PipitHttpTaking
take(gpointer user_data, const PipitHttpHead *head, const guint8 *bytes, gsize size)
{
	PipitBlobDownload *download = user_data;

	if (!download->begun && !begin_answer(download, head))
		download->wrong = TRUE;
	if ((gint64)size > download->skipped + download->blob.size - download->offset)
		download->wrong = TRUE;
	if (download->wrong)
		return PIPIT_HTTP_STOP;
	if (download->waiting->len >= MAX_WAITING)
		return PIPIT_HTTP_LATER;
	take_bytes(download, bytes, size);
	go_on_soon(download);
	return PIPIT_HTTP_TAKEN;
}

/* An answer that ends early and says so is one; a connection that breaks is not. */
static gboolean
is_wrong(const PipitBlobDownload *download, const PipitFailure *failure)
{
	if (download->wrong)
		return TRUE;
	return failure == NULL ? download->offset < download->blob.size
			       : failure->problem == PIPIT_PROBLEM_RANGE_UNSATISFIABLE;
}

static void
on_taken(gpointer user_data, GBytes *body G_GNUC_UNUSED, const PipitFailure *failure)
{
	PipitBlobDownload *download = user_data;

	download->transfer = NULL;
	if (download->is_freed)
		return;
	download->wrong = is_wrong(download, failure);
	download->arrived = failure == NULL;
	download->failed = failure != NULL;
	if (failure != NULL) {
		download->failure = *failure;
		download->failure.error = g_error_copy(failure->error);
	}
	go_on(download);
}

static void
ask(PipitBlobDownload *download)
{
	const PipitHttpStream stream = {.take = take};

	download->transfer = pipit_api_download_blob(download->session->api, download->blob.uri,
						     download->offset, &stream, download, on_taken, download);
}

/* Nothing is on its way, and nothing waits. */
static void
conclude(PipitBlobDownload *download)
{
	if (download->wrong)
		end_wrong(download);
	else if (download->failed)
		end(download, NULL);
	else if (download->arrived)
		write_next(download, FINISH, NULL);
	else
		ask(download);
}

static void
write_what_waits(PipitBlobDownload *download)
{
	write_next(download, ADD, g_steal_pointer(&download->waiting));
	download->waiting = g_byte_array_new();
}

/* FALSE if the host ended the session in there. */
static gboolean
tell_moved(PipitBlobDownload *download)
{
	g_autoptr(PipitLink) link = pipit_link_ref(download->link);

	download->events.moved(download->user_data, download->offset);
	return pipit_link_target(link) != NULL;
}

static gboolean
is_turn(const PipitBlobDownload *download)
{
	guint waiting = download->waiting->len;

	return waiting >= TURN || (waiting > 0 && download->transfer == NULL);
}

/* Whatever is next, of taking and of writing. */
static void
go_on(PipitBlobDownload *download)
{
	if (!tell_moved(download))
		return;
	if (download->writer != NULL && is_turn(download))
		write_what_waits(download);
	if (download->transfer != NULL && download->waiting->len < MAX_WAITING)
		pipit_http_go_on(download->transfer);
	else if (download->transfer == NULL && download->writer != NULL)
		conclude(download);
}

PipitBlobDownload *
pipit_blob_download_new(PipitSession *session, PipitBlobWriter *writer, const PipitBlob *blob,
			const PipitDownloadEvents *events, gpointer user_data)
{
	PipitBlobDownload *download = g_new0(PipitBlobDownload, 1);

	download->session = pipit_session_ref(session);
	download->events = *events;
	download->user_data = user_data;
	download->link = pipit_link_new(download);
	pipit_blob_copy(&download->blob, blob);
	download->writer = writer;
	download->waiting = g_byte_array_new();
	write_next(download, OPEN, NULL);
	return download;
}

void
pipit_blob_download_free(PipitBlobDownload *download)
{
	if (download == NULL)
		return;
	download->is_freed = TRUE;
	pipit_link_cut(download->link);
	pipit_link_unref(download->link);
	if (download->transfer != NULL)
		pipit_http_cancel(download->transfer);
	if (download->timer != 0)
		download->session->client->loop->timeout_remove(download->timer);
	pipit_blob_writer_free(download->writer);
	pipit_blob_clear(&download->blob);
	pipit_failure_clear(&download->failure);
	g_byte_array_unref(download->waiting);
	pipit_session_unref(download->session);
	g_free(download);
}

void
pipit_blob_download_discard(PipitBlobDownload *download)
{
	if (download->job != NULL)
		g_atomic_int_set(&download->job->unwanted, TRUE);
	else
		pipit_session_discard_part(download->session, g_steal_pointer(&download->writer));
	pipit_blob_download_free(download);
}
