/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's small parts alone: limits, tokens, passwords, addresses, the watcher, connections. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/connections.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/password.h"
#include "server/tokens.h"
#include "server/watcher.h"

static void
test_limits(void)
{
	g_autoptr(PipitdLimits) limits = pipitd_limits_new();

	pipitd_limits_set(limits, PIPITD_LIMIT_LOGIN_HANDLE, 3, 60);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 1, 1000), ==, 0);
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 1, 1000), ==, 20);
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "b", 1, 1000), ==, 0);
	/* What was refused took nothing: after a third of the window one is there again. */
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 1, 21000), ==, 0);
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 1, 21000), ==, 20);
	pipitd_limits_give_back(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 1, 21000);
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 1, 21000), ==, 0);
	/* A bucket never holds more than it may. */
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 4, 100000000), >, 0);
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_HANDLE, "a", 3, 100000000), ==, 0);
}

static void
test_limits_of_many(void)
{
	g_autoptr(PipitdLimits) limits = pipitd_limits_new();

	pipitd_limits_set(limits, PIPITD_LIMIT_LOGIN_NETWORK, 1, 1);
	/* Full buckets go, others stay. */
	for (guint i = 0; i < 10000; i++) {
		g_autofree char *key = g_strdup_printf("%u", i);
		g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_NETWORK, key, 1, i), ==, 0);
	}
	g_assert_cmpuint(pipitd_limits_take(limits, PIPITD_LIMIT_LOGIN_NETWORK, "9999", 1, 10000), >, 0);
}

static void
test_tokens(void)
{
	guint8 one[PIPIT_TOKEN_LEN];
	guint8 other[PIPIT_TOKEN_LEN];
	guint8 hash[PIPITD_TOKEN_HASH_LEN];
	guint8 same[PIPITD_TOKEN_HASH_LEN];

	pipitd_token_generate(one);
	pipitd_token_generate(other);
	g_assert_cmpint(memcmp(one, other, sizeof one), !=, 0);
	g_autofree char *code = pipitd_invite_code_generate();
	g_assert_true(g_regex_match_simple("^([2-9a-z]{4}-){3}[2-9a-z]{4}$", code, 0, 0));
	pipitd_invite_code_hash("abcd-efgh", hash);
	pipitd_invite_code_hash(" ABCD EFGH", same);
	g_assert_cmpint(memcmp(hash, same, sizeof hash), ==, 0);
}

static void
test_passwords(void)
{
	const PipitdPasswordCost cost = {64, 1};
	const PipitdPasswordCost other_cost = {128, 2};

	pipitd_password_prepare();
	g_autofree char *hash = pipitd_password_hash("secret", cost);
	g_autofree char *again = pipitd_password_hash("secret", cost);
	g_assert_true(g_str_has_prefix(hash, "$argon2id$v=19$m=64,t=1,p=1$"));
	g_assert_cmpstr(hash, !=, again); /* salted */
	/* A hash is verified at its own cost, whatever is set now. */
	g_assert_true(pipitd_password_verify("secret", hash, other_cost));
	g_assert_false(pipitd_password_verify("Secret", hash, cost));
	g_assert_false(pipitd_password_verify("", hash, cost));
	g_assert_false(pipitd_password_verify("secret", NULL, cost));
	static const char *const damaged[] = {
		"", "$", "$argon2id$v=19$m=64,t=1,p=1$", "$argon2i$v=19$m=64,t=1,p=1$AA==$AA==",
		"$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA==$AA=="};
	for (gsize i = 0; i < G_N_ELEMENTS(damaged); i++)
		g_assert_false(pipitd_password_verify("secret", damaged[i], cost));
}

/* Made by the reference implementation (libargon2, argon2id_hash_encoded): salt "0123456789abcdef", 64 KiB, 2 passes. */
static void
test_password_of_another_implementation(void)
{
	const PipitdPasswordCost cost = {64, 1};

	pipitd_password_prepare();
	g_assert_true(pipitd_password_verify("secret",
					     "$argon2id$v=19$m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$NZM9HruDlpv+"
					     "svG+Wf5n9elNeM0OXMUpS4QH8zsitbM",
					     cost));
}

