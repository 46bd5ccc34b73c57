/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing for one device in the `pair-ec` format: ECIES on P-256 (docs/sealed-messages.md, "pair-ec"). */
#pragma once

#include "crypto/device_keys.h"
#include "crypto/seal.h"

#define PIPIT_PAIR_EC_REPLAY_LEN 32

/* What the inbox needs to know of an opened payload to refuse it a second time. */
typedef struct {
	guint32 counter;
	guint8 replay[PIPIT_PAIR_EC_REPLAY_LEN]; /* SHA-256 of the ephemeral key */
	guint prekey;                            /* which of the prekeys offered opened it */
} PipitPairEcOpened;

/**
 * Seals @plaintext so that only @recipient can open it, signed by @sender.
 * @counter: must never repeat for this sender, recipient device and prekey.
 * Returns: (transfer full) the payload; NULL with PIPIT_SEAL_ERROR_PREKEY if @recipient has no prekey, or _FAILED.
 */
GBytes *pipit_pair_ec_seal(const PipitDeviceSecrets *sender, const PipitDevicePublic *recipient,
			   guint32 counter, GBytes *plaintext, GError **error);

/**
 * Opens a payload that @sender's device sealed for @recipient and one of its @prekeys (the current and the retired;
 * each whose first bytes match the validator is tried). Pure: counters and replays are the inbox's.
 * @opened: out, on success.
 * Returns: (transfer full) the plaintext, in memory that is wiped; NULL with PIPIT_SEAL_ERROR_REFUSED.
 */
GBytes *pipit_pair_ec_open(const PipitDeviceSecrets *recipient, PipitPrekeySecret *const *prekeys,
			   guint n_prekeys, const PipitDevicePublic *sender, GBytes *payload,
			   PipitPairEcOpened *opened, GError **error);
