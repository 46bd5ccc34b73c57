/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a member of the directory could seal or sign who does not keep to the rules. */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/message.h"

/** Returns: (transfer full) a message of that type, to be sealed: a TEXT has more to say than fits into an RSA block. */
GBytes *pipit_forged_plaintext(PipitMessageType type, const char *id, const char *from, const char *to);

/** Takes @payload over, in the `pair` format, changed or another's. Returns: (transfer full) it with @signer's signature, which
 * is right, in place of the one that it has. */
GBytes *pipit_forged_pair_signature(const PipitDeviceSecrets *signer, GByteArray *payload);
