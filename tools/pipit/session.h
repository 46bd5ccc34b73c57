/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client on GLib's loop for the length of one command: connects, connects again when the network was away, ends on SIGTERM
 * and SIGINT. */
#pragma once

#include "protocol/client.h"
#include "tools/pipit/account_options.h"

/* Exit statuses. */
#define PIPIT_EXIT_OK 0
#define PIPIT_EXIT_FAILED 1
#define PIPIT_EXIT_NOT_YET 2 /* time is up, or a signal came; what waits, waits */

typedef struct PipitToolSession PipitToolSession;

/* What the command does; each may end it with pipit_tool_session_end(). Members that are NULL do nothing. */
typedef struct {
	/** Online for the first time. */
	void (*online)(PipitToolSession *session, gpointer command);
	/** A message; FALSE leaves it for the next command that listens. */
	gboolean (*message)(PipitToolSession *session, gpointer command, const PipitIncoming *incoming);
	void (*sent)(PipitToolSession *session, gpointer command, const char *id, const GError *error);
	/** A group changed; FALSE leaves it for the next command that listens. */
	gboolean (*group)(PipitToolSession *session, gpointer command, const PipitGroupNews *news);
	/** Nothing waits to be sent. */
	void (*drained)(PipitToolSession *session, gpointer command);
	void (*transfer)(PipitToolSession *session, gpointer command, const PipitTransfer *transfer);
} PipitToolEvents;

/**
 * @password: NULL for an account that is set up. @register_account: create it if it is not there.
 * @retry: whether trouble that will pass is waited for, or ends the command.
 * @timeout: seconds after which the command ends with NOT_YET; 0: never.
 * Returns: (transfer full) NULL with PIPIT_CLIENT_ERROR.
 */
PipitToolSession *pipit_tool_session_new(const PipitAccountOptions *options, const char *password,
					 gboolean register_account, gboolean retry, guint timeout,
					 const PipitToolEvents *events, gpointer command, GError **error);
void pipit_tool_session_free(PipitToolSession *session);

PipitClient *pipit_tool_session_client(PipitToolSession *session);

/** Connects and works until the command ends. Says on stderr what went wrong. Returns: the exit status. */
int pipit_tool_session_run(PipitToolSession *session);

/** Ends the command with @status. */
void pipit_tool_session_end(PipitToolSession *session, int status);

/** Says what went wrong and ends the command. */
void pipit_tool_session_fail(PipitToolSession *session, const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitToolSession, pipit_tool_session_free)
