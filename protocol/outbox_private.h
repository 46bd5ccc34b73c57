/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the outbox share: writing a message down (outbox_append.c) and bringing it away (outbox.c). */
#pragma once

#include "protocol/outbox.h"
#include "protocol/store_outbox.h"

/* What a seal adds at the most: pair to a device with RSA-4096, rounded up. */
#define PIPIT_SEAL_OVERHEAD 640

struct PipitOutbox {
	PipitStore *store;
	PipitDirectory *directory;
	gsize relay_cap;
	GHashTable *conversations; /* a peer, or "quiet " and a peer -> what it waits for */
};

struct PipitOutboxItem {
	PipitUnsent *unsent;
	GPtrArray *recipients; /* of PipitRecipient: those that have not accepted */
	GPtrArray *sealings;   /* of PipitSealing */
	char **handles;        /* to be looked up */
	PipitDeviceSecrets *device;
	guint stale_answers;
	GPtrArray *unreached; /* whom it does without (outbox_group.c); or NULL */
	char *own_trouble;    /* why one's other devices go without; or NULL */
};
