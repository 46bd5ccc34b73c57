/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The built plugin in a real libpurple: it loads, says what it is, and starts nothing (bitlbee forks afterwards). */
#include <glib/gstdio.h>

#include <purple.h>

#include "plugin/account.h"
#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static char *user_dir;

static PurplePlugin *
our_plugin(void)
{
	PurplePlugin *plugin = purple_find_prpl("prpl-pipit");
	g_assert_nonnull(plugin);
	return plugin;
}

static PurplePluginProtocolInfo *
our_protocol(void)
{
	return PURPLE_PLUGIN_PROTOCOL_INFO(our_plugin());
}

static guint
count_entries(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	g_assert_nonnull(dir);
	guint entries = 0;
	while (g_dir_read_name(dir) != NULL)
		entries++;
	return entries;
}

static void
test_starts_nothing(void)
{
	g_assert_null(purple_find_prpl("prpl-pipit"));
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	guint threads = count_entries("/proc/self/task");
	guint descriptors = count_entries("/proc/self/fd");
	purple_plugins_add_search_path(plugin_dir);
	purple_plugins_probe(G_MODULE_SUFFIX);
	our_plugin();
	g_assert_cmpuint(count_entries("/proc/self/task"), ==, threads);
	g_assert_cmpuint(count_entries("/proc/self/fd"), ==, descriptors);
	g_autofree char *storage = g_build_filename(user_dir, "pipit", NULL);
	g_assert_false(g_file_test(storage, G_FILE_TEST_EXISTS));
}

static void
test_says_what_it_is(void)
{
	PurplePlugin *plugin = our_plugin();
	g_assert_cmpstr(purple_plugin_get_id(plugin), ==, "prpl-pipit");
	g_assert_cmpstr(purple_plugin_get_name(plugin), ==, "Pipit");
	g_assert_cmpstr(purple_plugin_get_version(plugin), ==, PIPIT_VERSION);
	PurplePluginProtocolInfo *protocol = our_protocol();
	g_assert_cmpuint(protocol->struct_size, ==, sizeof(PurplePluginProtocolInfo));
	g_assert_true(protocol->options & OPT_PROTO_SLASH_COMMANDS_NATIVE);
	g_assert_true(protocol->options & OPT_PROTO_IM_IMAGE);
	g_assert_cmpstr(protocol->list_icon(NULL, NULL), ==, "pipit");
}

static void
test_options(void)
{
	static const char *const expected[] = {PIPIT_OPTION_SERVER,      PIPIT_OPTION_CA_FILE,
					       PIPIT_OPTION_REGISTER,    PIPIT_OPTION_INVITE,
					       PIPIT_OPTION_DEVICE_NAME, PIPIT_OPTION_KEEP_METADATA};
	/* bitlbee keeps settings of its own under these names. */
	static const char *const taken[] = {
		"password",     "username",    "tag",          "away",           "status",
		"display_name", "nick_format", "auto_connect", "auto_reconnect", NULL};
	guint found = 0;
	for (GList *i = our_protocol()->protocol_options; i != NULL; i = i->next) {
		const char *key = purple_account_option_get_setting(i->data);
		g_assert_false(g_strv_contains(taken, key));
		g_assert_cmpuint(strspn(key, "abcdefghijklmnopqrstuvwxyz-"), ==, strlen(key));
		for (gsize n = 0; n < G_N_ELEMENTS(expected); n++)
			found += g_str_equal(key, expected[n]);
		if (purple_account_option_get_type(i->data) == PURPLE_PREF_STRING)
			g_assert_cmpstr(purple_account_option_get_default_string(i->data), ==, "");
	}
	g_assert_cmpuint(found, ==, G_N_ELEMENTS(expected));
}

static void
test_statuses(void)
{
	PurpleAccount *account = purple_account_new("alice@example.org", "prpl-pipit");
	g_assert_nonnull(purple_account_get_status_type(account, "available"));
	g_assert_nonnull(purple_account_get_status_type(account, "away"));
	g_assert_nonnull(purple_account_get_status_type(account, "offline"));
	purple_account_destroy(account);
}

static void
test_normalize(void)
{
	static const struct {
		const char *typed;
		const char *normal;
	} cases[] = {
		{"Bob@Example.ORG", "bob@example.org"},
		{" bob@example.org ", "bob@example.org"},
		{"mailto:bob@example.org", "bob@example.org"},
		{"+1 (555) 123-4567", "+15551234567"},
		{"tel:+15551234567", "+15551234567"},
		{"Bob Smith", "bob smith"},
		{" \xc3\x84nne ", "a\xcc\x88nne"},
		{"", ""},
	};
	PurpleAccount *account = purple_account_new("alice@example.org", "prpl-pipit");
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpstr(purple_normalize(account, cases[i].typed), ==, cases[i].normal);
	purple_account_destroy(account);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	user_dir = pipit_test_folder_new();
	g_assert_true(pipit_null_host_start("pipit-test", user_dir, NULL));
	g_test_add_func("/load/starts-nothing", test_starts_nothing);
	g_test_add_func("/load/says-what-it-is", test_says_what_it_is);
	g_test_add_func("/load/options", test_options);
	g_test_add_func("/load/statuses", test_statuses);
	g_test_add_func("/load/normalize", test_normalize);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
