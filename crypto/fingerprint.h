/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device key as digits that two people can read to each other. */
#pragma once

#include <glib.h>

#include "crypto/compact_key.h"

/**
 * Turns a device key into 30 decimal digits in six groups of five: each group from 5 bytes of a hash of the key, as
 * docs/sealed-messages.md says in "Fingerprints".
 * Returns: (transfer full) such as "01234 56789 01234 56789 01234 56789"; free with g_free().
 */
char *pipit_fingerprint(const guint8 device_key[static PIPIT_COMPACT_KEY_LEN]);
