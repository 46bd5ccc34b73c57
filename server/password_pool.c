/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the threads that hash passwords. */
#include "server/password_pool.h"

#include "server/password.h"

#define QUEUE_MAX_PER_THREAD 32 /* some 20 seconds at half a second each */

struct PipitdPasswordPool {
	GThreadPool *threads;
	guint queue_max;
};

typedef struct {
	PipitdPasswordFunc func;
	gpointer user_data;
} Job;

static void
run(gpointer data, gpointer pool)
{
	(void)pool;
	Job *job = data;
	job->func(job->user_data);
	g_free(job);
}

PipitdPasswordPool *
pipitd_password_pool_new(guint threads)
{
	PipitdPasswordPool *pool = g_new0(PipitdPasswordPool, 1);
	pipitd_password_prepare();
	pool->threads = g_thread_pool_new(run, pool, (gint)threads, TRUE, NULL);
	pool->queue_max = threads * QUEUE_MAX_PER_THREAD;
	return pool;
}

void
pipitd_password_pool_free(PipitdPasswordPool *pool)
{
	if (pool == NULL)
		return;
	g_thread_pool_free(pool->threads, FALSE, TRUE);
	g_free(pool);
}

gboolean
pipitd_password_pool_busy(PipitdPasswordPool *pool)
{
	return g_thread_pool_unprocessed(pool->threads) >= pool->queue_max;
}

void
pipitd_password_pool_push(PipitdPasswordPool *pool, PipitdPasswordFunc func, gpointer user_data)
{
	Job *job = g_new(Job, 1);
	*job = (Job){func, user_data};
	g_thread_pool_push(pool->threads, job, NULL);
}
