/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the store forgets in time, in batches that hold no sender up, and its counts. */
#pragma once

#include "server/store.h"

#define PIPITD_EXPIRY_BATCH 500 /* rows in one transaction */

/* What one round forgot. */
typedef struct {
	gint64 messages;
	gboolean more; /* TRUE if another round has work */
} PipitdForgotten;

/** Forgets one batch of what is over its time at @now, and counts the messages in it. */
gboolean pipitd_store_forget(PipitdSession *session, gint64 now, PipitdForgotten *forgotten, GError **error);

/** Moves all of the write-ahead log into the database, so that what was deleted is overwritten on disk. */
gboolean pipitd_store_checkpoint(PipitdSession *session, GError **error);

typedef struct {
	gint64 accounts;
	gint64 devices;
	gint64 queued;
	gint64 queued_bytes;
	gint64 blobs;
	gint64 blob_bytes;
	gint64 expired; /* messages that nobody fetched, since the store was made */
} PipitdStoreCounts;

gboolean pipitd_store_count(PipitdSession *session, PipitdStoreCounts *counts, GError **error);
