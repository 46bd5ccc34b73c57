/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client that waits costs the server: memory for each of many parked polls, plain and over TLS. Its devices are
 * written into the store, since making their keys would take hours; the polls are real. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "server/store_accounts.h"
#include "server/store_devices.h"
#include "tests/support/certificate.h"
#include "tests/support/raw_http.h"
#include "tests/support/server.h"
#include "tests/support/test_folder.h"

#define DEVICES_MAX 10000
#define DEVICES_OF_ACCOUNT 32
#define FILES_SPARE 200
#define NOW G_GINT64_CONSTANT(1764000000000)
#define DAY_S (G_GINT64_CONSTANT(24) * 60 * 60)
#define LOOK_AGAIN_US 50000

typedef struct {
	int fd;
	gnutls_session_t tls; /* NULL: plain */
} Client;

/* Numbers stand for 32 bytes. */
static void
number_bytes(guint number, guint8 kind, guint8 bytes[static PIPIT_TOKEN_LEN])
{
	memset(bytes, 0, PIPIT_TOKEN_LEN);
	memcpy(bytes, &number, sizeof number);
	bytes[PIPIT_TOKEN_LEN - 1] = kind;
}

static void
add_device(PipitdSession *session, gint64 account, guint number)
{
	guint8 auth_token[PIPIT_TOKEN_LEN];
	guint8 push_token[PIPIT_TOKEN_LEN];
	guint8 key[PIPIT_TOKEN_LEN];
	guint8 auth[PIPITD_TOKEN_HASH_LEN];
	gboolean added = FALSE;
	g_autoptr(GError) error = NULL;

	number_bytes(number, 1, auth_token);
	number_bytes(number, 2, push_token);
	number_bytes(number, 3, key);
	pipitd_token_hash(auth_token, sizeof auth_token, auth);
	g_autoptr(GBytes) bytes = g_bytes_new(key, sizeof key);
	const PipitdNewDevice device = {
		.name = "Idle",
		.pair_identity = bytes,
		.device_key = bytes,
		.prekey = {.prekey_record = bytes, .prekey = bytes, .prekey_time = 1764000000.0},
		.push_token = push_token,
		.auth = auth,
	};
	pipitd_store_put_device(session, account, &device, NOW, push_token, &added, &error);
	g_assert_no_error(error);
	g_assert_true(added);
}

static void
fill(const char *state)
{
	g_autofree char *path = g_build_filename(state, "pipitd.db", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(PipitdStore) store = pipitd_store_open(path, 0, &error);
	g_assert_no_error(error);
	PipitdSession *session = pipitd_store_writer(store);
	gint64 account = 0;

	pipitd_session_begin(session, &error);
	for (guint i = 0; i < DEVICES_MAX; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:idle%u@example.org", i);
		if (i % DEVICES_OF_ACCOUNT == 0)
			pipitd_store_create_account(session, handle, "none", NULL, NOW, &account, &error);
		g_assert_no_error(error);
		add_device(session, account, i);
	}
	pipitd_session_commit(session, &error);
	g_assert_no_error(error);
}

static glong
resident_kib(const PipitTestServer *server)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", pipit_test_server_pid(server));
	g_autofree char *status = NULL;

	g_assert_true(g_file_get_contents(path, &status, NULL, NULL));
	return (glong)g_ascii_strtoll(strstr(status, "VmRSS:") + strlen("VmRSS:"), NULL, 10);
}

static void
wait_until_parked(const PipitTestServer *server, guint count)
{
	g_autofree char *build = pipit_test_build_dir();
	g_autofree char *program = g_build_filename(build, "pipitctl", NULL);
	g_autofree char *line = g_strdup_printf("parked polls: %u\n", count);
	const char *const arguments[] = {program, "--state", pipit_test_server_state(server), "status", NULL};

	for (;;) {
		g_autofree char *said = NULL;
		g_assert_true(g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &said,
					   NULL, NULL, NULL));
		if (strstr(said, line) != NULL)
			return;
		g_usleep(LOOK_AGAIN_US);
	}
}

static void
begin_tls(Client *client, gnutls_certificate_credentials_t credentials)
{
	int result;

	gnutls_init(&client->tls, GNUTLS_CLIENT);
	gnutls_set_default_priority(client->tls);
	gnutls_credentials_set(client->tls, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(client->tls, client->fd);
	do
		result = gnutls_handshake(client->tls);
	while (result < 0 && !gnutls_error_is_fatal(result));
	g_assert_cmpint(result, >=, 0);
}

static void
poll_as(Client *client, guint number)
{
	static const char body[] = "{\"ack\":[],\"after\":0,\"wait\":300}";
	guint8 auth_token[PIPIT_TOKEN_LEN];

	number_bytes(number, 1, auth_token);
	g_autofree char *token = g_base64_encode(auth_token, sizeof auth_token);
	g_autofree char *request = g_strdup_printf(
		"POST /v1/push/poll HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		token, strlen(body), body);
	if (client->tls == NULL)
		pipit_raw_send(client->fd, request);
	else
		g_assert_cmpint(gnutls_record_send(client->tls, request, strlen(request)), ==,
				(gssize)strlen(request));
}

static void
measure(const char *what, PipitTestServer *server, gnutls_certificate_credentials_t credentials)
{
	static const guint counts[] = {1000, DEVICES_MAX};
	g_autofree Client *clients = g_new0(Client, DEVICES_MAX);
	glong before = resident_kib(server);
	guint n = 0;

	for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
		for (; n < counts[i]; n++) {
			clients[n].fd = pipit_raw_connect(pipit_test_server_origin(server));
			if (credentials != NULL)
				begin_tls(&clients[n], credentials);
			poll_as(&clients[n], n);
		}
		wait_until_parked(server, n);
		printf("%-6s %6u parked polls: %6.1f KiB each\n", what, n,
		       (double)(resident_kib(server) - before) / n);
		fflush(stdout);
	}
	for (guint i = 0; i < n; i++) {
		if (clients[i].tls != NULL)
			gnutls_deinit(clients[i].tls);
		close(clients[i].fd);
	}
}

static void
run(const char *what, const PipitTestCertificate *certificate)
{
	const char *arguments[] = {"--max-connections",
				   "12000",
				   "--max-connections-per-address",
				   "12000",
				   certificate != NULL ? "--cert" : NULL,
				   certificate != NULL ? certificate->cert : NULL,
				   "--key",
				   certificate != NULL ? certificate->key : NULL,
				   NULL};
	PipitTestServer *server = pipit_test_server_start(arguments);
	gnutls_certificate_credentials_t credentials = NULL;

	pipit_test_server_stop(server);
	fill(pipit_test_server_state(server));
	pipit_test_server_restart(server, arguments);
	if (certificate != NULL)
		gnutls_certificate_allocate_credentials(&credentials);
	measure(what, server, credentials);
	if (credentials != NULL)
		gnutls_certificate_free_credentials(credentials);
	pipit_test_server_free(server);
}

int
main(void)
{
	struct rlimit limit;
	char *folder = pipit_test_folder_new();
	PipitTestCertificate *certificate = pipit_test_certificate_new(folder, "127.0.0.1", -DAY_S, DAY_S);

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = MIN(limit.rlim_max, DEVICES_MAX + FILES_SPARE);
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
	run("plain", NULL);
	run("TLS", certificate);
	pipit_test_certificate_free(certificate);
	pipit_test_folder_free(folder);
	return 0;
}
