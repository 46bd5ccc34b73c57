/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the store knows of blobs: whose they are, how large, and which devices have yet to fetch them. The bytes are in files
 * (blob_files.h). */
#pragma once

#include "server/blob_id.h"
#include "server/store.h"

typedef struct {
	char id[PIPITD_BLOB_ID_SIZE];
	gint64 account; /* which pays for it */
	gint64 device;  /* which uploads it */
	gint64 size;
	gint64 kept; /* so much of it was answered to be on the disk */
	gint64 created_at;
	gint64 completed_at; /* 0: not all of it is there */
	gboolean unwanted;   /* all who were to fetch it have said that they need it no more */
} PipitdBlob;

/** How much an account may have. */
typedef struct {
	gint64 bytes;
	gint64 count;
} PipitdBlobQuota;

/** Finds a blob. @found: out, FALSE if there is none, and then @blob is empty. */
gboolean pipitd_store_find_blob(PipitdSession *session, const char *id, PipitdBlob *blob, gboolean *found,
				GError **error);

/**
 * Adds a blob that is to be uploaded. @recipients: handles, kept until it is complete.
 * Returns: FALSE with _QUOTA if the account would have more than @quota.
 */
gboolean pipitd_store_add_blob(PipitdSession *session, const PipitdBlob *blob, const char *const *recipients,
			       const PipitdBlobQuota *quota, GError **error);

/** Notes that so much of a blob is on the disk, which is about to be answered; one that is not there is fine. */
gboolean pipitd_store_keep_blob(PipitdSession *session, const char *id, gint64 kept, GError **error);

/**
 * Notes that all of a blob is there, and which devices are to fetch it: those that the recipients, and the account itself,
 * have now, but for the one that uploaded it. One that is complete already is fine. FALSE with _NOT_FOUND.
 */
gboolean pipitd_store_complete_blob(PipitdSession *session, const char *id, gint64 now, GError **error);

/** Notes that a device needs a blob no more; @found: out, FALSE if there is no such blob, or not all of it. */
gboolean pipitd_store_blob_done(PipitdSession *session, const char *id, gint64 device, gboolean *found,
				GError **error);

/** Notes the same of all blobs, as a device that is removed needs none any more. */
gboolean pipitd_store_blobs_done(PipitdSession *session, gint64 device, GError **error);

/**
 * Notes that a device which was just added is to fetch what another of its account has yet to fetch: what tells of it may not have
 * been sent yet.
 */
gboolean pipitd_store_blobs_wait(PipitdSession *session, const guint8 *push_token, GError **error);

/** Forgets a blob; one that is not there is fine. */
gboolean pipitd_store_delete_blob(PipitdSession *session, const char *id, GError **error);

/**
 * Returns: (transfer full) PipitdBlob, by their ids, from the first after @after ("" for the very first), at most @max;
 *   NULL with PIPITD_STORE_ERROR.
 */
GArray *pipitd_store_list_blobs(PipitdSession *session, const char *after, guint max, GError **error);
