/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests write into folders of their own and leave nothing behind. */
#include "tests/support/test_folder.h"

#include <ftw.h>
#include <stdio.h>

#define MAX_OPEN 16

char *
pipit_test_folder_new(void)
{
	g_autoptr(GError) error = NULL;
	char *folder = g_dir_make_tmp("pipit-test-XXXXXX", &error);

	g_assert_no_error(error);
	return folder;
}

static int
remove_one(const char *path, const struct stat *status G_GNUC_UNUSED, int kind G_GNUC_UNUSED,
	   struct FTW *walk G_GNUC_UNUSED)
{
	return remove(path);
}

void
pipit_test_folder_free(char *folder)
{
	g_autofree char *path = folder;

	if (path != NULL)
		g_assert_cmpint(nftw(path, remove_one, MAX_OPEN, FTW_DEPTH | FTW_PHYS), ==, 0);
}

char *
pipit_test_build_dir(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *program = g_file_read_link("/proc/self/exe", &error);
	g_assert_no_error(error);
	/* BUILD/tests/PART/test_NOUN, or BUILD/bench/bench_NOUN */
	g_autofree char *part = g_path_get_dirname(program);
	if (g_str_has_suffix(part, "/bench"))
		return g_path_get_dirname(part);
	g_autofree char *tests = g_path_get_dirname(part);

	return g_path_get_dirname(tests);
}

guint
pipit_test_folder_count(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	guint count = 0;

	for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
		g_autofree char *below = g_build_filename(folder, name, NULL);
		count += g_file_test(below, G_FILE_TEST_IS_DIR) ? pipit_test_folder_count(below) : 1;
	}
	return count;
}
