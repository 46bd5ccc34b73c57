/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fetches attachments: into files, a few at a time, and into memory. */
#include "protocol/client_transfer.h"

#include "protocol/handle.h"
#include "protocol/i18n.h"

#define MAX_DOWNLOADS 3

static void
pump_later(PipitSession *session)
{
	if (!session->closed)
		pipit_session_pump_downloads(session);
}

static PipitSession *
session_of(const PipitTransferItem *item)
{
	return item->client->session;
}

/* Into a file. */

static void
on_moved(gpointer user_data, gint64 moved)
{
	pipit_transfer_moved(user_data, moved);
}

static GError *
error_gone(const char *name)
{
	return g_error_new(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_REFUSED,
			   _("The server no longer has %s. Ask to send it again."), name);
}

static void
take_failure(PipitTransferItem *item, const PipitFailure *failure)
{
	g_autoptr(GError) gone = error_gone(item->file->name);

	if (failure->error->code == PIPIT_CLIENT_ERROR_REMOVED) {
		item->state = PIPIT_TRANSFER_WAITING;
		pipit_session_fail(session_of(item), failure->error);
	} else if (failure->problem == PIPIT_PROBLEM_NOT_FOUND) {
		pipit_transfer_fail(item, gone);
	} else if (failure->problem != PIPIT_PROBLEM_COUNT && !pipit_failure_is_transient(failure)) {
		pipit_transfer_fail(item, failure->error);
	} else {
		pipit_transfer_wait(item, failure->error, failure->retry_after);
	}
}

/* The person has it: the server need not keep it for this device, and it can't be fetched once more. */
static void
take_saved(PipitTransferItem *item, const char *path)
{
	PipitSession *session = session_of(item);
	g_autofree char *saved = g_strdup(path);
	GError *error = NULL;

	if (!pipit_store_add_farewell(item->client->store, item->file->blob.uri, FALSE, &error) ||
	    !pipit_store_remove_file(item->client->store, item->file->number, &error)) {
		pipit_transfer_end(item, PIPIT_TRANSFER_DONE, saved, NULL);
		pipit_session_fail_store(session, error);
		return;
	}
	g_hash_table_remove(item->client->parts, &item->number);
	pipit_session_say_farewells(session);
	pipit_transfer_end(item, PIPIT_TRANSFER_DONE, saved, NULL);
}

static void
on_ended(gpointer user_data, PipitBlobWriter *writer, const PipitFailure *failure, const GError *error)
{
	PipitTransferItem *item = user_data;
	g_autoptr(PipitSession) session = pipit_session_ref(session_of(item));
	g_autoptr(GError) reason = error != NULL ? pipit_client_error_from_file(error) : NULL;

	item->download = NULL;
	session->downloads--;
	/* Nothing will ever go on with what there is of it. */
	if (failure != NULL && failure->problem == PIPIT_PROBLEM_NOT_FOUND)
		pipit_blob_writer_discard(writer);
	if (failure != NULL)
		take_failure(item, failure);
	else if (reason != NULL)
		pipit_transfer_fail(item, reason);
	else
		take_saved(item, pipit_blob_writer_path(writer));
	pump_later(session);
}

static void
begin(PipitSession *session, PipitTransferItem *item)
{
	static const PipitDownloadEvents events = {on_moved, on_ended};
	const PipitBlob *blob = &item->file->blob;

	session->downloads++;
	item->download = pipit_blob_download_new(
		session, pipit_blob_writer_new_file(item->folder, item->name, blob), blob, &events, item);
	pipit_transfer_running(item);
}

static gboolean
on_download(gpointer user_data)
{
	g_autoptr(PipitSession) session = pipit_session_ref(user_data);
	PipitClient *client = session->client;
	gint64 due = 0;

	session->download_timer = 0;
	PipitTransferItem *item =
		session->downloads < MAX_DOWNLOADS ? pipit_transfer_next(client, FALSE, &due) : NULL;
	if (item != NULL) {
		begin(session, item);
		pump_later(session);
	} else if (due != 0) {
		session->download_timer = client->loop->timeout_add(
			(guint)CLAMP(due - pipit_client_now(), 0, G_MAXINT32), on_download, session);
	}
	return G_SOURCE_REMOVE;
}

void
pipit_session_pump_downloads(PipitSession *session)
{
	const PipitLoop *loop = session->client->loop;

	if (session->closed || session->client->state != PIPIT_CLIENT_ONLINE)
		return;
	if (session->download_timer != 0)
		loop->timeout_remove(session->download_timer);
	session->download_timer = loop->timeout_add(0, on_download, session);
}

/* Into memory. */

typedef struct {
	PipitClient *client;
	PipitSession *session; /* once it has begun */
	gint64 number;
	gsize max;
	guint timer; /* until then */
	char *name;
	PipitBlobDownload *download;
	PipitClientBytes done;
	gpointer user_data;
} Fetch;

static gboolean on_fetch(gpointer user_data);

static guint
count_begun(const PipitClient *client)
{
	guint begun = 0;

	for (const GList *l = client->fetches; l != NULL; l = l->next)
		begun += ((const Fetch *)l->data)->session != NULL ? 1 : 0;
	return begun;
}

/* The oldest of those that found no place. */
static void
begin_next_fetch(PipitClient *client)
{
	for (GList *l = g_list_last(client->fetches); l != NULL; l = l->prev) {
		Fetch *fetch = l->data;
		if (fetch->session != NULL || fetch->timer != 0)
			continue;
		fetch->timer = client->loop->timeout_add(0, on_fetch, fetch);
		return;
	}
}

