/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Damages copies of files. */
#include "tests/support/damage.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

const char *
pipit_damage_name(PipitDamage damage)
{
	static const char *const names[] = {"zeroes", "noise", "cut off"};

	return names[damage];
}

GBytes *
pipit_damage_do(GBytes *whole, PipitDamage damage, gsize at, gsize size)
{
	gsize length = 0;
	const guint8 *bytes = g_bytes_get_data(whole, &length);

	g_assert_cmpuint(at + size, <=, length);
	if (damage == PIPIT_DAMAGE_CUT)
		return g_bytes_new(bytes, at);
	guint8 *copy = g_memdup2(bytes, length);
	if (damage == PIPIT_DAMAGE_ZEROES)
		memset(copy + at, 0, size);
	else
		for (gsize i = 0; i < size; i++)
			copy[at + i] = (guint8)g_test_rand_int();
	return g_bytes_new_take(copy, length);
}

guint
pipit_damage_each_page(GBytes *whole, guint step, PipitDamageTry try, gpointer user_data, guint *tried)
{
	guint pages = (guint)(g_bytes_get_size(whole) / PIPIT_DAMAGE_PAGE);
	guint noticed = 0;

	step = g_getenv("PIPIT_LONG") != NULL ? 1 : step;
	*tried = 0;
	for (guint page = (guint)g_test_rand_int_range(0, (gint32)step); page < pages; page += step) {
		for (PipitDamage damage = 0; damage < PIPIT_DAMAGES; damage++, ++*tried) {
			g_autofree char *what = g_strdup_printf("page %u of %u, %s", page + 1, pages,
								pipit_damage_name(damage));
			g_autoptr(GBytes) damaged = pipit_damage_do(
				whole, damage, (gsize)page * PIPIT_DAMAGE_PAGE, PIPIT_DAMAGE_PAGE);
			noticed += try(user_data, damaged, what) ? 1 : 0;
		}
	}
	g_test_message("%u pages, %u damages, %u noticed", pages, *tried, noticed);
	return noticed;
}

GBytes *
pipit_damage_read(const char *path)
{
	g_autoptr(GError) error = NULL;
	char *contents = NULL;
	gsize length = 0;

	g_file_get_contents(path, &contents, &length, &error);
	g_assert_no_error(error);
	return g_bytes_new_take(contents, length);
}

void
pipit_damage_write(const char *path, GBytes *contents)
{
	gsize size = 0;
	gconstpointer bytes = g_bytes_get_data(contents, &size);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, bytes, size), ==, (gssize)size);
	close(fd);
}

void
pipit_damage_assert_same(const char *path, GBytes *contents, const char *what)
{
	g_autoptr(GBytes) now = g_file_test(path, G_FILE_TEST_EXISTS) ? pipit_damage_read(path) : NULL;

	if (now == NULL || !g_bytes_equal(now, contents))
		g_error("%s: %s was changed: %" G_GSIZE_FORMAT " bytes, %" G_GSIZE_FORMAT " before", what,
			path, now != NULL ? g_bytes_get_size(now) : 0, g_bytes_get_size(contents));
}
