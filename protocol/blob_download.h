/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One blob on its way in: goes on where a former try ended, takes no byte more than was announced, and is done once all of it
 * was checked. A few MiB of it are in memory, unless it goes there. */
#pragma once

#include "protocol/blob_writer.h"
#include "protocol/client_private.h"

typedef struct {
	/** So many bytes of it are here. The session may end in there, which ends the download. */
	void (*moved)(gpointer user_data, gint64 moved);
	/**
	 * It is over, and is freed after this; on success @writer is finished. @failure: the server or the network, or NULL;
	 * @error: of the file, in PIPIT_FILE_ERROR, or NULL.
	 */
	void (*ended)(gpointer user_data, PipitBlobWriter *writer, const PipitFailure *failure,
		      const GError *error);
} PipitDownloadEvents;

typedef struct PipitBlobDownload PipitBlobDownload;

/** Begins; all events come from the loop. @writer: (transfer full) not opened yet, for @blob, which is copied. */
PipitBlobDownload *pipit_blob_download_new(PipitSession *session, PipitBlobWriter *writer,
					   const PipitBlob *blob, const PipitDownloadEvents *events,
					   gpointer user_data);
/** Ends it; no event comes any more. What came stays for the next try. NULL is fine. */
void pipit_blob_download_free(PipitBlobDownload *download);
/** The same, and what came is removed. */
void pipit_blob_download_discard(PipitBlobDownload *download);
/** Removes what came of a blob that is not on its way, in a worker: of a large file that takes long. @writer: (transfer full) */
void pipit_session_discard_part(PipitSession *session, PipitBlobWriter *writer);
