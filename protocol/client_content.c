/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that do not fit into a payload: fetches the content of those that came, and brings that of unsent ones to the server. */
#include "protocol/client_transfer.h"

#include "protocol/backoff.h"

/* Fetching: one at a time, in the order in which they came. One that can't be had now does not hold the others. */

/* A job of a worker. */
typedef struct {
	GBytes *packed;
	PipitMessage *message; /* NULL: it is none */
} UnpackJob;

static void
fetch_soon(PipitSession *session)
{
	g_clear_pointer(&session->content, pipit_waiting_content_free);
	pipit_session_fetch_contents(session);
}

static void
run_unpack_job(gpointer job)
{
	UnpackJob *unpack = job;

	unpack->message = pipit_message_unpack(unpack->packed, NULL);
}

static void
free_unpack_job(gpointer job)
{
	UnpackJob *unpack = job;

	g_bytes_unref(unpack->packed);
	pipit_message_free(unpack->message);
	g_free(unpack);
}

static void
on_unpacked(gpointer job, gpointer user_data)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);
	const UnpackJob *unpack = job;
	GPtrArray *receipts = NULL;
	GError *error = NULL;

	if (!pipit_inbox_take_content(session->client->inbox, session->content, unpack->message, &receipts,
				      &error)) {
		pipit_session_fail_store(session, error);
		return;
	}
	pipit_session_say_farewells(session);
	pipit_session_show_held(session, receipts);
	fetch_soon(session);
}

static void
take_fetched(PipitSession *session, PipitBlobWriter *writer)
{
	UnpackJob *job = g_new0(UnpackJob, 1);

	job->packed = pipit_blob_writer_bytes(writer);
	pipit_workers_push(session->workers, job, run_unpack_job, on_unpacked, session, free_unpack_job);
}

/* It is not at the server, or something else is. */
static void
give_up(PipitSession *session)
{
	GError *error = NULL;

	if (!pipit_inbox_content_gone(session->client->inbox, session->content, &error)) {
		pipit_session_fail_store(session, error);
		return;
	}
	pipit_session_say_farewells(session);
	pipit_session_show_held(session, NULL);
	fetch_soon(session);
}

static gboolean
will_pass(const PipitFailure *failure)
{
	return failure->problem == PIPIT_PROBLEM_COUNT || pipit_failure_is_transient(failure);
}

static void
on_fetched(gpointer user_data, PipitBlobWriter *writer, const PipitFailure *failure, const GError *error)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);

	session->content_download = NULL;
	if (failure != NULL && failure->error->code == PIPIT_CLIENT_ERROR_REMOVED) {
		pipit_session_fail(session, failure->error);
	} else if (failure != NULL && will_pass(failure)) {
		session->content_after = session->content->row;
		fetch_soon(session);
	} else if (failure != NULL || error != NULL) {
		give_up(session);
	} else {
		take_fetched(session, writer);
	}
}

static void
on_fetch_moved(gpointer user_data G_GNUC_UNUSED, gint64 moved G_GNUC_UNUSED)
{
}

static gboolean
on_fetch_again(gpointer user_data)
{
	PipitSession *session = user_data;

	session->content_timer = 0;
	pipit_session_fetch_contents(session);
	return G_SOURCE_REMOVE;
}

/* Some of them could not be had: from the first one again, later. */
static void
fetch_again_later(PipitSession *session)
{
	session->content_after = 0;
	session->content_timer = session->client->loop->timeout_add(
		(guint)pipit_backoff(session->content_attempts, 0), on_fetch_again, session);
	session->content_attempts++;
}

static void
fetch_content(PipitSession *session)
{
	static const PipitDownloadEvents events = {on_fetch_moved, on_fetched};
	g_autoptr(PipitMessage) outer = pipit_message_unpack(session->content->outer, NULL);
	const PipitBlob *blob = outer->content;

	session->content_download =
		pipit_blob_download_new(session, pipit_blob_writer_new_memory(blob), blob, &events, session);
}

static gboolean
is_fetching(const PipitSession *session)
{
	return session->content != NULL || session->content_timer != 0;
}

