/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict base64: GLib decodes it and is lenient, so what it decoded is encoded again and must be the same text. */
#include "protocol/base64.h"

#include <string.h>

GBytes *
pipit_base64_decode(const char *text, gsize min, gsize max)
{
	gsize length = strlen(text);
	if (length % 4 != 0 || length / 4 > max / 3 + 1)
		return NULL;
	gsize size = 0;
	g_autofree guchar *decoded = length == 0 ? g_malloc(1) : g_base64_decode(text, &size);
	if (size < min || size > max)
		return NULL;
	g_autofree char *again = g_base64_encode(decoded, size);
	if (strcmp(again, text) != 0)
		return NULL;
	return g_bytes_new_take(g_steal_pointer(&decoded), size);
}

char *
pipit_base64_encode(GBytes *bytes)
{
	gsize size = 0;
	const guchar *start = g_bytes_get_data(bytes, &size);
	return g_base64_encode(size == 0 ? (const guchar *)"" : start, size);
}
