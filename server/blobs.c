/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creates, shows, gives out and removes blobs; blob_upload.c takes them in. */
#include "server/blobs.h"

#include <unistd.h>

#include "protocol/json_reader.h"
#include "server/blob_upkeep.h"
#include "server/byte_range.h"
#include "server/disk_room.h"
#include "server/log.h"
#include "server/router.h"

#define URI "/v1/blobs/"

/* Refusing */

/* What never was, what is over and what is another's look the same. */
static void
refuse_unknown(PipitdRequest *request)
{
	pipitd_request_refuse(request, PIPIT_PROBLEM_NOT_FOUND, "there is no such blob");
}

void
pipitd_blobs_refuse_full(PipitdRequest *request)
{
	pipitd_log("a blob was refused: it would leave less than %d MiB of disk free",
		   request->server->options->reserve_mib);
	pipitd_request_refuse(request, PIPIT_PROBLEM_SERVER_FULL, NULL);
}

void
pipitd_blobs_refuse_files(PipitdRequest *request, const GError *error)
{
	if (g_error_matches(error, PIPITD_BLOB_FILES_ERROR, PIPITD_BLOB_FILES_ERROR_GONE)) {
		refuse_unknown(request);
		return;
	}
	gboolean full = g_error_matches(error, PIPITD_BLOB_FILES_ERROR, PIPITD_BLOB_FILES_ERROR_FULL);
	pipitd_log("%s %s failed: %s", request->method, request->route->path, error->message);
	pipitd_request_refuse(request, full ? PIPIT_PROBLEM_SERVER_FULL : PIPIT_PROBLEM_SERVER_FAULT, NULL);
}

/* Finding */

/* Returns: FALSE if there is none, and then it is answered. */
static gboolean
find(PipitdRequest *request, PipitdBlob *blob)
{
	g_autoptr(GError) error = NULL;
	gboolean found = FALSE;
	*blob = (PipitdBlob){0};
	if (!pipitd_blob_id_valid(request->parameter)) {
		refuse_unknown(request);
		return FALSE;
	}
	g_autoptr(PipitdSession) session = pipitd_store_reader(request->server->store, &error);
	if (session == NULL || !pipitd_store_find_blob(session, request->parameter, blob, &found, &error))
		pipitd_request_refuse_store(request, error);
	else if (!found || blob->unwanted)
		refuse_unknown(request);
	return request->status == 0;
}

gboolean
pipitd_blobs_find_own(PipitdRequest *request, PipitdBlob *blob)
{
	if (find(request, blob) && blob->device != request->device->id)
		refuse_unknown(request);
	return request->status == 0;
}

static char *
uri_of(const char *id)
{
	return g_strconcat(URI, id, NULL);
}

/* Creating one */

typedef struct {
	PipitdBlob blob;
	char **recipients;
} Creation;

static void
creation_free(gpointer data)
{
	Creation *creation = data;
	g_strfreev(creation->recipients);
	g_free(creation);
}

static gboolean
write_blob(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	const Creation *creation = request->state;
	const PipitdOptions *options = request->server->options;
	const PipitdBlobQuota quota = {options->blob_quota, options->blob_count};
	return pipitd_store_add_blob(session, &creation->blob, (const char *const *)creation->recipients,
				     &quota, error);
}

static void
blob_written(PipitdRequest *request)
{
	const Creation *creation = request->state;
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	g_autofree char *uri = uri_of(creation->blob.id);
	JsonObject *object = json_object_new();
	json_object_set_string_member(object, "uri", uri);
	json_object_set_int_member(object, "offset", 0);
	pipitd_request_answer(request, MHD_HTTP_CREATED, object);
}

static void
read_creation(PipitdRequest *request, JsonObject *body, Creation *creation)
{
	g_autoptr(GError) bad = NULL;
	pipitd_blob_id_generate(creation->blob.id);
	creation->blob.account = request->device->account;
	creation->blob.device = request->device->id;
	creation->blob.created_at = pipitd_request_now(request);
	creation->blob.size = pipit_json_int(body, "size", 0, G_MAXINT64, &bad);
	creation->recipients = pipit_json_handles(body, "recipients", 1, PIPIT_BLOB_MAX_RECIPIENTS, &bad);
	if (bad != NULL)
		pipitd_request_refuse(request, PIPIT_PROBLEM_BAD_REQUEST, bad->message);
	else if (creation->blob.size > request->server->options->blob_max)
		pipitd_request_refuse(request, PIPIT_PROBLEM_BLOB_TOO_LARGE, NULL);
	else if (!pipitd_disk_has_room(request->server->options, (guint64)creation->blob.size))
		pipitd_blobs_refuse_full(request);
}

