/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HKDF-SHA256 (RFC 5869), extract and expand in one. */
#pragma once

#include <glib.h>

#define PIPIT_HKDF_MAX 8160 /* 255 blocks of SHA-256 */

typedef struct {
	gconstpointer bytes;
	gsize size;
} PipitHkdfInput;

/** Derives @size bytes of key; FALSE if they are more than PIPIT_HKDF_MAX. Wipe @key after use. */
gboolean pipit_hkdf_sha256(PipitHkdfInput secret, PipitHkdfInput salt, PipitHkdfInput context, guint8 *key,
			   gsize size);
