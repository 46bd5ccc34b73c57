/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private halves lie in one block of locked memory as bytes; what is public is computed once, when they come in. */
#include "crypto/device_secrets.h"

#include <nettle/sha2.h>
#include <string.h>

#include "crypto/bignum.h"
#include "crypto/i18n.h"
#include "crypto/oaep.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/secret.h"

typedef struct {
	guint8 pair_signing[PIPIT_P256_SCALAR_LEN];
	guint8 device[PIPIT_P256_SCALAR_LEN]; /* its public Y is the smaller one */
	PipitRsaPrivate rsa;
} PrivateHalves;

struct PipitDeviceSecrets {
	gatomicrefcount references;
	PrivateHalves *private_halves;
	guint8 device_key[PIPIT_COMPACT_KEY_LEN];
	PipitPairIdentity identity;
};

static PipitDeviceSecrets *
secrets_new(void)
{
	PipitDeviceSecrets *secrets = g_new0(PipitDeviceSecrets, 1);
	pipit_bignum_wipe_freed();
	g_atomic_ref_count_init(&secrets->references);
	secrets->private_halves = pipit_secret_new(sizeof(PrivateHalves));
	return secrets;
}

PipitDeviceSecrets *
pipit_device_secrets_generate(void)
{
	PipitDeviceSecrets *secrets = secrets_new();
	guint8 signing[PIPIT_P256_POINT_LEN];
	pipit_p256_generate(secrets->private_halves->pair_signing, signing);
	if (!pipit_compact_key_generate(secrets->private_halves->device, secrets->device_key))
		g_error("there is no memory for a device's key");
	pipit_rsa_generate(&secrets->private_halves->rsa, PIPIT_RSA_BITS);
	pipit_wipe_stack();
	pipit_pair_identity_set(&secrets->identity, signing, &secrets->private_halves->rsa.public_half);
	return secrets;
}

PipitDeviceSecrets *
pipit_device_secrets_ref(PipitDeviceSecrets *secrets)
{
	g_atomic_ref_count_inc(&secrets->references);
	return secrets;
}

void
pipit_device_secrets_unref(PipitDeviceSecrets *secrets)
{
	if (!g_atomic_ref_count_dec(&secrets->references))
		return;
	pipit_secret_free(secrets->private_halves);
	g_free(secrets);
}

PipitDeviceSecrets *
pipit_device_secrets_new(const guint8 pair_signing[static PIPIT_P256_SCALAR_LEN],
			 const guint8 device[static PIPIT_P256_SCALAR_LEN], const char *pair_rsa_pem,
			 GError **error)
{
	g_autoptr(PipitDeviceSecrets) secrets = secrets_new();
	PrivateHalves *halves = secrets->private_halves;
	guint8 signing[PIPIT_P256_POINT_LEN];
	memcpy(halves->pair_signing, pair_signing, sizeof halves->pair_signing);
	memcpy(halves->device, device, sizeof halves->device);
	if (!pipit_p256_public(halves->pair_signing, signing)) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("The pair signing key is not valid."));
		return NULL;
	}
	if (!pipit_compact_key_of(halves->device, secrets->device_key)) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
				    _("The device key is not valid."));
		return NULL;
	}
	gboolean valid = pipit_rsa_private_from_pem(&halves->rsa, pair_rsa_pem);
	pipit_wipe_stack();
	if (!valid) {
		g_set_error_literal(
			error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID,
			_("The pair encryption key is not a valid RSA key of 1280 to 4096 bits."));
		return NULL;
	}
	pipit_pair_identity_set(&secrets->identity, signing, &halves->rsa.public_half);
	return g_steal_pointer(&secrets);
}

void
pipit_device_secrets_scalars(const PipitDeviceSecrets *secrets,
			     guint8 pair_signing[static PIPIT_P256_SCALAR_LEN],
			     guint8 device[static PIPIT_P256_SCALAR_LEN])
{
	memcpy(pair_signing, secrets->private_halves->pair_signing, PIPIT_P256_SCALAR_LEN);
	memcpy(device, secrets->private_halves->device, PIPIT_P256_SCALAR_LEN);
}

char *
pipit_device_secrets_rsa_pem(const PipitDeviceSecrets *secrets)
{
	char *pem = pipit_rsa_private_to_pem(&secrets->private_halves->rsa);
	pipit_wipe_stack();
	return pem;
}

void
pipit_device_secrets_sign(const PipitDeviceSecrets *secrets, gconstpointer message, gsize size,
			  guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	guint8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, size, message);
	sha256_digest(&hash, sizeof digest, digest);
	if (!pipit_device_secrets_sign_digest(secrets, digest, signature))
		g_error("there is no memory for a signature");
}

/* Each scalar was checked when it came in, so it is the library if this fails. */
static gboolean
sign(const guint8 scalar[static PIPIT_P256_SCALAR_LEN], const guint8 *digest, gsize size,
     guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	gboolean done = pipit_p256_sign(scalar, digest, size, signature);
	pipit_wipe_stack();
	return done;
}

gboolean
pipit_device_secrets_sign_digest(const PipitDeviceSecrets *secrets, const guint8 digest[static 32],
				 guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	return sign(secrets->private_halves->device, digest, 32, signature);
}

gboolean
pipit_device_secrets_pair_sign_digest(const PipitDeviceSecrets *secrets, const guint8 digest[static 20],
				      guint8 signature[static PIPIT_P256_SIGNATURE_LEN])
{
	return sign(secrets->private_halves->pair_signing, digest, 20, signature);
}

gsize
pipit_device_secrets_rsa_size(const PipitDeviceSecrets *secrets)
{
	return secrets->identity.rsa.size;
}

gssize
pipit_device_secrets_rsa_decrypt(const PipitDeviceSecrets *secrets, const guint8 *block, guint8 *message)
{
	return pipit_oaep_decrypt(&secrets->private_halves->rsa, block, secrets->identity.rsa.size, "", 0,
				  message);
}

const guint8 *
pipit_device_secrets_device_key(const PipitDeviceSecrets *secrets)
{
	return secrets->device_key;
}

const PipitPairIdentity *
pipit_device_secrets_identity(const PipitDeviceSecrets *secrets)
{
	return &secrets->identity;
}

GBytes *
pipit_device_secrets_pair_identity(const PipitDeviceSecrets *secrets)
{
	return pipit_pair_identity_encode(&secrets->identity);
}
