/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the threads that wait for the disk. */
#include "server/disk_pool.h"

#define THREADS 4 /* one may be at the end of a long file while others go on */

struct PipitdDiskPool {
	GThreadPool *threads;
};

typedef struct {
	PipitdDiskFunc func;
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

PipitdDiskPool *
pipitd_disk_pool_new(void)
{
	PipitdDiskPool *pool = g_new0(PipitdDiskPool, 1);
	pool->threads = g_thread_pool_new(run, pool, THREADS, TRUE, NULL);
	return pool;
}

void
pipitd_disk_pool_free(PipitdDiskPool *pool)
{
	if (pool == NULL)
		return;
	g_thread_pool_free(pool->threads, FALSE, TRUE);
	g_free(pool);
}

void
pipitd_disk_pool_push(PipitdDiskPool *pool, PipitdDiskFunc func, gpointer user_data)
{
	Job *job = g_new(Job, 1);
	*job = (Job){func, user_data};
	g_thread_pool_push(pool->threads, job, NULL);
}
