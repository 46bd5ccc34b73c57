/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "server/job_pool.h"

struct PipitdJobPool {
	GThreadPool *threads;
};

typedef struct {
	PipitdJobFunc func;
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

PipitdJobPool *
pipitd_job_pool_new(guint threads)
{
	PipitdJobPool *pool = g_new0(PipitdJobPool, 1);
	pool->threads = g_thread_pool_new(run, pool, (gint)threads, TRUE, NULL);
	return pool;
}

void
pipitd_job_pool_free(PipitdJobPool *pool)
{
	if (pool == NULL)
		return;
	g_thread_pool_free(pool->threads, FALSE, TRUE);
	g_free(pool);
}

guint
pipitd_job_pool_waiting(PipitdJobPool *pool)
{
	return g_thread_pool_unprocessed(pool->threads);
}

void
pipitd_job_pool_push(PipitdJobPool *pool, PipitdJobFunc func, gpointer user_data)
{
	Job *job = g_new(Job, 1);
	*job = (Job){func, user_data};
	g_thread_pool_push(pool->threads, job, NULL);
}
