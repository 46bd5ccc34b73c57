/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many people with several devices each, at one server: they take what is sent to them, and open none of it. */
#pragma once

#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"

typedef struct {
	PipitOwnServer *own;     /* not ours */
	PipitDeviceSecrets *rsa; /* whose RSA key all share, which nobody here uses: making one takes long */
	guint devices_each;
	GPtrArray *peers; /* of PipitRelayPeer: the devices of one after those of the other */
} PipitCrowd;

/** At a server that is prepared and not started yet: its limits give way. */
PipitCrowd *pipit_crowd_new(PipitOwnServer *own, guint devices_each);
void pipit_crowd_free(PipitCrowd *crowd);

/** Registers as many as are lacking to @n people. */
void pipit_crowd_grow(PipitCrowd *crowd, guint n);
/** Registers another device of somebody who has an account, under their password. */
void pipit_crowd_add_device(PipitCrowd *crowd, const char *handle, const char *password);
/** Returns: (transfer full) the handles of the first @n, NULL-terminated. */
char **pipit_crowd_handles(const PipitCrowd *crowd, guint n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitCrowd, pipit_crowd_free)
