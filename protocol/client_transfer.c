/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of files on their way. It belongs to the client, so that what was begun goes on in the next connection. */
#include "protocol/client_transfer.h"

#include "protocol/backoff.h"

#define TELL_EVERY_US (G_USEC_PER_SEC / 5)

static PipitTransferItem *
item_new(PipitClient *client, gint64 number)
{
	PipitTransferItem *item = g_new0(PipitTransferItem, 1);

	item->client = client;
	item->number = number;
	client->transfers = g_list_append(client->transfers, item);
	return item;
}

static gint64
size_of(const PipitDraft *draft)
{
	gint64 size = 0;

	for (guint i = 0; i < draft->files->len; i++) {
		const PipitDraftFile *file = draft->files->pdata[i];
		size += file->blob.size;
	}
	return size;
}

PipitTransferItem *
pipit_transfer_add_upload(PipitClient *client, PipitDraft *draft)
{
	PipitTransferItem *item = item_new(client, draft->number);

	item->draft = draft;
	item->size = size_of(draft);
	if (draft->failed) {
		item->state = PIPIT_TRANSFER_FAILED;
		item->error = g_error_new_literal(PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_REFUSED,
						  draft->reason != NULL ? draft->reason : "");
	}
	return item;
}

PipitTransferItem *
pipit_transfer_add_fetch(PipitClient *client, PipitReceivedFile *file, const char *folder, const char *name)
{
	PipitTransferItem *item = item_new(client, file->number);

	item->file = file;
	item->size = file->blob.size;
	item->folder = g_strdup(folder);
	item->name = g_strdup(name);
	return item;
}

PipitTransferItem *
pipit_transfer_find(const PipitClient *client, gint64 number)
{
	for (GList *l = client->transfers; l != NULL; l = l->next) {
		PipitTransferItem *item = l->data;
		if (item->number == number)
			return item;
	}
	return NULL;
}

void
pipit_transfer_remove(PipitTransferItem *item)
{
	item->client->transfers = g_list_remove(item->client->transfers, item);
	g_clear_error(&item->error);
	pipit_blob_download_free(item->download);
	pipit_draft_free(item->draft);
	pipit_received_file_free(item->file);
	g_free(item->folder);
	g_free(item->name);
	g_free(item);
}

static const char *
name_of(const PipitTransferItem *item)
{
	if (item->draft == NULL)
		return item->file->name;
	const PipitDraftFile *first = item->draft->files->pdata[0];
	return first->name;
}

PipitTransfer
pipit_transfer_describe(const PipitTransferItem *item)
{
	return (PipitTransfer){
		.number = item->number,
		.upload = item->draft != NULL,
		.peer = item->draft != NULL ? item->draft->peer : item->file->peer,
		.name = name_of(item),
		.n_files = item->draft != NULL ? item->draft->files->len : 1,
		.size = item->size,
		.moved = item->moved,
		.state = item->state,
		.error = item->error,
	};
}

static void
tell_described(PipitClient *client, const PipitTransfer *transfer)
{
	if (!client->freed && client->events.transfer != NULL)
		client->events.transfer(client->host, transfer);
}

static void
tell(PipitTransferItem *item)
{
	PipitTransfer transfer = pipit_transfer_describe(item);

	item->told_at = g_get_monotonic_time();
	tell_described(item->client, &transfer);
}

void
pipit_transfer_running(PipitTransferItem *item)
{
	item->state = PIPIT_TRANSFER_RUNNING;
	g_clear_error(&item->error);
	tell(item);
}

void
pipit_transfer_moved(PipitTransferItem *item, gint64 moved)
{
	if (moved == item->moved)
		return;
	item->moved = moved;
	item->attempts = 0;
	if (g_get_monotonic_time() - item->told_at >= TELL_EVERY_US)
		tell(item);
}

static void
set_error(PipitTransferItem *item, const GError *error)
{
	GError *copy = g_error_copy(error);

	g_clear_error(&item->error);
	item->error = copy;
}

void
pipit_transfer_wait(PipitTransferItem *item, const GError *error, guint retry_after)
{
	item->state = PIPIT_TRANSFER_WAITING;
	item->due = pipit_client_now() + pipit_backoff(item->attempts, (gint64)retry_after * 1000);
	item->attempts++;
	set_error(item, error);
	tell(item);
}

/* What the host is told of last; the item is gone by then. */
static void
tell_last(PipitTransferItem *item, const char *path, const char *id)
{
	PipitClient *client = item->client;
	PipitTransfer transfer = pipit_transfer_describe(item);
	g_autofree char *peer = g_strdup(transfer.peer);
	g_autofree char *name = g_strdup(transfer.name);
	g_autoptr(GError) error = g_steal_pointer(&item->error);

	transfer.peer = peer;
	transfer.name = name;
	transfer.path = path;
	transfer.id = id;
	pipit_transfer_remove(item);
	tell_described(client, &transfer);
}

static void
fail_upload(PipitTransferItem *item, const GError *error)
{
	PipitClient *client = item->client;
	GError *store_error = NULL;

	if (!pipit_store_write_draft_failed(client->store, item->number, error->message, &store_error)) {
		/* It is tried again in the next connection. */
		item->state = PIPIT_TRANSFER_WAITING;
		if (client->session != NULL)
			pipit_session_fail_store(client->session, store_error);
		else
			g_error_free(store_error);
		return;
	}
	item->state = PIPIT_TRANSFER_FAILED;
	tell(item);
}

void
pipit_transfer_fail(PipitTransferItem *item, const GError *error)
{
	set_error(item, error);
	if (item->draft != NULL) {
		fail_upload(item, item->error);
	} else {
		item->state = PIPIT_TRANSFER_FAILED;
		tell_last(item, NULL, NULL);
	}
}

void
pipit_transfer_end(PipitTransferItem *item, PipitTransferState state, const char *path, const char *id)
{
	item->state = state;
	g_clear_error(&item->error);
	if (state == PIPIT_TRANSFER_DONE)
		item->moved = item->size;
	tell_last(item, path, id);
}

PipitTransferItem *
pipit_transfer_next(const PipitClient *client, gboolean uploads, gint64 *due)
{
	gint64 now = pipit_client_now();

	*due = 0;
	for (GList *l = client->transfers; l != NULL; l = l->next) {
		PipitTransferItem *item = l->data;
		if ((item->draft != NULL) != uploads || item->state != PIPIT_TRANSFER_WAITING)
			continue;
		if (item->due <= now)
			return item;
		*due = *due == 0 ? item->due : MIN(*due, item->due);
	}
	return NULL;
}

static PipitClientError
code_from_file(const GError *error)
{
	switch ((PipitFileError)error->code) {
	case PIPIT_FILE_ERROR_GONE:
	case PIPIT_FILE_ERROR_CHANGED:
	case PIPIT_FILE_ERROR_WRITE:
		return PIPIT_CLIENT_ERROR_INPUT;
	case PIPIT_FILE_ERROR_DAMAGED:
		return PIPIT_CLIENT_ERROR_DAMAGED;
	case PIPIT_FILE_ERROR_FULL:
		return PIPIT_CLIENT_ERROR_STORE;
	case PIPIT_FILE_ERROR_WRONG:
		break;
	}
	return PIPIT_CLIENT_ERROR_REFUSED;
}

GError *
pipit_client_error_from_file(const GError *error)
{
	return g_error_new_literal(PIPIT_CLIENT_ERROR, (gint)code_from_file(error), error->message);
}
