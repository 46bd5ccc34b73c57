/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder that holds all that a server keeps, for one process at a time. */
#pragma once

#include <glib.h>

typedef struct PipitdStateDir PipitdStateDir;

/**
 * Makes @path (mode 0700) if it is not there, and takes its lock.
 * Returns: (transfer full) NULL with G_FILE_ERROR if it is another's, open to others, or in use by another process.
 */
PipitdStateDir *pipitd_state_dir_open(const char *path, GError **error);

/** Gives the lock back; NULL is fine. */
void pipitd_state_dir_close(PipitdStateDir *dir);

/** Returns: (transfer full) the path of @name in the folder. */
char *pipitd_state_dir_path(const PipitdStateDir *dir, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdStateDir, pipitd_state_dir_close)
