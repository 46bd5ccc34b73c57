/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the requests share: api.c those of accounts and the relay, api_blobs.c those of blobs. */
#pragma once

#include "protocol/api.h"

struct PipitApi {
	PipitHttp *http;
	char *origin;
	PipitDeviceSecrets *device;
	char *bearer; /* the auth token in base64 */
};

/* One kind of request. */
typedef struct {
	const char *method;
	const char *path;
	gboolean as_device; /* with the auth token */
	gboolean is_signed; /* by the device key */
	gint64 range_from;
	gint64 upload_offset;
	gsize max_size; /* of the answer; 0: that of small ones */
	guint timeout;  /* seconds; 0: that of http.h */
	gboolean fresh;
} PipitApiCall;

void pipit_api_call(PipitApi *api, const PipitApiCall *call, GBytes *body, PipitApiDone done,
		    gpointer user_data);
/** With a body that is given or taken in pieces. Returns: (transfer none) as pipit_http_stream(). */
PipitHttpTransfer *pipit_api_stream(PipitApi *api, const PipitApiCall *call, const PipitHttpStream *stream,
				    gpointer stream_user_data, PipitApiDone done, gpointer user_data);
