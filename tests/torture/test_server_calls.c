/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running server whose calls fail, files and sockets alike: it refuses, or closes the connection, and goes on. What it
 * answered with a 2xx is there afterwards. */
#include <glib.h>
#include <string.h>

#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"
#include "tests/torture/fault.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

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
	return g_test_run();
}
