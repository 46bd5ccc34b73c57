/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one thread that writes. Jobs that queue up while it commits go into the next transaction together: an fsync costs
 * the same for one as for a hundred. */
#pragma once

#include "server/clock.h"
#include "server/store.h"

typedef struct PipitdWriter PipitdWriter;

/**
 * A job, on the writer's thread inside a transaction. FALSE undoes it alone.
 * It may run twice, when the transaction that it shared with others failed: it must depend on nothing that it did.
 */
typedef gboolean (*PipitdWriteFunc)(PipitdSession *session, gpointer user_data, GError **error);

/** Called on the writer's thread when the job is on disk, or with @error when nothing of it is. */
typedef void (*PipitdWritten)(gpointer user_data, const GError *error);

/** Starts the thread. @store and @clock must outlive it. */
PipitdWriter *pipitd_writer_new(PipitdStore *store, const PipitdClock *clock);

/** Does what is queued, then stops the thread. NULL is fine. */
void pipitd_writer_free(PipitdWriter *writer);

/** Queues a job; jobs run in the order of these calls. Any thread. */
void pipitd_writer_submit(PipitdWriter *writer, PipitdWriteFunc run, PipitdWritten written,
			  gpointer user_data);

/** Does a job and waits until it is on disk. FALSE with its error. Any thread but the writer's, and none that serves. */
gboolean pipitd_writer_run(PipitdWriter *writer, PipitdWriteFunc run, gpointer user_data, GError **error);

/** Forgets what is over its time, as also happens every hour, batch by batch between the jobs; @written when done. */
void pipitd_writer_forget(PipitdWriter *writer, PipitdWritten written, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdWriter, pipitd_writer_free)
