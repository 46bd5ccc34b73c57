/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads Range headers. */
#include "server/byte_range.h"

#include <string.h>

#define UNIT "bytes="

/* Reads digits, as the largest number there is where they say more. FALSE if there are none. */
static gboolean
read_number(const char **text, guint64 *number)
{
	if (!g_ascii_isdigit(**text))
		return FALSE;
	*number = 0;
	for (; g_ascii_isdigit(**text); (*text)++) {
		guint64 digit = (guint64)(**text - '0');
		*number = *number > (G_MAXUINT64 - digit) / 10 ? G_MAXUINT64 : *number * 10 + digit;
	}
	return TRUE;
}

/* "-n": the last n bytes. */
static PipitdRange
parse_suffix(const char *text, guint64 size, guint64 *first, guint64 *count)
{
	guint64 length;
	if (!read_number(&text, &length) || *text != '\0')
		return PIPITD_RANGE_WHOLE;
	if (length == 0)
		return PIPITD_RANGE_OUTSIDE;
	if (size == 0) /* could be satisfied, but Content-Range has no words for no bytes */
		return PIPITD_RANGE_WHOLE;
	*count = MIN(length, size);
	*first = size - *count;
	return PIPITD_RANGE_PART;
}

static PipitdRange
parse_positions(const char *text, guint64 size, guint64 *first, guint64 *count)
{
	guint64 start;
	guint64 last = G_MAXUINT64;
	if (!read_number(&text, &start) || *text++ != '-')
		return PIPITD_RANGE_WHOLE;
	if (*text != '\0' && (!read_number(&text, &last) || *text != '\0' || last < start))
		return PIPITD_RANGE_WHOLE;
	if (start >= size)
		return PIPITD_RANGE_OUTSIDE;
	*first = start;
	*count = MIN(last, size - 1) - start + 1;
	return PIPITD_RANGE_PART;
}

PipitdRange
pipitd_range_parse(const char *header, guint64 size, guint64 *first, guint64 *count)
{
	*first = 0;
	*count = size;
	if (header == NULL || g_ascii_strncasecmp(header, UNIT, strlen(UNIT)) != 0)
		return PIPITD_RANGE_WHOLE;
	const char *text = header + strlen(UNIT);
	return *text == '-' ? parse_suffix(text + 1, size, first, count)
			    : parse_positions(text, size, first, count);
}
