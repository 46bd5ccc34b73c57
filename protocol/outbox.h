/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on their way out: on disk from the moment they are written until the relay has them for every device.
 *
 *	item = pipit_outbox_next(outbox, now, &due);           NULL: nothing to do before `due`
 *	step = pipit_outbox_prepare(outbox, item, now, &error);
 *	  LOOK_UP: look up pipit_outbox_item_handles(item), digest, prepare again
 *	  UPLOAD:  it does not fit into a payload: bring pipit_outbox_item_plaintext(item) to the server, encrypted under
 *	           pipit_outbox_item_content_key(item), then pipit_outbox_uploaded(), prepare again
 *	  SEAL:    pipit_outbox_seal(item) in a worker, then pipit_outbox_sealed(): the next step
 *	  SEND:    pipit_outbox_compose(item) in a worker, and once all is on the disk, pipit_outbox_composed(): the next step
 *	  POST:    POST pipit_outbox_request(item), then pipit_outbox_answered(): the next step
 *	  DONE, FAILED, LATER: the outbox has let go of the item; free it
 *	What is for more than one request may have is sealed and sent in parts, one after the other.
 *	network trouble at any point: pipit_outbox_postpone(); an answer that is for good: pipit_outbox_fail()
 *
 * Who is removed from a group while a text is on its way there is left out of it at the next of these steps; what is at the relay
 * already can't be called back.
 *
 * Within a conversation one message at a time, in the order of writing; conversations do not wait for each other, and none
 * waits for its receipts, which have an order of their own. */
#pragma once

#include "crypto/attachment.h"
#include "protocol/directory.h"
#include "protocol/store.h"
#include "protocol/store_drafts.h"

#define PIPIT_OUTBOX_ERROR (pipit_outbox_error_quark())
GQuark pipit_outbox_error_quark(void);

/* The message of each is a sentence for the person, translated. */
typedef enum {
	PIPIT_OUTBOX_ERROR_INPUT, /* no text, too long, not UTF-8, no handle; or no such message to send again */
	PIPIT_OUTBOX_ERROR_UNREACHABLE, /* the directory knows no device of the recipient */
	PIPIT_OUTBOX_ERROR_KEYS,        /* a device of the recipient shows keys that do not check */
	PIPIT_OUTBOX_ERROR_REFUSED,     /* the relay will not take it */
} PipitOutboxError;

typedef enum {
	PIPIT_OUTBOX_LOOK_UP,
	PIPIT_OUTBOX_UPLOAD,
	PIPIT_OUTBOX_SEAL,
	PIPIT_OUTBOX_SEND,
	PIPIT_OUTBOX_POST,
	PIPIT_OUTBOX_DONE, /* the relay has it for every device */
	PIPIT_OUTBOX_FAILED, /* for good (or until pipit_outbox_resend()); @error says why: PIPIT_OUTBOX_ERROR */
	PIPIT_OUTBOX_LATER, /* put back for a while; @error says why if it is PIPIT_STORE_ERROR */
} PipitOutboxStep;

typedef struct PipitOutbox PipitOutbox;

/* One message at work. Owns all it needs: a worker may run it after the outbox is gone. */
typedef struct PipitOutboxItem PipitOutboxItem;

/** The store must have a device. @store and @directory must outlive the outbox. */
PipitOutbox *pipit_outbox_new(PipitStore *store, PipitDirectory *directory);
void pipit_outbox_free(PipitOutbox *outbox);

/** The relay's cap for a payload (GET /v1); PIPIT_RELAY_CAP until it is set. */
void pipit_outbox_set_relay_cap(PipitOutbox *outbox, gsize relay_cap);

/**
 * Writes a message down; it is on disk when this returns.
 * @from: one of the account's handles. @peer: a handle, or a group. @html: or NULL. @now: ms, the server's clock as we know it.
 * Returns: (transfer full) its id; NULL with PIPIT_OUTBOX_ERROR_INPUT or PIPIT_STORE_ERROR.
 */
char *pipit_outbox_append(PipitOutbox *outbox, const char *from, const char *peer, const char *text,
			  const char *html, gint64 now, GError **error);

/** Writes the message of a draft down whose files are all at the server, and removes the draft, in one. Returns: (transfer
 * full) its id; NULL with PIPIT_OUTBOX_ERROR_INPUT or PIPIT_STORE_ERROR. */
char *pipit_outbox_append_draft(PipitOutbox *outbox, const PipitDraft *draft, gint64 now, GError **error);

/** Writes the oldest receipts that are due down, as one message. @more: out: whether there may be others.
 * FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_outbox_append_receipts(PipitOutbox *outbox, gint64 now, gboolean *more, GError **error);

/** Writes down, for the own other devices, that this one is new. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_outbox_append_device(PipitOutbox *outbox, const char *from, gint64 now, GError **error);

/** Puts a failed message back in, under the same id. */
gboolean pipit_outbox_resend(PipitOutbox *outbox, const char *id, GError **error);

