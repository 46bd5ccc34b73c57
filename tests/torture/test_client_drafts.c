/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drafts of files on a system that fails: what was said to be written down is, and what a key was used for is never forgotten. */
#include <glib.h>
#include <string.h>

#include "protocol/outbox.h"
#include "protocol/store_blobs.h"
#include "protocol/store_drafts.h"
#include "protocol/store_outbox.h"
#include "protocol/store_private.h"
#include "tests/torture/fault.h"
#include "tests/torture/lives.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define NOW G_GINT64_CONSTANT(1764000000000)
#define URI "/v1/blobs/0123456789abcdefghijklmnopqrstuvwxyzABCDE-_"
#define CHUNK 4194304

/* What was reported as done. */
typedef struct {
	gint64 number;
	gboolean written;
	gboolean used; /* the key, for a chunk */
	gboolean complete;
	gboolean append_tried;
	gboolean appended;
	gboolean told; /* a farewell is due */
} Ledger;

typedef struct {
	Life base;
	PipitStore *store;
	PipitDirectory *directory;
	PipitOutbox *outbox;
	Ledger ledger;
} DraftLife;

static const guint8 hash[PIPIT_SHA256_LEN] = {7};
static const guint8 other_hash[PIPIT_SHA256_LEN] = {8};

/* ---- Living ---- */

static gboolean
open_store(gpointer memory, GError **error)
{
	DraftLife *life = memory;
	life->store = pipit_store_open(life->base.folder, ALICE, error);
	if (life->store == NULL)
		return FALSE;
	life->directory = pipit_directory_new(life->store);
	life->outbox = pipit_outbox_new(life->store, life->directory);
	return TRUE;
}

static void
close_store(gpointer memory)
{
	DraftLife *life = memory;
	g_clear_pointer(&life->outbox, pipit_outbox_free);
	g_clear_pointer(&life->directory, pipit_directory_free);
	g_clear_pointer(&life->store, pipit_store_free);
}

static PipitDraft *
draft_new(gint64 number)
{
	PipitDraft *draft = g_new0(PipitDraft, 1);
	PipitDraftFile *file = pipit_draft_file_new();
	draft->number = number;
	draft->from = g_strdup(ALICE);
	draft->peer = g_strdup(BOB);
	draft->created_at = NOW;
	draft->text = g_strdup("look");
	draft->files = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_draft_file_free);
	file->path = g_strdup("/somewhere/photo.jpg");
	file->name = g_strdup("photo.jpg");
	g_ptr_array_add(draft->files, file);
	return draft;
}

static gboolean
write_draft(gpointer memory, GError **error)
{
	DraftLife *life = memory;
	gint64 number = 0;
	if (life->ledger.written)
		return TRUE;
	if (!pipit_store_take_number(life->store, &number, error))
		return FALSE;
	g_assert_cmpint(number, >, life->ledger.number);
	life->ledger.number = number;
	g_autoptr(PipitDraft) draft = draft_new(number);
	life->ledger.written = pipit_store_add_draft(life->store, draft, error);
	return life->ledger.written;
}

/* Returns: (transfer full) NULL with an error, or since there is none. */
static PipitDraft *
read_draft(const DraftLife *life, GError **error)
{
	g_autoptr(GPtrArray) drafts = pipit_store_read_drafts(life->store, error);
	for (guint i = 0; drafts != NULL && i < drafts->len; i++) {
		const PipitDraft *draft = drafts->pdata[i];
		if (draft->number == life->ledger.number)
			return g_ptr_array_steal_index(drafts, i);
	}
	return NULL;
}

static gboolean
use_key(gpointer memory, GError **error)
{
	DraftLife *life = memory;
	PipitChunk chunk;
	g_autoptr(PipitDraft) draft = read_draft(life, error);
	if (draft == NULL)
		return FALSE;
	if (!pipit_store_note_chunk(life->store, draft, 0, CHUNK, hash, &chunk, error))
		return FALSE;
	g_assert_cmpint(chunk, !=, PIPIT_CHUNK_OTHER);
	life->ledger.used = TRUE;
	return TRUE;
}

