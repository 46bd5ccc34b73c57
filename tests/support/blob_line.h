/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line to a real server that carries everything, and can be cut in the middle of a blob or made to lie about one. */
#pragma once

#include <glib.h>

typedef struct PipitBlobLine PipitBlobLine;

/** Carries to @port of this machine. */
PipitBlobLine *pipit_blob_line_new(guint port);
void pipit_blob_line_free(PipitBlobLine *line);

/** Returns: (transfer none) the origin for clients to use. */
const char *pipit_blob_line_origin(const PipitBlobLine *line);

/** The next @times uploads, or downloads, break after so many bytes (heads and all). */
void pipit_blob_line_cut_uploads(PipitBlobLine *line, gsize after, guint times);
void pipit_blob_line_cut_downloads(PipitBlobLine *line, gsize after, guint times);

/** Whoever fetches a blob gets these bytes, and the connection is closed. NULL: what the server says. */
void pipit_blob_line_answer(PipitBlobLine *line, GBytes *raw);

/** How many cuts there were so far; how many uploads and downloads were begun. */
guint pipit_blob_line_cuts(PipitBlobLine *line);
guint pipit_blob_line_uploads(PipitBlobLine *line);
guint pipit_blob_line_downloads(PipitBlobLine *line);

/** From which byte on the last upload or download went. */
gint64 pipit_blob_line_offset(PipitBlobLine *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitBlobLine, pipit_blob_line_free)
