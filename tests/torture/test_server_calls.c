/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running server whose calls fail, files and sockets alike: it refuses, or closes the connection, and goes on. What it
 * answered with a 2xx is there afterwards. */
#include <glib.h>
#include <string.h>

#include "tests/support/blob_peer.h"
#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"
#include "tests/torture/fault.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define BLOB_SIZE 600000 /* several pieces */

/* What Alice was told, and what Bob got. */
typedef struct {
	GPtrArray *accepted; /* of char *: texts */
	GHashTable *fetched; /* texts */
	gint64 last;         /* acknowledged up to it */
} Ledger;

/* No answer, a good one, or that the server could not: never that the client did something wrong. SQLite takes a disk that can't
 * be read (EIO from pread64) for a damaged database; what is asked next finds it whole. */
static gboolean
is_clean(const PipitReply *reply)
{
	return reply->status == 0 || reply->status == 200 || reply->status >= 500;
}

static void
send_text(PipitRelayPeer *alice, const PipitRelayPeer *bob, Ledger *ledger, const char *text)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_send_text(alice, bob, text);
	g_assert_true(is_clean(reply));
	if (reply->status == 200 && strcmp(pipit_send_outcome(reply, 0), "accepted") == 0)
		g_ptr_array_add(ledger->accepted, g_strdup(text));
}

static void
fetch(PipitRelayPeer *bob, Ledger *ledger)
{
	g_autofree char *acks =
		ledger->last > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, ledger->last) : g_strdup("");
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(bob, acks, ledger->last, 0);
	g_assert_true(is_clean(reply));
	for (guint i = 0; reply->status == 200 && i < pipit_poll_count(reply); i++) {
		g_hash_table_add(ledger->fetched, pipit_poll_text(reply, i));
		ledger->last = pipit_poll_seq(reply, i);
	}
}

static void
test_talk(gconstpointer data)
{
	FaultKind kind = (FaultKind)GPOINTER_TO_UINT(data);
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	Ledger ledger = {g_ptr_array_new_with_free_func(g_free),
			 g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL), 0};
	const char *failed;
	guint nth = 1;
	do {
		g_autofree char *text = g_strdup_printf("message %u", nth);
		fault_begin_elsewhere(kind, nth);
		send_text(alice, bob, &ledger, text);
		fetch(bob, &ledger);
		fetch(bob, &ledger);
		failed = fault_end();
		g_test_message("%u: %s", nth, failed != NULL ? failed : "none");
		/* It is well again at once. */
		g_autofree char *after = g_strdup_printf("after %u", nth);
		guint count = ledger.accepted->len;
		send_text(alice, bob, &ledger, after);
		g_assert_cmpuint(ledger.accepted->len, ==, count + 1);
		fetch(bob, &ledger);
		nth += fault_stride(kind);
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 10);
	pipit_own_server_restart(own);
	for (guint i = 0; i < ledger.accepted->len; i++)
		if (!g_hash_table_contains(ledger.fetched, ledger.accepted->pdata[i]))
			g_error("lost: %s", (const char *)ledger.accepted->pdata[i]);
	g_ptr_array_unref(ledger.accepted);
	g_hash_table_unref(ledger.fetched);
}

/* An upload, and what was answered. */
typedef struct {
	char *path; /* NULL: not created */
	guint64 kept;
} Blob;

static void
create_blob(PipitRelayPeer *alice, Blob *blob)
{
	g_autoptr(PipitReply) reply = pipit_blob_ask_create(alice, BLOB_SIZE, BOB);
	g_assert_true(is_clean(reply) || reply->status == 201);
	if (reply->status == 201)
		blob->path = g_strdup(json_object_get_string_member(reply->body, "uri"));
}