static gboolean
complete(gpointer memory, GError **error)
{
	DraftLife *life = memory;
	g_autoptr(PipitDraft) draft = read_draft(life, error);
	if (draft == NULL)
		return FALSE;
	PipitDraftFile *file = draft->files->pdata[0];
	pipit_blob_clear(&file->blob);
	file->blob.uri = g_strdup(URI);
	file->blob.key = g_bytes_new(hash, sizeof hash);
	file->blob.size = CHUNK;
	file->complete = TRUE;
	life->ledger.complete = pipit_store_write_draft_file(life->store, draft, 0, error);
	return life->ledger.complete;
}

static gboolean
is_in_outbox(const DraftLife *life)
{
	g_autoptr(GPtrArray) unsent = pipit_store_read_unsent(life->store, NULL);
	return unsent != NULL && unsent->len == 1;
}

static gboolean
append(gpointer memory, GError **error)
{
	DraftLife *life = memory;
	if (life->ledger.appended)
		return TRUE;
	g_autoptr(GError) failed = NULL;
	g_autoptr(PipitDraft) draft = read_draft(life, &failed);
	if (failed != NULL) {
		g_propagate_error(error, g_steal_pointer(&failed));
		return FALSE;
	}
	/* It may have become a message before, though that was not reported: a disk that refused to sync may keep it. */
	if (draft == NULL)
		return life->ledger.append_tried && is_in_outbox(life);
	life->ledger.append_tried = TRUE;
	g_autofree char *id = pipit_outbox_append_draft(life->outbox, draft, NOW, error);
	life->ledger.appended = id != NULL;
	return id != NULL;
}

static gboolean
say_farewell(gpointer memory, GError **error)
{
	DraftLife *life = memory;
	life->ledger.told = pipit_store_add_farewell(life->store, URI, TRUE, error);
	return life->ledger.told;
}

static const Chapter chapters[] = {
	{"open", open_store}, {"write", write_draft},     {"use-key", use_key}, {"complete", complete},
	{"append", append},   {"farewell", say_farewell}, {NULL, NULL},
};

/* ---- Looking at what is left ---- */

static void
check_draft(DraftLife *life)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitDraft) draft = read_draft(life, &error);
	PipitChunk chunk;
	g_assert_no_error(error);
	if (draft == NULL) {
		/* A draft that was to become a message may have, though that was not reported. */
		g_assert_true(!life->ledger.written || life->ledger.complete);
		return;
	}
	g_assert_false(life->ledger.appended);
	g_assert_cmpstr(draft->text, ==, "look");
	g_assert_cmpuint(draft->files->len, ==, 1);
	const PipitDraftFile *file = draft->files->pdata[0];
	g_assert_true(file->complete || !life->ledger.complete);
	if (!life->ledger.used)
		return;
	g_assert_true(pipit_store_note_chunk(life->store, draft, 0, CHUNK, other_hash, &chunk, NULL));
	g_assert_cmpint(chunk, ==, PIPIT_CHUNK_OTHER);
	g_assert_true(pipit_store_note_chunk(life->store, draft, 0, CHUNK, hash, &chunk, NULL));
	g_assert_cmpint(chunk, ==, PIPIT_CHUNK_SAME);
}

static void
check_left(gpointer memory)
{
	DraftLife *life = memory;
	g_autofree char *uri = NULL;
	gboolean uploaded = FALSE;
	gint64 number = 0;
	check_draft(life);
	if (life->ledger.told) {
		g_assert_true(pipit_store_next_farewell(life->store, &uri, &uploaded, NULL));
		g_assert_cmpstr(uri, ==, URI);
		g_assert_true(uploaded);
	}
	/* No number is given twice. */
	g_assert_true(pipit_store_take_number(life->store, &number, NULL));
	g_assert_cmpint(number, >, life->ledger.number);
}

static const Story story = {
	.name = "client-drafts",
	.size = sizeof(DraftLife),
	.chapters = chapters,
	.open = open_store,
	.close = close_store,
	.check = check_left,
	.domain = pipit_store_error_quark,
};

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	lives_add_tests(&story);
	return g_test_run();
}
