/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a blob that is fetched goes: into memory, or into a file that gets its name once all of it was checked. Pure, for
 * workers: whoever has it uses it alone. */
#pragma once

#include "protocol/blob_reader.h"

typedef struct PipitBlobWriter PipitBlobWriter;

/**
 * Into @folder, as @name (one part of a path) in the end; until then in a file *.part beside it. Opens nothing yet.
 * @blob: copied. Returns: (transfer full)
 */
PipitBlobWriter *pipit_blob_writer_new_file(const char *folder, const char *name, const PipitBlob *blob);
/** Into memory, all of it. */
PipitBlobWriter *pipit_blob_writer_new_memory(const PipitBlob *blob);
/** The *.part stays, unless it is empty. NULL is fine. */
void pipit_blob_writer_free(PipitBlobWriter *writer);

/** Opens what is there of a former try, which is to be read before anything is added. FALSE with PIPIT_FILE_ERROR. */
gboolean pipit_blob_writer_open(PipitBlobWriter *writer, GError **error);

/** Reads on in what is there, as much as takes a moment. @left: out: so many bytes of it are still to be read. */
gboolean pipit_blob_writer_read(PipitBlobWriter *writer, gint64 *left, GError **error);

/** Returns: after that: from where on bytes are missing. */
gint64 pipit_blob_writer_offset(const PipitBlobWriter *writer);

/** Takes the next bytes of the encrypted form, which it decrypts in place. No more than are missing. */
gboolean pipit_blob_writer_add(PipitBlobWriter *writer, guint8 *bytes, gsize size, GError **error);

/**
 * All has come: checks it, and gives the file its name, or another one where that is taken. What is not what was announced is
 * removed: PIPIT_FILE_ERROR_WRONG.
 */
gboolean pipit_blob_writer_finish(PipitBlobWriter *writer, GError **error);

/** Lets another fetch have the *.part. Nothing but discard and free may come after it. */
void pipit_blob_writer_let_go(PipitBlobWriter *writer);

/** Removes the *.part, opened or not, unless another fetch has it; after finish, the file. */
void pipit_blob_writer_discard(PipitBlobWriter *writer);

/** Returns: (transfer none) after finish: where the file is. */
const char *pipit_blob_writer_path(const PipitBlobWriter *writer);
/** Returns: (transfer full) after finish: what came; in memory that is wiped. */
GBytes *pipit_blob_writer_bytes(PipitBlobWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitBlobWriter, pipit_blob_writer_free)
