/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Brings drafts away, one after the other, file by file; when the server has all files of one, its message goes into the outbox. */
#include "protocol/client_transfer.h"

#include <unistd.h>

#include "protocol/i18n.h"
#include "protocol/link.h"
#include "protocol/outgoing_file.h"

#define DRAFTS_FOLDER "drafts"
#define MAX_RENEWALS 3

/* The draft that is at work. */
struct PipitUploading {
	PipitSession *session;
	PipitTransferItem *item;
	guint position; /* of the file */
	gint64 before;  /* bytes of the files before it */
	guint renewals; /* of its key */
	PipitLink *link;
	PipitBlobUpload *upload; /* or NULL */
};

typedef struct PipitUploading Uploading;

/* A job of a worker: looks at a file, where that was not done or where it changed since, and opens it. */
typedef struct {
	PipitLink *link;
	gint64 number; /* of the draft */
	PipitDraftFile *file;
	char *copy;
	gboolean renew; /* a new key, whatever there is */
	PipitBlobReader *reader;
	GError *error;
} OpenJob;

static void next_file(Uploading *uploading);
static void open_file(Uploading *uploading, gboolean renew);

static PipitDraftFile *
file_of(const Uploading *uploading)
{
	return uploading->item->draft->files->pdata[uploading->position];
}

/* Stops working on it. */
static void
leave(Uploading *uploading)
{
	PipitSession *session = uploading->session;

	session->uploading = NULL;
	pipit_link_cut(uploading->link);
	pipit_link_unref(uploading->link);
	pipit_blob_upload_free(uploading->upload);
	g_free(uploading);
	pipit_session_unref(session);
}

static void
fail(Uploading *uploading, const GError *error)
{
	g_autoptr(PipitSession) session = pipit_session_ref(uploading->session);
	PipitTransferItem *item = uploading->item;

	leave(uploading);
	pipit_transfer_fail(item, error);
	pipit_session_pump_uploads(session);
}

static void
wait(Uploading *uploading, const PipitFailure *failure)
{
	g_autoptr(PipitSession) session = pipit_session_ref(uploading->session);
	PipitTransferItem *item = uploading->item;

	leave(uploading);
	pipit_transfer_wait(item, failure->error, failure->retry_after);
	pipit_session_pump_uploads(session);
}

/* The server understood, and will not. */
static gboolean
is_for_good(const PipitFailure *failure)
{
	return failure->problem != PIPIT_PROBLEM_COUNT && failure->problem != PIPIT_PROBLEM_NOT_FOUND &&
	       failure->problem != PIPIT_PROBLEM_WRONG_OFFSET &&
	       (failure->error->code == PIPIT_CLIENT_ERROR_INPUT ||
		failure->error->code == PIPIT_CLIENT_ERROR_REFUSED);
}

static void
take_failure(Uploading *uploading, const PipitFailure *failure)
{
	if (failure->error->code == PIPIT_CLIENT_ERROR_REMOVED)
		pipit_session_fail(uploading->session, failure->error);
	else if (is_for_good(failure))
		fail(uploading, failure->error);
	else
		wait(uploading, failure);
}

static void
take_file_error(Uploading *uploading, const GError *error)
{
	g_autoptr(GError) reason = pipit_client_error_from_file(error);

	fail(uploading, reason);
}

/* FALSE if the store refuses, for which the session has ended. */
static gboolean
check_stored(const Uploading *uploading, gboolean stored, GError *error)
{
	if (!stored)
		pipit_session_fail_store(uploading->session, error);
	return stored;
}

static gboolean
write_file(const Uploading *uploading)
{
	GError *error = NULL;
	gboolean stored = pipit_store_write_draft_file(uploading->session->client->store,
						       uploading->item->draft, uploading->position, &error);

	return check_stored(uploading, stored, error);
}

/* One blob. */

static gboolean
on_created(gpointer user_data, const char *uri)
{
	const Uploading *uploading = user_data;
	PipitDraftFile *file = file_of(uploading);

	g_free(file->blob.uri);
	file->blob.uri = g_strdup(uri);
	return write_file(uploading);
}

