/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private keys on disk: readable by their owner alone, whole or refused, and gone when removed. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/key_file.h"
#include "protocol/limits.h"
#include "tests/support/actor.h"
#include "tests/support/test_folder.h"

static char *folder;
static PipitActor *actor;

static char *
path_of(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static void
assert_private(const char *path)
{
	struct stat status;
	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpint(status.st_mode & 07777, ==, 0600);
}

static void
assert_alone_in_folder(const char *name)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	g_assert_cmpstr(g_dir_read_name(dir), ==, name);
	g_assert_null(g_dir_read_name(dir));
}

static void
test_device(void)
{
	g_autofree char *path = path_of("device");
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_key_file_write_device(path, actor->secrets, &error));
	assert_private(path);
	assert_alone_in_folder("device");
	g_autoptr(PipitDeviceSecrets) again = pipit_key_file_read_device(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(memcmp(pipit_device_secrets_device_key(again),
			       pipit_device_secrets_device_key(actor->secrets), PIPIT_COMPACT_KEY_LEN),
			==, 0);
	g_autoptr(GBytes) one = pipit_device_secrets_pair_identity(again);
	g_autoptr(GBytes) two = pipit_device_secrets_pair_identity(actor->secrets);
	g_assert_true(g_bytes_equal(one, two));
	g_remove(path);
}

static void
test_prekey_and_token(void)
{
	g_autofree char *path = path_of("prekey");
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_key_file_write_prekey(path, actor->prekey, &error));
	assert_private(path);
	g_autoptr(PipitPrekeySecret) prekey = pipit_key_file_read_prekey(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(memcmp(pipit_prekey_secret_key(prekey), pipit_prekey_secret_key(actor->prekey),
			       PIPIT_COMPACT_KEY_LEN),
			==, 0);
	g_assert_cmpfloat(pipit_prekey_secret_timestamp(prekey), ==, 1763000000.125);
	g_assert_true(pipit_key_file_write_token(path, actor->push_token, &error));
	assert_private(path);
	g_autoptr(GBytes) token = pipit_key_file_read_token(path, &error);
	g_assert_no_error(error);
	g_assert_true(g_bytes_equal(token, actor->push_token));
	g_assert_null(pipit_key_file_read_prekey(path, &error));
	g_assert_error(error, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_DAMAGED);
	g_remove(path);
}

static void
assert_read_refuses(const char *path, const char *bytes, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
	g_assert_null(pipit_key_file_read_prekey(path, &error));
	g_assert_error(error, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_DAMAGED);
}

static void
test_any_damage_is_seen(void)
{
	g_autofree char *path = path_of("prekey");
	g_assert_true(pipit_key_file_write_prekey(path, actor->prekey, NULL));
	g_autofree char *bytes = NULL;
	gsize size = 0;
	g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	for (gsize i = 0; i < size; i++) {
		assert_read_refuses(path, bytes, i);
		bytes[i] ^= 1;
		assert_read_refuses(path, bytes, size);
		bytes[i] ^= 1;
	}
	g_autofree char *longer = g_strconcat(bytes, "\n", NULL);
	assert_read_refuses(path, longer, size + 1);
	g_autofree char *huge = g_strnfill(100000, 'x');
	assert_read_refuses(path, huge, 100000);
	g_remove(path);
}

static void
test_missing_and_unwritable(void)
{
	g_autofree char *path = path_of("none");
	g_autofree char *nowhere = path_of("none/below");
	g_autoptr(GError) missing = NULL;
	g_assert_null(pipit_key_file_read_device(path, &missing));
	g_assert_error(missing, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_MISSING);
	g_autoptr(GError) unwritable = NULL;
	g_assert_true(g_file_set_contents(path, "", 0, NULL));
	g_assert_false(pipit_key_file_write_prekey(nowhere, actor->prekey, &unwritable));
	g_assert_error(unwritable, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_IO);
	g_remove(path);
}

static void
test_a_link_is_not_followed(void)
{
	g_autofree char *target = path_of("target");
	g_autofree char *path = path_of("link");
	g_assert_true(pipit_key_file_write_prekey(target, actor->prekey, NULL));
	g_assert_cmpint(symlink(target, path), ==, 0);
	g_autoptr(GError) error = NULL;
	g_assert_null(pipit_key_file_read_prekey(path, &error));
	g_assert_error(error, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_IO);
	g_assert_false(pipit_key_file_remove(path, NULL));
	g_assert_true(g_file_test(target, G_FILE_TEST_EXISTS));
	g_remove(path);
	g_remove(target);
}

static void
test_removing_overwrites(void)
{
	g_autofree char *path = path_of("prekey");
	g_autofree char *other_name = path_of("hard-link");
	g_assert_true(pipit_key_file_write_prekey(path, actor->prekey, NULL));
	g_assert_cmpint(link(path, other_name), ==, 0);
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_key_file_remove(path, &error));
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	g_autofree char *bytes = NULL;
	gsize size = 0;
	g_assert_true(g_file_get_contents(other_name, &bytes, &size, NULL));
	g_assert_cmpuint(size, >, 0);
	for (gsize i = 0; i < size; i++)
		g_assert_cmpint(bytes[i], ==, 0);
	g_assert_true(pipit_key_file_remove(path, &error));
	g_remove(other_name);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	folder = pipit_test_folder_new();
	actor = pipit_actor_new(1, 1763000000.125);
	g_test_add_func("/key-file/device", test_device);
	g_test_add_func("/key-file/prekey-and-token", test_prekey_and_token);
	g_test_add_func("/key-file/any-damage-is-seen", test_any_damage_is_seen);
	g_test_add_func("/key-file/missing-and-unwritable", test_missing_and_unwritable);
	g_test_add_func("/key-file/a-link-is-not-followed", test_a_link_is_not_followed);
	g_test_add_func("/key-file/removing-overwrites", test_removing_overwrites);
	int result = g_test_run();
	pipit_actor_free(actor);
	pipit_test_folder_free(folder);
	return result;
}
