/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of blobs: a file each, in parts/ while it grows, then in one of 4,096 folders by the first two characters of its id.
 * How long the file is, is how much is there; how much of that was answered to be on the disk, the store knows. Every function may
 * wait for the disk, and works on an id that whoever calls it has a claim on (blob_claims.h). */
#pragma once

#include <glib.h>

#define PIPITD_BLOB_FILES_ERROR (pipitd_blob_files_error_quark())
GQuark pipitd_blob_files_error_quark(void);

typedef enum {
	PIPITD_BLOB_FILES_ERROR_FAULT, /* the system failed */
	PIPITD_BLOB_FILES_ERROR_FULL,  /* the disk, or what this user may have of it */
	PIPITD_BLOB_FILES_ERROR_GONE,  /* there is no such file */
} PipitdBlobFilesError;

typedef struct PipitdBlobFiles PipitdBlobFiles;

/** Makes the folder, or finds it. Returns: (transfer full) NULL with PIPITD_BLOB_FILES_ERROR. */
PipitdBlobFiles *pipitd_blob_files_open(const char *folder, GError **error);
/** NULL is fine. */
void pipitd_blob_files_free(PipitdBlobFiles *files);

/** Says in @size how many bytes of a blob are there; 0 also where there is no file. */
gboolean pipitd_blob_files_kept(PipitdBlobFiles *files, const char *id, guint64 *size, GError **error);

/** Returns: when a blob's part was written last, in ms since 1970 by the system's clock; 0 if there is none. */
gint64 pipitd_blob_files_written_at(PipitdBlobFiles *files, const char *id);

/** Opens the part of a blob, or begins it. Returns: (transfer full) -1 with PIPITD_BLOB_FILES_ERROR. */
int pipitd_blob_files_open_part(PipitdBlobFiles *files, const char *id, GError **error);

/** Writes bytes at @offset, and moves it behind what was written, also where not all of them were. */
gboolean pipitd_blob_files_write(int part, gconstpointer bytes, gsize size, guint64 *offset, GError **error);

/**
 * Returns when what was written is on the disk. Where that fails, what lies behind @kept, up to where it was on the disk before, is
 * cut off: the kernel takes what it could not write for clean, and the next sync would not tell that it is lost.
 */
gboolean pipitd_blob_files_sync(int part, guint64 kept, GError **error);

/** Makes sure that as much of a blob as is there is on the disk; else as above. */
gboolean pipitd_blob_files_sync_part(PipitdBlobFiles *files, const char *id, guint64 kept, GError **error);

/** Puts a part that is whole, and synced, where it can be fetched; one that is there already is fine. On disk when it returns. */
gboolean pipitd_blob_files_place(PipitdBlobFiles *files, const char *id, GError **error);

/** Opens a blob that was placed. Returns: (transfer full) -1 with PIPITD_BLOB_FILES_ERROR. */
int pipitd_blob_files_open_placed(PipitdBlobFiles *files, const char *id, guint64 *size, GError **error);

/** Removes what there is of a blob. */
gboolean pipitd_blob_files_remove(PipitdBlobFiles *files, const char *id, GError **error);

/** Called with the name of each file, also of one that is not a blob's. FALSE ends it. */
typedef gboolean (*PipitdBlobFilesFunc)(const char *path, const char *name, gpointer user_data,
					GError **error);

/** Walks over all files that are there. FALSE with PIPITD_BLOB_FILES_ERROR, or with @func's. */
gboolean pipitd_blob_files_walk(PipitdBlobFiles *files, PipitdBlobFilesFunc func, gpointer user_data,
				GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdBlobFiles, pipitd_blob_files_free)
