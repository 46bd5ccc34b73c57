/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk is waited for in workers: what goes out, a message or an acknowledgement, is on it, and the host's loop was not
 * held for that. */
#include "protocol/client_private.h"

#include "protocol/store_sync.h"

/* A job of a worker. */
typedef struct {
	PipitStoreSync *sync;
	PipitJobRun work; /* on @data; or NULL */
	PipitDurable durable;
	gpointer data;
	GDestroyNotify free_data;
} DiskJob;

static void
run_disk_job(gpointer job)
{
	const DiskJob *disk = job;

	if (disk->work != NULL)
		disk->work(disk->data);
	pipit_store_sync_run(disk->sync);
}

static void
free_disk_job(gpointer job)
{
	DiskJob *disk = job;

	pipit_store_sync_free(disk->sync);
	if (disk->data != NULL && disk->free_data != NULL)
		disk->free_data(disk->data);
	g_free(disk);
}

static void
on_durable(gpointer job, gpointer user_data)
{
	PipitSession *session = user_data;
	DiskJob *disk = job;
	GError *store_error = NULL;

	if (pipit_store_sync_check(session->client->store, disk->sync, &store_error))
		disk->durable(session, g_steal_pointer(&disk->data));
	else
		pipit_session_fail_store(session, store_error);
}

void
pipit_session_work_until_durable(PipitSession *session, PipitJobRun work, PipitDurable durable, gpointer data,
				 GDestroyNotify free_data)
{
	DiskJob *disk = g_new(DiskJob, 1);

	*disk = (DiskJob){pipit_store_sync_new(session->client->store), work, durable, data, free_data};
	pipit_workers_push(session->workers, disk, run_disk_job, on_durable, session, free_disk_job);
}

void
pipit_session_when_durable(PipitSession *session, PipitDurable durable, gpointer data,
			   GDestroyNotify free_data)
{
	pipit_session_work_until_durable(session, NULL, durable, data, free_data);
}

/* The log. */

static void
end_round(PipitSession *session)
{
	PipitSessionStep then = session->after_checkpoint;

	session->checkpointing = FALSE;
	session->after_checkpoint = NULL;
	if (then != NULL)
		then(session);
}

static void go_on(PipitSession *session, gboolean synced);

static void
on_synced(gpointer job, gpointer user_data)
{
	PipitSession *session = user_data;
	const DiskJob *disk = job;

	/* What fails here fails at the next commit as well, and that is told. */
	go_on(session, pipit_store_sync_check(session->client->store, disk->sync, NULL));
}

static void
go_on(PipitSession *session, gboolean synced)
{
	PipitStoreSync *sync = pipit_store_checkpoint_next(session->client->store, synced);

	if (sync == NULL) {
		end_round(session);
		return;
	}
	DiskJob *disk = g_new0(DiskJob, 1);
	disk->sync = sync;
	pipit_workers_push(session->workers, disk, run_disk_job, on_synced, session, free_disk_job);
}

void
pipit_session_checkpoint(PipitSession *session, PipitSessionStep then)
{
	if (session->checkpointing || !pipit_store_checkpoint_due(session->client->store)) {
		if (then != NULL)
			then(session);
		return;
	}
	session->checkpointing = TRUE;
	session->after_checkpoint = then;
	go_on(session, FALSE);
}
