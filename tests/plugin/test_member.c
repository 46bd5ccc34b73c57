/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several people in one line, against a real buddy list. */
#include "plugin/member.h"

#include <string.h>

#include <purple.h>

#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static PurpleAccount *account;

static void
add_buddy(const char *address, const char *alias)
{
	purple_blist_add_buddy(purple_buddy_new(account, address, alias), NULL, NULL, NULL);
}

static void
expect_read(const char *typed, const char *const *members, const char *expected)
{
	g_autofree char *why = NULL;
	g_auto(GStrv) addresses = pipit_member_read(account, typed, members, &why);
	g_assert_cmpstr(why, ==, NULL);
	g_assert_nonnull(addresses);
	g_autofree char *joined = g_strjoinv(" ", addresses);
	g_assert_cmpstr(joined, ==, expected);
}

static void
expect_refused(const char *typed, const char *part)
{
	g_autofree char *why = NULL;
	g_assert_null(pipit_member_read(account, typed, NULL, &why));
	g_assert_nonnull(why);
	g_assert_nonnull(strstr(why, part));
}

static void
test_rows(void)
{
	const char *both = "bob@example.org carol@example.org";
	expect_read("Bob@Example.org carol@example.org", NULL, both);
	expect_read("bob@example.org,carol@example.org;", NULL, both);
	expect_read("Bob Smith, carol", NULL, both);
	expect_read("  CAROL  bob@example.org ", NULL, "carol@example.org bob@example.org");
	expect_read("Bob Smith", NULL, "bob@example.org");
	expect_read("Bob Smith, bob@example.org, bob smith", NULL, "bob@example.org");
	expect_read("+1 555 123-4567, carol", NULL, "+15551234567 carol@example.org");
}

static void
test_nobody(void)
{
	expect_refused("", "at least one");
	expect_refused(" , ;", "at least one");
	expect_refused("carol, Nobody I Know", "“Nobody”");
	expect_refused("carol, nobody", "“nobody”");
	expect_refused("twin", "Several");
}

/* What bitlbee calls people by default. */
static void
test_before_the_at(void)
{
	const char *const members[] = {"mailto:erin@example.org", "mailto:dave@example.org", NULL};
	expect_read("dave", NULL, "dave@example.org");
	expect_read("DAVE carol", NULL, "dave@example.org carol@example.org");
	expect_refused("erin", "“erin”");
	expect_read("erin dave", members, "erin@example.org dave@example.org");
	add_buddy("dave@work.example", NULL);
	expect_refused("dave", "“dave”");
}

static void
expect_told(const char *const *handles, const char *but, const char *expected)
{
	g_autofree char *told = pipit_member_list(account, handles, but, 16);
	g_assert_cmpstr(told, ==, expected);
}

/* A group may have 256 members, and a title has one line. */
static void
test_many(void)
{
	const char *const five[] = {"mailto:bob@example.org", "mailto:carol@example.org",
				    "mailto:x@example.org",   "mailto:y@example.org",
				    "mailto:z@example.org",   NULL};
	g_autofree char *some = pipit_member_list(account, five, NULL, 2);
	g_assert_cmpstr(some, ==, "Bob Smith, Carol and 3 others");
	g_autofree char *one_more = pipit_member_list(account, five, NULL, 4);
	g_assert_cmpstr(one_more, ==, "Bob Smith, Carol, x@example.org, y@example.org and z@example.org");
	g_autofree char *few = pipit_member_list(account, five, five[0], 1);
	g_assert_cmpstr(few, ==, "Carol and 3 others");
}

static void
test_told(void)
{
	const char *const three[] = {"mailto:bob@example.org", "mailto:carol@example.org",
				     "mailto:x@example.org", NULL};
	expect_told(three, NULL, "Bob Smith, Carol and x@example.org");
	expect_told(three, three[0], "Carol and x@example.org");
	expect_told(three + 1, three[1], "x@example.org");
	expect_told(three + 3, NULL, "");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	char *user_dir = pipit_test_folder_new();
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	g_assert_true(pipit_null_host_start("null-host", user_dir, plugin_dir));
	account = purple_account_new("alice@example.org", "prpl-pipit");
	purple_accounts_add(account);
	add_buddy("bob@example.org", "Bob Smith");
	add_buddy("carol@example.org", "Carol");
	add_buddy("dave@example.org", NULL);
	add_buddy("one@example.org", "twin");
	add_buddy("other@example.org", "twin");
	g_test_add_func("/member/rows", test_rows);
	g_test_add_func("/member/nobody", test_nobody);
	g_test_add_func("/member/before-the-at", test_before_the_at);
	g_test_add_func("/member/told", test_told);
	g_test_add_func("/member/many", test_many);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