static gboolean
on_chunk(gpointer user_data, gint64 end, const guint8 *sha256, PipitChunk *chunk)
{
	const Uploading *uploading = user_data;
	GError *error = NULL;
	gboolean stored = pipit_store_note_chunk(uploading->session->client->store, uploading->item->draft,
						 uploading->position, end, sha256, chunk, &error);

	return check_stored(uploading, stored, error);
}

static void
on_moved(gpointer user_data, gint64 moved)
{
	const Uploading *uploading = user_data;

	pipit_transfer_moved(uploading->item, uploading->before + moved);
}

static void
renew(Uploading *uploading)
{
	g_autoptr(GError) error = g_error_new(
		PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
		_("The file %s changes all the time. Send a copy of it, or wait until it stays as it is."),
		file_of(uploading)->name);

	if (++uploading->renewals > MAX_RENEWALS)
		fail(uploading, error);
	else
		open_file(uploading, TRUE);
}

static void
take_uploaded(Uploading *uploading, const PipitAttachmentDigests *digests)
{
	PipitDraftFile *file = file_of(uploading);

	file->blob.digests = *digests;
	file->complete = TRUE;
	if (write_file(uploading))
		next_file(uploading);
}

static void
on_ended(gpointer user_data, PipitUploadEnd end, const PipitAttachmentDigests *digests,
	 const PipitFailure *failure, const GError *error)
{
	Uploading *uploading = user_data;

	uploading->upload = NULL;
	switch (end) {
	case PIPIT_UPLOAD_DONE:
		take_uploaded(uploading, digests);
		return;
	case PIPIT_UPLOAD_FAILED:
		take_failure(uploading, failure);
		return;
	case PIPIT_UPLOAD_UNREADABLE:
		take_file_error(uploading, error);
		return;
	case PIPIT_UPLOAD_OTHER:
		renew(uploading);
		return;
	}
	g_assert_not_reached();
}

static void
fail_outside(Uploading *uploading)
{
	g_autoptr(GError) error = g_error_new_literal(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT,
						      _("You are not in this group any more."));

	fail(uploading, error);
}

static void
upload(Uploading *uploading, PipitBlobReader *reader)
{
	static const PipitUploadEvents events = {on_created, on_chunk, on_moved, on_ended};
	PipitClient *client = uploading->session->client;
	const PipitDraft *draft = uploading->item->draft;
	GError *error = NULL;
	gint64 used = 0;
	g_auto(GStrv) recipients = pipit_client_recipients(client, draft->peer, &error);

	if (recipients == NULL ||
	    !pipit_store_read_chunks_end(client->store, draft, uploading->position, &used, &error)) {
		pipit_blob_reader_free(reader);
		pipit_session_fail_store(uploading->session, error);
		return;
	}
	if (recipients[0] == NULL) {
		pipit_blob_reader_free(reader);
		fail_outside(uploading);
		return;
	}
	uploading->upload = pipit_blob_upload_new(uploading->session, reader, file_of(uploading)->blob.uri,
						  used, (const char *const *)recipients, &events, uploading);
}

/* Before it goes out. */

static void
run_open_job(gpointer job)
{
	OpenJob *open = job;
	PipitDraftFile *file = open->file;

	if (!open->renew) {
		open->reader = pipit_blob_reader_open(file->path, file->blob.key, file->blob.size,
						      file->modified_at, &open->error);
		/* It is another one by now: it gets another key. */
		open->renew = g_error_matches(open->error, PIPIT_FILE_ERROR, PIPIT_FILE_ERROR_CHANGED);
		if (!open->renew)
			return;
		g_clear_error(&open->error);
	}
	if (pipit_outgoing_file_look(file, open->copy, &open->error))
		open->reader = pipit_blob_reader_open(file->path, file->blob.key, file->blob.size,
						      file->modified_at, &open->error);
}

