/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests for blobs. None follows a redirect: what is fetched comes from the account's own server. */
#include "protocol/api_blobs.h"

#include "protocol/api_private.h"
#include "protocol/blob.h"
#include "protocol/json_reader.h"
#include "protocol/limits.h"

#define URI_MAX 256

void
pipit_api_create_blob(PipitApi *api, gint64 size, const char *const *recipients, PipitApiDone done,
		      gpointer user_data)
{
	const PipitApiCall call = {
		.method = "POST",
		.path = "/v1/blobs",
		.as_device = TRUE,
	};
	g_autoptr(JsonObject) object = json_object_new();

	json_object_set_int_member(object, "size", size);
	pipit_json_set_strings(object, "recipients", recipients);
	g_autoptr(GBytes) body = pipit_json_print(object);
	pipit_api_call(api, &call, body, done, user_data);
}

char *
pipit_blob_created_parse(GBytes *body, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_REQUEST_MAX, &bad);
	const char *uri = object != NULL ? pipit_json_string(object, "uri", URI_MAX, &bad) : NULL;

	if (bad == NULL && !pipit_blob_uri_valid(uri))
		g_set_error_literal(&bad, PIPIT_JSON_ERROR, PIPIT_JSON_ERROR_MEMBER, "\"uri\" is no blob");
	if (bad == NULL)
		return g_strdup(uri);
	g_propagate_error(error, g_steal_pointer(&bad));
	return NULL;
}

void
pipit_api_blob_offset(PipitApi *api, const char *uri, PipitApiDone done, gpointer user_data)
{
	g_autofree char *path = g_strconcat(uri, "/upload", NULL);
	const PipitApiCall call = {
		.method = "GET",
		.path = path,
		.as_device = TRUE,
	};

	pipit_api_call(api, &call, NULL, done, user_data);
}

gboolean
pipit_blob_offset_parse(GBytes *body, gint64 size, gint64 *offset, gboolean *complete, GError **error)
{
	g_autoptr(GError) bad = NULL;
	g_autoptr(JsonObject) object = pipit_json_parse_bytes(body, PIPIT_REQUEST_MAX, &bad);

	*offset = 0;
	*complete = FALSE;
	if (object != NULL) {
		pipit_json_int(object, "size", size, size, &bad);
		*offset = pipit_json_int(object, "offset", 0, size, &bad);
		*complete = pipit_json_bool(object, "complete", &bad);
	}
	if (bad == NULL)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&bad));
	return FALSE;
}

PipitHttpTransfer *
pipit_api_upload_blob(PipitApi *api, const char *uri, gint64 offset, const PipitHttpStream *stream,
		      gpointer stream_user_data, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "PATCH",
		.path = uri,
		.as_device = TRUE,
		.upload_offset = offset,
	};

	return pipit_api_stream(api, &call, stream, stream_user_data, done, user_data);
}

PipitHttpTransfer *
pipit_api_download_blob(PipitApi *api, const char *uri, gint64 offset, const PipitHttpStream *stream,
			gpointer stream_user_data, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "GET",
		.path = uri,
		.as_device = TRUE,
		.range_from = offset,
	};

	return pipit_api_stream(api, &call, stream, stream_user_data, done, user_data);
}

void
pipit_api_blob_done(PipitApi *api, const char *uri, PipitApiDone done, gpointer user_data)
{
	g_autofree char *path = g_strconcat(uri, "/done", NULL);
	const PipitApiCall call = {
		.method = "POST",
		.path = path,
		.as_device = TRUE,
	};
	g_autoptr(GBytes) body = g_bytes_new_static("{}", 2);

	pipit_api_call(api, &call, body, done, user_data);
}

void
pipit_api_delete_blob(PipitApi *api, const char *uri, PipitApiDone done, gpointer user_data)
{
	const PipitApiCall call = {
		.method = "DELETE",
		.path = uri,
		.as_device = TRUE,
	};

	pipit_api_call(api, &call, NULL, done, user_data);
}
