/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server/password_pool.h"

#include "server/password.h"

#define QUEUE_MAX_PER_THREAD 32 /* some 20 seconds at half a second each */

struct PipitdPasswordPool {
	PipitdJobPool *threads;
	guint queue_max;
};

PipitdPasswordPool *
pipitd_password_pool_new(guint threads)
{
	PipitdPasswordPool *pool = g_new0(PipitdPasswordPool, 1);
	pipitd_password_prepare();
	pool->threads = pipitd_job_pool_new(threads);
	pool->queue_max = threads * QUEUE_MAX_PER_THREAD;
	return pool;
}

void
pipitd_password_pool_free(PipitdPasswordPool *pool)
{
	if (pool == NULL)
		return;
	pipitd_job_pool_free(pool->threads);
	g_free(pool);
}

gboolean
pipitd_password_pool_busy(PipitdPasswordPool *pool)
{
	return pipitd_job_pool_waiting(pool->threads) >= pool->queue_max;
}

void
pipitd_password_pool_push(PipitdPasswordPool *pool, PipitdJobFunc func, gpointer user_data)
{
	pipitd_job_pool_push(pool->threads, func, user_data);
}