void
pipit_session_fetch_contents(PipitSession *session)
{
	PipitStore *store = session->client->store;
	GError *error = NULL;

	if (session->closed || session->client->state != PIPIT_CLIENT_ONLINE || is_fetching(session))
		return;
	if (!pipit_store_next_waiting(store, session->content_after, &session->content, &error)) {
		pipit_session_fail_store(session, error);
		return;
	}
	if (session->content != NULL)
		fetch_content(session);
	else if (session->content_after > 0)
		fetch_again_later(session);
	else
		session->content_attempts = 0;
}

/* Bringing away. */

typedef struct {
	PipitSession *session;
	PipitOutboxItem *item; /* the caller's */
	PipitBlobUpload *upload;
	PipitContentUploaded done;
	gpointer user_data;
} Upload;

static void
answer(Upload *answered, const PipitAttachmentDigests *digests, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = answered->session;
	const Upload upload = *answered;

	session->content_uploads = g_list_remove(session->content_uploads, answered);
	pipit_blob_upload_free(answered->upload);
	g_free(answered);
	upload.done(upload.user_data, digests, failure);
}

static gboolean
on_created(gpointer user_data, const char *uri)
{
	const Upload *upload = user_data;
	g_autoptr(PipitSession) session = pipit_session_ref(upload->session);
	GError *error = NULL;

	if (pipit_outbox_upload_begun(session->client->outbox, upload->item, uri, &error))
		return TRUE;
	pipit_session_fail_store(session, error);
	return FALSE;
}

/* What is written down as it is goes out the same each time. */
static gboolean
on_chunk(gpointer user_data G_GNUC_UNUSED, gint64 end G_GNUC_UNUSED, const guint8 *sha256 G_GNUC_UNUSED,
	 PipitChunk *chunk)
{
	*chunk = PIPIT_CHUNK_SAME;
	return TRUE;
}

static void
on_moved(gpointer user_data G_GNUC_UNUSED, gint64 moved G_GNUC_UNUSED)
{
}

/* What went wrong with the place that it had is no verdict on the message. */
static gboolean
is_of_the_place(const PipitFailure *failure)
{
	return failure->problem == PIPIT_PROBLEM_NOT_FOUND || failure->problem == PIPIT_PROBLEM_WRONG_OFFSET;
}

static void
on_ended(gpointer user_data, PipitUploadEnd end, const PipitAttachmentDigests *digests,
	 const PipitFailure *failure, const GError *error G_GNUC_UNUSED)
{
	Upload *upload = user_data;
	PipitFailure passing = {.problem = PIPIT_PROBLEM_COUNT};

	upload->upload = NULL;
	if (end == PIPIT_UPLOAD_DONE) {
		answer(upload, digests, NULL);
	} else if (is_of_the_place(failure)) {
		passing.error = failure->error;
		answer(upload, NULL, &passing);
	} else {
		answer(upload, NULL, failure);
	}
}

void
pipit_session_upload_content(PipitSession *session, PipitOutboxItem *item, PipitContentUploaded done,
			     gpointer user_data)
{
	static const PipitUploadEvents events = {on_created, on_chunk, on_moved, on_ended};
	Upload *upload = g_new0(Upload, 1);
	g_auto(GStrv) recipients = pipit_outbox_item_recipients(item);
	PipitBlobReader *reader =
		pipit_blob_reader_new(pipit_outbox_item_plaintext(item), pipit_outbox_item_content_key(item));

	upload->session = pipit_session_ref(session);
	upload->item = item;
	upload->done = done;
	upload->user_data = user_data;
	session->content_uploads = g_list_prepend(session->content_uploads, upload);
	upload->upload = pipit_blob_upload_new(session, reader, pipit_outbox_item_content_uri(item),
					       G_MAXINT64, (const char *const *)recipients, &events, upload);
}

void
pipit_session_stop_contents(PipitSession *session)
{
	g_auto(PipitFailure) aborted = {0};

	if (session->content_timer != 0)
		session->client->loop->timeout_remove(session->content_timer);
	session->content_timer = 0;
	g_clear_pointer(&session->content_download, pipit_blob_download_free);
	g_clear_pointer(&session->content, pipit_waiting_content_free);
	pipit_failure_aborted(&aborted);
	while (session->content_uploads != NULL)
		answer(session->content_uploads->data, NULL, &aborted);
}
