/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PATCH /v1/blobs/<id>: what comes goes to the blob's part, and is kept when the connection breaks. */
#pragma once

#include "server/request.h"

/* The three steps of the route. */
void pipitd_blob_upload_begin(PipitdRequest *request);
gsize pipitd_blob_upload_receive(PipitdRequest *request, const char *bytes, gsize count);
void pipitd_blob_upload_finish(PipitdRequest *request);
