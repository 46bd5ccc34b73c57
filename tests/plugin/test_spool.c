/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came and could not be handed over: it is moved to what the person saves, and replaces and removes nothing there. */
#include "plugin/spool.h"

#include <glib/gstdio.h>

#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static char *home;

static char *
write_file(const char *name, const char *text)
{
	char *path = g_build_filename(home, name, NULL);
	gboolean written = g_file_set_contents(path, text, -1, NULL);
	g_assert_true(written);
	return path;
}

static void
assert_file(const char *path, const char *text)
{
	g_autofree char *there = NULL;
	gboolean read = g_file_get_contents(path, &there, NULL, NULL);
	g_assert_true(read);
	g_assert_cmpstr(there, ==, text);
}

static void
test_rescued(void)
{
	g_autofree char *mine = write_file("7 notes.txt", "mine");
	g_autofree char *came = write_file("came", "theirs");
	g_autoptr(GError) error = NULL;
	const PipitTransfer transfer = {.number = 7, .name = "notes.txt", .path = came};
	g_autofree char *path = pipit_spool_rescue(&transfer, &error);
	g_assert_no_error(error);
	assert_file(path, "theirs");
	assert_file(mine, "mine");
	g_assert_false(g_file_test(came, G_FILE_TEST_EXISTS));
}

/* It was swept away meanwhile. */
static void
test_nothing_to_rescue(void)
{
	g_autofree char *mine = write_file("8 notes.txt", "mine");
	g_autofree char *gone = g_build_filename(home, "gone", NULL);
	g_autoptr(GError) error = NULL;
	const PipitTransfer transfer = {.number = 8, .name = "notes.txt", .path = gone};
	g_autofree char *path = pipit_spool_rescue(&transfer, &error);
	g_assert_null(path);
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	assert_file(mine, "mine");
}

int
main(int argc, char **argv)
{
	home = pipit_test_folder_new();
	g_setenv("HOME", home, TRUE);
	g_unsetenv("XDG_CONFIG_HOME");
	g_test_init(&argc, &argv, NULL);
	g_assert_true(pipit_null_host_start("pipit-test", home, NULL));
	g_test_add_func("/spool/rescued", test_rescued);
	g_test_add_func("/spool/nothing-to-rescue", test_nothing_to_rescue);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(home);
	return status;
}
