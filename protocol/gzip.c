/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip of a message, by zlib. Inflating goes twice over the input: measured first, so that memory is only given to what
 * fits, and never grown (which would leave copies behind). */
#include "protocol/gzip.h"

#include <zlib.h>

#include "crypto/secret.h"

#define GZIP_WINDOW_BITS (15 + 16) /* zlib's way to say: gzip, and nothing else */
#define MEMORY_LEVEL 8
#define SYSTEM_UNKNOWN 255

/* zlib's window holds the last 32 KiB of the message: its memory is wiped too. */
static voidpf
scratch_new(voidpf context G_GNUC_UNUSED, uInt items, uInt size)
{
	return pipit_scratch_new((gsize)items * size);
}

static void
scratch_free(voidpf context G_GNUC_UNUSED, voidpf memory)
{
	pipit_scratch_free(memory);
}

static const z_stream new_stream = {.zalloc = scratch_new, .zfree = scratch_free};

static void
set_input(z_stream *stream, GBytes *bytes)
{
	gsize size = 0;
	gconstpointer start = g_bytes_get_data(bytes, &size);
	stream->next_in = (z_const Bytef *)start;
	stream->avail_in = (uInt)size;
}

GBytes *
pipit_gzip(GBytes *bytes)
{
	z_stream stream = new_stream;
	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		g_error("zlib has no memory");
	gz_header header = {.os = SYSTEM_UNKNOWN};
	deflateSetHeader(&stream, &header);
	set_input(&stream, bytes);
	gsize room = deflateBound(&stream, stream.avail_in);
	Bytef *out = pipit_scratch_new(room);
	stream.next_out = out;
	stream.avail_out = (uInt)room;
	int result = deflate(&stream, Z_FINISH);
	gsize size = room - stream.avail_out;
	deflateEnd(&stream);
	g_assert(result == Z_STREAM_END);
	return pipit_secret_bytes_take(out, out, size);
}

/* The size that @bytes inflate to; G_MAXSIZE if it is over @max or they are not exactly one gzip member. */
static gsize
inflated_size(GBytes *bytes, gsize max)
{
	z_stream stream = new_stream;
	if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK)
		return G_MAXSIZE;
	set_input(&stream, bytes);
	Bytef scratch[4096];
	int result = Z_OK;
	while (result == Z_OK && stream.total_out <= max) {
		stream.next_out = scratch;
		stream.avail_out = sizeof scratch;
		result = inflate(&stream, Z_NO_FLUSH);
	}
	pipit_wipe(scratch, sizeof scratch);
	gsize size = result == Z_STREAM_END && stream.avail_in == 0 ? stream.total_out : G_MAXSIZE;
	inflateEnd(&stream);
	return size;
}

static gboolean
inflate_into(GBytes *bytes, guint8 *out, gsize size)
{
	z_stream stream = new_stream;
	if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK)
		return FALSE;
	set_input(&stream, bytes);
	stream.next_out = out;
	stream.avail_out = (uInt)size;
	int result = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	return result == Z_STREAM_END;
}

GBytes *
pipit_gunzip(GBytes *bytes, gsize max)
{
	gsize size = inflated_size(bytes, max);
	if (size > max)
		return NULL;
	guint8 *out = pipit_scratch_new(size);
	g_autoptr(GBytes) inflated = pipit_secret_bytes_take(out, out, size);
	return inflate_into(bytes, out, size) ? g_steal_pointer(&inflated) : NULL;
}
