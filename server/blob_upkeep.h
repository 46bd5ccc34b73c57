/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removes the blobs that nobody needs any more, and those that nobody goes on with, and sees to it at the start that for each
 * blob that the store knows there is a file, and the other way round. */
#pragma once

#include "server/server.h"

/**
 * Removes files that the store knows nothing of, and from the store what has no file; then starts to look every hour.
 * Before anybody uploads. What fails is logged. Returns: (transfer full)
 */
PipitdBlobUpkeep *pipitd_blob_upkeep_start(PipitdServer *server);

/** Begins nothing more. NULL is fine. */
void pipitd_blob_upkeep_close(PipitdBlobUpkeep *upkeep);

/** The watcher and the disk's threads must be stopped by then. NULL is fine. */
void pipitd_blob_upkeep_free(PipitdBlobUpkeep *upkeep);

/** Removes what is over its time, or wanted by nobody; waits for that. */
void pipitd_blob_upkeep_sweep(PipitdBlobUpkeep *upkeep);

/** Does the same soon, on another thread. */
void pipitd_blob_upkeep_sweep_soon(PipitdBlobUpkeep *upkeep);

/** Removes this one soon, if it is wanted by nobody. */
void pipitd_blob_upkeep_look_at(PipitdBlobUpkeep *upkeep, const char *id);
