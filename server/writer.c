/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the writer's thread: group commit, and between the groups the store's upkeep. */
#include "server/writer.h"

#include "server/log.h"
#include "server/store_upkeep.h"

#define GROUP_MAX 512
#define UPKEEP_INTERVAL_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

typedef struct {
	PipitdWriteFunc run;
	PipitdWritten written;
	gpointer user_data;
	GError *error;
} Job;

struct PipitdWriter {
	PipitdStore *store;
	const PipitdClock *clock;
	GThread *thread;
	GMutex lock; /* over what follows */
	GCond wake;
	GQueue jobs;         /* of Job */
	GQueue forget_waits; /* of Job: who waits for upkeep to be done */
	gboolean forgetting; /* upkeep has more to do */
	gboolean stopping;
};

static void
job_finish(Job *job)
{
	job->written(job->user_data, job->error);
	g_clear_error(&job->error);
	g_free(job);
}

static gboolean
run_job(PipitdSession *session, Job *job)
{
	g_clear_error(&job->error);
	if (!pipitd_session_begin_job(session, &job->error))
		return FALSE;
	if (job->run(session, job->user_data, &job->error) && pipitd_session_end_job(session, &job->error))
		return TRUE;
	pipitd_session_undo_job(session);
	return pipitd_session_in_transaction(session);
}

static gboolean
commit_group(PipitdSession *session, GPtrArray *group)
{
	if (!pipitd_session_begin(session, NULL))
		return FALSE;
	for (guint i = 0; i < group->len; i++) {
		if (!run_job(session, group->pdata[i]))
			return FALSE;
	}
	return pipitd_session_commit(session, NULL);
}

static void
commit_alone(PipitdSession *session, Job *job)
{
	g_clear_error(&job->error);
	GError *failure = NULL;
	if (!pipitd_session_begin(session, &failure)) {
		job->error = failure;
		return;
	}
	run_job(session, job);
	if (!pipitd_session_in_transaction(session)) {
		if (job->error == NULL)
			g_set_error_literal(&job->error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_FAULT,
					    "the store gave the transaction up");
	} else if (!pipitd_session_commit(session, &failure)) {
		g_clear_error(&job->error);
		job->error = failure;
	}
	pipitd_session_rollback(session);
}

static void
write_group(PipitdWriter *writer, GPtrArray *group)
{
	PipitdSession *session = pipitd_store_writer(writer->store);
	if (!commit_group(session, group)) {
		/* One that does not fit on the disk must not take the others, acknowledgements above all, down with it. */
		pipitd_session_rollback(session);
		for (guint i = 0; i < group->len; i++)
			commit_alone(session, group->pdata[i]);
	}
	for (guint i = 0; i < group->len; i++)
		job_finish(group->pdata[i]);
}

static gboolean
forget_batch(PipitdWriter *writer, PipitdForgotten *forgotten, GError **error)
{
	PipitdSession *session = pipitd_store_writer(writer->store);
	if (!pipitd_session_begin(session, error))
		return FALSE;
	if (pipitd_store_forget(session, pipitd_clock_now(writer->clock), forgotten, error) &&
	    pipitd_session_commit(session, error))
		return TRUE;
	pipitd_session_rollback(session);
	return FALSE;
}

static void
finish_forgetting(PipitdWriter *writer, const GError *error)
{
	if (error == NULL)
		pipitd_store_checkpoint(pipitd_store_writer(writer->store),
					NULL); /* else at the next commits */
	g_mutex_lock(&writer->lock);
	writer->forgetting = FALSE;
	GQueue done = writer->forget_waits;
	g_queue_init(&writer->forget_waits);
	g_mutex_unlock(&writer->lock);
	for (Job *job = g_queue_pop_head(&done); job != NULL; job = g_queue_pop_head(&done)) {
		job->error = error == NULL ? NULL : g_error_copy(error);
		job_finish(job);
	}
}

static void
forget_some(PipitdWriter *writer)
{
	PipitdForgotten forgotten = {0};
	g_autoptr(GError) error = NULL;
	if (!forget_batch(writer, &forgotten, &error))
		pipitd_log("upkeep failed: %s", error->message);
	else if (forgotten.messages > 0)
		pipitd_log("expired %" G_GINT64_FORMAT " messages that nobody fetched in 30 days",
			   forgotten.messages);
	if (error != NULL || !forgotten.more)
		finish_forgetting(writer, error);
}

static GPtrArray *
take_group(GQueue *jobs)
{
	GPtrArray *group = g_ptr_array_new();
	while (group->len < GROUP_MAX && !g_queue_is_empty(jobs))
		g_ptr_array_add(group, g_queue_pop_head(jobs));
	return group;
}

