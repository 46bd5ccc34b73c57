/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for secrets. Keys get pages of their own, locked and left out of core dumps; what passes by is wiped. */
#pragma once

#include <glib.h>

/**
 * Allocates @size zeroed bytes for a secret. Aborts when there is no memory, like g_malloc(); a refused mlock()
 * (a low RLIMIT_MEMLOCK) is not an error.
 * Returns: (transfer full) free with pipit_secret_free().
 */
gpointer pipit_secret_new(gsize size);

/** Wipes and frees what pipit_secret_new() returned; NULL is fine. */
void pipit_secret_free(gpointer secret);

/** Overwrites @size bytes at @memory in a way that the compiler does not drop. */
void pipit_wipe(gpointer memory, gsize size);

/**
 * Overwrites the stack below the caller, where the functions that it called have left registers and arrays. Called at
 * the end of what computes with secrets.
 */
void pipit_wipe_stack(void);

/**
 * Allocates @size bytes for what is secret for a moment, such as a plaintext: from the heap, so cheap, and not locked.
 * Returns: (transfer full) free with pipit_scratch_free().
 */
gpointer pipit_scratch_new(gsize size);

/** Wipes and frees what pipit_scratch_new() returned; NULL is fine. */
void pipit_scratch_free(gpointer scratch);

/** Copies @size bytes into a GBytes that wipes its memory when the last reference goes. */
GBytes *pipit_secret_bytes(gconstpointer bytes, gsize size);

/**
 * Makes a GBytes of the @size bytes at @bytes, which lie inside @scratch (from pipit_scratch_new()).
 * @scratch: (transfer full) wiped and freed when the last reference goes.
 */
GBytes *pipit_secret_bytes_take(gpointer scratch, gconstpointer bytes, gsize size);

/** Wipes and frees a zero-terminated string; NULL is fine. */
void pipit_secret_string_free(char *string);

/** TRUE if the @size bytes are equal, in time that does not depend on where they differ. */
gboolean pipit_equal_constant_time(gconstpointer a, gconstpointer b, gsize size);
