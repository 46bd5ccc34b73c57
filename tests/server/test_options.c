/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings: the command line over the file over the defaults, and each nonsense refused in words. */
#include <string.h>

#include "server/options.h"
#include "tests/support/test_folder.h"

#define PARSE(...) parse((const char *const[]){"pipitd", __VA_ARGS__, NULL}, &error)

static PipitdOptions *
parse(const char *const *words, GError **error)
{
	g_auto(GStrv) copies = g_strdupv((char **)words);

	return pipitd_options_parse((int)g_strv_length(copies), copies, error);
}

static void
test_defaults(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdOptions) options = PARSE("--state", "/tmp/x", "--domain", "example.org");

	g_assert_no_error(error);
	g_assert_cmpstr(options->listen, ==, "127.0.0.1:8470");
	g_assert_cmpint(options->registration, ==, PIPITD_REGISTRATION_INVITE);
	g_assert_cmpint(options->relay_cap, ==, 16384);
	g_assert_cmpint(options->password_memory_kib, ==, 65536);
	g_assert_cmpint(options->blob_max, ==, G_GINT64_CONSTANT(2) << 30);
	g_assert_cmpint(options->blob_quota, ==, G_GINT64_CONSTANT(4) << 30);
	g_assert_false(options->any_address);
	g_assert_cmpstr(options->domains[0], ==, "example.org");
	g_assert_null(options->domains[1]);
}

static void
test_file(void)
{
	g_autoptr(GError) error = NULL;
	char *folder = pipit_test_folder_new();
	g_autofree char *path = g_build_filename(folder, "pipitd.conf", NULL);

	g_file_set_contents(path,
			    "[pipitd]\nstate=/tmp/x\ndomain=example.org;example.net\nregistration=open\n"
			    "relay-cap=4096\nphone-numbers=true\nblob-quota=1099511627776\n",
			    -1, NULL);
	g_autoptr(PipitdOptions) options = PARSE("--config", path, "--relay-cap", "8192", "--domain",
						 "Example.COM", "--registration=closed");
	g_assert_no_error(error);
	g_assert_cmpstr(options->state, ==, "/tmp/x");
	g_assert_cmpint(options->relay_cap, ==, 8192);
	g_assert_cmpint(options->blob_quota, ==, G_GINT64_CONSTANT(1) << 40);
	g_assert_cmpint(options->registration, ==, PIPITD_REGISTRATION_CLOSED);
	g_assert_true(options->phone_numbers);
	g_assert_cmpuint(g_strv_length(options->domains), ==, 3);
	g_assert_cmpstr(options->domains[2], ==, "example.com");
	pipit_test_folder_free(folder);
}

/* What the example comments out is the default, and every setting in it exists. */
static void
test_example(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	char *folder = pipit_test_folder_new();
	g_autofree char *path = g_build_filename(folder, "pipitd.conf", NULL);
	g_autoptr(GRegex) comment = g_regex_new("^#(?=[a-z-]+=)", G_REGEX_MULTILINE, 0, NULL);
	const gsize counts = G_STRUCT_OFFSET(PipitdOptions, relay_cap);
	const gsize counts_size = G_STRUCT_OFFSET(PipitdOptions, clock_offset) - counts;

	g_assert_true(g_file_get_contents("docs/pipitd.conf.example", &text, NULL, NULL));
	g_autofree char *all = g_regex_replace_literal(comment, text, -1, 0, "", 0, NULL);
	g_file_set_contents(path, all, -1, NULL);
	g_autoptr(PipitdOptions) example = PARSE("--config", path);
	g_assert_no_error(error);
	g_autoptr(PipitdOptions) defaults = pipitd_options_new();
	g_assert_cmpint(memcmp((char *)example + counts, (char *)defaults + counts, counts_size), ==, 0);
	g_assert_cmpint(example->registration, ==, PIPITD_REGISTRATION_INVITE);
	g_assert_false(example->any_address || example->phone_numbers || example->verbose);
	pipit_test_folder_free(folder);
}

