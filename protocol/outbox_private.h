/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the outbox share: writing a message down (outbox_append.c), bringing it away (outbox.c), and what of it does not
 * fit into a payload (outbox_content.c). */
#pragma once

#include "protocol/outbox.h"
#include "protocol/sealing.h"
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

/** Whether its content is to be brought to the server before it is sealed. By what is sealed at first: all recipients get one and
 * the same message. */
gboolean pipit_outbox_needs_content(const PipitOutbox *outbox, const PipitOutboxItem *item);
/** Gives it a key, which is on disk before anything goes out under it, and is used for this very plaintext alone. FALSE with
 * PIPIT_STORE_ERROR. */
gboolean pipit_outbox_begin_content(PipitOutbox *outbox, PipitOutboxItem *item, GError **error);
