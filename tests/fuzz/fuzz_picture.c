/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures: what is read of their headers, what is left of them without what they tell, and names of files. */
#include <stdio.h>
#include <string.h>

#include "protocol/file_name.h"
#include "protocol/limits.h"
#include "protocol/picture.h"
#include "protocol/picture_strip.h"
#include "tests/fuzz/fuzz.h"

enum {
	PICTURE,
	NAME,
	WAYS
};

#define OUTPUT_MAX (1 << 20)

static GBytes *
strip(GBytes *bytes, const char *type)
{
	gsize size = 0;
	gconstpointer start = g_bytes_get_data(bytes, &size);
	g_autofree char *room = g_malloc0(OUTPUT_MAX);
	FILE *in = fmemopen((gpointer)start, MAX(size, 1), "r");
	FILE *out = fmemopen(room, OUTPUT_MAX, "w");
	gboolean stripped = pipit_picture_strip(in, out, type, NULL);

	fseek(out, 0, SEEK_END);
	gsize left = (gsize)ftell(out);
	fclose(in);
	fclose(out);
	return stripped ? g_bytes_new(room, left) : NULL;
}

static void
read_picture(GBytes *bytes)
{
	gsize size = 0;
	const guint8 *start = g_bytes_get_data(bytes, &size);
	PipitPicture picture;

	if (!pipit_picture_read(start, size, &picture))
		return;
	fuzz_require((picture.width == 0) == (picture.height == 0));
	fuzz_require(picture.width <= PIPIT_PICTURE_SIDE_MAX && picture.height <= PIPIT_PICTURE_SIDE_MAX);
	if (size == 0 || !pipit_picture_can_strip(picture.type))
		return;
	/* What is left is a picture of the same kind, and is left as it is. */
	g_autoptr(GBytes) left = strip(bytes, picture.type);
	if (left == NULL)
		return;
	g_autoptr(GBytes) again = strip(left, picture.type);
	fuzz_require(again != NULL);
	fuzz_require_equal(left, again);
}

static void
name_file(const char *given)
{
	g_autofree char *safe = pipit_file_name_safe(given);
	g_autofree char *again = pipit_file_name_safe(safe);
	g_autofree char *second = pipit_file_name_numbered(safe, 2);

	fuzz_require(g_utf8_validate(safe, -1, NULL) && strpbrk(safe, "/\\") == NULL);
	fuzz_require(safe[0] != '\0' && safe[0] != '.' && strlen(safe) <= 180);
	fuzz_require(strcmp(safe, again) == 0);
	fuzz_require(strcmp(safe, second) != 0 && strlen(second) < 255);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);

	if (fuzz_byte(&input) % WAYS == PICTURE) {
		g_autoptr(GBytes) bytes = fuzz_rest(&input);
		read_picture(bytes);
	} else {
		g_autofree char *given = fuzz_string(&input);
		name_file(given);
	}
	return 0;
}
