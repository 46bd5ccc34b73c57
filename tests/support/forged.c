/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests in which somebody cheats. */
#include "tests/support/forged.h"

#include "crypto/ecdsa_der.h"
#include "crypto/random.h"

/* Something to say that no gzip makes small: more than fits into the RSA block. */
static char *
long_text(void)
{
	guint8 random[150];
	pipit_random(random, sizeof random);
	return g_base64_encode(random, sizeof random);
}

GBytes *
pipit_forged_plaintext(PipitMessageType type, const char *id, const char *from, const char *to)
{
	g_autofree char *text = long_text();
	char *recipients[] = {(char *)to, NULL};
	const PipitMessage message = {
		.type = type,
		.id = (char *)id,
		.from = (char *)from,
		.to = recipients,
		.sent_at = g_get_real_time() / 1000,
		.text = type == PIPIT_MESSAGE_TEXT ? text : NULL,
		.typing = TRUE,
	};
	return pipit_message_pack(&message);
}

GBytes *
pipit_forged_pair_signature(const PipitDeviceSecrets *signer, GByteArray *payload)
{
	guint size = (guint)payload->data[1] << 8 | payload->data[2];
	guint8 digest[20];
	guint8 raw[PIPIT_P256_SIGNATURE_LEN];
	guint8 der[PIPIT_ECDSA_DER_MAX];
	gsize digest_size = sizeof digest;
	g_autoptr(GChecksum) sha1 = g_checksum_new(G_CHECKSUM_SHA1);
	g_checksum_update(sha1, payload->data + 3, (gssize)size);
	g_checksum_get_digest(sha1, digest, &digest_size);
	pipit_device_secrets_pair_sign_digest(signer, digest, raw);
	guint8 der_size = (guint8)pipit_ecdsa_to_der(raw, der);
	g_byte_array_set_size(payload, 3 + size);
	g_byte_array_append(payload, &der_size, 1);
	g_byte_array_append(payload, der, der_size);
	return g_byte_array_free_to_bytes(payload);
}
