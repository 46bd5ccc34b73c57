/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Received messages on disk, and what must never be taken twice; who may be taken is inbox.c's. All but the reading ones
 * belong inside a transaction. */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/inbox.h"
#include "protocol/store.h"

#define PIPIT_HASH_LEN 32

/* These remember something; @fresh: out: FALSE if it was remembered before. */
gboolean pipit_store_remember_ephemeral(PipitStore *store, GBytes *hash, const guint8 *prekey,
					gboolean *fresh, GError **error);
gboolean pipit_store_remember_counter(PipitStore *store, const guint8 *prekey, const guint8 *sender,
				      guint32 counter, gboolean *fresh, GError **error);
gboolean pipit_store_remember_block(PipitStore *store, GBytes *hash, gboolean *fresh, GError **error);
/** @sender: what the @id is unique under: a device key, or a hash. */
gboolean pipit_store_remember_id(PipitStore *store, const guint8 *sender, const char *id, gint64 received_at,
				 gboolean *fresh, GError **error);

/** Writes a message down to be shown; its row is set. */
gboolean pipit_store_add_received(PipitStore *store, PipitReceived *received, GError **error);
/** The content of a message that was written down without it has come. Inside a transaction. */
gboolean pipit_store_fill_received(PipitStore *store, const PipitReceived *received, GError **error);
/** It will not come. */
gboolean pipit_store_write_gone(PipitStore *store, gint64 row, GError **error);
/** Nothing of it is to be shown. Inside a transaction. */
gboolean pipit_store_drop_received(PipitStore *store, gint64 row, GError **error);
/** It was shown. Outside of transactions. */
gboolean pipit_store_remove_received(PipitStore *store, gint64 row, GError **error);
/** Without what waits for an answer to ASKED. Returns: (transfer full) of PipitReceived, in order; NULL with PIPIT_STORE_ERROR. */
GPtrArray *pipit_store_read_received(PipitStore *store, GError **error);
/** The same of one conversation. */
GPtrArray *pipit_store_read_received_of(PipitStore *store, const char *peer, GError **error);

/** Writes a raw envelope down; one with this payload that is there already is left. */
gboolean pipit_store_add_undecided(PipitStore *store, GBytes *payload_hash, const PipitEnvelope *envelope,
				   GError **error);
gboolean pipit_store_remove_undecided(PipitStore *store, gint64 row, GError **error);
/** Reads up to @limit from the rows behind @after. @rows: of gint64, beside the returned PipitEnvelopes. */
GPtrArray *pipit_store_read_undecided(PipitStore *store, gint64 after, guint limit, GArray *rows,
				      GError **error);

/** Adds the handles in whose name undecided envelopes were sent, in the rows below @before, to the set @senders (of char *,
 * which it frees). */
gboolean pipit_store_read_undecided_senders(PipitStore *store, gint64 before, GHashTable *senders,
					    GError **error);

/** Forgets ids that came over 90 days ago, and undecided envelopes and what receipts are about from over 35. */
gboolean pipit_store_forget_received(PipitStore *store, gint64 server_now, GError **error);
