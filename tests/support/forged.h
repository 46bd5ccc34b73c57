/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a member of the directory could seal or sign who does not keep to the rules, and a relay deliver. */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/message.h"
#include "server/store_queue.h"
#include "tests/support/relay_peer.h"

/** Returns: (transfer full) a message of that type, to be sealed: a TEXT has more to say than fits into an RSA block. */
GBytes *pipit_forged_plaintext(PipitMessageType type, const char *id, const char *from, const char *to);

/** Returns: (transfer full) what @peer is shown of the one device of @handle. @token: out, (transfer full) its push token. */
PipitDevicePublic *pipit_forged_look_up(const PipitRelayPeer *peer, const char *handle, GBytes **token);

/** Returns: (transfer full) the bytes of a payload of @plaintext. @counter: of pair-ec. */
GBytes *pipit_forged_seal(const PipitRelayPeer *sender, const PipitDevicePublic *recipient, PipitSuite suite,
			  guint32 counter, GBytes *plaintext);

/** Returns: (transfer full) a TEXT by @sender for @to, of now, with which nothing is wrong. */
PipitdMessage *pipit_forged_message(const PipitRelayPeer *sender, const PipitDevicePublic *recipient,
				    const char *to, PipitSuite suite, guint32 counter);

/** Takes @payload over, in the `pair` format, changed or another's. Returns: (transfer full) it with @signer's signature, which
 * is right, in place of the one that it has. */
GBytes *pipit_forged_pair_signature(const PipitDeviceSecrets *signer, GByteArray *payload);
