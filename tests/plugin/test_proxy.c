/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proxy that was set is the one that is used, or none is: never a direct connection instead. */
#include "plugin/proxy.h"

#include <purple.h>

#include "tests/support/null_host.h"
#include "tests/support/test_folder.h"

static PurpleAccount *
account_behind(PurpleProxyType type, const char *host, int port)
{
	PurpleAccount *account = purple_account_new("alice@example.org", "prpl-pipit");
	PurpleProxyInfo *info = purple_proxy_info_new();
	purple_proxy_info_set_type(info, type);
	purple_proxy_info_set_host(info, host);
	purple_proxy_info_set_port(info, port);
	purple_account_set_proxy_info(account, info);
	return account;
}

static void
expect_type(PurpleProxyType type, PipitProxyType expected)
{
	PurpleAccount *account = account_behind(type, "proxy.example", 1080);
	PipitProxy proxy = {0};
	g_autoptr(GError) error = NULL;
	g_assert_true(pipit_proxy_of_account(account, &proxy, &error));
	g_assert_no_error(error);
	g_assert_cmpint(proxy.type, ==, expected);
	g_assert_cmpstr(proxy.host, ==, "proxy.example");
	g_assert_cmpuint(proxy.port, ==, 1080);
	g_assert_null(proxy.username);
	g_assert_null(proxy.password);
	purple_account_destroy(account);
}

static void
test_types(void)
{
	expect_type(PURPLE_PROXY_HTTP, PIPIT_PROXY_HTTP);
	expect_type(PURPLE_PROXY_SOCKS5, PIPIT_PROXY_SOCKS5);
	expect_type(PURPLE_PROXY_TOR, PIPIT_PROXY_SOCKS5);
	purple_prefs_set_bool("/purple/proxy/socks4_remotedns", FALSE);
	expect_type(PURPLE_PROXY_SOCKS4, PIPIT_PROXY_SOCKS4);
	purple_prefs_set_bool("/purple/proxy/socks4_remotedns", TRUE);
	expect_type(PURPLE_PROXY_SOCKS4, PIPIT_PROXY_SOCKS4A);
}

static void
test_none(void)
{
	PurpleAccount *account = account_behind(PURPLE_PROXY_NONE, NULL, 0);
	PipitProxy proxy = {.type = PIPIT_PROXY_HTTP};
	g_assert_true(pipit_proxy_of_account(account, &proxy, NULL));
	g_assert_cmpint(proxy.type, ==, PIPIT_PROXY_NONE);
	purple_account_destroy(account);
}

static void
test_from_environment(void)
{
	g_setenv("HTTP_PROXY", "http://env.example:3128/", TRUE);
	PurpleAccount *account = account_behind(PURPLE_PROXY_USE_ENVVAR, NULL, 0);
	PipitProxy proxy = {0};
	g_assert_true(pipit_proxy_of_account(account, &proxy, NULL));
	g_assert_cmpint(proxy.type, ==, PIPIT_PROXY_HTTP);
	g_assert_cmpstr(proxy.host, ==, "env.example");
	g_assert_cmpuint(proxy.port, ==, 3128);
	g_unsetenv("HTTP_PROXY");
	purple_account_destroy(account);
}

static void
test_password(void)
{
	PurpleAccount *account = account_behind(PURPLE_PROXY_SOCKS5, "proxy.example", 1080);
	purple_proxy_info_set_username(purple_account_get_proxy_info(account), "user");
	purple_proxy_info_set_password(purple_account_get_proxy_info(account), "secret");
	PipitProxy proxy = {0};
	g_assert_true(pipit_proxy_of_account(account, &proxy, NULL));
	g_assert_cmpstr(proxy.username, ==, "user");
	g_assert_cmpstr(proxy.password, ==, "secret");
	purple_account_destroy(account);
}

static void
expect_refused(PurpleProxyType type, const char *host, int port)
{
	PurpleAccount *account = account_behind(type, host, port);
	PipitProxy proxy = {0};
	g_autoptr(GError) error = NULL;
	g_assert_false(pipit_proxy_of_account(account, &proxy, &error));
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	purple_account_destroy(account);
}

static void
test_incomplete(void)
{
	expect_refused(PURPLE_PROXY_HTTP, NULL, 8080);
	expect_refused(PURPLE_PROXY_HTTP, "", 8080);
	expect_refused(PURPLE_PROXY_SOCKS5, "proxy.example", 0);
	expect_refused(PURPLE_PROXY_SOCKS5, "proxy.example", 70000);
	expect_refused((PurpleProxyType)99, "proxy.example", 1080);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	char *user_dir = pipit_test_folder_new();
	g_autofree char *plugin_dir = pipit_null_host_build_dir();
	g_assert_true(pipit_null_host_start("pipit-test", user_dir, plugin_dir));
	g_test_add_func("/proxy/types", test_types);
	g_test_add_func("/proxy/none", test_none);
	g_test_add_func("/proxy/from-environment", test_from_environment);
	g_test_add_func("/proxy/password", test_password);
	g_test_add_func("/proxy/incomplete", test_incomplete);
	int status = g_test_run();
	pipit_null_host_stop();
	pipit_test_folder_free(user_dir);
	return status;
}