static void
free_open_job(gpointer job)
{
	OpenJob *open = job;

	pipit_link_unref(open->link);
	pipit_draft_file_free(open->file);
	g_free(open->copy);
	pipit_blob_reader_free(open->reader);
	g_clear_error(&open->error);
	g_free(open);
}

/* What the old key was used for is not needed any more, here or at the server. FALSE if the store refuses. */
static gboolean
take_renewed(Uploading *uploading, OpenJob *open)
{
	PipitStore *store = uploading->session->client->store;
	GPtrArray *files = uploading->item->draft->files;
	const PipitDraftFile *old = file_of(uploading);
	GError *error = NULL;

	if (old->blob.uri != NULL && !pipit_store_add_farewell(store, old->blob.uri, TRUE, &error))
		return check_stored(uploading, FALSE, error);
	uploading->item->size += open->file->blob.size - old->blob.size;
	g_clear_pointer(&open->file->blob.uri, g_free);
	pipit_draft_file_free(files->pdata[uploading->position]);
	files->pdata[uploading->position] = g_steal_pointer(&open->file);
	gboolean stored =
		pipit_store_renew_draft_file(store, uploading->item->draft, uploading->position, &error);
	return check_stored(uploading, stored, error);
}

static gboolean
check_size(const Uploading *uploading, GError **error)
{
	const PipitDraftFile *file = file_of(uploading);

	return pipit_client_check_file_size(uploading->session->client, file->name, file->blob.size, error);
}

static void
on_opened(gpointer job, gpointer client)
{
	OpenJob *open = job;
	Uploading *uploading = pipit_link_target(open->link);
	g_autoptr(GError) too_large = NULL;

	if (uploading == NULL) {
		/* Cancelled meanwhile, when the draft did not know of the copy. */
		if (pipit_transfer_find(client, open->number) == NULL)
			unlink(open->copy);
		return;
	}
	if (open->reader == NULL)
		take_file_error(uploading, open->error);
	else if (open->renew && !take_renewed(uploading, open))
		return;
	else if (!check_size(uploading, &too_large))
		fail(uploading, too_large);
	else
		upload(uploading, g_steal_pointer(&open->reader));
}

static PipitDraftFile *
copy_of(const PipitDraftFile *file)
{
	PipitDraftFile *copy = g_memdup2(file, sizeof *file);

	copy->path = g_strdup(file->path);
	copy->name = g_strdup(file->name);
	copy->type = g_strdup(file->type);
	pipit_blob_copy(&copy->blob, &file->blob);
	return copy;
}

static void
open_file(Uploading *uploading, gboolean renew)
{
	OpenJob *job = g_new0(OpenJob, 1);
	PipitClient *client = uploading->session->client;

	job->link = pipit_link_ref(uploading->link);
	job->number = uploading->item->number;
	job->file = copy_of(file_of(uploading));
	job->copy = pipit_client_draft_copy(client, job->number, uploading->position);
	job->renew = renew || job->file->blob.key == NULL;
	pipit_workers_push(uploading->session->workers, job, run_open_job, on_opened, client, free_open_job);
}

/* The draft. */

void
pipit_draft_remove_copies(const PipitDraft *draft)
{
	for (guint i = 0; i < draft->files->len; i++) {
		const PipitDraftFile *file = draft->files->pdata[i];
		if (file->copied)
			unlink(file->path);
	}
}

static void
finish(Uploading *uploading)
{
	g_autoptr(PipitSession) session = pipit_session_ref(uploading->session);
	PipitClient *client = session->client;
	PipitTransferItem *item = uploading->item;
	g_autoptr(GError) error = NULL;
	g_autofree char *id = pipit_outbox_append_draft(client->outbox, item->draft,
							pipit_client_server_now(client), &error);

	if (id == NULL) {
		g_autoptr(GError) reason = pipit_client_error_from(error);
		if (error->domain == PIPIT_STORE_ERROR)
			pipit_session_fail_store(session, g_steal_pointer(&error));
		else
			fail(uploading, reason);
		return;
	}
	leave(uploading);
	pipit_draft_remove_copies(item->draft);
	pipit_session_pump(session);
	pipit_transfer_end(item, PIPIT_TRANSFER_DONE, NULL, id);
	pipit_session_pump_uploads(session);
}

