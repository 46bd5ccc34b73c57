/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens: 256 random bits that name a device (push token), prove one (auth token) or let one in (invite). */
#pragma once

#include <glib.h>

#include "protocol/limits.h"

#define PIPITD_TOKEN_HASH_LEN 32

/** Draws a token. */
void pipitd_token_generate(guint8 token[static PIPIT_TOKEN_LEN]);

/** SHA-256, the only form in which a secret token is kept: a stolen database lets nobody in. */
void pipitd_token_hash(gconstpointer token, gsize size, guint8 hash[static PIPITD_TOKEN_HASH_LEN]);

/** Returns: (transfer full) a code of 79 random bits that a person can read out: "k3vq-…". */
char *pipitd_invite_code_generate(void);

/** Hashes an invite code as a person typed it: letter case, dashes and spaces do not count. */
void pipitd_invite_code_hash(const char *code, guint8 hash[static PIPITD_TOKEN_HASH_LEN]);
