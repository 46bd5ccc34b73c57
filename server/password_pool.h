/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few threads for password hashing, so that logins hold up no message and their memory is bounded. */
#pragma once

#include "server/job_pool.h"

typedef struct PipitdPasswordPool PipitdPasswordPool;

PipitdPasswordPool *pipitd_password_pool_new(guint threads);

/** Does what is queued, then stops the threads. NULL is fine. */
void pipitd_password_pool_free(PipitdPasswordPool *pool);

/** TRUE if so many wait already that one more would wait for minutes. */
gboolean pipitd_password_pool_busy(PipitdPasswordPool *pool);

/** Calls @func on one of the threads. */
void pipitd_password_pool_push(PipitdPasswordPool *pool, PipitdJobFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdPasswordPool, pipitd_password_pool_free)
