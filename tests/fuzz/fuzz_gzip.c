/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip: never more out of it than was bargained for, and all that was put in. */
#include "protocol/gzip.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	gsize max = (gsize)fuzz_u16(&input) * 16;
	g_autoptr(GBytes) bytes = fuzz_rest(&input);
	g_autoptr(GBytes) inflated = pipit_gunzip(bytes, max);
	fuzz_require(inflated == NULL || g_bytes_get_size(inflated) <= max);
	g_autoptr(GBytes) deflated = pipit_gzip(bytes);
	g_autoptr(GBytes) again = pipit_gunzip(deflated, g_bytes_get_size(bytes));
	fuzz_require(again != NULL);
	fuzz_require_equal(bytes, again);
	if (g_bytes_get_size(bytes) > 0) {
		g_autoptr(GBytes) too_large = pipit_gunzip(deflated, g_bytes_get_size(bytes) - 1);
		fuzz_require(too_large == NULL);
	}
	return 0;
}
