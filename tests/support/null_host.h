/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A libpurple client without a window: the real core, on GLib's loop, with our plugin in it. */
#pragma once

#include <glib.h>

/**
 * Starts libpurple with @user_dir as its folder and our plugin from @plugin_dir (NULL: without it). Once in a
 * process.
 * @ui: what the client calls itself: "gtk-gaim", "gnt-purple", "BitlBee" or anything else.
 * Returns: FALSE if the core or prpl-pipit did not load.
 */
gboolean pipit_null_host_start(const char *ui, const char *user_dir, const char *plugin_dir);

/** Signs all accounts off and ends libpurple. */
void pipit_null_host_stop(void);

/** Returns: (transfer full) the build folder of the running test program, where libpipit.so lies. */
char *pipit_null_host_build_dir(void);
