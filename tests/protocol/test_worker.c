/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs run beside the loop, each result comes back once, and ending the workers in the middle leaves nothing behind. */
#include "protocol/worker.h"

#include "protocol/host_glib.h"
#include "tests/support/wait.h"

typedef struct {
	guint number;
	GThread *ran_in;
	GMutex *gate; /* held by the test until the job may end, or NULL */
	gint *started;
	gint *freed;
	GMutex *free_lock;
	GCond *free_signal;
} Job;

typedef struct {
	guint done;
	guint sum;
	GThread *other_thread;
	PipitWorkers *workers; /* to be freed in the callback, or NULL */
} Outcome;

static gint started;
static gint freed;
static GMutex free_lock;
static GCond free_signal;

static void
run(gpointer data)
{
	Job *job = data;

	g_atomic_int_inc(&started);
	if (job->gate != NULL) {
		g_mutex_lock(job->gate);
		g_mutex_unlock(job->gate);
	}
	job->ran_in = g_thread_self();
}

static void
done(gpointer data, gpointer user_data)
{
	const Job *job = data;
	Outcome *outcome = user_data;

	outcome->done++;
	outcome->sum += job->number;
	outcome->other_thread = job->ran_in;
	g_clear_pointer(&outcome->workers, pipit_workers_free);
}

static void
free_job(gpointer data)
{
	g_free(data);
	g_mutex_lock(&free_lock);
	freed++;
	g_cond_signal(&free_signal);
	g_mutex_unlock(&free_lock);
}

static void
push(PipitWorkers *workers, guint number, GMutex *gate, Outcome *outcome)
{
	Job *job = g_new0(Job, 1);

	job->number = number;
	job->gate = gate;
	pipit_workers_push(workers, job, run, done, outcome, free_job);
}

static void
reset_counts(void)
{
	started = 0;
	freed = 0;
}

static void
wait_until_freed(gint count)
{
	g_mutex_lock(&free_lock);
	while (freed < count)
		g_cond_wait(&free_signal, &free_lock);
	g_mutex_unlock(&free_lock);
}

static void
test_results_come_back(void)
{
	Outcome outcome = {0};
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitWorkers) workers = pipit_workers_new(pipit_loop_glib(), 2, &error);
	g_assert_no_error(error);

	reset_counts();
	for (guint i = 1; i <= 100; i++)
		push(workers, i, NULL, &outcome);
	pipit_wait_until(outcome.done == 100);
	g_assert_cmpuint(outcome.sum, ==, 5050);
	g_assert_true(outcome.other_thread != g_thread_self());
	g_assert_cmpint(freed, ==, 100);
}

static void
test_one_thread_keeps_the_order(void)
{
	Outcome outcome = {0};
	g_autoptr(PipitWorkers) workers = pipit_workers_new(pipit_loop_glib(), 1, NULL);

	for (guint i = 0; i < 10; i++) {
		outcome.sum = 0;
		push(workers, i, NULL, &outcome);
		pipit_wait_until(outcome.done == i + 1);
		g_assert_cmpuint(outcome.sum, ==, i);
	}
}

static void
test_at_most_so_many_at_once(void)
{
	Outcome outcome = {0};
	GMutex gate;
	g_autoptr(PipitWorkers) workers = pipit_workers_new(pipit_loop_glib(), 2, NULL);

	reset_counts();
	g_mutex_init(&gate);
	g_mutex_lock(&gate);
	for (guint i = 0; i < 5; i++)
		push(workers, i, &gate, &outcome);
	while (g_atomic_int_get(&started) < 2)
		g_thread_yield();
	g_assert_cmpint(g_atomic_int_get(&started), ==, 2);
	g_mutex_unlock(&gate);
	pipit_wait_until(outcome.done == 5);
	g_mutex_clear(&gate);
}

static void
test_free_does_not_wait(void)
{
	Outcome outcome = {0};
	GMutex gate;
	PipitWorkers *workers = pipit_workers_new(pipit_loop_glib(), 1, NULL);

	reset_counts();
	g_mutex_init(&gate);
	g_mutex_lock(&gate);
	for (guint i = 0; i < 3; i++)
		push(workers, i, &gate, &outcome);
	while (g_atomic_int_get(&started) < 1)
		g_thread_yield();
	/* One runs and can't end; the others did not begin. */
	pipit_workers_free(workers);
	g_assert_cmpint(freed, ==, 2);
	g_mutex_unlock(&gate);
	wait_until_freed(3);
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_assert_cmpuint(outcome.done, ==, 0);
	g_mutex_clear(&gate);
}

static void
test_free_in_the_callback(void)
{
	Outcome outcome = {0};
	outcome.workers = pipit_workers_new(pipit_loop_glib(), 2, NULL);

	reset_counts();
	PipitWorkers *workers = outcome.workers;
	for (guint i = 0; i < 10; i++)
		push(workers, i, NULL, &outcome);
	pipit_wait_until(outcome.done == 1);
	wait_until_freed(10);
	g_assert_cmpuint(outcome.done, ==, 1);
	g_assert_null(outcome.workers);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/worker/results-come-back", test_results_come_back);
	g_test_add_func("/worker/one-thread-keeps-the-order", test_one_thread_keeps_the_order);
	g_test_add_func("/worker/at-most-so-many-at-once", test_at_most_so_many_at_once);
	g_test_add_func("/worker/free-does-not-wait", test_free_does_not_wait);
	g_test_add_func("/worker/free-in-the-callback", test_free_in_the_callback);
	return g_test_run();
}
