/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often something may happen: a bucket for each kind and key, which fills up again as time goes by. */
#pragma once

#include <glib.h>

typedef enum {
	PIPITD_LIMIT_LOGIN_HANDLE,
	PIPITD_LIMIT_LOGIN_NETWORK,
	PIPITD_LIMIT_REGISTER_NETWORK,
	PIPITD_LIMIT_LOOKUP_ACCOUNT,
	PIPITD_LIMIT_COUNT,
} PipitdLimit;

typedef struct PipitdLimits PipitdLimits;

PipitdLimits *pipitd_limits_new(void);
void pipitd_limits_free(PipitdLimits *limits);

/** Allows @count of a kind in every @window_seconds; a bucket starts full. */
void pipitd_limits_set(PipitdLimits *limits, PipitdLimit limit, guint count, guint window_seconds);

/**
 * Takes @amount out of the bucket of @key at @now (monotonic, ms).
 * Returns: 0, or the seconds to wait until that much is there; then nothing was taken.
 */
guint pipitd_limits_take(PipitdLimits *limits, PipitdLimit limit, const char *key, guint amount, gint64 now);

/** Puts back what turned out not to count. */
void pipitd_limits_give_back(PipitdLimits *limits, PipitdLimit limit, const char *key, guint amount,
			     gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdLimits, pipitd_limits_free)
