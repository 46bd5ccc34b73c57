/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's door: a Unix socket in the state folder, which pipitctl talks to. One line asks ("invite 1", "status",
 * "expire"); the answer is "ok" or "error", and text, to the end. */
#pragma once

#include "server/server.h"

/** Listens and serves on a thread of its own. Returns: (transfer full) NULL with G_FILE_ERROR. */
PipitdControl *pipitd_control_start(PipitdServer *server, GError **error);

/** Stops the thread and removes the socket. NULL is fine. */
void pipitd_control_stop(PipitdControl *control);
