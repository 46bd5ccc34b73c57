/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worker threads for what takes long: key generation, sealing, opening.
 *
 * A job is pure: it owns its input and writes its result into itself; it touches neither the client nor the store.
 * A thread lives only while there are jobs, so that a client that rests holds none (and none is there when a host
 * forks). */
#pragma once

#include "protocol/host.h"

typedef struct PipitWorkers PipitWorkers;

/** Does the work, in a worker thread; touches @job alone. */
typedef void (*PipitJobRun)(gpointer job);
/** Takes the result, on the loop. May free the workers. */
typedef void (*PipitJobDone)(gpointer job, gpointer user_data);

/**
 * @threads: how many jobs may run at once, at least 1.
 * Returns: (transfer full) NULL with a GFileError if the process has no file descriptor left.
 */
PipitWorkers *pipit_workers_new(const PipitLoop *loop, guint threads, GError **error);

/**
 * Drops jobs that did not begin and lets running ones end by themselves, unheard: it does not wait. No done callback
 * comes any more; each job is freed (one that still runs, later in its thread).
 */
void pipit_workers_free(PipitWorkers *workers);

/**
 * Runs @job in a worker; then @done with it on the loop, in the order in which jobs end; then @free_job, which may
 * run in any thread.
 * @job: (transfer full)
 */
void pipit_workers_push(PipitWorkers *workers, gpointer job, PipitJobRun run, PipitJobDone done,
			gpointer user_data, GDestroyNotify free_job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitWorkers, pipit_workers_free)
