/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing for one device in the `pair` format: RSA-OAEP carries the key (docs/sealed-messages.md, "pair"). */
#pragma once

#include "crypto/device_keys.h"
#include "crypto/seal.h"

#define PIPIT_PAIR_REPLAY_LEN 32

/**
 * Seals @plaintext so that only @recipient can open it, signed by @sender.
 * Returns: (transfer full) the payload; NULL with PIPIT_SEAL_ERROR_TOO_LARGE if it does not fit the 16-bit length, or
 *   _FAILED.
 */
GBytes *pipit_pair_seal(const PipitDeviceSecrets *sender, const PipitDevicePublic *recipient,
			GBytes *plaintext, GError **error);

/**
 * Opens a payload that @sender's device sealed for @recipient. Pure: replays are the inbox's.
 * @replay: out, on success: SHA-256 of the RSA block, to be kept and refused a second time.
 * Returns: (transfer full) the plaintext, in memory that is wiped; NULL with PIPIT_SEAL_ERROR_REFUSED.
 */
GBytes *pipit_pair_open(const PipitDeviceSecrets *recipient, const PipitDevicePublic *sender, GBytes *payload,
			guint8 replay[static PIPIT_PAIR_REPLAY_LEN], GError **error);
