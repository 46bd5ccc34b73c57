/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's blobs, files and what the store knows of them, on a system that fails. */
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "server/blob_files.h"
#include "server/store_accounts.h"
#include "server/store_blobs.h"
#include "tests/support/blob_peer.h"
#include "tests/torture/fault.h"
#include "tests/torture/lives.h"

#define ALICE "mailto:alice@example.org"
#define ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define SIZE 10000
#define FIRST 4000
#define DEVICE 7

/* What is open, and what was reported as done. */
typedef struct {
	Life base;
	PipitdStore *store;
	PipitdBlobFiles *files;
	gboolean created;
	guint64 kept;
	gboolean completed;
	gboolean removing;
	gboolean removed;
} BlobLife;

typedef gboolean (*Work)(BlobLife *life, PipitdSession *session, GError **error);

/* ---- Living ---- */

static gboolean
open_all(gpointer memory, GError **error)
{
	BlobLife *life = memory;
	g_autofree char *path = g_build_filename(life->base.folder, "pipitd.db", NULL);
	g_autofree char *folder = g_build_filename(life->base.folder, "blobs", NULL);
	life->store = pipitd_store_open(path, 0, error);
	if (life->store == NULL)
		return FALSE;
	life->files = pipitd_blob_files_open(folder, error);
	return life->files != NULL;
}

static void
close_all(gpointer memory)
{
	BlobLife *life = memory;
	g_clear_pointer(&life->store, pipitd_store_close);
	g_clear_pointer(&life->files, pipitd_blob_files_free);
}

/* TRUE if it is on disk. */
static gboolean
write_all(BlobLife *life, Work work, GError **error)
{
	PipitdSession *session = pipitd_store_writer(life->store);
	if (!pipitd_session_begin(session, error))
		return FALSE;
	if (work(life, session, error) && pipitd_session_commit(session, error))
		return TRUE;
	pipitd_session_rollback(session);
	return FALSE;
}

/* What failed may have been done: a commit whose answer was lost. */
static gboolean
write_creation(BlobLife *life, PipitdSession *session, GError **error)
{
	(void)life;
	const PipitdBlobQuota quota = {SIZE, 1};
	const char *const recipients[] = {ALICE, NULL};
	PipitdBlob blob = {.id = ID, .device = DEVICE, .size = SIZE, .created_at = NOW};
	PipitdBlob there;
	gboolean found;
	if (!pipitd_store_find_account(session, ALICE, &blob.account, NULL, error) ||
	    !pipitd_store_find_blob(session, ID, &there, &found, error))
		return FALSE;
	if (blob.account == 0 &&
	    !pipitd_store_create_account(session, ALICE, "hash", NULL, NOW, &blob.account, error))
		return FALSE;
	return found || pipitd_store_add_blob(session, &blob, recipients, &quota, error);
}

static gboolean
create_blob(gpointer memory, GError **error)
{
	BlobLife *life = memory;
	life->created = write_all(life, write_creation, error);
	return life->created;
}

static gboolean
find_blob(BlobLife *life, PipitdBlob *blob, gboolean *found, GError **error)
{
	g_autoptr(PipitdSession) session = pipitd_store_reader(life->store, error);
	return session != NULL && pipitd_store_find_blob(session, ID, blob, found, error);
}

static gboolean
write_kept(BlobLife *life, PipitdSession *session, GError **error)
{
	guint64 kept;
	return pipitd_blob_files_kept(life->files, ID, &kept, error) &&
	       pipitd_store_keep_blob(session, ID, (gint64)kept, error);
}

/* Goes on with the part up to @end, as an upload does. */
static gboolean
write_up_to(BlobLife *life, guint64 end, GError **error)
{
	guint8 bytes[SIZE];
	PipitdBlob blob;
	gboolean found;
	guint64 offset;
	if (!find_blob(life, &blob, &found, error) ||
	    !pipitd_blob_files_kept(life->files, ID, &offset, error))
		return FALSE;
	g_assert_cmpuint(offset, >=, life->kept);
	int part = pipitd_blob_files_open_part(life->files, ID, error);
	if (part < 0)
		return FALSE;
	gsize count = (gsize)(end - MIN(offset, end));
	pipit_blob_make(offset, bytes, count);
	gboolean written = pipitd_blob_files_write(part, bytes, count, &offset, error);
	close(part);
	if (!written || !pipitd_blob_files_sync_part(life->files, ID, (guint64)blob.kept, error) ||
	    !write_all(life, write_kept, error))
		return FALSE;
	life->kept = end;
	return TRUE;
}

static gboolean
write_first(gpointer memory, GError **error)
{
	return write_up_to(memory, FIRST, error);
}

static gboolean
write_rest(gpointer memory, GError **error)
{
	return write_up_to(memory, SIZE, error);
}

static gboolean
write_completion(BlobLife *life, PipitdSession *session, GError **error)
{
	(void)life;
	return pipitd_store_complete_blob(session, ID, NOW, error);
}

static gboolean
complete(gpointer memory, GError **error)
{
	BlobLife *life = memory;
	life->completed =
		pipitd_blob_files_place(life->files, ID, error) && write_all(life, write_completion, error);
	return life->completed;
}

static gboolean
write_deletion(BlobLife *life, PipitdSession *session, GError **error)
{
	(void)life;
	return pipitd_store_delete_blob(session, ID, error);
}

static gboolean
remove_blob(gpointer memory, GError **error)
{
	BlobLife *life = memory;
	life->removing = TRUE;
	life->removed =
		write_all(life, write_deletion, error) && pipitd_blob_files_remove(life->files, ID, error);
	return life->removed;
}

/* "open" begins with nothing, "load" with all that there is. */
static const Chapter chapters[] = {
	{"open", open_all},     {"create", create_blob}, {"write", write_first},  {"write-on", write_rest},
	{"complete", complete}, {"load", open_all},      {"remove", remove_blob}, {NULL, NULL},
};

/* ---- Looking at what is left ---- */

static void
check_whole(BlobLife *life)
{
	g_autoptr(GError) error = NULL;
	guint8 expected[SIZE];
	guint8 there[SIZE];
	guint64 size;
	int file = pipitd_blob_files_open_placed(life->files, ID, &size, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(size, ==, SIZE);
	g_assert_cmpint(read(file, there, sizeof there), ==, SIZE);
	close(file);
	pipit_blob_make(0, expected, SIZE);
	g_assert_cmpint(memcmp(there, expected, SIZE), ==, 0);
}

static void
check_left(gpointer memory)
{
	BlobLife *life = memory;
	g_autoptr(GError) error = NULL;
	PipitdBlob blob = {0};
	gboolean found = FALSE;
	guint64 kept = 0;
	find_blob(life, &blob, &found, &error);
	g_assert_no_error(error);
	pipitd_blob_files_kept(life->files, ID, &kept, &error);
	g_assert_no_error(error);
	if (life->removed) {
		g_assert_false(found);
		g_assert_cmpuint(kept, ==, 0);
	}
	if (life->removing)
		return;
	g_assert_true(found || !life->created);
	g_assert_cmpuint(kept, >=, life->kept);
	if (life->completed)
		g_assert_cmpint(blob.completed_at, ==, NOW);
	if (life->completed)
		check_whole(life);
}

static const Story story = {
	.name = "server-blobs",
	.size = sizeof(BlobLife),
	.chapters = chapters,
	.open = open_all,
	.close = close_all,
	.check = check_left,
};

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	lives_add_tests(&story);
	return g_test_run();
}
