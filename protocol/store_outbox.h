/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unsent messages and their sealed copies on disk; what is done with them is outbox.c's. */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/send_request.h"
#include "protocol/store.h"

/* A message as it was written down. */
typedef struct {
	gint64 row;
	char *id;
	char *from;
	char *peer;
	GBytes *plaintext; /* packed, to be sealed */
	/* Where it does not fit into a payload: */
	GBytes *content_key; /* under which it is encrypted; NULL: that was not begun */
	char *content_uri;   /* where the server has it, or a part of it; or NULL */
	GBytes *outer;       /* packed, to be sealed instead; NULL: the server does not have all of it yet */
	/* Nobody wrote it, and nobody hears of it: receipts and the like. It holds no text up. */
	gboolean quiet;
} PipitUnsent;

void pipit_unsent_free(PipitUnsent *unsent);

/** Writes a message down, for these recipients (handles, NULL-terminated; a repeated one counts once); one's own handle
 * stands for one's other devices. Inside a transaction. @created_at: ms. */
gboolean pipit_store_add_unsent(PipitStore *store, const PipitUnsent *unsent, const char *const *recipients,
				gint64 created_at, GError **error);

/** The oldest message of each conversation that did not fail, and the oldest quiet one; quiet ones last. Returns: (transfer full) of PipitUnsent; NULL on error. */
GPtrArray *pipit_store_read_unsent(PipitStore *store, GError **error);

/** The recipients that have not accepted the message, with the copies made so far. Returns: (transfer full) of
 * PipitRecipient; NULL on error. */
GPtrArray *pipit_store_read_recipients(PipitStore *store, gint64 row, GError **error);

/** Who has not accepted it, without the copies. Returns: (transfer full) a set of handles; NULL on error. */
GHashTable *pipit_store_read_unaccepted(PipitStore *store, gint64 row, GError **error);

/** Keeps exactly these copies for these recipients, in one transaction. */
gboolean pipit_store_write_copies(PipitStore *store, gint64 row, GPtrArray *recipients, GError **error);

/** Notes which @handles (NULL-terminated) have the message; if that is all of them, it is done and forgotten.
 * @done: out. */
gboolean pipit_store_write_accepted(PipitStore *store, gint64 row, const char *const *handles, gboolean *done,
				    GError **error);

/** A quiet one is forgotten. @reason: a sentence for the person. */
gboolean pipit_store_write_failed(PipitStore *store, gint64 row, const char *reason, GError **error);
/** Puts a failed message back. @found: out: FALSE if there is no such failed message. */
gboolean pipit_store_unfail(PipitStore *store, const char *id, gboolean *found, GError **error);
/** Puts all failed messages to @peer back. @count: out: how many there were. */
gboolean pipit_store_unfail_all(PipitStore *store, const char *peer, guint *count, GError **error);
/** Forgets messages that failed and were written over 30 days ago. */
gboolean pipit_store_forget_failed(PipitStore *store, gint64 now, GError **error);

/* For which device and prekey a counter is taken; @counter is set. */
typedef struct {
	const guint8 *device_key;
	const guint8 *prekey;
	guint32 counter;
} PipitCounterUse;

/**
 * Takes a counter for each, never to be given again, in one committed transaction.
 * @now: ms, our clock: a counter is at least the seconds since 2020, so that a store put back from a copy repeats none.
 */
gboolean pipit_store_take_counters(PipitStore *store, PipitCounterUse *uses, guint n_uses, gint64 now,
				   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitUnsent, pipit_unsent_free)
