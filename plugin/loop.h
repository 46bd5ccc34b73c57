/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libpurple's event loop as the engine's: some clients run no GLib sources, so nothing else may be used. */
#pragma once

#include "protocol/host.h"

/** Returns: (transfer none) the loop. */
const PipitLoop *pipit_loop_purple(void);
