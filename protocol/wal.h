/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite's write-ahead log. SQLite reads it up to the first frame that is not what was written, takes the rest for what was
 * being written when the program died, and forgets it in silence. Where a disk lost something in the midst of it, that is
 * wrong. (A log that lost its end can't be told from one that was never longer.) */
#pragma once

#include <glib.h>

/** Whether a log holds frames of its own behind one that is not what was written, other than the last.
 * The format: https://www.sqlite.org/fileformat2.html, section 4. */
gboolean pipit_wal_is_broken(const guint8 *log, gsize size);

/**
 * Keeps a copy of the log of @database as DATABASE-wal.damaged if it is broken: SQLite will write over it. To be called
 * before SQLite opens it.
 * @broken: out. Returns: FALSE with G_FILE_ERROR if the log can't be read or the copy not be written.
 */
gboolean pipit_wal_keep_broken(const char *database, gboolean *broken, GError **error);
