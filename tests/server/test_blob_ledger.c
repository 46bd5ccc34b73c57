/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill -9 of a real pipitd while blobs are uploaded, with a ledger: the offsets that it answered with are there afterwards, each
 * upload goes on at the byte that is kept, and what was answered with 201 is given out whole. */
#include <stdlib.h>

#include "tests/support/blob_peer.h"
#include "tests/support/server.h"

#define SENDERS 3
#define ROUNDS 3
#define ROUNDS_LONG 60
#define ANSWERS_BEFORE_KILL 12
#define SIZE_MAX_BYTES 3000000
#define BOB "mailto:bob@example.org"

/* One device that uploads, and what it was promised. */
typedef struct {
	const char *origin;
	PipitRelayPeer *peer;
	GPtrArray *complete; /* paths that were answered with 201 */
	GArray *sizes;       /* theirs: guint64 */
	char *path;          /* of the upload that runs; NULL for none */
	guint64 size;
	guint64 offset; /* the last that the server answered with */
	GRand *random;  /* each thread has its own */
} Lane;

static gint answers; /* to all lanes in this round: what the killer waits for */

static guint64
random_below(Lane *lane, guint64 limit)
{
	return limit == 0 ? 0 : g_rand_int(lane->random) % limit;
}

/* FALSE if the server is gone. */
static gboolean
create(Lane *lane)
{
	guint64 size = random_below(lane, SIZE_MAX_BYTES);
	g_autoptr(PipitReply) reply = pipit_blob_ask_create(lane->peer, size, BOB);
	if (reply->status == 0)
		return FALSE;
	pipit_assert_status(reply, 201);
	lane->path = g_strdup(json_object_get_string_member(reply->body, "uri"));
	lane->size = size;
	lane->offset = 0;
	return TRUE;
}

static void
note_complete(Lane *lane)
{
	g_ptr_array_add(lane->complete, g_steal_pointer(&lane->path));
	g_array_append_val(lane->sizes, lane->size);
}

/* FALSE if the server is gone. */
static gboolean
send_piece(Lane *lane, guint64 count)
{
	g_autoptr(PipitBlobReply) reply =
		pipit_blob_send(lane->peer, lane->origin, lane->path, lane->offset, count);
	if (reply->status == 0)
		return FALSE;
	guint64 reached = lane->offset + count;
	g_assert_cmpuint(reply->status, ==, reached == lane->size ? 201 : 200);
	g_assert_cmpint(reply->offset, ==, (gint64)reached);
	lane->offset = reached;
	if (reached == lane->size)
		note_complete(lane);
	g_atomic_int_inc(&answers);
	return TRUE;
}

static gpointer
upload_until_killed(gpointer user_data)
{
	Lane *lane = user_data;
	for (;;) {
		if (lane->path == NULL && !create(lane))
			return NULL;
		guint64 left = lane->size - lane->offset;
		if (!send_piece(lane, random_below(lane, 2) == 0 ? left : random_below(lane, left)))
			return NULL;
	}
}

static void
run_until_killed(PipitTestServer *server, Lane *lanes)
{
	GThread *threads[SENDERS];
	gint enough = g_test_rand_int_range(ANSWERS_BEFORE_KILL, 2 * ANSWERS_BEFORE_KILL);

	g_atomic_int_set(&answers, 0);
	for (guint i = 0; i < SENDERS; i++)
		threads[i] = g_thread_new("upload", upload_until_killed, &lanes[i]);
	while (g_atomic_int_get(&answers) < enough)
		g_usleep((gulong)g_test_rand_int_range(1, 2000));
	pipit_test_server_kill(server);
	for (guint i = 0; i < SENDERS; i++)
		g_thread_join(threads[i]);
}

/* The upload that had no answer goes on where the server says. */
static void
finish(Lane *lane)
{
	if (lane->path == NULL)
		return;
	guint64 kept = (guint64)pipit_blob_offset(lane->peer, lane->path);
	g_assert_cmpuint(kept, >=, lane->offset);
	g_assert_cmpuint(kept, <=, lane->size);
	lane->offset = kept;
	g_assert_true(send_piece(lane, lane->size - kept));
	g_assert_null(lane->path);
}

/* All that was ever complete is there, once it is fetched no more. */
static void
settle(Lane *lane)
{
	finish(lane);
	for (guint i = 0; i < lane->complete->len; i++) {
		const char *path = lane->complete->pdata[i];
		g_autoptr(PipitBlobReply) reply = pipit_blob_fetch(lane->peer, lane->origin, path, NULL, 0);
		g_assert_cmpuint(reply->status, ==, 200);
		g_assert_cmpuint(reply->count, ==, g_array_index(lane->sizes, guint64, i));
		g_assert_true(reply->as_made);
		g_assert_cmpuint(pipit_blob_delete(lane->peer, path), ==, 204);
	}
	g_ptr_array_set_size(lane->complete, 0);
	g_array_set_size(lane->sizes, 0);
}

static void
lane_start(Lane *lane, guint number, const char *origin)
{
	g_autofree char *handle = g_strdup_printf("mailto:from%u@example.org", number);
	*lane = (Lane){
		.origin = origin,
		.peer = pipit_relay_peer_register(origin, handle, number),
		.complete = g_ptr_array_new_with_free_func(g_free),
		.sizes = g_array_new(FALSE, FALSE, sizeof(guint64)),
		.random = g_rand_new_with_seed((guint32)g_test_rand_int()),
	};
}

static void
lane_end(Lane *lane)
{
	pipit_relay_peer_free(lane->peer);
	g_ptr_array_unref(lane->complete);
	g_array_unref(lane->sizes);
	g_rand_free(lane->random);
}

static void
test_killed_in_mid_upload(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	guint rounds = g_getenv("PIPIT_LONG") != NULL ? ROUNDS_LONG : ROUNDS;
	Lane lanes[SENDERS];

	for (guint i = 0; i < SENDERS; i++)
		lane_start(&lanes[i], i, pipit_test_server_origin(server));
	for (guint round = 0; round < rounds; round++) {
		run_until_killed(server, lanes);
		pipit_test_server_restart(server, NULL);
		for (guint i = 0; i < SENDERS; i++) {
			lanes[i].origin = pipit_test_server_origin(server);
			settle(&lanes[i]);
		}
	}
	for (guint i = 0; i < SENDERS; i++)
		lane_end(&lanes[i]);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/blob-ledger/killed-in-mid-upload", test_killed_in_mid_upload);
	return g_test_run();
}