void
pipitd_blobs_create(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	if (body == NULL)
		return;
	Creation *creation = g_new0(Creation, 1);
	pipitd_request_keep(request, creation, creation_free);
	read_creation(request, body, creation);
	if (request->status == 0)
		pipitd_request_write(request, write_blob, blob_written);
}

/* What the device that uploads a blob asks, once no upload of it runs */

typedef struct {
	PipitdBlob blob;
	guint64 kept;
	GError *error;
} Own;

static void
own_free(gpointer data)
{
	Own *own = data;
	g_clear_error(&own->error);
	g_free(own);
}

static void
on_granted(gpointer user_data)
{
	pipitd_request_resume(user_data);
}

static void
wait_for_claim(PipitdRequest *request, PipitdHandler next)
{
	PipitdBlob blob;
	if (!pipitd_blobs_find_own(request, &blob))
		return;
	pipitd_request_keep(request, g_new0(Own, 1), own_free);
	pipitd_request_suspend(request, next);
	pipitd_blob_claims_wait(request->server->blob_claims, request->parameter, on_granted, request);
}

static void
give_back(PipitdRequest *request)
{
	pipitd_blob_claims_release(request->server->blob_claims, request->parameter);
}

/* How much of one is there */

static void
look_at_part(gpointer user_data)
{
	PipitdRequest *request = user_data;
	PipitdBlobFiles *files = request->server->blob_files;
	Own *own = request->state;
	if (pipitd_blob_files_sync_part(files, own->blob.id, (guint64)own->blob.kept, &own->error))
		pipitd_blob_files_kept(files, own->blob.id, &own->kept, &own->error);
}

static gboolean
write_kept(PipitdSession *session, gpointer user_data, GError **error)
{
	const PipitdRequest *request = user_data;
	const Own *own = request->state;
	return pipitd_store_keep_blob(session, own->blob.id, (gint64)own->kept, error);
}

static void
kept_written(PipitdRequest *request)
{
	const Own *own = request->state;
	give_back(request);
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
		return;
	}
	g_autofree char *uri = uri_of(own->blob.id);
	JsonObject *object = json_object_new();
	json_object_set_string_member(object, "uri", uri);
	json_object_set_int_member(object, "size", own->blob.size);
	json_object_set_int_member(object, "offset", (gint64)own->kept);
	json_object_set_boolean_member(object, "complete", own->blob.completed_at != 0);
	pipitd_request_answer(request, MHD_HTTP_OK, object);
}

static void
part_looked_at(PipitdRequest *request)
{
	const Own *own = request->state;
	if (own->error == NULL) {
		pipitd_request_write(request, write_kept, kept_written);
		return;
	}
	give_back(request);
	pipitd_blobs_refuse_files(request, own->error);
}

static void
claimed_for_look(PipitdRequest *request)
{
	Own *own = request->state;
	/* Looked for again: who had the claim before may have removed it, or added to it. */
	if (pipitd_blobs_find_own(request, &own->blob))
		pipitd_request_disk(request, look_at_part, part_looked_at);
	else
		give_back(request);
}

void
pipitd_blobs_show_upload(PipitdRequest *request)
{
	wait_for_claim(request, claimed_for_look);
}

/* Removing one */

static void
remove_files(gpointer user_data)
{
	PipitdRequest *request = user_data;
	g_autoptr(GError) error = NULL;
	/* At the next start at the latest, since nothing in the store stands for them any more. */
	if (!pipitd_blob_files_remove(request->server->blob_files, request->parameter, &error))
		pipitd_log("a deleted blob's file stays for now: %s", error->message);
}

static void
files_removed(PipitdRequest *request)
{
	give_back(request);
	pipitd_request_answer_empty(request);
}

