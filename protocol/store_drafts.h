/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages with files on disk until the files are at the server; and of each file how far its key was used. */
#pragma once

#include "protocol/blob.h"
#include "protocol/store.h"

/* A file of a draft. Nothing from @type on is known before it was looked at (blob.key is NULL until then). */
typedef struct {
	char *path;      /* absolute */
	gboolean copied; /* that is a copy of ours */
	gboolean keep_metadata;
	char *name; /* safe */
	char *type; /* MIME, or NULL */
	guint width;
	guint height;
	gint64 modified_at; /* of the file, ns: to notice that it changed */
	PipitBlob blob;     /* uri: NULL until the server has given one; digests: valid once it is complete */
	gboolean complete;  /* the server has all of it */
} PipitDraftFile;

typedef struct {
	gint64 number;
	char *from; /* a handle of the account's */
	char *peer;
	gint64 created_at; /* ms */
	gboolean failed;   /* until the person tries again */
	char *reason;      /* a sentence for the person, of one that failed */
	char *text;
	char *html;       /* or NULL */
	GPtrArray *files; /* of PipitDraftFile */
} PipitDraft;

PipitDraftFile *pipit_draft_file_new(void);
void pipit_draft_file_free(PipitDraftFile *file);
void pipit_draft_free(PipitDraft *draft);

/** Writes a draft down, under its number; it is on disk when this returns. */
gboolean pipit_store_add_draft(PipitStore *store, const PipitDraft *draft, GError **error);
/** All of them, of PipitDraft, in the order of writing. Returns: (transfer full) NULL on error. */
GPtrArray *pipit_store_read_drafts(PipitStore *store, GError **error);
/** Notes what is known of file @position now. On disk with what is committed or synced after it. */
gboolean pipit_store_write_draft_file(PipitStore *store, const PipitDraft *draft, guint position,
				      GError **error);
/** @reason: NULL: it is to be tried again. */
gboolean pipit_store_write_draft_failed(PipitStore *store, gint64 number, const char *reason, GError **error);
gboolean pipit_store_remove_draft(PipitStore *store, gint64 number, GError **error);

typedef enum {
	PIPIT_CHUNK_NEW,
	PIPIT_CHUNK_SAME,
	PIPIT_CHUNK_OTHER, /* something else was encrypted under this key: it may not go out */
} PipitChunk;

/**
 * Notes that a file's encrypted form up to @end, with this SHA-256, is about to go out under its key, unless it was noted
 * before. On disk with what is committed or synced after it.
 */
gboolean pipit_store_note_chunk(PipitStore *store, const PipitDraft *draft, guint position, gint64 end,
				const guint8 *sha256, PipitChunk *chunk, GError **error);
/** @end: out: so far the file's key was used. */
gboolean pipit_store_read_chunks_end(PipitStore *store, const PipitDraft *draft, guint position, gint64 *end,
				     GError **error);
/** The file gets another key. In one transaction with pipit_store_write_draft_file(). */
gboolean pipit_store_renew_draft_file(PipitStore *store, const PipitDraft *draft, guint position,
				      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDraftFile, pipit_draft_file_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDraft, pipit_draft_free)
