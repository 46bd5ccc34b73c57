/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inflating stops at the bargained size and takes exactly one member. */
#include <glib.h>
#include <string.h>
#include <time.h>

#include "protocol/gzip.h"

static GBytes *
gzip_of(gsize size)
{
	g_autofree char *zeros = g_malloc0(size + 1);
	g_autoptr(GBytes) bytes = g_bytes_new(zeros, size);
	return pipit_gzip(bytes);
}

static void
test_there_and_back(void)
{
	const gsize sizes[] = {0, 1, 4095, 4096, 4097, 100000};
	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GBytes) packed = gzip_of(sizes[i]);
		g_autoptr(GBytes) back = pipit_gunzip(packed, sizes[i]);
		g_assert_nonnull(back);
		g_assert_cmpuint(g_bytes_get_size(back), ==, sizes[i]);
	}
}

static void
test_the_header_tells_nothing(void)
{
	g_autoptr(GBytes) packed = gzip_of(10);
	const guint8 *header = g_bytes_get_data(packed, NULL);
	g_assert_cmpint(memcmp(header, "\x1f\x8b\x08\0\0\0\0\0", 8), ==, 0);
	g_assert_cmpint(header[9], ==, 255);
}

static clock_t
time_to_refuse(GBytes *bomb, gsize max)
{
	clock_t start = clock();
	g_assert_null(pipit_gunzip(bomb, max));
	return clock() - start;
}

static void
test_a_bomb(void)
{
	const gsize mib = 1 << 20;
	g_autoptr(GBytes) over = gzip_of(mib + 1);
	g_assert_null(pipit_gunzip(over, mib));
	g_autoptr(GBytes) bomb = gzip_of(200 * mib);
	/* It stops at the limit: inflating two hundred times as much takes far longer. */
	g_assert_cmpint(10 * time_to_refuse(bomb, mib), <, time_to_refuse(bomb, 200 * mib - 1));
}

static void
test_what_is_not_one_member(void)
{
	g_autoptr(GBytes) packed = gzip_of(100);
	gsize size = 0;
	const guint8 *start = g_bytes_get_data(packed, &size);
	g_autofree guint8 *copy = g_malloc0(2 * size);
	memcpy(copy, start, size);
	memcpy(copy + size, start, size);
	for (gsize cut = 0; cut < size; cut++) {
		g_autoptr(GBytes) torn = g_bytes_new(copy, cut);
		g_assert_null(pipit_gunzip(torn, 1000));
	}
	g_autoptr(GBytes) trailing = g_bytes_new(copy, size + 1);
	g_assert_null(pipit_gunzip(trailing, 1000));
	g_autoptr(GBytes) twice = g_bytes_new(copy, 2 * size);
	g_assert_null(pipit_gunzip(twice, 1000));
	copy[size - 8] ^= 1;
	g_autoptr(GBytes) wrong_sum = g_bytes_new(copy, size);
	g_assert_null(pipit_gunzip(wrong_sum, 1000));
	g_autoptr(GBytes) plain = g_bytes_new("{\"v\":1}", 7);
	g_assert_null(pipit_gunzip(plain, 1000));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gzip/there-and-back", test_there_and_back);
	g_test_add_func("/gzip/the-header-tells-nothing", test_the_header_tells_nothing);
	g_test_add_func("/gzip/a-bomb", test_a_bomb);
	g_test_add_func("/gzip/what-is-not-one-member", test_what_is_not_one_member);
	return g_test_run();
}