/* Waits for something to do. Returns: (transfer full) the jobs of the next group; NULL when it is time to stop. */
static GPtrArray *
next_group(PipitdWriter *writer, gint64 upkeep_at)
{
	g_mutex_lock(&writer->lock);
	while (g_queue_is_empty(&writer->jobs) && !writer->forgetting && !writer->stopping) {
		if (!g_cond_wait_until(&writer->wake, &writer->lock, upkeep_at))
			writer->forgetting = TRUE;
	}
	gboolean end = writer->stopping && g_queue_is_empty(&writer->jobs) &&
		       g_queue_is_empty(&writer->forget_waits);
	GPtrArray *group = end ? NULL : take_group(&writer->jobs);
	g_mutex_unlock(&writer->lock);
	return group;
}

static gpointer
write_loop(gpointer user_data)
{
	PipitdWriter *writer = user_data;
	gint64 upkeep_at = g_get_monotonic_time(); /* once at the start: who knows how long we were off */
	for (;;) {
		g_autoptr(GPtrArray) group = next_group(writer, upkeep_at);
		if (group == NULL)
			return NULL;
		if (group->len > 0)
			write_group(writer, group);
		g_mutex_lock(&writer->lock);
		gboolean forgetting = writer->forgetting || g_get_monotonic_time() >= upkeep_at;
		writer->forgetting = forgetting;
		g_mutex_unlock(&writer->lock);
		if (forgetting) {
			upkeep_at = g_get_monotonic_time() + UPKEEP_INTERVAL_US;
			forget_some(writer);
		}
	}
}

PipitdWriter *
pipitd_writer_new(PipitdStore *store, const PipitdClock *clock)
{
	PipitdWriter *writer = g_new0(PipitdWriter, 1);
	writer->store = store;
	writer->clock = clock;
	g_mutex_init(&writer->lock);
	g_cond_init(&writer->wake);
	g_queue_init(&writer->jobs);
	g_queue_init(&writer->forget_waits);
	writer->thread = g_thread_new("writer", write_loop, writer);
	return writer;
}

void
pipitd_writer_free(PipitdWriter *writer)
{
	if (writer == NULL)
		return;
	g_mutex_lock(&writer->lock);
	writer->stopping = TRUE;
	g_cond_signal(&writer->wake);
	g_mutex_unlock(&writer->lock);
	g_thread_join(writer->thread);
	g_cond_clear(&writer->wake);
	g_mutex_clear(&writer->lock);
	g_free(writer);
}

static Job *
job_new(PipitdWriteFunc run, PipitdWritten written, gpointer user_data)
{
	Job *job = g_new0(Job, 1);
	job->run = run;
	job->written = written;
	job->user_data = user_data;
	return job;
}

void
pipitd_writer_submit(PipitdWriter *writer, PipitdWriteFunc run, PipitdWritten written, gpointer user_data)
{
	g_mutex_lock(&writer->lock);
	g_queue_push_tail(&writer->jobs, job_new(run, written, user_data));
	g_cond_signal(&writer->wake);
	g_mutex_unlock(&writer->lock);
}

/* Somebody who waits. */
typedef struct {
	PipitdWriteFunc run;
	gpointer user_data;
	GMutex lock;
	GCond changed;
	gboolean done;
	GError *error;
} Wait;

static gboolean
run_waited(PipitdSession *session, gpointer user_data, GError **error)
{
	const Wait *wait = user_data;
	return wait->run(session, wait->user_data, error);
}

static void
wait_over(gpointer user_data, const GError *error)
{
	Wait *wait = user_data;
	g_mutex_lock(&wait->lock);
	wait->error = error == NULL ? NULL : g_error_copy(error);
	wait->done = TRUE;
	g_cond_signal(&wait->changed);
	g_mutex_unlock(&wait->lock);
}

gboolean
pipitd_writer_run(PipitdWriter *writer, PipitdWriteFunc run, gpointer user_data, GError **error)
{
	Wait wait = {.run = run, .user_data = user_data};
	g_mutex_init(&wait.lock);
	g_cond_init(&wait.changed);
	pipitd_writer_submit(writer, run_waited, wait_over, &wait);
	g_mutex_lock(&wait.lock);
	while (!wait.done)
		g_cond_wait(&wait.changed, &wait.lock);
	g_mutex_unlock(&wait.lock);
	g_cond_clear(&wait.changed);
	g_mutex_clear(&wait.lock);
	if (wait.error == NULL)
		return TRUE;
	g_propagate_error(error, wait.error);
	return FALSE;
}

void
pipitd_writer_forget(PipitdWriter *writer, PipitdWritten written, gpointer user_data)
{
	g_mutex_lock(&writer->lock);
	g_queue_push_tail(&writer->forget_waits, job_new(NULL, written, user_data));
	writer->forgetting = TRUE;
	g_cond_signal(&writer->wake);
	g_mutex_unlock(&writer->lock);
}
