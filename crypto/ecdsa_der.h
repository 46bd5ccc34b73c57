/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ECDSA signatures on P-256 between raw r || s and DER (RFC 3279, section 2.2.3), which the `pair` format carries. */
#pragma once

#include <glib.h>

#include "crypto/p256.h"

#define PIPIT_ECDSA_DER_MAX 72 /* two INTEGERs of up to 33 bytes in a SEQUENCE */

/** Writes @raw as DER. Returns: its size. */
gsize pipit_ecdsa_to_der(const guint8 raw[static PIPIT_P256_SIGNATURE_LEN],
			 guint8 der[static PIPIT_ECDSA_DER_MAX]);

/** Reads DER of exactly @size bytes strictly: the one form of each number. The range of r and s is not checked. */
gboolean pipit_ecdsa_from_der(const guint8 *der, gsize size, guint8 raw[static PIPIT_P256_SIGNATURE_LEN]);
