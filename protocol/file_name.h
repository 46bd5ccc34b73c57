/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of files that others chose, made fit to stand in a folder and on a screen. */
#pragma once

#include <glib.h>

/**
 * Makes one part of a path of @name: no folders, no control characters, none that turn the direction of writing, no leading
 * dots or dashes, no name that some system keeps for itself, at most 180 bytes, with its ending.
 * @name: anything, or NULL. Returns: (transfer full) UTF-8, never empty.
 */
char *pipit_file_name_safe(const char *name);

/** Returns: (transfer full) "name (2).ext" for @n = 2; @name: from pipit_file_name_safe(). */
char *pipit_file_name_numbered(const char *name, guint n);
