/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which messages were sent and how far they came, which came and are not read, and the receipts that are due, on disk. */
#pragma once

#include "protocol/message.h"
#include "protocol/store.h"

/* Those that change something belong inside a transaction. */

/** This account, on whatever device, sent a message to @peer. @sent_at: ms. */
gboolean pipit_store_note_sent(PipitStore *store, const char *id, const char *peer, gint64 sent_at,
			       GError **error);

/** A message of @peer came, for the own handle @own: it is not read, and that it was delivered is to be told. */
gboolean pipit_store_note_received(PipitStore *store, const char *id, const char *peer, const char *own,
				   gint64 received_at, GError **error);

/* A message that came and is not read. */
typedef struct {
	const char *id;
	const char *peer;
	const char *
		author; /* in a group: the member who wrote it, to whom receipts go; "" else: they go to @peer */
	const char *own; /* one's own handle that it was written to */
	gint64 received_at;
	gboolean delivered; /* that it came is to be told */
} PipitUnread;

/** The same, in groups too. */
gboolean pipit_store_note_unread(PipitStore *store, const PipitUnread *unread, GError **error);

/* What a receipt changed. */
typedef struct {
	char *id;        /* the last of the messages that came further by it; NULL if none did */
	gint64 sent_at;  /* of that message, ms */
	gboolean latest; /* nothing was sent to that person after it */
} PipitReceiptEffect;

void pipit_receipt_effect_clear(PipitReceiptEffect *effect);

/** @peer says that messages (@ids) were delivered or read (@kind); ids of what was not sent to them are skipped.
 * @effect: out. */
gboolean pipit_store_take_receipt(PipitStore *store, PipitMessageType kind, const char *peer,
				  const char *const *ids, PipitReceiptEffect *effect, GError **error);

/** Another own device says that these messages of @peer were read. @all_read: out: they were the last that were not. */
gboolean pipit_store_read_elsewhere(PipitStore *store, const char *peer, const char *const *ids,
				    gboolean *all_read, GError **error);

/** The person saw all that was shown of @peer. @tell: whether @peer is to be told, or the own devices alone. In a
 * transaction of its own. */
gboolean pipit_store_mark_read(PipitStore *store, const char *peer, gboolean tell, GError **error);

/* Receipts that are due: for one person, in one message. */
typedef struct {
	PipitMessageType kind;
	gboolean tell; /* FALSE: for the own devices alone */
	char *peer;
	char *author; /* in a group: the member whom it is for; "" else */
	char *own;    /* the handle that they were written to */
	char **ids;
	gint64 last_row;
} PipitDueReceipts;

void pipit_due_receipts_free(PipitDueReceipts *due);

/** @due: out, (transfer full): the oldest, and all that go with it; NULL if none is due. */
gboolean pipit_store_due_receipts(PipitStore *store, PipitDueReceipts **due, GError **error);
gboolean pipit_store_forget_receipts(PipitStore *store, const PipitDueReceipts *due, GError **error);

/** Forgets what no receipt can come for any more (35 days). */
gboolean pipit_store_forget_sent(PipitStore *store, gint64 server_now, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitReceiptEffect, pipit_receipt_effect_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDueReceipts, pipit_due_receipts_free)
