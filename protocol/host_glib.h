/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's default main context as the engine's loop, for tools and tests (the plugin brings libpurple's). */
#pragma once

#include "protocol/host.h"

/** Returns: (transfer none) the loop; its sources run in the default main context. */
const PipitLoop *pipit_loop_glib(void);
