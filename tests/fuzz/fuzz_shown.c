/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures of a stranger: they are measured within what is there, and what passes is small enough to be shown. */
#include "plugin/picture_limits.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(GBytes) bytes = fuzz_rest(&input);
	gsize length = 0;
	const guint8 *picture = g_bytes_get_data(bytes, &length);
	guint64 pixels = 0;
	if (length > 0 && pipit_picture_is_harmless(picture, length, &pixels))
		fuzz_require(pixels > 0 && pixels <= PIPIT_SHOWN_MAX_PIXELS);
	return 0;
}
