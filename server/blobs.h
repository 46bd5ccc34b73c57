/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /v1/blobs: what is too large for the relay, sealed by its sender, kept until all devices that it is for have fetched it. */
#pragma once

#include "server/request.h"
#include "server/store_blobs.h"

void pipitd_blobs_create(PipitdRequest *request);
void pipitd_blobs_show_upload(PipitdRequest *request);
void pipitd_blobs_fetch(PipitdRequest *request);
void pipitd_blobs_done(PipitdRequest *request);
void pipitd_blobs_delete(PipitdRequest *request);

/** Finds the blob that the path names. FALSE if it is none of those that this device uploads, and then it is answered. */
gboolean pipitd_blobs_find_own(PipitdRequest *request, PipitdBlob *blob);

/** Answers with what a failure of the blobs' files means to who asked, and logs it. */
void pipitd_blobs_refuse_files(PipitdRequest *request, const GError *error);

/** Answers that the disk has no room, and logs it. */
void pipitd_blobs_refuse_full(PipitdRequest *request);
