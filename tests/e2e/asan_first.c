/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded with AddressSanitizer into a client that was built without it: starts the sanitizer before anything else runs.
 * Otherwise it starts at the first malloc(), which Debian 12 makes inside bindtextdomain(), with the lock held that the
 * sanitizer's own start takes again: the client then hangs. */
#include <stdlib.h>

/* Seen from outside, so that the compiler can't leave the allocation out. */
void *volatile asan_first_allocation;

__attribute__((constructor)) static void
start_sanitizer(void)
{
	asan_first_allocation = malloc(1);
	free(asan_first_allocation);
}