/** Puts all failed messages to @peer back in. @count: out: how many there were. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_outbox_resend_failed(PipitOutbox *outbox, const char *peer, guint *count, GError **error);

/**
 * The next message to work on.
 * @now: ms, our clock.
 * @due: out: if NULL is returned, when to ask again (ms); 0: not before something changes.
 * Returns: (transfer full) it is the caller's until DONE, FAILED, LATER, postpone or fail; NULL if there is none now, or
 *   with PIPIT_STORE_ERROR.
 */
PipitOutboxItem *pipit_outbox_next(PipitOutbox *outbox, gint64 now, gint64 *due, GError **error);
void pipit_outbox_item_free(PipitOutboxItem *item);

const char *pipit_outbox_item_id(const PipitOutboxItem *item);
const char *pipit_outbox_item_peer(const PipitOutboxItem *item);
/** TRUE for what nobody wrote: nobody is to hear what became of it. */
gboolean pipit_outbox_item_is_quiet(const PipitOutboxItem *item);
/** Returns: (transfer none) after FAILED, in a group: the handles of those that it did not reach, one for each @i; NULL behind the
 * last. */
const char *pipit_outbox_item_unreached(const PipitOutboxItem *item, guint i);
/** Returns: (transfer none) after DONE: a sentence for the person, translated, on why their other devices got no copy; NULL
 * if they did. */
const char *pipit_outbox_item_own_trouble(const PipitOutboxItem *item);
/** Returns: (transfer none) after LOOK_UP: the handles to look up, NULL-terminated. */
const char *const *pipit_outbox_item_handles(const PipitOutboxItem *item);

/**
 * Whether a message to @peer would come to anybody, before there is one. @now: ms, our clock.
 * Returns: SEAL if it would (of a group that is not asked); LOOK_UP: @peer is to be looked up first; FAILED with the
 *   PIPIT_OUTBOX_ERROR that the message would fail with.
 */
PipitOutboxStep pipit_outbox_foresee(PipitOutbox *outbox, const char *peer, gint64 now, GError **error);

/** Finds out what the item needs. Before SEAL it reserves the counters, in a transaction of its own. @now: ms, our clock. */
PipitOutboxStep pipit_outbox_prepare(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error);

/** After UPLOAD. Returns: (transfer none) */
GBytes *pipit_outbox_item_plaintext(const PipitOutboxItem *item);
GBytes *pipit_outbox_item_content_key(const PipitOutboxItem *item);
/** Returns: (transfer none) where an upload of it was begun; NULL: nowhere. */
const char *pipit_outbox_item_content_uri(const PipitOutboxItem *item);
/** Returns: (transfer full) the handles that have not accepted it, NULL-terminated. */
char **pipit_outbox_item_recipients(const PipitOutboxItem *item);
/** The server gave its content a place. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_outbox_upload_begun(PipitOutbox *outbox, PipitOutboxItem *item, const char *uri,
				   GError **error);
/** The server has its content: prepare again. FALSE with PIPIT_STORE_ERROR: it is put back. @now: ms, our clock. */
gboolean pipit_outbox_uploaded(PipitOutbox *outbox, PipitOutboxItem *item,
			       const PipitAttachmentDigests *digests, gint64 now, GError **error);

/** Seals for the devices that prepare found; pure, for a worker (PipitJobRun). @item: a PipitOutboxItem. */
void pipit_outbox_seal(gpointer item);

/** Keeps what was sealed: from now on these very bytes are sent, once a sync (protocol/store_sync.h) has them on disk. SEND, or
 * as prepare. */
PipitOutboxStep pipit_outbox_sealed(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error);

/** Makes the request; pure, for a worker (PipitJobRun). @item: a PipitOutboxItem. */
void pipit_outbox_compose(gpointer item);

/** POST; SEND, to compose it again, if somebody was removed meanwhile; or as prepare. */
PipitOutboxStep pipit_outbox_composed(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, GError **error);

/** Returns: (transfer none) the body of the request that was composed. */
GBytes *pipit_outbox_request(const PipitOutboxItem *item);

/** Digests a 200's body, the answer to what was composed. DONE, FAILED, LATER, or LOOK_UP when the relay found our view old; as
 * prepare, if others come next. */
PipitOutboxStep pipit_outbox_answered(PipitOutbox *outbox, PipitOutboxItem *item, GBytes *body, gint64 now,
				      GError **error);

/**
 * Puts the item back after trouble that will pass: exponential back-off with jitter, at most 5 minutes.
 * @retry_after: ms that the server asked for; 0 for none.
 * Returns: when it is due (ms, our clock).
 */
gint64 pipit_outbox_postpone(PipitOutbox *outbox, PipitOutboxItem *item, gint64 now, gint64 retry_after);

/** Fails the item for good. @reason: a sentence for the person. FALSE with PIPIT_STORE_ERROR: it will be tried again. */
gboolean pipit_outbox_fail(PipitOutbox *outbox, PipitOutboxItem *item, const char *reason, GError **error);

/** The connection is back: everything is due now. */
void pipit_outbox_wake(PipitOutbox *outbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitOutbox, pipit_outbox_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitOutboxItem, pipit_outbox_item_free)
