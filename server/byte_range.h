/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes a Range header asks for (RFC 9110, section 14). */
#pragma once

#include <glib.h>

typedef enum {
	PIPITD_RANGE_WHOLE, /* there is none, or one that a server may leave aside */
	PIPITD_RANGE_PART,
	PIPITD_RANGE_OUTSIDE, /* none of these bytes is there */
} PipitdRange;

/**
 * Reads "bytes=a-b", "bytes=a-" or "bytes=-n"; whatever else there may be, several ranges too, means the whole.
 * @header: NULL is fine. @size: how many bytes there are.
 * @first, @count: out; 0 and @size for the whole.
 */
PipitdRange pipitd_range_parse(const char *header, guint64 size, guint64 *first, guint64 *count);