/* Sends up to @end. Returns: the status. */
static guint
send_blob(const PipitRelayPeer *alice, const char *origin, Blob *blob, guint64 end)
{
	g_autoptr(PipitBlobReply) reply =
		pipit_blob_send(alice, origin, blob->path, blob->kept, end - blob->kept);
	if (reply->status == 200 || reply->status == 201)
		blob->kept = end;
	return reply->status;
}

/* Under the fault. What the client did was right: it is never told otherwise. */
static void
try_blob(PipitRelayPeer *alice, const PipitRelayPeer *bob, const char *origin, Blob *blob)
{
	create_blob(alice, blob);
	if (blob->path == NULL)
		return;
	guint status = send_blob(alice, origin, blob, BLOB_SIZE / 2);
	g_assert_true(status == 0 || status == 200 || status >= 500);
	if (status != 200)
		return;
	status = send_blob(alice, origin, blob, BLOB_SIZE);
	g_assert_true(status == 0 || status == 201 || status >= 500);
	if (status != 201)
		return;
	g_autoptr(PipitBlobReply) fetched = pipit_blob_fetch(bob, origin, blob->path, NULL, 0);
	g_assert_true(fetched->status == 0 || fetched->status == 200 || fetched->status >= 500);
}

/* What was kept is there, the upload goes on with it, and all of it comes out. */
static void
finish_blob(PipitRelayPeer *alice, PipitRelayPeer *bob, const char *origin, Blob *blob)
{
	if (blob->path == NULL)
		create_blob(alice, blob);
	guint64 kept = (guint64)pipit_blob_offset(alice, blob->path);
	g_assert_cmpuint(kept, >=, blob->kept);
	blob->kept = kept;
	g_assert_cmpuint(send_blob(alice, origin, blob, BLOB_SIZE), ==, 201);
	g_autoptr(PipitBlobReply) fetched = pipit_blob_fetch(bob, origin, blob->path, NULL, 0);
	g_assert_cmpuint(fetched->status, ==, 200);
	g_assert_cmpuint(fetched->count, ==, BLOB_SIZE);
	g_assert_true(fetched->as_made);
	g_assert_cmpuint(pipit_blob_done(bob, blob->path), ==, 204);
	g_free(blob->path);
}

static void
test_blobs(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	const char *failed;
	guint nth = 1;
	do {
		Blob blob = {0};
		fault_begin_elsewhere(FAULT_CALL_ONCE, nth);
		try_blob(alice, bob, own->origin, &blob);
		failed = fault_end();
		g_test_message("%u: %s", nth, failed != NULL ? failed : "none");
		finish_blob(alice, bob, own->origin, &blob);
		nth += fault_stride(FAULT_CALL_ONCE);
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 10);
}

/* It starts, or says why it does not; then it starts. */
static void
test_start(void)
{
	guint nth = 1;
	const char *failed;
	do {
		PipitOwnServer *own = pipit_own_server_prepare();
		g_autoptr(GError) error = NULL;
		g_assert_true(pipitd_options_check(own->options, NULL));
		fault_begin(FAULT_CALL_ONCE, nth++);
		PipitdServer *server = pipitd_server_start(own->options, &error);
		failed = fault_end();
		g_test_message("%u: %s: %s", nth - 1, failed != NULL ? failed : "none",
			       error != NULL ? error->message : "started");
		g_assert_true((server == NULL) == (error != NULL && error->message[0] != '\0'));
		pipitd_server_stop(server);
		pipit_own_server_start(own);
		g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
		pipit_own_server_free(own);
	} while (failed != NULL);
	g_assert_cmpuint(nth, >, 10);
}

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server-calls/start", test_start);
	g_test_add_data_func("/server-calls/talk/one-call", GUINT_TO_POINTER(FAULT_CALL_ONCE), test_talk);
	g_test_add_data_func("/server-calls/talk/memory", GUINT_TO_POINTER(FAULT_MEMORY_ONCE), test_talk);
	g_test_add_func("/server-calls/blobs/one-call", test_blobs);
	return g_test_run();
}
