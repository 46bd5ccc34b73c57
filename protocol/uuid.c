/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ids: GLib's own UUIDs come from its generator for simulations; an id that nobody can guess needs the kernel's. */
#include "protocol/uuid.h"

#include "crypto/random.h"
#include "protocol/limits.h"

char *
pipit_uuid_new(void)
{
	guint8 b[16];
	pipit_random(b, sizeof b);
	b[6] = (guint8)((b[6] & 0x0f) | 0x40);
	b[8] = (guint8)((b[8] & 0x3f) | 0x80);
	return g_strdup_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
			       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
			       b[13], b[14], b[15]);
}

static gboolean
is_hyphen_place(guint i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

gboolean
pipit_uuid_valid(const char *text)
{
	for (guint i = 0; i < PIPIT_UUID_LEN; i++) {
		gboolean right = is_hyphen_place(i) ? text[i] == '-'
						    : g_ascii_isxdigit(text[i]) && !g_ascii_isupper(text[i]);
		if (!right)
			return FALSE;
	}
	return text[PIPIT_UUID_LEN] == '\0';
}