static void
next_file(Uploading *uploading)
{
	const GPtrArray *files = uploading->item->draft->files;

	uploading->before = 0;
	uploading->renewals = 0;
	for (uploading->position = 0; uploading->position < files->len; uploading->position++) {
		const PipitDraftFile *file = file_of(uploading);
		if (!file->complete) {
			open_file(uploading, FALSE);
			return;
		}
		uploading->before += file->blob.size;
	}
	finish(uploading);
}

static void look_up_peer(Uploading *uploading);

static void
on_looked_up(gpointer user_data, const PipitFailure *failure)
{
	g_autoptr(PipitLink) link = user_data;
	Uploading *uploading = pipit_link_target(link);

	if (uploading == NULL)
		return;
	if (failure != NULL)
		take_failure(uploading, failure);
	else
		look_up_peer(uploading);
}

/* A file to somebody who can't be reached would be brought away for nothing. */
static void
look_up_peer(Uploading *uploading)
{
	PipitSession *session = uploading->session;
	const char *peer = uploading->item->draft->peer;
	const char *const handles[] = {peer, NULL};
	g_autoptr(GError) error = NULL;
	PipitOutboxStep step =
		pipit_outbox_foresee(session->client->outbox, peer, pipit_client_now(), &error);

	if (step == PIPIT_OUTBOX_LOOK_UP) {
		pipit_lookups_add(session->lookups, handles, on_looked_up, pipit_link_ref(uploading->link));
	} else if (step == PIPIT_OUTBOX_FAILED) {
		g_autoptr(GError) reason = pipit_client_error_from(error);
		/* They may join at any moment: who tries again asks again. */
		pipit_directory_outdated(session->client->directory, peer);
		fail(uploading, reason);
	} else {
		next_file(uploading);
	}
}

static void
begin(PipitSession *session, PipitTransferItem *item)
{
	Uploading *uploading = g_new0(Uploading, 1);

	uploading->session = pipit_session_ref(session);
	uploading->item = item;
	uploading->link = pipit_link_new(uploading);
	session->uploading = uploading;
	g_autoptr(PipitLink) link = pipit_link_ref(uploading->link);
	pipit_transfer_running(item);
	if (pipit_link_target(link) != NULL)
		look_up_peer(uploading);
}

static gboolean
on_upload(gpointer user_data)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);
	PipitClient *client = session->client;
	gint64 due = 0;

	session->upload_timer = 0;
	PipitTransferItem *item = pipit_transfer_next(client, TRUE, &due);
	if (item != NULL)
		begin(session, item);
	else if (due != 0)
		session->upload_timer = client->loop->timeout_add(
			(guint)CLAMP(due - pipit_client_now(), 0, G_MAXINT32), on_upload, session);
	return G_SOURCE_REMOVE;
}

void
pipit_session_pump_uploads(PipitSession *session)
{
	const PipitLoop *loop = session->client->loop;

	if (session->closed || session->uploading != NULL || session->client->state != PIPIT_CLIENT_ONLINE)
		return;
	if (session->upload_timer != 0)
		loop->timeout_remove(session->upload_timer);
	session->upload_timer = loop->timeout_add(0, on_upload, session);
}

void
pipit_session_leave_upload(PipitSession *session, const PipitTransferItem *item)
{
	if (session->uploading != NULL && session->uploading->item == item)
		leave(session->uploading);
}

void
pipit_session_stop_uploads(PipitSession *session)
{
	if (session->upload_timer != 0)
		session->client->loop->timeout_remove(session->upload_timer);
	session->upload_timer = 0;
	if (session->uploading == NULL)
		return;
	session->uploading->item->state = PIPIT_TRANSFER_WAITING;
	leave(session->uploading);
}
