/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths that bitlbee's users type: whoever comes over IRC reaches one folder, and nothing around it. */
#include "plugin/path.h"

#include <glib/gstdio.h>

#include <purple.h>

#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static char *user_dir;

static void
expect_refusal(const char *typed)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *words = NULL;
	g_autofree char *path = pipit_path_with_words(typed, &words, &error);
	g_assert_null(path);
	g_assert_nonnull(error);
}

static void
test_folder(void)
{
	g_autofree char *folder = pipit_path_folder();
	g_assert_true(g_str_has_prefix(folder, user_dir));
	GStatBuf about;
	g_assert_cmpint(g_stat(folder, &about), ==, 0);
	g_assert_cmpuint(about.st_mode & 07777, ==, 0700);
}

static void
expect_report(const char *typed, const char *rest)
{
	g_autofree char *folder = pipit_path_folder();
	g_autofree char *wanted = g_build_filename(folder, "my report.pdf", NULL);
	g_autofree char *words = NULL;
	g_autofree char *path = pipit_path_with_words(typed, &words, NULL);
	g_assert_cmpstr(path, ==, wanted);
	g_assert_cmpstr(words, ==, rest);
}

static void
test_inside(void)
{
	g_autofree char *folder = pipit_path_folder();
	g_autofree char *absolute = g_build_filename(folder, "my report.pdf", NULL);
	gboolean written = g_file_set_contents(absolute, "x", 1, NULL);
	g_assert_true(written);
	expect_report("my report.pdf see", "see");
	expect_report("\"my report.pdf\" see", "see");
	expect_report(absolute, "");
}

static void
test_outside(void)
{
	static const char *const outside[] = {
		"/etc/passwd", "~/report", "../x",         "..",  ".",          "",
		"a/b",         ".dot",     "\"../x\" see", "./x", "my/../../x", "/"};
	for (gsize i = 0; i < G_N_ELEMENTS(outside); i++)
		expect_refusal(outside[i]);
	g_autofree char *folder = pipit_path_folder();
	g_autofree char *around = g_strconcat(folder, "/../account.db", NULL);
	expect_refusal(around);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	user_dir = pipit_test_folder_new();
	g_assert_true(pipit_null_host_start("BitlBee", user_dir, NULL));
	g_test_add_func("/path-of-a-guest/folder", test_folder);
	g_test_add_func("/path-of-a-guest/inside", test_inside);
	g_test_add_func("/path-of-a-guest/outside", test_outside);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
