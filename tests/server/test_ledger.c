/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kill -9 of a real pipitd under load, with a ledger: what was answered with 200 is there afterwards, once, in the order of
 * its sender; what was acknowledged does not come back. */
#include <stdlib.h>
#include <string.h>

#include "protocol/uuid.h"
#include "tests/support/relay_peer.h"
#include "tests/support/server.h"

#define SENDERS 4
#define ROUNDS 3
#define ROUNDS_LONG 60
#define ACCEPTED_BEFORE_KILL 60

/* One sender, its receiver, and what was promised. */
typedef struct {
	PipitRelayPeer *sender;
	PipitRelayPeer *receiver;
	guint next;            /* the number that the next message carries */
	gint *accepted_by_all; /* what the killer waits for */
} Lane;

static PipitReply *
send_number(Lane *lane, guint number)
{
	g_autofree char *text = g_strdup_printf("%u", number);

	return pipit_relay_peer_send_text(lane->sender, lane->receiver, text);
}

/* Sends numbers until the server is gone. The one that got no answer is sent again next time, as a client does. */
static gpointer
send_until_killed(gpointer user_data)
{
	Lane *lane = user_data;

	for (;;) {
		g_autoptr(PipitReply) reply = send_number(lane, lane->next);
		if (reply->status == 0)
			return NULL;
		g_assert_cmpstr(pipit_send_outcome(reply, 0), ==, "accepted");
		lane->next++;
		g_atomic_int_inc(lane->accepted_by_all);
	}
}

static guint
random_below(guint limit)
{
	return (guint)g_test_rand_int_range(0, (gint32)limit);
}

static void
run_until_killed(PipitTestServer *server, Lane *lanes)
{
	GThread *threads[SENDERS];
	gint accepted = 0;
	gint enough = (gint)(ACCEPTED_BEFORE_KILL + random_below(ACCEPTED_BEFORE_KILL));

	for (guint i = 0; i < SENDERS; i++) {
		lanes[i].accepted_by_all = &accepted;
		threads[i] = g_thread_new("send", send_until_killed, &lanes[i]);
	}
	while (g_atomic_int_get(&accepted) < enough)
		g_usleep(random_below(2000));
	pipit_test_server_kill(server);
	for (guint i = 0; i < SENDERS; i++)
		g_thread_join(threads[i]);
}

/* Reads all that waits for a lane's receiver, acknowledging as it goes, and holds it against the ledger. */
static void
settle(Lane *lane, guint *expected)
{
	g_autofree char *acks = g_strdup("");

	for (;;) {
		g_autoptr(PipitReply) reply = pipit_relay_peer_poll(lane->receiver, acks, 0, 0);
		guint count = pipit_poll_count(reply);
		g_autoptr(GString) next = g_string_new(NULL);
		for (guint i = 0; i < count; i++) {
			g_autofree char *text = pipit_poll_text(reply, i);
			g_autofree char *wanted = g_strdup_printf("%u", (*expected)++);
			g_assert_cmpstr(text, ==, wanted);
			g_string_append_printf(next, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "",
					       pipit_poll_seq(reply, i));
		}
		if (count == 0)
			return;
		g_free(acks);
		acks = g_string_free(g_steal_pointer(&next), FALSE);
	}
}

static void
test_killed_under_load(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	Lane lanes[SENDERS] = {0};
	guint expected[SENDERS] = {0};
	guint rounds = g_getenv("PIPIT_LONG") != NULL ? ROUNDS_LONG : ROUNDS;

	for (guint i = 0; i < SENDERS; i++) {
		g_autofree char *from = g_strdup_printf("mailto:from%u@example.org", i);
		g_autofree char *to = g_strdup_printf("mailto:to%u@example.org", i);
		const char *origin = pipit_test_server_origin(server);
		lanes[i].sender = pipit_relay_peer_register(origin, from, 2 * i);
		lanes[i].receiver = pipit_relay_peer_register(origin, to, 2 * i + 1);
	}
	for (guint round = 0; round < rounds; round++) {
		run_until_killed(server, lanes);
		pipit_test_server_restart(server, NULL);
		for (guint i = 0; i < SENDERS; i++) {
			/* The one in doubt, unchanged: it must end up there once. */
			g_autoptr(PipitReply) again = send_number(&lanes[i], lanes[i].next);
			g_assert_cmpstr(pipit_send_outcome(again, 0), ==, "accepted");
			lanes[i].next++;
			settle(&lanes[i], &expected[i]);
			g_assert_cmpuint(expected[i], ==, lanes[i].next);
		}
	}
	for (guint i = 0; i < SENDERS; i++) {
		pipit_relay_peer_free(lanes[i].sender);
		pipit_relay_peer_free(lanes[i].receiver);
	}
}

/* What is acknowledged when the answer arrives stays gone, whatever happens then. */
static void
test_acknowledged_stays_gone(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	const char *origin = pipit_test_server_origin(server);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(origin, "mailto:alice@x", 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(origin, "mailto:bob@x", 1);

	for (guint i = 0; i < 20; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_autoptr(PipitReply) sent = pipit_relay_peer_send_text(alice, bob, text);
		g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
		g_autofree char *seq = g_strdup_printf("%u", i + 1);
		g_autoptr(PipitReply) acked = pipit_relay_peer_poll(bob, i % 2 == 0 ? seq : "", 0, 0);
		pipit_assert_status(acked, 200);
	}
	pipit_test_server_kill(server);
	pipit_test_server_restart(server, NULL);
	g_autoptr(PipitReply) rest = pipit_relay_peer_poll(bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(rest), ==, 10);
	for (guint i = 0; i < 10; i++)
		g_assert_cmpint(pipit_poll_seq(rest, i), ==, 2 * i + 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/ledger/killed-under-load", test_killed_under_load);
	g_test_add_func("/server/ledger/acknowledged-stays-gone", test_acknowledged_stays_gone);
	return g_test_run();
}
