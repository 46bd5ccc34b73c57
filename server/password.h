/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords at rest: Argon2id (RFC 9106) in the usual "$argon2id$v=19$m=…,t=…,p=1$salt$hash" text. */
#pragma once

#include <glib.h>

/* What a cost may be; libgcrypt 1.10 crashes on some above 4 GiB. */
#define PIPITD_PASSWORD_MIN_KIB 8
#define PIPITD_PASSWORD_MAX_KIB (1024 * 1024)
#define PIPITD_PASSWORD_MAX_PASSES 100

typedef struct {
	guint memory_kib;
	guint passes;
} PipitdPasswordCost;

/** Makes libgcrypt ready; call it before threads hash. Again is fine. */
void pipitd_password_prepare(void);

/**
 * Hashes @password under a fresh salt. Takes half a second and @cost's memory: never on a thread that serves.
 * Returns: (transfer full) NULL if there is no memory for it now.
 */
char *pipitd_password_hash(const char *password, PipitdPasswordCost cost);

/**
 * TRUE if @password is the one that was hashed. With @hash NULL (no such account) it does the same work at @cost and
 * says FALSE, so that neither the answer nor its time tells whether the account exists.
 */
gboolean pipitd_password_verify(const char *password, const char *hash, PipitdPasswordCost cost);
