/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From envelopes to messages to show: looks up who sent it, opens, checks the context, refuses what came before, commits.
 *
 *	batch = pipit_inbox_batch_new(answer->envelopes);
 *	handles = pipit_inbox_prepare(inbox, batch);     -> look them up, digest; then prepare once more
 *	pipit_inbox_open(batch);                                     in a worker
 *	received = pipit_inbox_accept(inbox, batch, &error);         one transaction
 *	show each, pipit_inbox_shown() each
 *	a sync (protocol/store_sync.h); then acknowledge the whole batch to the relay
 *
 * Where a look-up fails, go on all the same: what hangs on it is committed raw, acknowledged and tried again with
 * pipit_inbox_batch_undecided(). Whatever is refused looks alike from outside: it is acknowledged and nothing happens. */
#pragma once

#include "protocol/directory.h"
#include "protocol/envelope.h"
#include "protocol/message.h"
#include "protocol/store.h"
#include "protocol/store_blobs.h"
#include "protocol/store_contents.h"

typedef struct PipitInbox PipitInbox;

/** Whether the person knows @handle. Asked in the middle of a transaction: it says so, and does nothing else. */
typedef gboolean (*PipitIsContact)(gpointer user_data, const char *handle);

/* Envelopes that are decided together. Owns all it needs: a worker may run it after the inbox is gone. */
typedef struct PipitInboxBatch PipitInboxBatch;

/* What is committed and not yet shown, or told. */
typedef struct {
	/* What follows is TEXT's, unless it says otherwise. Of GROUP, @text is what is to be told (protocol/group_update.h). */
	PipitMessageType type;
	gint64 row;   /* for pipit_inbox_shown() */
	char *id;     /* UUID */
	char *peer;   /* the conversation: the other person's handle, or the group */
	char *from;   /* who wrote it */
	gboolean own; /* written by oneself on another device */
	char *text; /* NULL: it came for a prekey that this device no longer has, and can't be read by anyone; who sent
	                     * it is the relay's word alone */
	char *html;       /* or NULL; hostile */
	GPtrArray *files; /* of PipitReceivedFile; or NULL */
	/* Its content is still at the server: it keeps its place, and what follows in the conversation waits. Of whatever type. */
	gboolean waits;
	gboolean gone;      /* its content can't be had any more, and @text is NULL for that */
	gint64 sent_at;     /* ms, to be shown: already checked against the relay's time */
	gint64 received_at; /* ms, by the relay */
	gboolean typing;    /* of TYPING */
	/* Of DELIVERED and READ by @peer: @id is the last message that came further by it. If @own, all that @peer wrote
	 * was read on another device. */
	gint64 written_at; /* ms, when that message was sent */
	gboolean latest;   /* nothing was sent to @peer after it */
	guint count;       /* in a group: so many members say so */
	gboolean asks;     /* of GROUP: the one that is shown of a group that one is asked about */
} PipitReceived;

void pipit_received_free(PipitReceived *received);

/** The store must have a device (pipit_store_device()). @store and @directory must outlive the inbox. */
PipitInbox *pipit_inbox_new(PipitStore *store, PipitDirectory *directory);
void pipit_inbox_free(PipitInbox *inbox);
/** @is_contact: or NULL: everybody is known. */
void pipit_inbox_set_contacts(PipitInbox *inbox, PipitIsContact is_contact, gpointer user_data);

/** @envelopes: of PipitEnvelope, in the relay's order. Returns: (transfer full) */
PipitInboxBatch *pipit_inbox_batch_new(GPtrArray *envelopes);
/**
 * Takes up the envelopes that could not be decided before, up to a hundred of them; forgets those that the directory can't
 * tell any more (35 days).
 * @after: 0 for the oldest ones; pipit_inbox_batch_last_row() of a batch for those behind it.
 * Returns: (transfer full) NULL if there are none, or with PIPIT_STORE_ERROR.
 */
PipitInboxBatch *pipit_inbox_batch_undecided(PipitInbox *inbox, gint64 after, gint64 server_now,
					     GError **error);
/** @batch: one of undecided ones, not empty. */
gint64 pipit_inbox_batch_last_row(const PipitInboxBatch *batch);
void pipit_inbox_batch_free(PipitInboxBatch *batch);

/** Finds the senders. Returns: (transfer full) the handles to look up first, NULL-terminated, at most 64; empty if none. */
char **pipit_inbox_prepare(PipitInbox *inbox, PipitInboxBatch *batch);

/** Opens what can be opened; pure, for a worker (PipitJobRun). @batch: a prepared PipitInboxBatch. */
void pipit_inbox_open(gpointer batch);

/**
 * Decides and commits the whole batch in one lazy transaction.
 * Returns: (transfer full) what is to be shown, in order: of PipitReceived; NULL with PIPIT_STORE_ERROR: nothing was
 *   committed, acknowledge nothing.
 */
GPtrArray *pipit_inbox_accept(PipitInbox *inbox, PipitInboxBatch *batch, GError **error);

/** One has changed a group oneself: what was put off until then can be decided. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_inbox_release(PipitInbox *inbox, const char *gid, GError **error);
/** TRUE, once, if what was put off until more was known of a group can be decided now: pipit_inbox_batch_undecided(). */
gboolean pipit_inbox_take_released(PipitInbox *inbox);

/** Returns: (transfer full) what was committed and not shown before we went away: of PipitReceived; NULL on error. */
GPtrArray *pipit_inbox_unshown(PipitInbox *inbox, GError **error);

/** The message is on the screen: never offer it again. FALSE with PIPIT_STORE_ERROR: another run of the program may. */
gboolean pipit_inbox_shown(PipitInbox *inbox, const PipitReceived *received, GError **error);

/**
 * The content of a message that waits has come: it is decided and committed as the message would have been.
 * @content: what was fetched and checked, unpacked; NULL: it is no message, and all is forgotten.
 * @receipts: out, (transfer full): what is to be told besides, of PipitReceived.
 * FALSE with PIPIT_STORE_ERROR.
 */
gboolean pipit_inbox_take_content(PipitInbox *inbox, const PipitWaitingContent *waiting,
				  PipitMessage *content, GPtrArray **receipts, GError **error);
/** The content of a message that waits can't be had: what is to be shown is said there. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_inbox_content_gone(PipitInbox *inbox, const PipitWaitingContent *waiting, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitReceived, pipit_received_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitInbox, pipit_inbox_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitInboxBatch, pipit_inbox_batch_free)
