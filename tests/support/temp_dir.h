/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder for one test program, which leaves nothing behind. */
#pragma once

#include <glib.h>

/** Makes a new folder. Returns: (transfer full) its absolute path; give it to pipit_temp_dir_remove(). */
char *pipit_temp_dir_new(void);

/** Removes the folder with all that is in it, and frees @path. */
void pipit_temp_dir_remove(char *path);
