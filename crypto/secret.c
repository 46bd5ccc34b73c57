/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets get pages of their own, since a lock or a "do not dump" counts for whole pages, and a heap block that is freed
 * may keep what it held. */
#include "crypto/secret.h"

#include <nettle/memops.h>
#include <string.h>
#include <sys/mman.h>

/* Stands before the secret on its first page. */
typedef union {
	gsize mapped; /* bytes, with this header */
	max_align_t align;
} Header;

gpointer
pipit_secret_new(gsize size)
{
	g_assert(size <= G_MAXSIZE - sizeof(Header));
	gsize mapped = size + sizeof(Header);
	Header *header = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (header == MAP_FAILED)
		g_error("no memory for %" G_GSIZE_FORMAT " bytes", size);
	mlock(header, mapped);
	madvise(header, mapped, MADV_DONTDUMP);
	header->mapped = mapped;
	return header + 1;
}

void
pipit_secret_free(gpointer secret)
{
	if (secret == NULL)
		return;
	Header *header = (Header *)secret - 1;
	gsize mapped = header->mapped;
	/* The kernel zeroes pages before it gives them to anybody, but not at once. */
	pipit_wipe(header, mapped);
	munmap(header, mapped);
}

void
pipit_wipe(gpointer memory, gsize size)
{
	if (size > 0)
		explicit_bzero(memory, size);
}

GBytes *
pipit_secret_bytes(gconstpointer bytes, gsize size)
{
	guint8 *secret = pipit_secret_new(size);
	if (size > 0)
		memcpy(secret, bytes, size);
	return pipit_secret_bytes_take(secret, secret, size);
}

GBytes *
pipit_secret_bytes_take(gpointer secret, gconstpointer bytes, gsize size)
{
	return g_bytes_new_with_free_func(bytes, size, pipit_secret_free, secret);
}

void
pipit_secret_string_free(char *string)
{
	if (string != NULL)
		pipit_wipe(string, strlen(string));
	g_free(string);
}

gboolean
pipit_equal_constant_time(gconstpointer a, gconstpointer b, gsize size)
{
	return memeql_sec(a, b, size) != 0;
}