static gboolean
write_deletion(PipitdSession *session, gpointer user_data, GError **error)
{
	const PipitdRequest *request = user_data;
	return pipitd_store_delete_blob(session, request->parameter, error);
}

static void
deletion_written(PipitdRequest *request)
{
	if (request->failure == NULL) {
		pipitd_request_disk(request, remove_files, files_removed);
		return;
	}
	give_back(request);
	pipitd_request_refuse_store(request, request->failure);
}

static void
claimed_for_deletion(PipitdRequest *request)
{
	pipitd_request_write(request, write_deletion, deletion_written);
}

void
pipitd_blobs_delete(PipitdRequest *request)
{
	wait_for_claim(request, claimed_for_deletion);
}

/* Giving one out */

typedef struct {
	int file;
	guint64 size;
	GError *error;
} Fetch;

static void
fetch_free(gpointer data)
{
	Fetch *fetch = data;
	if (fetch->file >= 0)
		close(fetch->file);
	g_clear_error(&fetch->error);
	g_free(fetch);
}

static void
open_file(gpointer user_data)
{
	PipitdRequest *request = user_data;
	Fetch *fetch = request->state;
	fetch->file = pipitd_blob_files_open_placed(request->server->blob_files, request->parameter,
						    &fetch->size, &fetch->error);
}

/* We name no version of a blob, so "If-Range" never finds the one that it asks for: the whole, then. */
static const char *
range_header(PipitdRequest *request)
{
	return pipitd_request_header(request, MHD_HTTP_HEADER_IF_RANGE) == NULL
		       ? pipitd_request_header(request, MHD_HTTP_HEADER_RANGE)
		       : NULL;
}

static void
answer_file(PipitdRequest *request, Fetch *fetch)
{
	guint64 first;
	guint64 count;
	PipitdRange range = pipitd_range_parse(range_header(request), fetch->size, &first, &count);
	if (range == PIPITD_RANGE_OUTSIDE) {
		request->range = g_strdup_printf("bytes */%" G_GUINT64_FORMAT, fetch->size);
		pipitd_request_refuse(request, PIPIT_PROBLEM_RANGE_UNSATISFIABLE, NULL);
		return;
	}
	if (range == PIPITD_RANGE_PART)
		request->range = g_strdup_printf("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT
						 "/%" G_GUINT64_FORMAT,
						 first, first + count - 1, fetch->size);
	pipitd_request_answer_file(request,
				   range == PIPITD_RANGE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK,
				   fetch->file, first, count);
	fetch->file = -1;
}

static void
file_opened(PipitdRequest *request)
{
	Fetch *fetch = request->state;
	if (fetch->error != NULL)
		pipitd_blobs_refuse_files(request, fetch->error);
	else
		answer_file(request, fetch);
}

void
pipitd_blobs_fetch(PipitdRequest *request)
{
	PipitdBlob blob;
	if (!find(request, &blob))
		return;
	if (blob.completed_at == 0) {
		refuse_unknown(request);
		return;
	}
	Fetch *fetch = g_new0(Fetch, 1);
	fetch->file = -1;
	pipitd_request_keep(request, fetch, fetch_free);
	pipitd_request_disk(request, open_file, file_opened);
}

/* When a device needs one no more */

static gboolean
write_done(PipitdSession *session, gpointer user_data, GError **error)
{
	PipitdRequest *request = user_data;
	gboolean *found = request->state;
	return pipitd_store_blob_done(session, request->parameter, request->device->id, found, error);
}

static void
done_written(PipitdRequest *request)
{
	const gboolean *found = request->state;
	if (request->failure != NULL) {
		pipitd_request_refuse_store(request, request->failure);
	} else if (!*found) {
		refuse_unknown(request);
	} else {
		pipitd_blob_upkeep_look_at(request->server->blob_upkeep, request->parameter);
		pipitd_request_answer_empty(request);
	}
}

void
pipitd_blobs_done(PipitdRequest *request)
{
	g_autoptr(JsonObject) body = pipitd_request_json(request, PIPIT_REQUEST_MAX);
	PipitdBlob blob;
	if (body == NULL || !find(request, &blob))
		return;
	pipitd_request_keep(request, g_new0(gboolean, 1), g_free);
	pipitd_request_write(request, write_done, done_written);
}
