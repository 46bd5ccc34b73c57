/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file's encrypted form, chunk by chunk from its start. Pure, for workers: whoever has it uses it alone. */
#pragma once

#include "protocol/blob.h"

/* Never to be changed: uploads that were begun are known by the hashes at its multiples. */
#define PIPIT_BLOB_CHUNK 4194304

#define PIPIT_FILE_ERROR (pipit_file_error_quark())
GQuark pipit_file_error_quark(void);

/* The message of each is a sentence for the person, translated; it names the file. */
typedef enum {
	PIPIT_FILE_ERROR_GONE,    /* it can't be read */
	PIPIT_FILE_ERROR_CHANGED, /* while it was being sent */
	PIPIT_FILE_ERROR_FULL,    /* no room on the disk */
	PIPIT_FILE_ERROR_WRITE,   /* it can't be written, for another reason */
	PIPIT_FILE_ERROR_WRONG,   /* what came is not what was announced */
	PIPIT_FILE_ERROR_DAMAGED, /* a picture that can't be sent without what it tells beside itself */
} PipitFileError;

typedef struct PipitBlobReader PipitBlobReader;

/**
 * Reads a file.
 * @key: PIPIT_ATTACHMENT_KEY_LEN bytes. @size, @modified_at: as it was when it was looked at (bytes, ns).
 * Returns: (transfer full) NULL with PIPIT_FILE_ERROR.
 */
PipitBlobReader *pipit_blob_reader_open(const char *path, GBytes *key, gint64 size, gint64 modified_at,
					GError **error);
/** Reads what is in memory. Returns: (transfer full) */
PipitBlobReader *pipit_blob_reader_new(GBytes *bytes, GBytes *key);
/** NULL is fine. */
void pipit_blob_reader_free(PipitBlobReader *reader);

/**
 * Encrypts the next chunk: PIPIT_BLOB_CHUNK bytes, the last one what is left (one of an empty file: nothing).
 * Returns: (transfer full) NULL with PIPIT_FILE_ERROR.
 */
GBytes *pipit_blob_reader_next(PipitBlobReader *reader, GError **error);

/** How far it has come, and the digests of all until there. */
gint64 pipit_blob_reader_offset(const PipitBlobReader *reader);
gint64 pipit_blob_reader_size(const PipitBlobReader *reader);
void pipit_blob_reader_digests(const PipitBlobReader *reader, PipitAttachmentDigests *digests);

/** Returns: the time when @status says that a file was last changed, ns. */
struct stat;
gint64 pipit_file_modified_at(const struct stat *status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitBlobReader, pipit_blob_reader_free)
