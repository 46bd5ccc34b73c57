/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bitlbee forgets its buddies; we do not. */
#include "plugin/roster.h"

#include <sys/stat.h>

#include <purple.h>

#include "plugin/account.h"
#include "plugin/receipt.h"
#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static PurpleAccount *account;

static void
drop_account(void)
{
	GSList *buddies = purple_find_buddies(account, NULL);
	for (GSList *i = buddies; i != NULL; i = i->next)
		purple_blist_remove_buddy(i->data);
	g_slist_free(buddies);
	purple_account_destroy(account);
}

/* Each login in bitlbee makes the account anew, with no buddies. */
static void
sign_in_anew(void)
{
	if (account != NULL)
		drop_account();
	account = purple_account_new("Alice@Example.org", "prpl-pipit");
	pipit_roster_load(account);
}

static guint
count_buddies(void)
{
	GSList *buddies = purple_find_buddies(account, NULL);
	guint n = g_slist_length(buddies);
	g_slist_free(buddies);
	return n;
}

static char *
roster_path(void)
{
	g_autofree char *folder = pipit_account_storage_dir();
	return g_build_filename(folder, "alice@example.org.buddies", NULL);
}

static void
test_kept(void)
{
	sign_in_anew();
	g_assert_cmpuint(count_buddies(), ==, 0);
	pipit_roster_add(account, "bob@example.org");
	pipit_roster_add(account, "+15551234567");
	pipit_roster_add(account, "bob@example.org");
	sign_in_anew();
	g_assert_cmpuint(count_buddies(), ==, 2);
	g_assert_nonnull(purple_find_buddy(account, "bob@example.org"));
	g_assert_nonnull(purple_find_buddy(account, "+15551234567"));
	pipit_roster_load(account);
	g_assert_cmpuint(count_buddies(), ==, 2);
	pipit_roster_remove(account, "bob@example.org");
	pipit_roster_remove(account, "nobody@example.org");
	sign_in_anew();
	g_assert_cmpuint(count_buddies(), ==, 1);
	g_assert_null(purple_find_buddy(account, "bob@example.org"));
}

static gboolean
tells(const char *address)
{
	return pipit_receipt_tells(purple_find_buddy(account, address));
}

static void
test_who_is_told(void)
{
	pipit_roster_add(account, "erin@example.org");
	pipit_roster_add(account, "frank@example.org");
	pipit_roster_set_tells(account, "erin@example.org", FALSE);
	pipit_roster_set_tells(account, "nobody@example.org", FALSE);
	sign_in_anew();
	g_assert_false(tells("erin@example.org"));
	g_assert_true(tells("frank@example.org"));
	g_assert_null(purple_find_buddy(account, "nobody@example.org"));
	pipit_roster_set_tells(account, "erin@example.org", TRUE);
	sign_in_anew();
	g_assert_true(tells("erin@example.org"));
}

static void
test_private(void)
{
	g_autofree char *path = roster_path();
	struct stat status;
	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
}

static void
test_damaged(void)
{
	g_autofree char *path = roster_path();
	g_assert_true(g_file_set_contents(
		path, "carol@example.org\n\xff\xfe\nno address\n\nDave@Example.org\n", -1, NULL));
	sign_in_anew();
	g_assert_cmpuint(count_buddies(), ==, 2);
	g_assert_nonnull(purple_find_buddy(account, "carol@example.org"));
	g_assert_nonnull(purple_find_buddy(account, "dave@example.org"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	char *user_dir = pipit_test_folder_new();
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	g_assert_true(pipit_null_host_start("BitlBee", user_dir, plugin_dir));
	g_test_add_func("/roster/kept", test_kept);
	g_test_add_func("/roster/who-is-told", test_who_is_told);
	g_test_add_func("/roster/private", test_private);
	g_test_add_func("/roster/damaged", test_damaged);
	int status = g_test_run();
	drop_account();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
