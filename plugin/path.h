/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where files are that a person names in a command. */
#pragma once

#include <glib.h>

/** Returns: (transfer full) the folder for what is saved without a place being named: the person's for downloads. In
 * bitlbee, whose users need not be the person whose files those are, a folder for this user's files alone; made if need be. */
char *pipit_path_folder(void);

/**
 * Finds what @typed means: "~" is the home folder, and what does not begin with a slash is in it. In bitlbee it is the name
 * of something in pipit_path_folder(), and nothing else.
 * Returns: (transfer full) an absolute path, whether there is something or not; NULL with a sentence for the person.
 */
char *pipit_path_typed(const char *typed, GError **error);

/**
 * Reads a path with some words behind it: in quotes, or else as much of @typed as there is a file for.
 * @rest: out, (transfer full): what follows the path.
 * Returns: (transfer full) the path, as pipit_path_typed(); that of all of @typed if there is no such file.
 */
char *pipit_path_with_words(const char *typed, char **rest, GError **error);
