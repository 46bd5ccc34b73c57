/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers that are slow with their blobs: they hold no thread that others need, and not for ever. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/blob_peer.h"
#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define SIZE 20000000
#define SLOW_PEERS 8
#define PATIENCE_SECONDS 150

static PipitOwnServer *
server_with_one_thread(void)
{
	PipitOwnServer *own = pipit_own_server_prepare();
	own->options->http_threads = 1;
	pipit_own_server_start(own);
	return own;
}

/* Asks for a blob, and takes no more than the start of the answer. */
static int
begin_fetch(const PipitRelayPeer *peer, const char *origin, const char *path)
{
	char start[16];
	g_autofree char *request = g_strdup_printf(
		"GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path, peer->auth_token);
	int fd = pipit_raw_connect(origin);
	pipit_raw_send(fd, request);
	g_assert_cmpint(recv(fd, start, sizeof start, MSG_WAITALL), ==, sizeof start);
	g_assert_cmpint(strncmp(start, "HTTP/1.1 200 OK\r", sizeof start), ==, 0);
	return fd;
}

/* With one thread that serves, others are answered while peers send nothing, or read nothing. */
static void
test_others_are_served(void)
{
	g_autoptr(PipitOwnServer) own = server_with_one_thread();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autofree char *whole = pipit_blob_upload(alice, own->origin, SIZE, BOB);
	int peers[2 * SLOW_PEERS];

	for (gsize i = 0; i < SLOW_PEERS; i++) {
		g_autofree char *path = pipit_blob_create(alice, SIZE, BOB);
		peers[2 * i] = pipit_blob_begin(alice, own->origin, path, 0, SIZE / 4, SIZE);
		peers[2 * i + 1] = begin_fetch(bob, own->origin, whole);
	}
	g_assert_cmpuint(pipitd_blob_claims_count(own->server->blob_claims, 0), ==, SLOW_PEERS);
	g_autoptr(PipitReply) sent = pipit_relay_peer_send_text(alice, bob, "still here");
	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	g_autoptr(PipitReply) polled = pipit_relay_peer_poll(bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(polled), ==, 1);
	g_autofree char *other = pipit_blob_upload(alice, own->origin, 1000000, BOB);
	g_autoptr(PipitBlobReply) fetched = pipit_blob_fetch(bob, own->origin, other, NULL, 0);
	g_assert_cmpuint(fetched->count, ==, 1000000);
	for (guint i = 0; i < G_N_ELEMENTS(peers); i++)
		close(peers[i]);
}

static void
test_so_many_at_once(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	int running[32];

	for (guint i = 0; i < G_N_ELEMENTS(running); i++) {
		g_autofree char *path = pipit_blob_create(alice, 1000, BOB);
		running[i] = pipit_blob_begin(alice, own->origin, path, 0, 10, 1000);
	}
	while (pipitd_blob_claims_count(own->server->blob_claims, 0) < G_N_ELEMENTS(running))
		g_usleep(1000);
	g_autofree char *path = pipit_blob_create(alice, 1000, BOB);
	g_autoptr(PipitBlobReply) refused = pipit_blob_send(alice, own->origin, path, 0, 1000);
	g_assert_cmpuint(refused->status, ==, 503);
	g_assert_cmpstr(refused->code, ==, "server-busy");
	for (guint i = 0; i < G_N_ELEMENTS(running); i++)
		close(running[i]);
}

/* One byte a second keeps libmicrohttpd's own timeout away, and is ended all the same. What came is kept. */
static void
test_dribbling(void)
{
	if (g_getenv("PIPIT_LONG") == NULL) {
		g_test_message("takes a minute: with PIPIT_LONG alone");
		return;
	}
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autofree char *path = pipit_blob_create(alice, 1000, BOB);
	int fd = pipit_blob_begin(alice, own->origin, path, 0, 10, 1000);
	guint64 sent = 10;
	guint8 byte;

	for (; sent < PATIENCE_SECONDS; sent++) {
		pipit_blob_make(sent, &byte, 1);
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
		g_usleep(G_USEC_PER_SEC);
	}
	close(fd);
	g_test_message("ended after %" G_GUINT64_FORMAT " bytes", sent);
	g_assert_cmpuint(sent, <, PATIENCE_SECONDS);
	gint64 kept = pipit_blob_offset(alice, path);
	g_assert_cmpint(kept, >=, 10);
	g_assert_cmpint(kept, <=, (gint64)sent);
	g_autoptr(PipitBlobReply) rest =
		pipit_blob_send(alice, own->origin, path, (guint64)kept, 1000 - (guint64)kept);
	g_assert_cmpuint(rest->status, ==, 201);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/blob-slow/others-are-served", test_others_are_served);
	g_test_add_func("/server/blob-slow/so-many-at-once", test_so_many_at_once);
	g_test_add_func("/server/blob-slow/dribbling", test_dribbling);
	return g_test_run();
}
