/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the outbox share: writing a message down (outbox_append.c), what it needs next (outbox.c), what of it does not fit
 * into a payload (outbox_content.c), and what the relay says to it (outbox_relay.c). */
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
	guint reach;           /* so many of them, from the first, are for the next request */
	GPtrArray *sealings;   /* of PipitSealing */
	char **handles;        /* to be looked up */
	GBytes *request;       /* that was composed; or NULL */
	char **asked;          /* whom it is for, in its order; or NULL */
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

/** Returns: (transfer none) NULL if they are not among those who have not accepted. */
PipitRecipient *pipit_outbox_find_recipient(const PipitOutboxItem *item, const char *handle);
/** Takes one out of those who have not accepted. */
void pipit_outbox_remove_recipient(PipitOutboxItem *item, guint i);
/** What is to be looked up is what @handles has gathered. */
void pipit_outbox_set_handles(PipitOutboxItem *item, GStrvBuilder *handles);

/* Each of these is the step that comes next. */

/** SEND, if anybody is left of those whom the next request is for; else what the others need. */
PipitOutboxStep pipit_outbox_send(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error);
PipitOutboxStep pipit_outbox_done(PipitOutbox *outbox, const PipitOutboxItem *item);
PipitOutboxStep pipit_outbox_later(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now);
/** FAILED with PIPIT_OUTBOX_ERROR; LATER if that can't be written down. */
PipitOutboxStep pipit_outbox_failed(PipitOutbox *outbox, PipitOutboxItem *item, PipitOutboxError code,
				    gint64 now, GError **error);
