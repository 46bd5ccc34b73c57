/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads that wait for the disk where blobs are written, so that neither those that serve nor the one that writes the
 * store do. */
#pragma once

#include <glib.h>

typedef void (*PipitdDiskFunc)(gpointer user_data);

typedef struct PipitdDiskPool PipitdDiskPool;

PipitdDiskPool *pipitd_disk_pool_new(void);

/** Does what is queued, then stops the threads. NULL is fine. */
void pipitd_disk_pool_free(PipitdDiskPool *pool);

/** Calls @func on one of the threads. */
void pipitd_disk_pool_push(PipitdDiskPool *pool, PipitdDiskFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdDiskPool, pipitd_disk_pool_free)
