/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time to seal one message for many devices: one after the other on the main thread, and as the engine does it, by a job
 * in the worker pool that takes all cores. */
#include <stdio.h>
#include <time.h>

#include "crypto/random.h"
#include "protocol/host_glib.h"
#include "protocol/sealing.h"
#include "protocol/worker.h"
#include "tests/support/actor.h"
#include "tests/support/wait.h"

#define MESSAGE 300 /* bytes, as a short message has after gzip */
#define ROUNDS 15
#define COUNTED 20000000
#define SEALINGS 3000 /* more rounds where one is short */

typedef struct {
	PipitActor *sender;
	PipitDeviceRecord *device; /* one stands for all: none is cheaper than another */
	GBytes *plaintext;
	PipitWorkers *workers;
} Bench;

typedef struct {
	const Bench *bench;
	GPtrArray *sealings;
	gboolean done;
} Job;

static GPtrArray *
sealings_new(const Bench *bench, guint n)
{
	GPtrArray *sealings = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_sealing_free);
	for (guint i = 0; i < n; i++) {
		PipitSealing *sealing = pipit_sealing_new("mailto:bob@example.org", bench->device);
		sealing->counter = i;
		g_ptr_array_add(sealings, sealing);
	}
	return sealings;
}

static void
check_and_free(GPtrArray *sealings)
{
	for (guint i = 0; i < sealings->len; i++) {
		const PipitSealing *sealing = sealings->pdata[i];
		if (sealing->payload == NULL)
			g_error("not sealed: %s", sealing->error != NULL ? sealing->error->message : "");
	}
	g_ptr_array_unref(sealings);
}

/* µs */
typedef struct {
	gint64 clock;     /* of the round that took least: what else the machine does only ever adds */
	gint64 processor; /* of all threads and rounds */
} Time;

static Time
now(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (Time){g_get_monotonic_time(), (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000};
}

static void
take(Time *taken, Time start)
{
	Time end = now();
	taken->clock = MIN(taken->clock, end.clock - start.clock);
	taken->processor += end.processor - start.processor;
}

static void
run_alone(const Bench *bench, guint n, Time *taken)
{
	GPtrArray *sealings = sealings_new(bench, n);
	Time start = now();
	for (guint i = 0; i < n; i++)
		pipit_sealing_run(sealings->pdata[i], bench->sender->secrets, bench->plaintext);
	take(taken, start);
	check_and_free(sealings);
}

static void
run_job(gpointer memory)
{
	const Job *job = memory;
	pipit_sealing_run_all(job->sealings, job->bench->sender->secrets, job->bench->plaintext);
}

static void
on_done(gpointer memory, gpointer user_data G_GNUC_UNUSED)
{
	Job *job = memory;
	job->done = TRUE;
}

static void
keep_job(gpointer memory G_GNUC_UNUSED)
{
}

/* With the way to the worker and back. */
static void
run_in_pool(const Bench *bench, guint n, Time *taken)
{
	Job job = {.bench = bench, .sealings = sealings_new(bench, n)};
	Time start = now();
	pipit_workers_push(bench->workers, &job, run_job, on_done, NULL, keep_job);
	pipit_wait_until(job.done);
	take(taken, start);
	check_and_free(job.sealings);
}

/* Turn and turn about. Where other programs want the cores, the clock says little; the processor time still tells whether
 * the threads hinder each other. */
static void
measure(const Bench *bench, guint n)
{
	Time alone = {.clock = G_MAXINT64};
	Time pool = {.clock = G_MAXINT64};
	for (guint round = 0; round < MAX(ROUNDS, SEALINGS / n); round++) {
		run_alone(bench, n, &alone);
		run_in_pool(bench, n, &pool);
	}
	printf("fan-out to %u: main thread %.3f ms, worker pool %.3f ms, speed-up %.2f, processor time x "
	       "%.2f\n",
	       n, (double)alone.clock / 1000, (double)pool.clock / 1000,
	       (double)alone.clock / (double)pool.clock, (double)pool.processor / (double)alone.processor);
}

/* Arithmetic that shares nothing, about as long as sealing for a hundred. */
static gpointer
count(gpointer result)
{
	guint64 x = 1;
	for (guint i = 0; i < COUNTED; i++)
		x = x * G_GUINT64_CONSTANT(6364136223846793005) + 1;
	*(volatile guint64 *)result = x;
	return NULL;
}

/* What the cores can give at this moment: the same twice, one after the other and on two threads. */
static void
measure_machine(void)
{
	guint64 results[2];
	gint64 alone = G_MAXINT64;
	gint64 together = G_MAXINT64;
	for (guint round = 0; round < ROUNDS; round++) {
		gint64 start = g_get_monotonic_time();
		count(&results[0]);
		count(&results[1]);
		gint64 middle = g_get_monotonic_time();
		GThread *other = g_thread_new("count", count, &results[1]);
		count(&results[0]);
		g_thread_join(other);
		alone = MIN(alone, middle - start);
		together = MIN(together, g_get_monotonic_time() - middle);
	}
	printf("two threads that share nothing have a speed-up of %.2f now\n",
	       (double)alone / (double)together);
}

int
main(void)
{
	const guint sizes[] = {1, 10, 100, 1000};
	g_autoptr(PipitActor) bob = pipit_actor_new(2, 1);
	guint8 message[MESSAGE];
	pipit_random(message, sizeof message);
	Bench bench = {
		.sender = pipit_actor_new(1, 1),
		.device = pipit_actor_record(bob, 0),
		.plaintext = g_bytes_new(message, sizeof message),
		.workers = pipit_workers_new(pipit_loop_glib(), g_get_num_processors(), NULL),
	};
	printf("pair-ec, %u bytes of plaintext, %u cores (aim: 1.8 with two)\n", MESSAGE,
	       g_get_num_processors());
	measure_machine();
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		measure(&bench, sizes[i]);
	pipit_workers_free(bench.workers);
	g_bytes_unref(bench.plaintext);
	pipit_device_record_unref(bench.device);
	pipit_actor_free(bench.sender);
	return 0;
}
