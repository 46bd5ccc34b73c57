/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One blob on its way to the server: finds out how far it came before, encrypts again from the start, and sends what is
 * missing. At most five chunks of it are in memory.
 *
 * No key is used twice: before bytes go out, it is on the disk what they are. Who owns an upload does that, and says whether
 * something else went out in their place before. */
#pragma once

#include "protocol/blob_reader.h"
#include "protocol/client_private.h"
#include "protocol/store_drafts.h"

typedef enum {
	PIPIT_UPLOAD_DONE,
	PIPIT_UPLOAD_FAILED,     /* the server or the network: @failure */
	PIPIT_UPLOAD_UNREADABLE, /* @error, in PIPIT_FILE_ERROR */
	PIPIT_UPLOAD_OTHER,      /* what would go out is not what went out under this key: take another one */
} PipitUploadEnd;

/* None of them may be NULL. In each the session may end, which ends the upload. */
typedef struct {
	/** The server gave it a place: writes that down. FALSE if the store refuses (and the session has ended for it). */
	gboolean (*created)(gpointer user_data, const char *uri);
	/** The encrypted form up to @end, with this SHA-256, is about to go out: writes that down. FALSE as above. */
	gboolean (*chunk)(gpointer user_data, gint64 end, const guint8 *sha256, PipitChunk *chunk);
	/** The server was given so many bytes in all. */
	void (*moved)(gpointer user_data, gint64 moved);
	/** It is over, and is freed after this. @digests: of DONE. */
	void (*ended)(gpointer user_data, PipitUploadEnd end, const PipitAttachmentDigests *digests,
		      const PipitFailure *failure, const GError *error);
} PipitUploadEvents;

typedef struct PipitBlobUpload PipitBlobUpload;

/**
 * Begins; all events come from the loop.
 * @reader: (transfer full) at its start. @uri: where it was begun before; NULL: nowhere.
 * @used: how far its key was used before; G_MAXINT64 for what never changes.
 * @recipients: handles, NULL-terminated: who may fetch it.
 */
PipitBlobUpload *pipit_blob_upload_new(PipitSession *session, PipitBlobReader *reader, const char *uri,
				       gint64 used, const char *const *recipients,
				       const PipitUploadEvents *events, gpointer user_data);
/** Ends it; no event comes any more. NULL is fine. */
void pipit_blob_upload_free(PipitBlobUpload *upload);
