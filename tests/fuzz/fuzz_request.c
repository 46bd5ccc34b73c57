/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running server. The first byte chooses a route, of which the input is the body, asked by a device that is signed in and
 * signs; or the input is all that comes over the connection. It always answers, or closes, and is there for the next one. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/crypto/kept.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/relay_peer.h"

#define ALICE "mailto:alice@example.org"
#define PLENTY 1000000000
#define PATIENCE_US 20000

static const struct {
	const char *method;
	const char *path;
} routes[] = {
	{"POST", "/v1/ids/accounts"}, {"POST", "/v1/ids/handles"},        {"POST", "/v1/ids/login"},
	{"POST", "/v1/ids/devices"},  {"POST", "/v1/ids/devices/remove"}, {"PUT", "/v1/ids/prekey"},
	{"POST", "/v1/ids/lookup"},   {"POST", "/v1/push/messages"},      {"POST", "/v1/push/poll"},
};

static PipitOwnServer *own;
static PipitRelayPeer *alice;

static void
start_server(void)
{
	own = pipit_own_server_prepare();
	own->options->failed_logins_per_handle = PLENTY;
	own->options->failed_logins_per_address = PLENTY;
	own->options->registrations_per_address = PLENTY;
	own->options->lookups_per_account = PLENTY;
	own->options->queue_max_messages = 8;
	pipit_own_server_start(own);
}

static void
sign_in(void)
{
	g_clear_pointer(&alice, pipit_relay_peer_free);
	alice = pipit_relay_peer_register(own->origin, ALICE, 0);
}

int
LLVMFuzzerInitialize(G_GNUC_UNUSED int *argc, G_GNUC_UNUSED char ***argv)
{
	start_server();
	sign_in();
	return 0;
}

/* Sends it in two pieces, as networks do. */
static void
send_pieces(int fd, GBytes *bytes)
{
	gsize size;
	const char *text = g_bytes_get_data(bytes, &size);
	gsize first = size / 2;
	if (size == 0)
		return;
	/* The server may close in between: the rest is then for nobody. */
	if (send(fd, text, first, MSG_NOSIGNAL) == (gssize)first)
		send(fd, text + first, size - first, MSG_NOSIGNAL);
}

/* Anything may come back, or nothing while the server waits for more. */
static void
talk(GBytes *bytes)
{
	struct timeval patience = {.tv_usec = PATIENCE_US};
	int fd = pipit_raw_connect(own->origin);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	send_pieces(fd, bytes);
	g_autofree char *answer = pipit_raw_read(fd);
	fuzz_require(!g_str_has_prefix(answer, "HTTP/1.1 500"));
}

static GBytes *
request_with(guint route, const char *body)
{
	g_autofree char *signature =
		pipit_relay_peer_sign(alice, routes[route].method, routes[route].path, body);
	char *text = g_strdup_printf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				     "Content-Type: application/json\r\nContent-Length: %zu\r\n"
				     "Authorization: Bearer %s\r\nPipit-Signature: %s\r\n\r\n%s",
				     routes[route].method, routes[route].path, strlen(body),
				     alice->auth_token, signature, body);
	return g_bytes_new_take(text, strlen(text));
}

/* A body that asks a poll to wait would have the target wait too: closing its half of the connection ends that. */
static void
ask(guint route, const char *body)
{
	g_autoptr(GBytes) request = request_with(route, body);
	int fd = pipit_raw_connect(own->origin);
	send_pieces(fd, request);
	shutdown(fd, SHUT_WR);
	g_autofree char *answer = pipit_raw_read(fd);
	fuzz_require(g_str_has_prefix(answer, "HTTP/1.1 ") || answer[0] == '\0');
	fuzz_require(!g_str_has_prefix(answer, "HTTP/1.1 500"));
	/* It may have removed itself. */
	if (g_str_has_prefix(answer, "HTTP/1.1 401") || g_str_has_prefix(answer, "HTTP/1.1 204"))
		sign_in();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	guint way = fuzz_byte(&input) % (G_N_ELEMENTS(routes) + 1);
	if (way < G_N_ELEMENTS(routes)) {
		g_autofree char *body = fuzz_string(&input);
		ask(way, body);
		return 0;
	}
	g_autoptr(GBytes) bytes = fuzz_rest(&input);
	talk(bytes);
	return 0;
}
