/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The requests of docs/protocol.md, "Blobs": one function each, as in api.h. @uri: valid, a blob's. */
#pragma once

#include "protocol/api.h"

/** POST /v1/blobs (pipit_blob_created_parse()). @recipients: handles, NULL-terminated, 1 to 256. */
void pipit_api_create_blob(PipitApi *api, gint64 size, const char *const *recipients, PipitApiDone done,
			   gpointer user_data);
/** Returns: (transfer full) the new blob's uri; NULL with PIPIT_JSON_ERROR. */
char *pipit_blob_created_parse(GBytes *body, GError **error);

/** GET …/upload: how far an upload has come (pipit_blob_offset_parse()). */
void pipit_api_blob_offset(PipitApi *api, const char *uri, PipitApiDone done, gpointer user_data);
/** @size: of the blob. @offset: out: bytes that the server has. @complete: out. FALSE with PIPIT_JSON_ERROR. */
gboolean pipit_blob_offset_parse(GBytes *body, gint64 size, gint64 *offset, gboolean *complete,
				 GError **error);

/** PATCH: the bytes from @offset on, all that are left, which @stream gives. Returns: (transfer none) see http.h. */
PipitHttpTransfer *pipit_api_upload_blob(PipitApi *api, const char *uri, gint64 offset,
					 const PipitHttpStream *stream, gpointer stream_user_data,
					 PipitApiDone done, gpointer user_data);

/** GET: the bytes from @offset on, which @stream takes. Returns: (transfer none) see http.h. */
PipitHttpTransfer *pipit_api_download_blob(PipitApi *api, const char *uri, gint64 offset,
					   const PipitHttpStream *stream, gpointer stream_user_data,
					   PipitApiDone done, gpointer user_data);

/** POST …/done: this device needs it no more. */
void pipit_api_blob_done(PipitApi *api, const char *uri, PipitApiDone done, gpointer user_data);
/** DELETE: by the device that uploads it. */
void pipit_api_delete_blob(PipitApi *api, const char *uri, PipitApiDone done, gpointer user_data);
