/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why: tests that write real files would fill /tmp otherwise. */
#include "tests/support/temp_dir.h"

#include <ftw.h>
#include <stdio.h>

char *
pipit_temp_dir_new(void)
{
	g_autoptr(GError) error = NULL;
	char *path = g_dir_make_tmp("pipit-test-XXXXXX", &error);
	g_assert_no_error(error);
	return path;
}

static int
remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void
pipit_temp_dir_remove(char *path)
{
	g_assert_cmpint(nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS), ==, 0);
	g_free(path);
}
