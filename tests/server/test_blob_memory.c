/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a blob costs a real pipitd in memory, going in and coming out: the same for a thousand bytes as for 64 MiB, and (PIPIT_LONG)
 * for 2 GiB. */
#include <string.h>

#include "tests/support/blob_peer.h"
#include "tests/support/server.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define SMALL 1000
#define LARGE (G_GUINT64_CONSTANT(64) << 20)
#define HUGE_BLOB (G_GUINT64_CONSTANT(2) << 30)
#define SPREAD_KIB 6144 /* what threads and a sanitizer that keeps freed memory for a while make of it */

/* Returns: the most memory that the server has had at once, in KiB. */
static guint64
peak_of(const PipitTestServer *server)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", pipit_test_server_pid(server));
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	const char *peak = strstr(text, "VmHWM:");
	g_assert_nonnull(peak);
	return g_ascii_strtoull(peak + strlen("VmHWM:"), NULL, 10);
}

static double
seconds_since(gint64 start)
{
	return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

static void
there_and_back(PipitRelayPeer *alice, PipitRelayPeer *bob, const char *origin, guint64 size)
{
	gint64 start = g_get_monotonic_time();
	g_autofree char *path = pipit_blob_upload(alice, origin, size, BOB);
	double up = seconds_since(start);
	start = g_get_monotonic_time();
	g_autoptr(PipitBlobReply) reply = pipit_blob_fetch(bob, origin, path, NULL, 0);
	g_assert_cmpuint(reply->status, ==, 200);
	g_assert_cmpuint(reply->count, ==, size);
	g_assert_true(reply->as_made);
	g_test_message("%" G_GUINT64_FORMAT " bytes: %.2f s up, %.2f s down", size, up, seconds_since(start));
	g_assert_cmpuint(pipit_blob_done(bob, path), ==, 204);
}

static void
test_flat(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	const char *origin = pipit_test_server_origin(server);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(origin, BOB, 1);

	for (guint i = 0; i < 8; i++) /* each of its threads has its turn */
		there_and_back(alice, bob, origin, SMALL);
	guint64 small = peak_of(server);
	there_and_back(alice, bob, origin, g_getenv("PIPIT_LONG") != NULL ? HUGE_BLOB : LARGE);
	guint64 large = peak_of(server);
	g_test_message("peak: %" G_GUINT64_FORMAT " KiB, then %" G_GUINT64_FORMAT " KiB", small, large);
	g_assert_cmpuint(large, <=, small + SPREAD_KIB);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/blob-memory/flat", test_flat);
	return g_test_run();
}
