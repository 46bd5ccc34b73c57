/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One place where randomness comes from, and where it must not fail quietly. */
#include "crypto/random.h"

#include <errno.h>
#include <sys/random.h>

void
pipit_random(gpointer buffer, gsize size)
{
	guint8 *at = buffer;
	while (size > 0) {
		gssize got = getrandom(at, size, 0);
		if (got < 0 && errno != EINTR)
			g_error("the kernel gives no random bytes: %s", g_strerror(errno));
		if (got > 0) {
			at += got;
			size -= (gsize)got;
		}
	}
}

void
pipit_random_nettle(G_GNUC_UNUSED void *context, size_t size, uint8_t *buffer)
{
	pipit_random(buffer, size);
}
