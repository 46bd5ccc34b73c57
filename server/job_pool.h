/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few threads for what takes long, so that neither those that serve nor the one that writes the store do it: hashing passwords,
 * and waiting for the disk where blobs are written. */
#pragma once

#include <glib.h>

typedef void (*PipitdJobFunc)(gpointer user_data);

typedef struct PipitdJobPool PipitdJobPool;

PipitdJobPool *pipitd_job_pool_new(guint threads);

/** Does what is queued, then stops the threads. NULL is fine. */
void pipitd_job_pool_free(PipitdJobPool *pool);

/** Returns: how many jobs wait for a thread. */
guint pipitd_job_pool_waiting(PipitdJobPool *pool);

/** Calls @func on one of the threads. */
void pipitd_job_pool_push(PipitdJobPool *pool, PipitdJobFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdJobPool, pipitd_job_pool_free)
