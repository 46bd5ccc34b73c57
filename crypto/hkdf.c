/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nettle has the two halves; this puts them together and leaves nothing of the secret behind. */
#include "crypto/hkdf.h"

#include <nettle/hkdf.h>
#include <nettle/hmac.h>

#include "crypto/secret.h"

static void
update(void *hmac, size_t size, const uint8_t *bytes)
{
	hmac_sha256_update(hmac, size, bytes);
}

static void
digest(void *hmac, size_t size, uint8_t *bytes)
{
	hmac_sha256_digest(hmac, size, bytes);
}

gboolean
pipit_hkdf_sha256(PipitHkdfInput secret, PipitHkdfInput salt, PipitHkdfInput context, guint8 *key, gsize size)
{
	if (size > PIPIT_HKDF_MAX)
		return FALSE;
	guint8 extracted[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx hmac;
	hmac_sha256_set_key(&hmac, salt.size, salt.bytes);
	hkdf_extract(&hmac, update, digest, sizeof extracted, secret.size, secret.bytes, extracted);
	hmac_sha256_set_key(&hmac, sizeof extracted, extracted);
	hkdf_expand(&hmac, update, digest, sizeof extracted, context.size, context.bytes, size, key);
	pipit_wipe(extracted, sizeof extracted);
	pipit_wipe(&hmac, sizeof hmac);
	return TRUE;
}
