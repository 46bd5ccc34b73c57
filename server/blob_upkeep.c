/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks over the blobs, in the store and on the disk. */
#include "server/blob_upkeep.h"

#include <unistd.h>

#include "server/log.h"
#include "server/store_blobs.h"

#define PART_LIFE PIPITD_MS_PER_DAY
#define BLOB_LIFE (35 * PIPITD_MS_PER_DAY)
#define SWEEP_INTERVAL PIPITD_MS_PER_HOUR
#define BATCH 200

struct PipitdBlobUpkeep {
	PipitdServer *server;
	guint lost;      /* blobs without a file, at the start */
	GMutex sweeping; /* one at a time */
	GMutex lock;     /* over what follows */
	gboolean closed;
	gboolean queued; /* a sweep that has not begun */
};

/* Every blob that the store knows. Called with a copy; FALSE ends it. */
typedef gboolean (*EachBlob)(PipitdBlobUpkeep *upkeep, const PipitdBlob *blob, GError **error);

static GArray *
next_batch(const PipitdBlobUpkeep *upkeep, const char *after, GError **error)
{
	g_autoptr(PipitdSession) session = pipitd_store_reader(upkeep->server->store, error);
	return session == NULL ? NULL : pipitd_store_list_blobs(session, after, BATCH, error);
}

static gboolean
walk_store(PipitdBlobUpkeep *upkeep, EachBlob each, GError **error)
{
	char after[PIPITD_BLOB_ID_SIZE] = "";
	for (;;) {
		g_autoptr(GArray) blobs = next_batch(upkeep, after, error);
		if (blobs == NULL)
			return FALSE;
		for (guint i = 0; i < blobs->len; i++) {
			const PipitdBlob *blob = &g_array_index(blobs, PipitdBlob, i);
			if (!each(upkeep, blob, error))
				return FALSE;
			g_strlcpy(after, blob->id, sizeof after);
		}
		if (blobs->len < BATCH)
			return TRUE;
	}
}

static gboolean
find(const PipitdBlobUpkeep *upkeep, const char *id, PipitdBlob *blob, gboolean *found, GError **error)
{
	g_autoptr(PipitdSession) session = pipitd_store_reader(upkeep->server->store, error);
	return session != NULL && pipitd_store_find_blob(session, id, blob, found, error);
}

/* Removing one, whose claim is held */

static gboolean
write_deletion(PipitdSession *session, gpointer user_data, GError **error)
{
	return pipitd_store_delete_blob(session, user_data, error);
}

/* First from the store: a file that nothing stands for is removed at the next start at the latest. */
static gboolean
remove_blob(PipitdBlobUpkeep *upkeep, const char *id, GError **error)
{
	return pipitd_writer_run(upkeep->server->writer, write_deletion, (gpointer)id, error) &&
	       pipitd_blob_files_remove(upkeep->server->blob_files, id, error);
}

/* In time */

static gboolean
is_over(PipitdBlobUpkeep *upkeep, const PipitdBlob *blob)
{
	gint64 now = pipitd_clock_now(&upkeep->server->clock);
	if (blob->unwanted)
		return TRUE;
	if (blob->completed_at != 0)
		return blob->completed_at < now - BLOB_LIFE;
	return blob->created_at < now - PART_LIFE &&
	       pipitd_blob_files_written_at(upkeep->server->blob_files, blob->id) < now - PART_LIFE;
}

static gboolean
remove_if_over(PipitdBlobUpkeep *upkeep, const char *id, GError **error)
{
	PipitdBlob blob;
	gboolean found;
	if (!find(upkeep, id, &blob, &found, error))
		return FALSE;
	return !found || !is_over(upkeep, &blob) || remove_blob(upkeep, id, error);
}

static gboolean
is_closed(PipitdBlobUpkeep *upkeep)
{
	g_mutex_lock(&upkeep->lock);
	gboolean closed = upkeep->closed;
	g_mutex_unlock(&upkeep->lock);
	return closed;
}

/* Looks once more, with the claim on it; one that somebody works on has its time. */
static gboolean
remove_unless_claimed(PipitdBlobUpkeep *upkeep, const char *id, GError **error)
{
	if (!pipitd_blob_claims_try(upkeep->server->blob_claims, id))
		return TRUE;
	gboolean removed = remove_if_over(upkeep, id, error);
	pipitd_blob_claims_release(upkeep->server->blob_claims, id);
	return removed;
}

static gboolean
sweep_one(PipitdBlobUpkeep *upkeep, const PipitdBlob *blob, GError **error)
{
	if (is_closed(upkeep))
		return FALSE;
	return !is_over(upkeep, blob) || remove_unless_claimed(upkeep, blob->id, error);
}

void
pipitd_blob_upkeep_sweep(PipitdBlobUpkeep *upkeep)
{
	g_autoptr(GError) error = NULL;
	g_mutex_lock(&upkeep->sweeping);
	g_mutex_lock(&upkeep->lock);
	upkeep->queued = FALSE;
	g_mutex_unlock(&upkeep->lock);
	walk_store(upkeep, sweep_one, &error);
	g_mutex_unlock(&upkeep->sweeping);
	if (error != NULL)
		pipitd_log("blobs that are over their time stay for now: %s", error->message);
}