static void
test_addresses(void)
{
	static const struct {
		const char *address;
		gboolean loopback;
		const char *network;
	} cases[] = {
		{"127.0.0.1:1", TRUE, "127.0.0.1"},
		{"127.255.0.9:1", TRUE, "127.255.0.9"},
		{"[::1]:1", TRUE, "::/64"},
		{"[::ffff:127.0.0.1]:1", TRUE, "127.0.0.1"},
		{"[::ffff:192.0.2.1]:1", FALSE, "192.0.2.1"},
		{"192.0.2.1:1", FALSE, "192.0.2.1"},
		{"0.0.0.0:1", FALSE, "0.0.0.0"},
		{"[2001:db8:1:2:3:4:5:6]:1", FALSE, "2001:db8:1:2::/64"},
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		PipitdAddress address;
		g_autoptr(GError) error = NULL;
		g_assert_true(pipitd_address_parse(cases[i].address, &address, &error));
		const struct sockaddr *socket_address = (const struct sockaddr *)&address.address;
		g_autofree char *network = pipitd_address_network(socket_address);
		g_assert_cmpint(pipitd_address_is_loopback(socket_address), ==, cases[i].loopback);
		g_assert_cmpstr(network, ==, cases[i].network);
	}
}

/* The watcher */

typedef struct {
	GMutex lock;
	GCond changed;
	guint64 watch;
	PipitdWatchEvent event;
} Seen;

static void
on_watch(gpointer user_data, guint64 watch, PipitdWatchEvent event)
{
	Seen *seen = user_data;

	g_mutex_lock(&seen->lock);
	seen->watch = watch;
	seen->event = event;
	g_cond_signal(&seen->changed);
	g_mutex_unlock(&seen->lock);
}

static void
wait_seen(Seen *seen, guint64 watch, PipitdWatchEvent event)
{
	g_mutex_lock(&seen->lock);
	while (seen->watch == 0)
		g_cond_wait(&seen->changed, &seen->lock);
	g_assert_cmpuint(seen->watch, ==, watch);
	g_assert_cmpint(seen->event, ==, event);
	seen->watch = 0;
	g_mutex_unlock(&seen->lock);
}

static void
test_watcher(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdWatcher) watcher = pipitd_watcher_new(&error);
	Seen seen = {0};
	int pair[2];
	gint64 late = pipitd_clock_monotonic() + PIPITD_MS_PER_HOUR;

	g_mutex_init(&seen.lock);
	g_cond_init(&seen.changed);
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	guint64 removed = pipitd_watcher_add(watcher, -1, pipitd_clock_monotonic() + 100, on_watch, &seen);
	pipitd_watcher_remove(watcher, removed);
	/* An earlier deadline than all before it is noticed at once. */
	guint64 gone = pipitd_watcher_add(watcher, pair[0], late, on_watch, &seen);
	guint64 soon = pipitd_watcher_add(watcher, -1, pipitd_clock_monotonic() + 10, on_watch, &seen);
	wait_seen(&seen, soon, PIPITD_WATCH_DEADLINE);
	/* Bytes are no event; the end is. */
	g_assert_cmpint(send(pair[1], "x", 1, MSG_NOSIGNAL), ==, 1);
	close(pair[1]);
	wait_seen(&seen, gone, PIPITD_WATCH_GONE);
	close(pair[0]);
}

/* A client that is too slow is shut down, whatever it dribbles. */
static void
test_slow_connection(void)
{
	g_autoptr(GError) error = NULL;
	PipitdWatcher *watcher = pipitd_watcher_new(&error);
	PipitdConnections *connections = pipitd_connections_new(watcher, 2, NULL);
	PipitdAddress peer;
	int pair[2];
	char byte;

	g_assert_true(pipitd_address_parse("192.0.2.1:1", &peer, &error));
	const struct sockaddr *address = (const struct sockaddr *)&peer.address;
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
	PipitdConnection *slow = pipitd_connection_opened(connections, pair[0], address);
	PipitdConnection *idle = pipitd_connection_opened(connections, -1, address);
	g_assert_false(pipitd_connections_admit(connections, address)); /* two are as many as one may have */
	pipitd_connection_relax(idle);
	pipitd_connection_expect(slow, 0);
	g_assert_cmpint(recv(pair[1], &byte, 1, 0), ==, 0); /* waits for the end, and sees it */
	pipitd_connection_closed(slow);
	g_assert_true(pipitd_connections_admit(connections, address));
	pipitd_connection_closed(idle);
	close(pair[0]);
	close(pair[1]);
	pipitd_watcher_free(watcher);
	pipitd_connections_free(connections);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/parts/limits", test_limits);
	g_test_add_func("/server/parts/limits-of-many", test_limits_of_many);
	g_test_add_func("/server/parts/tokens", test_tokens);
	g_test_add_func("/server/parts/passwords", test_passwords);
	g_test_add_func("/server/parts/password-of-another-implementation",
			test_password_of_another_implementation);
	g_test_add_func("/server/parts/addresses", test_addresses);
	g_test_add_func("/server/parts/watcher", test_watcher);
	g_test_add_func("/server/parts/slow-connection", test_slow_connection);
	return g_test_run();
}
