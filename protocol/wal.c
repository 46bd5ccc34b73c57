/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks a log's checksums, which run on from frame to frame. */
#include "protocol/wal.h"

#include <string.h>

#define HEADER_SIZE 32
#define HEADER_SUMMED 24
#define FRAME_HEADER_SIZE 24
#define FRAME_SUMMED 8
#define SALTS_SIZE 8
#define MAGIC 0x377f0682U /* with the lowest bit: its sums are of big-endian words */
#define PAGE_MIN 512U
#define PAGE_MAX 65536U

/* Where the parts are, in bytes. */
enum {
	HEADER_PAGE_SIZE = 8,
	HEADER_SALTS = 16,
	HEADER_SUM = 24,
	FRAME_SALTS = 8,
	FRAME_SUM = 16,
};

typedef struct {
	guint32 first;
	guint32 second;
	gboolean big_endian;
} Sum;

static guint32
read_word(const guint8 *bytes, gboolean big_endian)
{
	guint32 word;

	memcpy(&word, bytes, sizeof word);
	return big_endian ? GUINT32_FROM_BE(word) : GUINT32_FROM_LE(word);
}

static void
sum_add(Sum *sum, const guint8 *bytes, gsize size)
{
	for (gsize i = 0; i + 8 <= size; i += 8) {
		sum->first += read_word(bytes + i, sum->big_endian) + sum->second;
		sum->second += read_word(bytes + i + 4, sum->big_endian) + sum->first;
	}
}

static gboolean
sum_is(const Sum *sum, const guint8 *written)
{
	return sum->first == read_word(written, TRUE) && sum->second == read_word(written + 4, TRUE);
}

/* Sets @page_size. */
static gboolean
header_is_sound(const guint8 *log, Sum *sum, gsize *page_size)
{
	guint32 magic = read_word(log, TRUE);

	*page_size = read_word(log + HEADER_PAGE_SIZE, TRUE);
	*sum = (Sum){.big_endian = (magic & 1) != 0};
	sum_add(sum, log, HEADER_SUMMED);
	return (magic & ~1U) == MAGIC && *page_size >= PAGE_MIN && *page_size <= PAGE_MAX &&
	       sum_is(sum, log + HEADER_SUM);
}

/* A frame with other salts was left there by an earlier use of the log. */
static gboolean
has_salts(const guint8 *log, const guint8 *frame)
{
	return memcmp(frame + FRAME_SALTS, log + HEADER_SALTS, SALTS_SIZE) == 0;
}

static gboolean
frame_is_sound(const guint8 *frame, gsize page_size, Sum *sum)
{
	sum_add(sum, frame, FRAME_SUMMED);
	sum_add(sum, frame + FRAME_HEADER_SIZE, page_size);
	return sum_is(sum, frame + FRAME_SUM);
}

gboolean
pipit_wal_is_broken(const guint8 *log, gsize size)
{
	Sum sum;
	gsize page_size = 0;

	/* It is on the disk before the first frame is written. */
	if (size <= HEADER_SIZE)
		return FALSE;
	if (!header_is_sound(log, &sum, &page_size))
		return TRUE;
	gsize frame_size = FRAME_HEADER_SIZE + page_size;
	gsize n_frames = (size - HEADER_SIZE) / frame_size;
	const guint8 *frames = log + HEADER_SIZE;
	gsize sound = 0;
	while (sound < n_frames && has_salts(log, frames + sound * frame_size) &&
	       frame_is_sound(frames + sound * frame_size, page_size, &sum))
		sound++;
	/* The next may have been in the writing; those behind it were not begun before it was written. */
	for (gsize i = sound + 1; i < n_frames; i++)
		if (has_salts(log, frames + i * frame_size))
			return TRUE;
	return FALSE;
}

gboolean
pipit_wal_keep_broken(const char *database, gboolean *broken, GError **error)
{
	g_autofree char *path = g_strconcat(database, "-wal", NULL);
	g_autofree char *copy = g_strconcat(path, ".damaged", NULL);
	g_autofree char *log = NULL;
	gsize size = 0;

	*broken = FALSE;
	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return TRUE;
	if (!g_file_get_contents(path, &log, &size, error))
		return FALSE;
	if (!pipit_wal_is_broken((const guint8 *)log, size))
		return TRUE;
	*broken = TRUE;
	return g_file_set_contents_full(copy, log, (gssize)size,
					G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
					error);
}
