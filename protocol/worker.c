/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps slow, pure work off the host's loop; results come back through an eventfd that the loop watches. */
#include "protocol/worker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define THREAD_RETRY_MS 1000

typedef struct {
	gpointer job;
	PipitJobRun run;
	PipitJobDone done;
	gpointer user_data;
	GDestroyNotify free_job;
} Task;

/* Counted: by its owner until pipit_workers_free(), and by each thread. */
struct PipitWorkers {
	gint refs;
	const PipitLoop *loop;
	guint max_threads;
	int event_fd;
	guint watch;
	guint retry_timer;
	GMutex lock; /* guards what follows */
	GQueue waiting;
	GQueue finished;
	guint threads;
	gboolean closed;
};

static void
task_free(Task *task)
{
	task->free_job(task->job);
	g_free(task);
}

static PipitWorkers *
workers_ref(PipitWorkers *workers)
{
	g_atomic_int_inc(&workers->refs);
	return workers;
}

static void
workers_unref(PipitWorkers *workers)
{
	if (!g_atomic_int_dec_and_test(&workers->refs))
		return;
	close(workers->event_fd);
	g_mutex_clear(&workers->lock);
	g_free(workers);
}

static void
wake_loop(PipitWorkers *workers)
{
	const guint64 one = 1;
	ssize_t written;

	/* EAGAIN means that the counter is full: then the loop is awake anyhow. */
	do
		written = write(workers->event_fd, &one, sizeof one);
	while (written < 0 && errno == EINTR);
}

/* Returns the next task, or NULL when this thread should end: that is decided under the lock, so that
 * a push either finds a thread that will see its task or starts one. */
static Task *
next_task(PipitWorkers *workers)
{
	g_mutex_lock(&workers->lock);
	Task *task = g_queue_pop_head(&workers->waiting);
	if (task == NULL)
		workers->threads--;
	g_mutex_unlock(&workers->lock);
	return task;
}

/* Returns FALSE if nobody wants the result any more. */
static gboolean
hand_back(PipitWorkers *workers, Task *task)
{
	g_mutex_lock(&workers->lock);
	gboolean wanted = !workers->closed;
	if (wanted)
		g_queue_push_tail(&workers->finished, task);
	g_mutex_unlock(&workers->lock);
	if (wanted)
		wake_loop(workers);
	return wanted;
}

static gpointer
worker_thread(gpointer user_data)
{
	PipitWorkers *workers = user_data;

	for (Task *task = next_task(workers); task != NULL; task = next_task(workers)) {
		task->run(task->job);
		if (!hand_back(workers, task))
			task_free(task);
	}
	workers_unref(workers);
	return NULL;
}

static Task *
pop_finished(PipitWorkers *workers)
{
	g_mutex_lock(&workers->lock);
	Task *task = g_queue_pop_head(&workers->finished);
	g_mutex_unlock(&workers->lock);
	return task;
}

static void
on_event(gpointer user_data, int fd, PipitWatchCondition condition G_GNUC_UNUSED)
{
	PipitWorkers *workers = user_data;
	guint64 one;

	/* The eventfd is a semaphore: one result a turn, so that many at once do not hold the loop. */
	if (read(fd, &one, sizeof one) != (ssize_t)sizeof one)
		return;
	Task *task = pop_finished(workers);
	if (task == NULL)
		return;
	task->done(task->job, task->user_data); /* may free the workers */
	task_free(task);
}

static gboolean start_threads(PipitWorkers *workers);

static gboolean
on_retry(gpointer user_data)
{
	PipitWorkers *workers = user_data;

	if (!start_threads(workers))
		return G_SOURCE_CONTINUE;
	workers->retry_timer = 0;
	return G_SOURCE_REMOVE;
}

/* Returns FALSE if tasks wait and no thread could be started for them. */
static gboolean
start_threads(PipitWorkers *workers)
{
	gboolean served = TRUE;

	g_mutex_lock(&workers->lock);
	guint wanted = MIN(g_queue_get_length(&workers->waiting), workers->max_threads);
	if (workers->threads < wanted) {
		GThread *thread = g_thread_try_new("pipit", worker_thread, workers_ref(workers), NULL);
		if (thread != NULL) {
			workers->threads++;
			g_thread_unref(thread);
		} else {
			/* Never the last reference: the owner has one. */
			workers_unref(workers);
			served = workers->threads > 0;
		}
	}
	g_mutex_unlock(&workers->lock);
	return served;
}

PipitWorkers *
pipit_workers_new(const PipitLoop *loop, guint threads, GError **error)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (fd < 0) {
		int saved = errno;
		g_set_error_literal(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved),
				    g_strerror(saved));
		return NULL;
	}

	PipitWorkers *workers = g_new0(PipitWorkers, 1);
	workers->refs = 1;
	workers->loop = loop;
	workers->max_threads = MAX(threads, 1);
	workers->event_fd = fd;
	g_mutex_init(&workers->lock);
	g_queue_init(&workers->waiting);
	g_queue_init(&workers->finished);
	workers->watch = loop->watch_add(fd, PIPIT_WATCH_READ, on_event, workers);
	return workers;
}

static void
drop_all(GQueue *tasks)
{
	for (Task *task = g_queue_pop_head(tasks); task != NULL; task = g_queue_pop_head(tasks))
		task_free(task);
}

void
pipit_workers_free(PipitWorkers *workers)
{
	GQueue dropped = G_QUEUE_INIT;

	if (workers == NULL)
		return;
	workers->loop->watch_remove(workers->watch);
	if (workers->retry_timer != 0)
		workers->loop->timeout_remove(workers->retry_timer);
	g_mutex_lock(&workers->lock);
	workers->closed = TRUE;
	while (!g_queue_is_empty(&workers->waiting))
		g_queue_push_tail(&dropped, g_queue_pop_head(&workers->waiting));
	while (!g_queue_is_empty(&workers->finished))
		g_queue_push_tail(&dropped, g_queue_pop_head(&workers->finished));
	g_mutex_unlock(&workers->lock);
	drop_all(&dropped);
	workers_unref(workers);
}

void
pipit_workers_push(PipitWorkers *workers, gpointer job, PipitJobRun run, PipitJobDone done,
		   gpointer user_data, GDestroyNotify free_job)
{
	Task *task = g_new(Task, 1);

	*task = (Task){.job = job, .run = run, .done = done, .user_data = user_data, .free_job = free_job};
	g_mutex_lock(&workers->lock);
	g_queue_push_tail(&workers->waiting, task);
	g_mutex_unlock(&workers->lock);
	if (!start_threads(workers) && workers->retry_timer == 0)
		workers->retry_timer = workers->loop->timeout_add(THREAD_RETRY_MS, on_retry, workers);
}
