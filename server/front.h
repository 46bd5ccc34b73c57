/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP: libmicrohttpd on the listening socket, and what carries a request from it to the router and back. */
#pragma once

#include "server/server.h"

/**
 * Listens and serves.
 * Returns: (transfer full) NULL with an error for the operator.
 */
PipitdFront *pipitd_front_start(PipitdServer *server, GError **error);

/** Returns: (transfer none) the address it listens on. */
const char *pipitd_front_address(const PipitdFront *front);

/** Reads the certificate again. TRUE if there is none. */
gboolean pipitd_front_reload(PipitdFront *front, GError **error);

/** Begins no request any more, and waits until those that were begun are answered. Nobody may be parked. */
void pipitd_front_drain(PipitdFront *front);

/** Gives clients a moment to take their answers, then closes. Nothing may resume a request any more. */
void pipitd_front_stop(PipitdFront *front);

/** Frees it; the watcher must be stopped by then. NULL is fine. */
void pipitd_front_free(PipitdFront *front);
