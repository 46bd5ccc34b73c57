/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many messages that wait for one device, and that device coming back: for a test, and for `make bench`. */
#pragma once

#include "tests/support/loop_watch.h"

typedef struct {
	double fill_seconds;  /* until the relay had them all */
	double drain_seconds; /* from connecting to the last one shown */
	PipitHeld held;       /* the client's loop meanwhile */
	gsize heap_growth;    /* bytes, at the most, meanwhile: the client's; the server runs elsewhere */
} PipitBacklog;

/**
 * Has @n_senders people (at most 64) write @each messages to somebody who is away, lets that person come back, and fails
 * the test unless everything is shown once, and in order for each sender.
 */
PipitBacklog pipit_backlog_run(guint n_senders, guint each);
