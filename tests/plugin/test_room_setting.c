/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is set for a group is there again whatever client asks, and a damaged file is as if nothing were set. */
#include "plugin/room_setting.h"

#include <sys/stat.h>

#include <purple.h>

#include "plugin/account.h"
#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

#define ONE "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"

static PurpleAccount *account;

static char *
path_of_file(void)
{
	g_autofree char *folder = pipit_account_storage_dir();
	return g_build_filename(folder, "alice@example.org.groups", NULL);
}

static void
test_kept(void)
{
	g_assert_false(pipit_room_setting_get(account, ONE, PIPIT_ROOM_QUIET));
	pipit_room_setting_set(account, ONE, PIPIT_ROOM_QUIET, FALSE);
	g_autofree char *path = path_of_file();
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	pipit_room_setting_set(account, ONE, PIPIT_ROOM_QUIET, TRUE);
	pipit_room_setting_set(account, OTHER, PIPIT_ROOM_CLOSED, TRUE);
	g_assert_true(pipit_room_setting_get(account, ONE, PIPIT_ROOM_QUIET));
	g_assert_false(pipit_room_setting_get(account, ONE, PIPIT_ROOM_CLOSED));
	g_assert_true(pipit_room_setting_get(account, OTHER, PIPIT_ROOM_CLOSED));
	pipit_room_setting_set(account, ONE, PIPIT_ROOM_QUIET, FALSE);
	g_assert_false(pipit_room_setting_get(account, ONE, PIPIT_ROOM_QUIET));
	pipit_room_setting_forget(account, OTHER);
	pipit_room_setting_forget(account, OTHER);
	g_assert_false(pipit_room_setting_get(account, OTHER, PIPIT_ROOM_CLOSED));
	struct stat status;
	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
}

static void
test_damaged(void)
{
	g_autofree char *path = path_of_file();
	g_assert_true(g_file_set_contents(path, "\xff[" ONE "]\nquiet=perhaps\n\n[", -1, NULL));
	g_assert_false(pipit_room_setting_get(account, ONE, PIPIT_ROOM_QUIET));
	pipit_room_setting_set(account, ONE, PIPIT_ROOM_QUIET, TRUE);
	g_assert_true(pipit_room_setting_get(account, ONE, PIPIT_ROOM_QUIET));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	char *user_dir = pipit_test_folder_new();
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	g_assert_true(pipit_null_host_start("BitlBee", user_dir, plugin_dir));
	g_autofree char *folder = pipit_account_storage_dir();
	g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
	account = purple_account_new("Alice@Example.org", "prpl-pipit");
	g_test_add_func("/room-setting/kept", test_kept);
	g_test_add_func("/room-setting/damaged", test_damaged);
	int status = g_test_run();
	purple_account_destroy(account);
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
