/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys get pages of their own, since a lock or a "do not dump" counts for whole pages, and a heap block that is freed
 * may keep what it held. */
#include "crypto/secret.h"

#include <nettle/memops.h>
#include <string.h>
#include <sys/mman.h>

/* More than any call below us takes, nettle's RSA and the dynamic linker's saved registers included. */
#define STACK_DEPTH 32768

/* Stands before each secret. */
typedef union {
	gsize size; /* bytes, with this header */
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
	header->size = mapped;
	return header + 1;
}

void
pipit_secret_free(gpointer secret)
{
	if (secret == NULL)
		return;
	Header *header = (Header *)secret - 1;
	gsize mapped = header->size;
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

G_GNUC_NO_INLINE void
pipit_wipe_stack(void)
{
	guint8 below[STACK_DEPTH];
	pipit_wipe(below, sizeof below);
}

gpointer
pipit_scratch_new(gsize size)
{
	g_assert(size <= G_MAXSIZE - sizeof(Header));
	Header *header = g_malloc(size + sizeof(Header));
	header->size = size + sizeof(Header);
	return header + 1;
}

void
pipit_scratch_free(gpointer scratch)
{
	if (scratch == NULL)
		return;
	Header *header = (Header *)scratch - 1;
	pipit_wipe(header, header->size);
	g_free(header);
}

GBytes *
pipit_secret_bytes(gconstpointer bytes, gsize size)
{
	guint8 *scratch = pipit_scratch_new(size);
	if (size > 0)
		memcpy(scratch, bytes, size);
	return pipit_secret_bytes_take(scratch, scratch, size);
}

GBytes *
pipit_secret_bytes_take(gpointer scratch, gconstpointer bytes, gsize size)
{
	return g_bytes_new_with_free_func(bytes, size, pipit_scratch_free, scratch);
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
