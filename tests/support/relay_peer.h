/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device as the server sees one: it registers, looks up, sends and polls, with real keys and payloads that are just bytes. */
#pragma once

#include "crypto/device_keys.h"
#include "tests/support/http_peer.h"

typedef struct {
	PipitHttpPeer *http;
	PipitDeviceSecrets *secrets; /* shared: making one takes long */
	PipitPrekeySecret *prekey;
	char *handle;
	char *push_token; /* base64 */
	char *auth_token; /* base64 */
} PipitRelayPeer;

#define PIPIT_TEST_PASSWORD "correct horse battery"

/**
 * A device that is not registered yet.
 * @number: which of a few device keys, made once a program; two devices of one server must have different ones.
 */
PipitRelayPeer *pipit_relay_peer_new(const char *origin, const char *handle, guint number);
/** The same, with an account for @handle if there is none, and registered. */
PipitRelayPeer *pipit_relay_peer_register(const char *origin, const char *handle, guint number);
void pipit_relay_peer_free(PipitRelayPeer *peer);

/** Gives it a new prekey of this time (Unix seconds). */
void pipit_relay_peer_new_prekey(PipitRelayPeer *peer, double timestamp);
/** Returns: (transfer full) the prekey record in base64. */
char *pipit_relay_peer_prekey_record(const PipitRelayPeer *peer);

/** Returns: (transfer full) the Pipit-Signature of a request. */
char *pipit_relay_peer_sign(const PipitRelayPeer *peer, const char *method, const char *path,
			    const char *body);
/** Asks, signed. */
PipitReply *pipit_relay_peer_ask_signed(PipitRelayPeer *peer, const char *method, const char *path,
					const char *body);

/** Returns: (transfer full) the body that registers the device. */
char *pipit_relay_peer_registration(const PipitRelayPeer *peer, const char *password);
/** Registers, and takes over the tokens if that works. */
PipitReply *pipit_relay_peer_sign_in(PipitRelayPeer *peer, const char *password);

/** Returns: (transfer full) one copy for a device of another peer, in JSON. @payload: its bytes are the text. */
char *pipit_relay_peer_copy(const PipitRelayPeer *receiver, const char *payload);
/** Returns: (transfer full) one recipient, in JSON. @copies: joined copies, "" for none. */
char *pipit_test_recipient(const char *to, const char *copies);
/** Sends to @recipients (joined, in JSON) under a new id. @class_: "stored" or "ephemeral". */
PipitReply *pipit_relay_peer_send(PipitRelayPeer *peer, const char *class_, const char *recipients);
/** Sends one payload to the one device of another peer. */
PipitReply *pipit_relay_peer_send_text(PipitRelayPeer *peer, const PipitRelayPeer *receiver,
				       const char *payload);

/** Returns: (transfer none) the status of result @i of a send: "accepted", "stale" or the code of a refusal. */
const char *pipit_send_outcome(const PipitReply *reply, guint i);

/** Polls. @acks: numbers, joined by commas, "" for none. */
PipitReply *pipit_relay_peer_poll(PipitRelayPeer *peer, const char *acks, gint64 after, guint wait);
/** Returns: how many messages a poll brought. */
guint pipit_poll_count(const PipitReply *reply);
/** Returns: (transfer none) message @i. */
JsonObject *pipit_poll_message(const PipitReply *reply, guint i);
/** Returns: (transfer full) the payload of message @i as text. */
char *pipit_poll_text(const PipitReply *reply, guint i);
gint64 pipit_poll_seq(const PipitReply *reply, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitRelayPeer, pipit_relay_peer_free)
