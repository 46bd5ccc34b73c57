/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "protocol/file_name.h"

#include <string.h>

typedef struct {
	const char *given;
	const char *safe;
} Name;

static void
test_safe(void)
{
	static const Name names[] = {
		{"photo.jpg", "photo.jpg"},
		{"Grüße 🐦.txt", "Grüße 🐦.txt"},
		{"/etc/passwd", "passwd"},
		{"../../.ssh/authorized_keys", "authorized_keys"},
		{"C:\\Windows\\system32\\a.dll", "a.dll"},
		{"..", "file"},
		{".", "file"},
		{"...bashrc", "bashrc"},
		{". .bashrc", "bashrc"},
		{"folder/", "file"},
		{"", "file"},
		{NULL, "file"},
		{"-rf", "rf"},
		{"a\nb\tc\x1b[31m", "a b c[31m"},
		{"photo\xe2\x80\xaegpj.exe", "photogpj.exe"},         /* U+202E */
		{"a\xe2\x81\xa6z\xe2\x80\x8f\xd8\x9c.txt", "az.txt"}, /* U+2066, U+200F, U+061C */
		{"photo.jpg                        .exe", "photo.jpg .exe"},
		{"a\xe2\x80\xa8z\xc2\xa0 z", "a z z"}, /* U+2028, U+00A0 */
		{"what?<is>:\"this\"|*", "what__is___this___"},
		{"con", "_con"},
		{"NUL.txt", "_NUL.txt"},
		{"com1.tar.gz", "_com1.tar.gz"},
		{"console", "console"},
		{"end. . ", "end"},
		{"bad\xff\xfe.txt", "bad\xef\xbf\xbd\xef\xbf\xbd.txt"},
		{"\xe2\x80\x8d\xe2\x80\x8c", "file"}, /* nothing to be seen */
		{"\xee\x80\x80.txt", "txt"},          /* U+E000 */
		{"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
		 "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *safe = pipit_file_name_safe(names[i].given);
		g_assert_cmpstr(safe, ==, names[i].safe);
	}
}

static void
test_long_ones_keep_their_ending(void)
{
	g_autofree char *stem = g_strnfill(500, 'x');
	g_autofree char *given = g_strconcat(stem, ".tar", NULL);
	g_autofree char *safe = pipit_file_name_safe(given);
	g_assert_cmpuint(strlen(safe), ==, 180);
	g_assert_true(g_str_has_suffix(safe, "x.tar"));
	/* Never in the middle of a character. */
	g_autoptr(GString) wide = g_string_new("x");
	for (guint i = 0; i < 200; i++)
		g_string_append(wide, "ü");
	g_autofree char *narrow = pipit_file_name_safe(wide->str);
	g_assert_true(g_utf8_validate(narrow, -1, NULL));
	g_assert_cmpuint(strlen(narrow), ==, 179);
	g_autofree char *no_ending = g_strconcat("a.", stem, NULL);
	g_autofree char *cut = pipit_file_name_safe(no_ending);
	g_assert_cmpuint(strlen(cut), ==, 180);
}

/* Whatever goes in, what comes out is one part of a path. */
static void
test_anything(void)
{
	for (guint i = 0; i < 20000; i++) {
		char given[64];
		gsize length = (gsize)g_test_rand_int_range(0, sizeof given);
		for (gsize j = 0; j < length; j++)
			given[j] = (char)g_test_rand_int_range(1, 256);
		given[length] = '\0';
		g_autofree char *safe = pipit_file_name_safe(given);
		g_autofree char *again = pipit_file_name_safe(safe);
		g_assert_cmpuint(strlen(safe), >, 0);
		g_assert_cmpuint(strlen(safe), <=, 180);
		g_assert_null(strpbrk(safe, "/\\"));
		g_assert_cmpint(safe[0], !=, '.');
		g_assert_true(g_utf8_validate(safe, -1, NULL));
		g_assert_cmpstr(again, ==, safe);
	}
}

static void
test_numbered(void)
{
	static const Name names[] = {
		{"photo.jpg", "photo (2).jpg"},
		{"README", "README (2)"},
		{"a.b.c", "a.b (2).c"},
		{"v1.of something that is no ending at all", "v1.of something that is no ending at all (2)"},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *numbered = pipit_file_name_numbered(names[i].given, 2);
		g_assert_cmpstr(numbered, ==, names[i].safe);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/file-name/safe", test_safe);
	g_test_add_func("/file-name/long-ones-keep-their-ending", test_long_ones_keep_their_ending);
	g_test_add_func("/file-name/anything", test_anything);
	g_test_add_func("/file-name/numbered", test_numbered);
	return g_test_run();
}
