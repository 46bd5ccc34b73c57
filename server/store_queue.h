/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits for each device in the store, and what was delivered to it before. */
#pragma once

#include "crypto/compact_key.h"
#include "crypto/seal.h"
#include "server/store.h"
#include "server/store_devices.h"

/* A device as the relay needs it: where a copy goes, and what waits there already. */
typedef struct {
	gint64 device;
	guint8 push_token[PIPIT_TOKEN_LEN];
	guint8 prekey[PIPIT_COMPACT_KEY_LEN]; /* the present one */
	gint64 queued;
	gint64 queued_bytes; /* of payloads */
} PipitdTarget;

/* One message on its way to one device. */
typedef struct {
	gint64 seq; /* 0 before it is queued, and for an ephemeral one */
	char *id;
	char *from;
	char *to;
	GBytes *sender_token;
	PipitSuite suite;
	GBytes *prekey; /* NULL for pair */
	GBytes *payload;
	gint64 received_at;
} PipitdMessage;

/** Returns: (transfer full) */
PipitdMessage *pipitd_message_copy(const PipitdMessage *message);
void pipitd_message_free(PipitdMessage *message);

/**
 * Returns: (transfer full) the devices that a message to @handle must name, as PipitdTarget; none if there is no such
 *   handle. @account: out, whose the handle is, or 0. NULL with PIPITD_STORE_ERROR.
 */
GArray *pipitd_store_targets(PipitdSession *session, const char *handle, gint64 *account, GError **error);

/** Says in @accepted whether @prekey is one of the device's that was replaced after @since. */
gboolean pipitd_store_old_prekey(PipitdSession *session, gint64 device, GBytes *prekey, gint64 since,
				 gboolean *accepted, GError **error);

/** Says in @known whether this very payload came from @sender for @receiver before. */
gboolean pipitd_store_delivered(PipitdSession *session, gint64 receiver, gint64 sender,
				const guint8 payload_hash[static PIPITD_TOKEN_HASH_LEN], gboolean *known,
				GError **error);

/** Queues @message for @receiver and remembers its payload. */
gboolean pipitd_store_queue(PipitdSession *session, gint64 receiver, gint64 sender,
			    const guint8 payload_hash[static PIPITD_TOKEN_HASH_LEN],
			    const PipitdMessage *message, GError **error);

/**
 * Reads what waits for a device with a number over @after, oldest first, at most @max_messages and, the first one
 * aside, @max_bytes of payloads.
 * @more: out, TRUE if there is more.
 * Returns: (transfer full) of PipitdMessage; NULL with PIPITD_STORE_ERROR.
 */
GPtrArray *pipitd_store_waiting(PipitdSession *session, gint64 device, gint64 after, guint max_messages,
				gsize max_bytes, gboolean *more, GError **error);

/** Deletes the messages with these numbers; those that are not there are skipped. */
gboolean pipitd_store_acknowledge(PipitdSession *session, gint64 device, const gint64 *seqs, guint n_seqs,
				  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdMessage, pipitd_message_free)
