/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory and relay in memory, as docs/protocol.md has them, for targets that let clients talk. It forgets nothing that
 * it promised, and writes down what it did. What a network or a hostile relay does in between is the target's. */
#pragma once

#include "protocol/device_record.h"
#include "protocol/envelope.h"
#include "protocol/limits.h"

#define FUZZ_QUEUE_LIFE_MS (30 * PIPIT_DAY_MS)

/* What was promised to be delivered. */
typedef struct {
	char *id;
	gint64 at;
} FuzzAccepted;

/* A device as the relay knows it. */
typedef struct {
	char *handle;
	GBytes *push_token;
	GBytes *pair_identity;
	GBytes *device_key;
	GBytes *prekey_record;
	guint8 prekey[PIPIT_COMPACT_KEY_LEN];
	GArray *old_prekeys; /* of FuzzOldPrekey */
	gint64 added_at;
	gint64 removed_at; /* 0: it is there */
	GPtrArray *queue;  /* of PipitEnvelope */
	gint64 last_seq;
	GHashTable *delivered; /* payloads (GBytes) that came for it */
	GPtrArray *accepted;   /* of FuzzAccepted */
} FuzzRelayDevice;

typedef struct {
	gint64 now;         /* ms; to be set; each request takes one */
	GPtrArray *devices; /* of FuzzRelayDevice */
} FuzzRelay;

FuzzRelay *fuzz_relay_new(void);
void fuzz_relay_free(FuzzRelay *relay);

/** Adds a device of @handle. Returns: (transfer none) */
FuzzRelayDevice *fuzz_relay_register(FuzzRelay *relay, const char *handle, GBytes *push_token,
				     const PipitDeviceSecrets *secrets, const PipitPrekeySecret *prekey);
/** The prekey that was current stays good for a day. The same one again is fine. */
void fuzz_relay_put_prekey(FuzzRelay *relay, FuzzRelayDevice *device, GBytes *record, const guint8 *key);
/** Nobody may send to it or ask for it any more; its keys can still be looked up. */
void fuzz_relay_remove(FuzzRelay *relay, FuzzRelayDevice *device);

/** Returns: (transfer full) the answer to a look-up, by way of its bytes. */
PipitLookupAnswer *fuzz_relay_look_up(FuzzRelay *relay, const char *const *handles);
/** Takes a send request. Returns: (transfer full) the body of the answer. */
GBytes *fuzz_relay_send(FuzzRelay *relay, FuzzRelayDevice *sender, GBytes *request);
/** Acknowledges, and answers what waits, by way of its bytes. Returns: (transfer full) */
PipitPollAnswer *fuzz_relay_poll(FuzzRelay *relay, FuzzRelayDevice *device, GArray *acks, gint64 after);

/** Queues @envelope anew: as something that came when it says, now if it does not say. */
void fuzz_relay_queue(FuzzRelay *relay, FuzzRelayDevice *device, const PipitEnvelope *envelope);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FuzzRelay, fuzz_relay_free)
