/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the inbox share: opening envelopes (inbox.c), deciding on them (inbox_accept.c), and on contents that come
 * later (inbox_content.c). */
#pragma once

#include "protocol/inbox.h"
#include "protocol/inbox_groups.h"

struct PipitInbox {
	PipitStore *store;
	PipitDirectory *directory;
	PipitInboxGroups *groups;
	GHashTable *unmarked; /* rows that were shown, and the store could not be told */
};

typedef enum {
	SENDER_NOT_KNOWN, /* yet */
	CAN_BE_OPENED,
	OPENED,
	PREKEY_GONE,
	REFUSED,
} PipitInboxItemState;

typedef struct {
	PipitEnvelope *envelope;
	gint64 undecided_row; /* 0: fresh from the relay */
	PipitInboxItemState state;
	PipitDeviceRecord *sender;
	/* OPENED: */
	PipitMessage *message;
	GBytes *replay; /* the hash of what may not be used twice */
	guint32 counter;
	PipitPrekeySecret *prekey; /* NULL for pair */
} PipitInboxItem;

struct PipitInboxBatch {
	GPtrArray *items;
	gboolean prepared;
	guint mark; /* pipit_directory_digests() when it was first prepared */
	PipitDeviceSecrets *device;
	GPtrArray *prekeys; /* of PipitPrekeySecret */
};

/* One transaction. */
typedef struct {
	PipitInboxBatch *batch;
	GPtrArray *shown;    /* of PipitReceived */
	GHashTable *waiting; /* handles of whose envelopes an earlier one is undecided */
	PipitInboxGroups *groups;
	gboolean put_off; /* the one at work, until more is known of its group */
	gint64 row;       /* in the inbox, that the message has already, since its content came later; or 0 */
	gboolean row_filled;
} PipitAcceptance;

/** Commits what an accepted message says, once all of it is here. */
gboolean pipit_inbox_accept_content(PipitStore *store, PipitAcceptance *acceptance,
				    const PipitInboxItem *item, GError **error);
