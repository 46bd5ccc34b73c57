/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the disk off the host's loop. What is committed by pipit_store_transaction_lazily() is in its place, whatever
 * becomes of this process; only a machine that goes down may forget it, the last first. So before anything leaves this
 * machine that builds on it, a message or an acknowledgement, a worker waits until it is on the disk. */
#pragma once

#include "protocol/store.h"

/* A job for a worker: the files of a store that are to be on the disk. */
typedef struct PipitStoreSync PipitStoreSync;

/** All that was committed until now, once the job has run. Returns: (transfer full) */
PipitStoreSync *pipit_store_sync_new(PipitStore *store);

/** PipitJobRun: waits for the disk. @sync: a PipitStoreSync. */
void pipit_store_sync_run(gpointer sync);

/** FALSE with PIPIT_STORE_ERROR if the job has failed. */
gboolean pipit_store_sync_check(PipitStore *store, const PipitStoreSync *sync, GError **error);

/** GDestroyNotify, for any thread. NULL is fine. */
void pipit_store_sync_free(gpointer sync);

/* Moving what the log holds into the database, which SQLite would do within some commit: writing there is quick, and the
 * two waits for the disk are workers'.
 *
 * SQLite's own order is: log on disk, pages copied, database on disk, log begun anew. Here a second connection, which only
 * reads, holds a snapshot all the while: nothing behind it is copied, and the log is not begun anew before it ends. So a
 * machine that goes down at any moment leaves a log from which the database is made whole. */

/** TRUE if enough has gathered in the log, or if a former round did not come to its end. */
gboolean pipit_store_checkpoint_due(const PipitStore *store);

/**
 * Begins a round, and goes on with it: run the job, then call this again, from the loop.
 * @synced: the job of the step before has run and did not fail.
 * Returns: (transfer full) NULL at the end of the round. What fails is left for the next.
 */
PipitStoreSync *pipit_store_checkpoint_next(PipitStore *store, gboolean synced);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitStoreSync, pipit_store_sync_free)
