/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the server keeps, as plain operations: everything above this header knows no SQL.
 *
 * Threads: any thread may read through a session of its own; one thread, the writer's, holds the one session that
 * writes. Operations on what is kept are in store_accounts.h, store_devices.h, store_queue.h, store_blobs.h and
 * store_upkeep.h. */
#pragma once

#include <glib.h>

#define PIPITD_STORE_ERROR (pipitd_store_error_quark())
GQuark pipitd_store_error_quark(void);

typedef enum {
	PIPITD_STORE_ERROR_FAULT, /* the store is damaged, or the system failed */
	PIPITD_STORE_ERROR_FULL,  /* the disk, or the store's own limit */
	PIPITD_STORE_ERROR_NEWER, /* made by a later version */
	/* What was asked does not go with what is there */
	PIPITD_STORE_ERROR_NOT_FOUND,
	PIPITD_STORE_ERROR_HANDLE_TAKEN,
	PIPITD_STORE_ERROR_TOO_MANY,
	PIPITD_STORE_ERROR_INVITE_INVALID,
	PIPITD_STORE_ERROR_DEVICE_KEY_TAKEN,
	PIPITD_STORE_ERROR_KEYS_DIFFER,
	PIPITD_STORE_ERROR_PREKEY_ROLLBACK,
	PIPITD_STORE_ERROR_QUOTA,
} PipitdStoreError;

typedef struct PipitdStore PipitdStore;
typedef struct PipitdSession PipitdSession;

/**
 * Opens the store in @path, a file, or makes it. @max_bytes: the largest that it may become; 0 for no limit.
 * Returns: (transfer full) NULL with PIPITD_STORE_ERROR.
 */
PipitdStore *pipitd_store_open(const char *path, gint64 max_bytes, GError **error);

/** Closes it; every session must have been given back. NULL is fine. */
void pipitd_store_close(PipitdStore *store);

/** Returns: (transfer none) the name of this life of the store (docs/protocol.md, "Finding the server"). */
const char *pipitd_store_epoch(const PipitdStore *store);

/** Returns: (transfer full) a session that reads what is committed; NULL with PIPITD_STORE_ERROR. */
PipitdSession *pipitd_store_reader(PipitdStore *store, GError **error);

/** Gives a reading session back. */
void pipitd_session_release(PipitdSession *session);

/** Returns: (transfer none) the session that writes; for the writer's thread alone. */
PipitdSession *pipitd_store_writer(PipitdStore *store);

/* Transactions of the writing session. A commit is on disk when it returns. */
gboolean pipitd_session_begin(PipitdSession *session, GError **error);
gboolean pipitd_session_commit(PipitdSession *session, GError **error);
void pipitd_session_rollback(PipitdSession *session);

/* One job inside a transaction, which can be undone alone. */
gboolean pipitd_session_begin_job(PipitdSession *session, GError **error);
gboolean pipitd_session_end_job(PipitdSession *session, GError **error);
void pipitd_session_undo_job(PipitdSession *session);

/** FALSE if the store gave the whole transaction up by itself, as a full disk makes it do. */
gboolean pipitd_session_in_transaction(PipitdSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdStore, pipitd_store_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdSession, pipitd_session_release)
