/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running server: the parts that make it up. pipitd.c starts one; tests start as many as they like. */
#pragma once

#include <glib.h>

#include "server/blob_claims.h"
#include "server/blob_files.h"
#include "server/clock.h"
#include "server/job_pool.h"
#include "server/limits.h"
#include "server/options.h"
#include "server/parking.h"
#include "server/password_pool.h"
#include "server/state_dir.h"
#include "server/store.h"
#include "server/watcher.h"
#include "server/writer.h"

typedef struct PipitdFront PipitdFront;
typedef struct PipitdControl PipitdControl;
typedef struct PipitdBlobUpkeep PipitdBlobUpkeep;

/* What handlers use. Every part guards itself: handlers run on several threads. */
typedef struct {
	const PipitdOptions *options;
	PipitdClock clock;
	PipitdStateDir *dir;
	PipitdStore *store;
	PipitdWriter *writer;
	PipitdWatcher *watcher;
	PipitdParking *parking;
	PipitdPasswordPool *passwords;
	PipitdLimits *limits;
	PipitdJobPool *disk;
	PipitdBlobFiles *blob_files;
	PipitdBlobClaims *blob_claims;
	PipitdBlobUpkeep *blob_upkeep;
	PipitdFront *front;
	PipitdControl *control;
} PipitdServer;

/**
 * Starts a server. @options must outlive it.
 * Returns: (transfer full) NULL with an error whose message is a sentence for the operator.
 */
PipitdServer *pipitd_server_start(const PipitdOptions *options, GError **error);

/** Answers the parked polls, finishes what was begun, closes everything. NULL is fine. */
void pipitd_server_stop(PipitdServer *server);

/** Returns: (transfer none) the address that it listens on, "127.0.0.1:8470". */
const char *pipitd_server_address(const PipitdServer *server);

/** Reads the certificate and key again; on failure the old ones stay. */
void pipitd_server_reload(PipitdServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdServer, pipitd_server_stop)
