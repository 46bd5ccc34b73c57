/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hashes and verifies passwords with libgcrypt's Argon2id. */
#include "server/password.h"

#include <gcrypt.h>
#include <stdio.h>
#include <string.h>

#include "crypto/random.h"
#include "crypto/secret.h"

#define SALT_LEN 16
#define HASH_LEN 32
#define VERSION 19 /* 0x13, the one that RFC 9106 describes */

void
pipitd_password_prepare(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0)
		return;
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static gboolean
derive(const char *password, const guint8 salt[static SALT_LEN], PipitdPasswordCost cost,
       guint8 hash[static HASH_LEN])
{
	unsigned long parameters[] = {HASH_LEN, cost.passes, cost.memory_kib, 1};
	gcry_kdf_hd_t kdf;
	if (*password == '\0') /* libgcrypt 1.10.1 crashes on it */
		return FALSE;
	if (gcry_kdf_open(&kdf, GCRY_KDF_ARGON2, GCRY_KDF_ARGON2ID, parameters, G_N_ELEMENTS(parameters),
			  password, strlen(password), salt, SALT_LEN, NULL, 0, NULL, 0) != 0)
		return FALSE;
	gboolean done = gcry_kdf_compute(kdf, NULL) == 0 && gcry_kdf_final(kdf, HASH_LEN, hash) == 0;
	gcry_kdf_close(kdf);
	return done;
}

/* Base64 without padding, as the text form has it. */
static char *
print_part(const guint8 *bytes, gsize size)
{
	char *text = g_base64_encode(bytes, size);
	return g_strdelimit(text, "=", '\0');
}

char *
pipitd_password_hash(const char *password, PipitdPasswordCost cost)
{
	guint8 salt[SALT_LEN];
	guint8 hash[HASH_LEN];
	pipit_random(salt, sizeof salt);
	if (!derive(password, salt, cost, hash))
		return NULL;
	g_autofree char *salt_text = print_part(salt, sizeof salt);
	g_autofree char *hash_text = print_part(hash, sizeof hash);
	return g_strdup_printf("$argon2id$v=%d$m=%u,t=%u,p=1$%s$%s", VERSION, cost.memory_kib, cost.passes,
			       salt_text, hash_text);
}

static gboolean
read_part(const char *text, guint8 *bytes, gsize size)
{
	gsize length;
	g_autofree char *padded = g_strconcat(text, &"==="[(strlen(text) + 3) % 4], NULL);
	g_autofree guchar *decoded = g_base64_decode(padded, &length);
	if (length != size)
		return FALSE;
	memcpy(bytes, decoded, size);
	return TRUE;
}

/* The text comes from our own store, and is read with care all the same: a damaged one must not cost 4 GiB. */
static gboolean
read_hash(const char *text, guint8 salt[static SALT_LEN], PipitdPasswordCost *cost,
	  guint8 hash[static HASH_LEN])
{
	g_auto(GStrv) parts = g_strsplit(text, "$", 7);
	if (g_strv_length(parts) != 6 || strcmp(parts[1], "argon2id") != 0 || strcmp(parts[2], "v=19") != 0)
		return FALSE;
	PipitdPasswordCost read;
	if (sscanf(parts[3], "m=%7u,t=%3u,p=1", &read.memory_kib, &read.passes) != 2)
		return FALSE;
	if (read.memory_kib < PIPITD_PASSWORD_MIN_KIB || read.memory_kib > PIPITD_PASSWORD_MAX_KIB ||
	    read.passes < 1 || read.passes > PIPITD_PASSWORD_MAX_PASSES)
		return FALSE;
	*cost = read; /* not before all of it was read: the work is done at this cost even if the rest is damaged */
	return read_part(parts[4], salt, SALT_LEN) && read_part(parts[5], hash, HASH_LEN);
}

gboolean
pipitd_password_verify(const char *password, const char *hash, PipitdPasswordCost cost)
{
	guint8 salt[SALT_LEN] = {0};
	guint8 expected[HASH_LEN] = {0};
	guint8 actual[HASH_LEN];
	gboolean known = hash != NULL && read_hash(hash, salt, &cost, expected);
	gboolean derived = derive(password, salt, cost, actual);
	gboolean equal = pipit_equal_constant_time(expected, actual, HASH_LEN);
	pipit_wipe(actual, sizeof actual);
	return known && derived && equal;
}