static void
sweep_job(gpointer user_data)
{
	pipitd_blob_upkeep_sweep(user_data);
}

void
pipitd_blob_upkeep_sweep_soon(PipitdBlobUpkeep *upkeep)
{
	/* The pool is there as long as this is not closed. */
	g_mutex_lock(&upkeep->lock);
	if (!upkeep->closed && !upkeep->queued) {
		upkeep->queued = TRUE;
		pipitd_job_pool_push(upkeep->server->disk, sweep_job, upkeep);
	}
	g_mutex_unlock(&upkeep->lock);
}

static void
on_time(gpointer user_data, guint64 watch, PipitdWatchEvent event)
{
	(void)watch;
	(void)event;
	PipitdBlobUpkeep *upkeep = user_data;
	pipitd_blob_upkeep_sweep_soon(upkeep);
	pipitd_watcher_add(upkeep->server->watcher, -1, pipitd_clock_monotonic() + SWEEP_INTERVAL, on_time,
			   upkeep);
}

typedef struct {
	PipitdBlobUpkeep *upkeep;
	char id[PIPITD_BLOB_ID_SIZE];
} Look;

static void
look_job(gpointer user_data)
{
	g_autofree Look *look = user_data;
	g_autoptr(GError) error = NULL;
	if (!remove_unless_claimed(look->upkeep, look->id, &error))
		pipitd_log("a blob that nobody wants stays for now: %s", error->message);
}

void
pipitd_blob_upkeep_look_at(PipitdBlobUpkeep *upkeep, const char *id)
{
	Look *look = g_new(Look, 1);
	look->upkeep = upkeep;
	g_strlcpy(look->id, id, sizeof look->id);
	pipitd_job_pool_push(upkeep->server->disk, look_job, look);
}

/* At the start */

typedef struct {
	PipitdBlobUpkeep *upkeep;
	guint removed;
} Strays;

static gboolean
remove_stray(const char *path, const char *name, gpointer user_data, GError **error)
{
	Strays *strays = user_data;
	PipitdBlob blob;
	gboolean found;
	if (!pipitd_blob_id_valid(name))
		return TRUE; /* none of ours */
	if (!find(strays->upkeep, name, &blob, &found, error))
		return FALSE;
	if (!found && unlink(path) == 0)
		strays->removed++;
	return TRUE;
}

/* TRUE if all of a blob that is complete is where it is fetched from. */
static gboolean
has_file(const PipitdBlobUpkeep *upkeep, const PipitdBlob *blob, gboolean *there, GError **error)
{
	g_autoptr(GError) failed = NULL;
	guint64 size = 0;
	int file = pipitd_blob_files_open_placed(upkeep->server->blob_files, blob->id, &size, &failed);
	if (file >= 0)
		close(file);
	*there = file >= 0 && size == (guint64)blob->size;
	if (file >= 0 || g_error_matches(failed, PIPITD_BLOB_FILES_ERROR, PIPITD_BLOB_FILES_ERROR_GONE))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&failed));
	return FALSE;
}

static gboolean
remove_lost(PipitdBlobUpkeep *upkeep, const PipitdBlob *blob, GError **error)
{
	gboolean there;
	if (blob->completed_at == 0)
		return TRUE; /* goes on with what there is of it */
	if (!has_file(upkeep, blob, &there, error))
		return FALSE;
	if (there)
		return TRUE;
	upkeep->lost++;
	return remove_blob(upkeep, blob->id, error);
}

static gboolean
reconcile(PipitdBlobUpkeep *upkeep, GError **error)
{
	Strays strays = {upkeep, 0};
	if (!pipitd_blob_files_walk(upkeep->server->blob_files, remove_stray, &strays, error) ||
	    !walk_store(upkeep, remove_lost, error))
		return FALSE;
	if (strays.removed > 0)
		pipitd_log("removed %u files of blobs that the store does not know", strays.removed);
	if (upkeep->lost > 0)
		pipitd_log("%u blobs are lost: their files are not there, or not whole", upkeep->lost);
	return TRUE;
}

PipitdBlobUpkeep *
pipitd_blob_upkeep_start(PipitdServer *server)
{
	g_autoptr(GError) error = NULL;
	PipitdBlobUpkeep *upkeep = g_new0(PipitdBlobUpkeep, 1);
	upkeep->server = server;
	g_mutex_init(&upkeep->sweeping);
	g_mutex_init(&upkeep->lock);
	/* Messages go on where blobs can't. */
	if (!reconcile(upkeep, &error))
		pipitd_log("the blobs were not looked through: %s", error->message);
	on_time(upkeep, 0, PIPITD_WATCH_DEADLINE);
	return upkeep;
}

void
pipitd_blob_upkeep_close(PipitdBlobUpkeep *upkeep)
{
	if (upkeep == NULL)
		return;
	g_mutex_lock(&upkeep->lock);
	upkeep->closed = TRUE;
	g_mutex_unlock(&upkeep->lock);
}

void
pipitd_blob_upkeep_free(PipitdBlobUpkeep *upkeep)
{
	if (upkeep == NULL)
		return;
	g_mutex_clear(&upkeep->sweeping);
	g_mutex_clear(&upkeep->lock);
	g_free(upkeep);
}