static void
fetch_free(Fetch *fetch)
{
	PipitClient *client = fetch->client;

	client->fetches = g_list_remove(client->fetches, fetch);
	if (fetch->timer != 0)
		client->loop->timeout_remove(fetch->timer);
	pipit_blob_download_free(fetch->download);
	if (fetch->session != NULL)
		pipit_session_unref(fetch->session);
	g_free(fetch->name);
	g_free(fetch);
	begin_next_fetch(client);
	pipit_client_unref(client);
}

/* @bytes, or @error. */
static void
answer(Fetch *fetch, GBytes *bytes, const GError *error)
{
	PipitClientBytes done = fetch->done;
	gpointer user_data = fetch->user_data;
	PipitClient *client = fetch->client;

	client->refs++;
	fetch_free(fetch);
	done(user_data, bytes, error);
	pipit_client_unref(client);
}

static void
answer_error(Fetch *fetch, PipitClientError code, const char *sentence)
{
	g_autoptr(GError) error = g_error_new_literal(PIPIT_CLIENT_ERROR, (gint)code, sentence);

	answer(fetch, NULL, error);
}

static void
on_fetch_moved(gpointer user_data G_GNUC_UNUSED, gint64 moved G_GNUC_UNUSED)
{
}

static void
on_fetched(gpointer user_data, PipitBlobWriter *writer, const PipitFailure *failure, const GError *error)
{
	Fetch *fetch = user_data;
	g_autoptr(GError) gone = error_gone(fetch->name);
	g_autoptr(GError) reason = error != NULL ? pipit_client_error_from_file(error) : NULL;

	fetch->download = NULL;
	if (failure != NULL && failure->problem == PIPIT_PROBLEM_NOT_FOUND) {
		answer(fetch, NULL, gone);
	} else if (failure != NULL) {
		answer(fetch, NULL, failure->error);
	} else if (reason != NULL) {
		answer(fetch, NULL, reason);
	} else {
		g_autoptr(GBytes) bytes = pipit_blob_writer_bytes(writer);
		answer(fetch, bytes, NULL);
	}
}

static void
fetch_file(Fetch *fetch, const PipitReceivedFile *file)
{
	static const PipitDownloadEvents events = {on_fetch_moved, on_fetched};
	PipitSession *session = fetch->client->session;

	fetch->name = g_strdup(file->name);
	fetch->session = pipit_session_ref(session);
	fetch->download = pipit_blob_download_new(session, pipit_blob_writer_new_memory(&file->blob),
						  &file->blob, &events, fetch);
}

static gboolean
on_fetch(gpointer user_data)
{
	Fetch *fetch = user_data;
	PipitClient *client = fetch->client;
	g_autoptr(PipitReceivedFile) file = NULL;

	fetch->timer = 0;
	if (client->session == NULL || client->state != PIPIT_CLIENT_ONLINE)
		answer_error(fetch, PIPIT_CLIENT_ERROR_TRANSIENT, _("The account is offline."));
	else if (!pipit_store_read_file(client->store, fetch->number, &file, NULL) || file == NULL)
		answer_error(fetch, PIPIT_CLIENT_ERROR_INPUT, _("There is no file of that number any more."));
	else if (file->blob.size > (gint64)MIN(fetch->max, G_MAXINT32))
		answer_error(fetch, PIPIT_CLIENT_ERROR_INPUT, _("The file is too large to be shown."));
	else if (count_begun(client) < MAX_DOWNLOADS)
		fetch_file(fetch, file);
	/* else it waits for one of them to end */
	return G_SOURCE_REMOVE;
}

void
pipit_client_fetch_bytes(PipitClient *client, gint64 number, gsize max, PipitClientBytes done,
			 gpointer user_data)
{
	Fetch *fetch = g_new0(Fetch, 1);

	client->refs++;
	fetch->client = client;
	fetch->number = number;
	fetch->max = max;
	fetch->done = done;
	fetch->user_data = user_data;
	client->fetches = g_list_prepend(client->fetches, fetch);
	fetch->timer = client->loop->timeout_add(0, on_fetch, fetch);
}

static Fetch *
find_begun(const PipitClient *client)
{
	for (GList *l = client->fetches; l != NULL; l = l->next) {
		Fetch *fetch = l->data;
		if (fetch->session != NULL)
			return fetch;
	}
	return NULL;
}

void
pipit_session_stop_downloads(PipitSession *session)
{
	PipitClient *client = session->client;

	if (session->download_timer != 0)
		client->loop->timeout_remove(session->download_timer);
	session->download_timer = 0;
	session->downloads = 0;
	for (GList *l = client->transfers; l != NULL; l = l->next) {
		PipitTransferItem *item = l->data;
		if (item->download == NULL)
			continue;
		g_clear_pointer(&item->download, pipit_blob_download_free);
		item->state = PIPIT_TRANSFER_WAITING;
	}
	for (Fetch *fetch = find_begun(client); fetch != NULL; fetch = find_begun(client))
		answer_error(fetch, PIPIT_CLIENT_ERROR_ABORTED, _("The account went offline."));
}

void
pipit_client_abort_fetches(PipitClient *client)
{
	while (client->fetches != NULL)
		answer_error(client->fetches->data, PIPIT_CLIENT_ERROR_ABORTED,
			     _("The account went offline."));
}
