/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "crypto/secret.h"
#include "tests/crypto/kept.h"

/* The flags that the kernel shows for the pages at @address ("VmFlags" in smaps). */
static char *
page_flags(gconstpointer address)
{
	g_autofree char *smaps = NULL;
	g_assert_true(g_file_get_contents("/proc/self/smaps", &smaps, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(smaps, "\n", -1);
	gboolean inside = FALSE;
	for (char **line = lines; *line != NULL; line++) {
		guint64 start = 0;
		guint64 end = 0;
		if (sscanf(*line, "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x ", &start, &end) == 2)
			inside = start <= (gsize)address && (gsize)address < end;
		if (inside && g_str_has_prefix(*line, "VmFlags:"))
			return g_strdup(*line);
	}
	return NULL;
}

static void
test_new_is_zeroed_locked_and_left_out_of_dumps(void)
{
	guint8 *secret = pipit_secret_new(3000);
	for (gsize i = 0; i < 3000; i++)
		g_assert_cmpuint(secret[i], ==, 0);
	memset(secret, 0xaa, 3000);
	g_autofree char *flags = page_flags(secret);
	g_assert_nonnull(flags);
	g_assert_nonnull(strstr(flags, " dd"));
#ifndef __SANITIZE_ADDRESS__ /* which makes mlock() do nothing */
	struct rlimit limit;
	g_assert_cmpint(getrlimit(RLIMIT_MEMLOCK, &limit), ==, 0);
	if (limit.rlim_cur >= 65536)
		g_assert_nonnull(strstr(flags, " lo"));
#endif
	pipit_secret_free(secret);
}

static void
test_refused_lock_is_no_error(void)
{
	if (g_test_subprocess()) {
		struct rlimit none = {0, 0};
		g_assert_cmpint(setrlimit(RLIMIT_MEMLOCK, &none), ==, 0);
		guint8 *secret = pipit_secret_new(100);
		secret[99] = 1;
		pipit_secret_free(secret);
		return;
	}
	g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
	g_test_trap_assert_passed();
}

static void
test_sizes(void)
{
	pipit_secret_free(NULL);
	pipit_secret_free(pipit_secret_new(0));
	guint8 *large = pipit_secret_new(5 << 20);
	large[(5 << 20) - 1] = 1;
	pipit_secret_free(large);
}

static void
test_wipe(void)
{
	guint8 bytes[16];
	memset(bytes, 0xff, sizeof bytes);
	pipit_wipe(bytes, 15);
	for (gsize i = 0; i < 15; i++)
		g_assert_cmpuint(bytes[i], ==, 0);
	g_assert_cmpuint(bytes[15], ==, 0xff);
	pipit_wipe(NULL, 0);
}

static void
test_bytes(void)
{
	g_autoptr(GBytes) copy = pipit_secret_bytes("secret", 6);
	kept_assert_equal(g_bytes_get_data(copy, NULL), g_bytes_get_size(copy), "secret", 6);
	g_autoptr(GBytes) empty = pipit_secret_bytes(NULL, 0);
	g_assert_cmpuint(g_bytes_get_size(empty), ==, 0);

	static const char digits[] = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'};
	char *secret = pipit_scratch_new(sizeof digits);
	memcpy(secret, digits, sizeof digits);
	g_autoptr(GBytes) part = pipit_secret_bytes_take(secret, secret + 3, 4);
	kept_assert_equal(g_bytes_get_data(part, NULL), g_bytes_get_size(part), "3456", 4);
}

static void
test_scratch(void)
{
	guint8 *scratch = pipit_scratch_new(100);
	memset(scratch, 0xaa, 100);
	pipit_scratch_free(scratch);
	pipit_scratch_free(pipit_scratch_new(0));
	pipit_scratch_free(NULL);
}

static void
test_equal_constant_time(void)
{
	g_assert_true(pipit_equal_constant_time("abcde", "abcde", 5));
	g_assert_false(pipit_equal_constant_time("abcde", "abcdf", 5));
	g_assert_false(pipit_equal_constant_time("abcde", "bbcde", 5));
	g_assert_true(pipit_equal_constant_time("abcde", "abcdf", 4));
	g_assert_true(pipit_equal_constant_time("a", "b", 0));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/secret/new-is-zeroed-locked-and-left-out-of-dumps",
			test_new_is_zeroed_locked_and_left_out_of_dumps);
	g_test_add_func("/secret/refused-lock-is-no-error", test_refused_lock_is_no_error);
	g_test_add_func("/secret/sizes", test_sizes);
	g_test_add_func("/secret/wipe", test_wipe);
	g_test_add_func("/secret/bytes", test_bytes);
	g_test_add_func("/secret/scratch", test_scratch);
	g_test_add_func("/secret/equal-constant-time", test_equal_constant_time);
	return g_test_run();
}
