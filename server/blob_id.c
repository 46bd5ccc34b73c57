/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws and checks blob ids. */
#include "server/blob_id.h"

#include <string.h>

#include "crypto/random.h"

#define ID_BYTES 32

void
pipitd_blob_id_generate(char id[static PIPITD_BLOB_ID_SIZE])
{
	guint8 bits[ID_BYTES];
	pipit_random(bits, sizeof bits);
	g_autofree char *text = g_base64_encode(bits, sizeof bits);
	g_strdelimit(text, "+", '-');
	g_strdelimit(text, "/", '_');
	memcpy(id, text, PIPIT_BLOB_ID_CHARS); /* behind them is one "=" */
	id[PIPIT_BLOB_ID_CHARS] = '\0';
}

gboolean
pipitd_blob_id_valid(const char *text)
{
	static const char last[] = "AEIMQUYcgkosw048"; /* four bits of it count, the other two are 0 */
	gsize size = 0;
	for (; text[size] != '\0' && size <= PIPIT_BLOB_ID_CHARS; size++) {
		if (!g_ascii_isalnum(text[size]) && text[size] != '-' && text[size] != '_')
			return FALSE;
	}
	return size == PIPIT_BLOB_ID_CHARS && strchr(last, text[size - 1]) != NULL;
}
