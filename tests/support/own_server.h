/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pipitd inside the test program, so that a sanitizer sees it and a test can look into it. */
#pragma once

#include "server/server.h"
#include "server/store_queue.h"

typedef struct {
	PipitdOptions *options; /* to be changed between stop and start */
	PipitdServer *server;
	char *folder;
	char *origin;
} PipitOwnServer;

/** Starts one on a free port: any address, phone numbers, open registration, cheap passwords. */
PipitOwnServer *pipit_own_server_new(void);
/** The same, not started yet: for tests that change its options first. */
PipitOwnServer *pipit_own_server_prepare(void);
void pipit_own_server_start(PipitOwnServer *own);
void pipit_own_server_stop(PipitOwnServer *own);
/** Stops and starts it, on the same state; its port may be another. */
void pipit_own_server_restart(PipitOwnServer *own);
void pipit_own_server_free(PipitOwnServer *own);

/** Waits until so many polls are parked. */
void pipit_own_server_wait_parked(PipitOwnServer *own, guint count);

/** Queues @message for the first device of @receiver, as a relay could that lies, or has forgotten what it delivered. It is
 * on disk when this returns. @message: its seq is not used; whoever it says may have sent it. */
void pipit_own_server_queue(PipitOwnServer *own, const char *receiver, const PipitdMessage *message);

/** Returns: (transfer full) the answer of the control socket to a line. */
char *pipit_own_server_control(PipitOwnServer *own, const char *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitOwnServer, pipit_own_server_free)
