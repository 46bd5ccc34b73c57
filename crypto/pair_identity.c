/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SEQUENCE { [1] IMPLICIT OCTET STRING sig, [2] IMPLICIT OCTET STRING enc }, with lengths inside the strings once more. */
#include "crypto/pair_identity.h"

#include <nettle/sha2.h>
#include <string.h>

#include "crypto/der.h"
#include "crypto/i18n.h"
#include "crypto/rsa_pkcs1.h"

#define TAG_SIG 0x81
#define TAG_ENC 0x82
#define SIG_LEN (2 + PIPIT_P256_POINT_LEN)
#define ENC_MAX (2 + PIPIT_RSA_PUBLIC_DER_MAX)
#define HEADERS_MAX 16

static const guint8 sig_length[] = {0x00, PIPIT_P256_POINT_LEN};

/* Writes enc = u16 len || RSAPublicKey. Returns: its size. */
static gsize
write_enc(const PipitRsaPublic *rsa, guint8 enc[static ENC_MAX])
{
	gsize size = pipit_rsa_public_to_der(rsa, enc + 2);
	enc[0] = (guint8)(size >> 8);
	enc[1] = (guint8)size;
	return 2 + size;
}

void
pipit_pair_identity_set(PipitPairIdentity *identity, const guint8 signing[static PIPIT_P256_POINT_LEN],
			const PipitRsaPublic *rsa)
{
	guint8 enc[ENC_MAX];
	gsize enc_size = write_enc(rsa, enc);
	memcpy(identity->signing, signing, PIPIT_P256_POINT_LEN);
	identity->rsa = *rsa;
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, sizeof sig_length, sig_length);
	sha256_update(&hash, PIPIT_P256_POINT_LEN, signing);
	sha256_update(&hash, enc_size, enc);
	sha256_digest(&hash, sizeof identity->hash, identity->hash);
}

static gboolean
read_sig(PipitDerReader sig, const guint8 **signing)
{
	if (sig.left != SIG_LEN || memcmp(sig.at, sig_length, sizeof sig_length) != 0)
		return FALSE;
	*signing = sig.at + sizeof sig_length;
	return pipit_p256_point_valid(*signing);
}

static gboolean
read_enc(PipitDerReader enc, PipitRsaPublic *rsa)
{
	return enc.left >= 2 && ((gsize)enc.at[0] << 8 | enc.at[1]) == enc.left - 2 &&
	       pipit_rsa_public_from_der(rsa, enc.at + 2, enc.left - 2);
}

gboolean
pipit_pair_identity_decode(PipitPairIdentity *identity, GBytes *blob, GError **error)
{
	PipitDerReader whole = {.at = g_bytes_get_data(blob, NULL), .left = g_bytes_get_size(blob)};
	PipitDerReader fields;
	PipitDerReader sig;
	PipitDerReader enc;
	const guint8 *signing = NULL;
	PipitRsaPublic rsa;
	gboolean valid = pipit_der_read(&whole, PIPIT_DER_SEQUENCE, &fields) && whole.left == 0 &&
			 pipit_der_read(&fields, TAG_SIG, &sig) && pipit_der_read(&fields, TAG_ENC, &enc) &&
			 fields.left == 0 && read_sig(sig, &signing) && read_enc(enc, &rsa);
	if (!valid) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("The device's pair identity is not valid."));
		return FALSE;
	}
	pipit_pair_identity_set(identity, signing, &rsa);
	return TRUE;
}

GBytes *
pipit_pair_identity_encode(const PipitPairIdentity *identity)
{
	guint8 enc[ENC_MAX];
	guint8 blob[HEADERS_MAX + SIG_LEN + ENC_MAX];
	gsize enc_size = write_enc(&identity->rsa, enc);
	PipitDerWriter writer = {blob, sizeof blob};
	pipit_der_prepend(&writer, enc, enc_size);
	pipit_der_prepend_header(&writer, TAG_ENC, enc_size);
	pipit_der_prepend(&writer, identity->signing, sizeof identity->signing);
	pipit_der_prepend(&writer, sig_length, sizeof sig_length);
	pipit_der_prepend_header(&writer, TAG_SIG, SIG_LEN);
	pipit_der_prepend_header(&writer, PIPIT_DER_SEQUENCE, sizeof blob - writer.start);
	return g_bytes_new(blob + writer.start, sizeof blob - writer.start);
}
