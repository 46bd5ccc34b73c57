/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws and hashes tokens and invite codes. */
#include "server/tokens.h"

#include <nettle/sha2.h>

#include "crypto/random.h"

#define INVITE_LETTERS 16
#define INVITE_GROUP 4

/* No letter that reads like another: 0/o, 1/i/l. */
static const char alphabet[] = "23456789abcdefghjkmnpqrstuvwxyz";
G_STATIC_ASSERT(sizeof alphabet - 1 == 31);

void
pipitd_token_generate(guint8 token[static PIPIT_TOKEN_LEN])
{
	pipit_random(token, PIPIT_TOKEN_LEN);
}

void
pipitd_token_hash(gconstpointer token, gsize size, guint8 hash[static PIPITD_TOKEN_HASH_LEN])
{
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, size, token);
	sha256_digest(&context, PIPITD_TOKEN_HASH_LEN, hash);
}

static char
draw_letter(void)
{
	guint8 byte;
	do /* rejection: 31 letters do not divide 256 */
		pipit_random(&byte, 1);
	while (byte >= 31 * 8);
	return alphabet[byte % 31];
}

char *
pipitd_invite_code_generate(void)
{
	GString *code = g_string_new(NULL);
	for (guint i = 0; i < INVITE_LETTERS; i++) {
		if (i > 0 && i % INVITE_GROUP == 0)
			g_string_append_c(code, '-');
		g_string_append_c(code, draw_letter());
	}
	return g_string_free(code, FALSE);
}

void
pipitd_invite_code_hash(const char *code, guint8 hash[static PIPITD_TOKEN_HASH_LEN])
{
	g_autoptr(GString) plain = g_string_new(NULL);
	for (; *code != '\0'; code++) {
		if (g_ascii_isalnum(*code))
			g_string_append_c(plain, g_ascii_tolower(*code));
	}
	pipitd_token_hash(plain->str, plain->len, hash);
}
