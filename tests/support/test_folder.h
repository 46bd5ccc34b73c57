/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder that a test may fill. */
#pragma once

#include <glib.h>

/** Returns: (transfer full) a new folder below the system's temporary one. */
char *pipit_test_folder_new(void);

/** Removes the folder and all in it; frees the path. */
void pipit_test_folder_free(char *folder);

/** Returns: how many files there are below it, in its folders too; 0 if there is no such folder. */
guint pipit_test_folder_count(const char *folder);

/** Returns: (transfer full) the build folder of the running test program. */
char *pipit_test_build_dir(void);
