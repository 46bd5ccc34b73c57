/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths as people type them at their own machine. */
#include "plugin/path.h"

#include <glib/gstdio.h>

#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static char *home;

static void
write_file(const char *name)
{
	g_autofree char *path = g_build_filename(home, name, NULL);
	gboolean written = g_file_set_contents(path, "x", 1, NULL);
	g_assert_true(written);
}

/* @expected: below the home folder. */
static void
check(const char *typed, const char *expected, const char *rest)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *words = NULL;
	g_autofree char *path = pipit_path_with_words(typed, &words, &error);
	g_autofree char *wanted = g_build_filename(home, expected, NULL);
	g_assert_no_error(error);
	g_assert_cmpstr(path, ==, wanted);
	g_assert_cmpstr(words, ==, rest);
}

static void
test_typed(void)
{
	static const struct {
		const char *typed;
		const char *expected;
		const char *rest;
	} cases[] = {
		{"report", "report", ""},
		{"~/report", "report", ""},
		{"report the latest", "report", "the latest"},
		{"my report.pdf", "my report.pdf", ""},
		{"my report.pdf  at last ", "my report.pdf", "at last"},
		{"\"my report.pdf\" at last", "my report.pdf", "at last"},
		{"'report' 'quoted'", "report", "'quoted'"},
		/* There is a "my" too, but people mean the longer one. */
		{"my words", "my", "words"},
		{"no such file", "no such file", ""},
		{"./report", "report", ""},
		{"\"unfinished", "\"unfinished", ""},
	};
	static const char *const files[] = {"report", "my report.pdf", "my"};
	for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
		write_file(files[i]);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check(cases[i].typed, cases[i].expected, cases[i].rest);
	g_autofree char *absolute = g_build_filename(home, "my report.pdf", NULL);
	g_autofree char *with_words = g_strconcat(absolute, " see", NULL);
	check(with_words, "my report.pdf", "see");
}

static void
test_folder(void)
{
	g_autofree char *folder = pipit_path_folder();
	g_assert_cmpstr(folder, ==, home);
	g_autofree char *settings = g_build_filename(home, ".config", NULL);
	g_mkdir_with_parents(settings, 0700);
	g_autofree char *dirs = g_build_filename(settings, "user-dirs.dirs", NULL);
	gboolean written =
		g_file_set_contents(dirs, "XDG_DOWNLOAD_DIR=\"$HOME/Heruntergeladenes\"\n", -1, NULL);
	g_assert_true(written);
	g_reload_user_special_dirs_cache();
	g_autofree char *downloads = pipit_path_folder();
	g_autofree char *wanted = g_build_filename(home, "Heruntergeladenes", NULL);
	g_assert_cmpstr(downloads, ==, wanted);
	g_assert_true(g_file_test(downloads, G_FILE_TEST_IS_DIR));
}

int
main(int argc, char **argv)
{
	home = pipit_test_folder_new();
	g_setenv("HOME", home, TRUE);
	g_unsetenv("XDG_CONFIG_HOME");
	g_test_init(&argc, &argv, NULL);
	g_assert_true(pipit_null_host_start("pipit-test", home, NULL));
	g_test_add_func("/path/typed", test_typed);
	g_test_add_func("/path/folder", test_folder);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(home);
	return status;
}
