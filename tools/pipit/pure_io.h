/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files in and out for the commands that only compute: what comes in may be secret, what goes out is all or nothing. */
#pragma once

#include <glib.h>

/**
 * Reads all of standard input, 64 MiB at most, into memory that is wiped.
 * Returns: (transfer full) NULL with G_FILE_ERROR.
 */
GBytes *pipit_stdin_read(GError **error);

/** Reads a whole file in the same way. It may be a pipe. */
GBytes *pipit_file_read(const char *path, GError **error);

/** Writes @size bytes to standard output. Returns: FALSE with G_FILE_ERROR if not all of it went out. */
gboolean pipit_stdout_write(gconstpointer bytes, gsize size, GError **error);
