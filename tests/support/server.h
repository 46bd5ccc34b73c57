/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real pipitd, of the same build folder, on a free port of loopback, with a state folder that outlives restarts. */
#pragma once

#include <glib.h>

typedef struct PipitTestServer PipitTestServer;

/**
 * Starts it and waits until it listens: any address, open registration, cheap passwords.
 * @extra: further options, NULL-terminated, or NULL.
 */
PipitTestServer *pipit_test_server_start(const char *const *extra);

/** Returns: (transfer none) such as "http://127.0.0.1:12345"; with --cert among the options, "https://…". */
const char *pipit_test_server_origin(const PipitTestServer *server);
guint pipit_test_server_port(const PipitTestServer *server);
/** Returns: (transfer none) where it keeps its state. */
const char *pipit_test_server_state(const PipitTestServer *server);

/** Its process. */
int pipit_test_server_pid(const PipitTestServer *server);

/** Ends it as systemd would, and waits. */
void pipit_test_server_stop(PipitTestServer *server);
/** Ends it without warning (kill -9), and waits. */
void pipit_test_server_kill(PipitTestServer *server);
/** Starts it again with the same state, on the same port. @extra: as for start. */
void pipit_test_server_restart(PipitTestServer *server, const char *const *extra);

/** Ends it and removes its state. NULL is fine. */
void pipit_test_server_free(PipitTestServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitTestServer, pipit_test_server_free)
