/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and addresses, against a real buddy list. */
#include "plugin/contact.h"

#include <purple.h>

#include "plugin/buddy.h"
#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static PurpleAccount *account;

/* A contact with up to three addresses; each test starts with an empty list. */
static PurpleContact *
add_contact(PurpleAccount *whose, const char *alias, const char *const *addresses)
{
	PurpleGroup *group = purple_find_group("Friends");
	if (group == NULL) {
		group = purple_group_new("Friends");
		purple_blist_add_group(group, NULL);
	}
	PurpleContact *contact = purple_contact_new();
	purple_blist_add_contact(contact, group, NULL);
	PurpleBlistNode *last = NULL;
	for (guint i = 0; addresses[i] != NULL; i++) {
		PurpleBuddy *buddy = purple_buddy_new(whose, addresses[i], NULL);
		purple_blist_add_buddy(buddy, contact, NULL, last);
		last = PURPLE_BLIST_NODE(buddy);
	}
	if (alias != NULL)
		purple_blist_alias_contact(contact, alias);
	return contact;
}

static void
set_up(void)
{
	account = purple_account_new("alice@example.org", "prpl-pipit");
	purple_accounts_add(account);
}

static void
empty_list(PurpleAccount *whose)
{
	GSList *buddies = purple_find_buddies(whose, NULL);
	for (GSList *i = buddies; i != NULL; i = i->next)
		purple_blist_remove_buddy(i->data);
	g_slist_free(buddies);
	purple_accounts_delete(whose);
}

static void
tear_down(void)
{
	empty_list(account);
}

static void
expect(const char *typed, PipitNameKind kind, const char *addresses, gboolean settled)
{
	g_auto(PipitName) name = {0};
	pipit_contact_find(account, typed, &name);
	g_autofree char *joined = g_strjoinv(" ", name.addresses);
	g_assert_cmpint(name.kind, ==, kind);
	g_assert_cmpstr(joined, ==, addresses);
	if (kind == PIPIT_NAME_FOUND)
		g_assert_cmpint(name.settled, ==, settled);
}

static const char *const bob[] = {"bob@example.org", NULL};
static const char *const carol[] = {"carol@example.org", "+15551234567", "carol@work.example", NULL};

static void
test_names(void)
{
	set_up();
	add_contact(account, "Bob Smith", bob);
	expect("Bob Smith", PIPIT_NAME_FOUND, "bob@example.org", TRUE);
	expect("  bob SMITH ", PIPIT_NAME_FOUND, "bob@example.org", TRUE);
	expect("bob", PIPIT_NAME_UNKNOWN, "", FALSE);
	expect("", PIPIT_NAME_UNKNOWN, "", FALSE);
	tear_down();
}

static void
test_other_names(void)
{
	set_up();
	add_contact(account, NULL, bob);
	PurpleBuddy *buddy = purple_find_buddy(account, "bob@example.org");
	purple_blist_server_alias_buddy(buddy, "Robert");
	expect("robert", PIPIT_NAME_FOUND, "bob@example.org", TRUE);
	purple_blist_alias_buddy(buddy, "\xc3\x84nne Stra\xc3\x9f"
					"e");
	expect("\xc3\xa4nne STRASSE", PIPIT_NAME_FOUND, "bob@example.org", TRUE);
	expect("robert", PIPIT_NAME_FOUND, "bob@example.org", TRUE);
	tear_down();
}

static void
test_several_addresses(void)
{
	set_up();
	add_contact(account, "Carol", carol);
	expect("carol", PIPIT_NAME_FOUND, "carol@example.org +15551234567 carol@work.example", FALSE);
	tear_down();
}

/* The directory's word, then the last use, put an address before the others. */
static void
test_best_address(void)
{
	set_up();
	add_contact(account, "Carol", carol);
	purple_buddy_set_protocol_data(purple_find_buddy(account, "carol@example.org"),
				       GINT_TO_POINTER(PIPIT_REACH_NO));
	expect("carol", PIPIT_NAME_FOUND, "+15551234567 carol@work.example carol@example.org", FALSE);
	purple_buddy_set_protocol_data(purple_find_buddy(account, "carol@work.example"),
				       GINT_TO_POINTER(PIPIT_REACH_YES));
	expect("carol", PIPIT_NAME_FOUND, "carol@work.example +15551234567 carol@example.org", TRUE);
	pipit_contact_remember(account, "carol@example.org");
	expect("carol", PIPIT_NAME_FOUND, "carol@example.org carol@work.example +15551234567", TRUE);
	pipit_contact_remember(account, "+15551234567");
	expect("carol", PIPIT_NAME_FOUND, "+15551234567 carol@work.example carol@example.org", TRUE);
	tear_down();
}

static void
test_ambiguous(void)
{
	static const char *const other[] = {"bob@elsewhere.example", NULL};
	set_up();
	add_contact(account, "Bob", bob);
	add_contact(account, "bob", other);
	g_auto(PipitName) name = {0};
	pipit_contact_find(account, "Bob", &name);
	g_assert_cmpint(name.kind, ==, PIPIT_NAME_AMBIGUOUS);
	g_autofree char *why = pipit_contact_explain("Bob", &name);
	g_assert_nonnull(strstr(why, "bob@example.org"));
	g_assert_nonnull(strstr(why, "bob@elsewhere.example"));
	tear_down();
}

/* The same person in two groups is still one. */
static void
test_twice_in_list(void)
{
	set_up();
	add_contact(account, "Bob", bob);
	PurpleGroup *work = purple_group_new("Work");
	purple_blist_add_group(work, NULL);
	PurpleBuddy *again = purple_buddy_new(account, "bob@example.org", "Bob");
	purple_blist_add_buddy(again, NULL, work, NULL);
	expect("bob", PIPIT_NAME_FOUND, "bob@example.org", TRUE);
	tear_down();
}

static void
test_other_accounts(void)
{
	set_up();
	PurpleAccount *other = purple_account_new("alice@elsewhere.example", "prpl-pipit");
	purple_accounts_add(other);
	add_contact(other, "Bob", bob);
	expect("bob", PIPIT_NAME_UNKNOWN, "", FALSE);
	empty_list(other);
	tear_down();
}

static void
test_explains(void)
{
	g_auto(PipitName) name = {.kind = PIPIT_NAME_UNKNOWN};
	g_autofree char *why = pipit_contact_explain("Nobody", &name);
	g_assert_nonnull(strstr(why, "Nobody"));
	g_assert_nonnull(strstr(why, "neither an address nor one of your contacts"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	char *user_dir = pipit_test_folder_new();
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	g_assert_true(pipit_null_host_start("pipit-test", user_dir, plugin_dir));
	g_test_add_func("/contact/names", test_names);
	g_test_add_func("/contact/other-names", test_other_names);
	g_test_add_func("/contact/several-addresses", test_several_addresses);
	g_test_add_func("/contact/best-address", test_best_address);
	g_test_add_func("/contact/ambiguous", test_ambiguous);
	g_test_add_func("/contact/twice-in-list", test_twice_in_list);
	g_test_add_func("/contact/other-accounts", test_other_accounts);
	g_test_add_func("/contact/explains", test_explains);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