static void
assert_bad_file(const char *text, const char *expected)
{
	g_autoptr(GError) error = NULL;
	char *folder = pipit_test_folder_new();
	g_autofree char *path = g_build_filename(folder, "pipitd.conf", NULL);

	g_file_set_contents(path, text, -1, NULL);
	g_assert_null(PARSE("--config", path));
	g_assert_nonnull(strstr(error->message, path));
	if (strstr(error->message, expected) == NULL)
		g_error("expected \"%s\" in: %s", expected, error->message);
	pipit_test_folder_free(folder);
}

static void
test_bad_files(void)
{
	g_autoptr(GError) error = NULL;

	assert_bad_file("[pipitd]\nstat=/tmp/x\n", "no setting \"stat\"");
	assert_bad_file("[pipitd]\nrelay-cap=many\n", "relay-cap must be a number");
	assert_bad_file("[pipitd]\nany-address=perhaps\n", "true or false");
	assert_bad_file("[pipitd]\nlisten=127.0.0.1:1;127.0.0.1:2\n", "one value");
	assert_bad_file("state=/tmp/x\n", "");
	assert_bad_file("[other]\nstate=/tmp/x\n", "[pipitd]");
	g_assert_null(PARSE("--config", "/nonexistent/pipitd.conf"));
	g_assert_nonnull(error);
}

static void
assert_refused(const char *expected, const char *first, const char *second, const char *third)
{
	g_autoptr(GError) error = NULL;
	const char *const words[] = {"pipitd", "--state", "/tmp/x", first, second, third, NULL};

	g_assert_null(parse(words, &error));
	if (strstr(error->message, expected) == NULL)
		g_error("expected \"%s\" in: %s", expected, error->message);
}

static void
test_refused(void)
{
	g_autoptr(GError) error = NULL;

	assert_refused("whose addresses", NULL, NULL, NULL);
	assert_refused("is no domain", "--domain", "not a domain", NULL);
	assert_refused("open, invite or closed", "--any-address", "--registration=perhaps", NULL);
	assert_refused("relay-cap must be a number from 1024", "--any-address", "--relay-cap=100", NULL);
	assert_refused("blob-max must be a number of bytes", "--any-address", "--blob-max=0", NULL);
	assert_refused("blob-max must be a number of bytes", "--any-address", "--blob-max=2G", NULL);
	assert_refused("go together", "--any-address", "--cert=/tmp/cert.pem", NULL);
	assert_refused("no address to listen on", "--any-address", "--listen", "somewhere");
	assert_refused("no address to listen on", "--any-address", "--listen", "::1:8470");
	assert_refused("no address to listen on", "--any-address", "--listen", "127.0.0.1:99999");
	assert_refused("https://", "--any-address", "--url", "http://example.org");
	assert_refused("is no option", "--any-address", "stray", NULL);
	g_assert_null(PARSE("--any-address"));
	g_assert_nonnull(strstr(error->message, "--state"));
}

/* Passwords must not cross a network in the clear. */
static void
test_plain_http_is_for_loopback(void)
{
	assert_refused("plain http", "--any-address", "--listen", "0.0.0.0:8470");
	assert_refused("plain http", "--any-address", "--listen", "[::]:8470");
	assert_refused("plain http", "--any-address", "--listen", "192.0.2.1:8470");
	static const char *const fine[] = {"127.0.0.1:0", "127.1.2.3:8470", "[::1]:8470", "localhost:8470"};
	for (gsize i = 0; i < G_N_ELEMENTS(fine); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(PipitdOptions) options =
			PARSE("--state", "/tmp/x", "--any-address", "--listen", fine[i]);
		g_assert_no_error(error);
	}
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdOptions) secure = PARSE("--state", "/tmp/x", "--any-address", "--listen",
						"0.0.0.0:443", "--cert", "/tmp/c", "--key", "/tmp/k");
	g_assert_no_error(error);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/options/defaults", test_defaults);
	g_test_add_func("/server/options/file", test_file);
	g_test_add_func("/server/options/example", test_example);
	g_test_add_func("/server/options/bad-files", test_bad_files);
	g_test_add_func("/server/options/refused", test_refused);
	g_test_add_func("/server/options/plain-http-is-for-loopback", test_plain_http_is_for_loopback);
	return g_test_run();
}
