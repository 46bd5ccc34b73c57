/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The long poll: what wakes one, what ends one, and that nothing falls between looking and waiting. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/own_server.h"
#include "tests/support/raw_http.h"
#include "tests/support/relay_peer.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

typedef struct {
	PipitOwnServer *own;
	PipitRelayPeer *alice;
	PipitRelayPeer *bob;
} Pair;

static void
pair_init(Pair *pair)
{
	pair->own = pipit_own_server_new();
	pair->alice = pipit_relay_peer_register(pair->own->origin, ALICE, 0);
	pair->bob = pipit_relay_peer_register(pair->own->origin, BOB, 1);
}

static void
pair_clear(Pair *pair)
{
	pipit_relay_peer_free(pair->alice);
	pipit_relay_peer_free(pair->bob);
	pipit_own_server_free(pair->own);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

static gpointer
poll_long(gpointer peer)
{
	return pipit_relay_peer_poll(peer, "", 0, 60);
}

static GThread *
start_poll(Pair *pair, PipitRelayPeer *peer)
{
	GThread *thread = g_thread_new("poll", poll_long, peer);

	pipit_own_server_wait_parked(pair->own, 1);
	return thread;
}

static PipitReply *
send_text(Pair *pair, const char *class_, const char *text)
{
	g_autofree char *copy = pipit_relay_peer_copy(pair->bob, text);
	g_autofree char *recipient = pipit_test_recipient(BOB, copy);

	return pipit_relay_peer_send(pair->alice, class_, recipient);
}

static void
test_message_wakes(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	GThread *poll = start_poll(&pair, pair.bob);

	g_autoptr(PipitReply) sent = send_text(&pair, "stored", "wake up");
	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	g_autoptr(PipitReply) woken = g_thread_join(poll);
	g_autofree char *text = pipit_poll_text(woken, 0);
	g_assert_cmpstr(text, ==, "wake up");
	g_assert_cmpint(pipit_poll_seq(woken, 0), ==, 1);
}

static void
test_ephemeral(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);

	g_autoptr(PipitReply) to_nobody = send_text(&pair, "ephemeral", "typing 1");
	g_assert_cmpstr(pipit_send_outcome(to_nobody, 0), ==, "accepted");
	GThread *poll = start_poll(&pair, pair.bob);
	g_autoptr(PipitReply) sent = send_text(&pair, "ephemeral", "typing 2");
	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	g_autoptr(PipitReply) woken = g_thread_join(poll);
	g_assert_cmpuint(pipit_poll_count(woken), ==, 1);
	g_autofree char *text = pipit_poll_text(woken, 0);
	g_assert_cmpstr(text, ==, "typing 2");
	g_assert_cmpint(pipit_poll_seq(woken, 0), ==, 0);
	g_assert_cmpstr(json_object_get_string_member(pipit_poll_message(woken, 0), "class"), ==,
			"ephemeral");
	g_autofree char *status = pipit_own_server_control(pair.own, "status\n");
	g_assert_nonnull(strstr(status, "\nqueued: 0\n")); /* neither was ever stored */
}

static void
test_time_is_up(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	gint64 started = g_get_monotonic_time();

	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(pair.bob, "", 0, 1);
	g_assert_cmpuint(pipit_poll_count(reply), ==, 0);
	g_assert_cmpint(g_get_monotonic_time() - started, >=, G_USEC_PER_SEC);
	g_autoptr(PipitReply) too_long = pipit_relay_peer_poll(pair.bob, "", 0, 301);
	pipit_assert_problem(too_long, 400, "bad-request");
}

static void
test_second_displaces_first(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	GThread *first = start_poll(&pair, pair.bob);
	g_autoptr(PipitRelayPeer) bob_again = pipit_relay_peer_new(pair.own->origin, BOB, 1);
	pipit_http_peer_set_token(bob_again->http, pair.bob->auth_token);
	GThread *second = g_thread_new("second", poll_long, bob_again);

	g_autoptr(PipitReply) displaced = g_thread_join(first);
	pipit_assert_problem(displaced, 409, "displaced");
	pipit_own_server_wait_parked(pair.own, 1);
	g_autoptr(PipitReply) sent = send_text(&pair, "stored", "to the second");
	g_autoptr(PipitReply) woken = g_thread_join(second);
	g_assert_cmpuint(pipit_poll_count(woken), ==, 1);
}

static void
test_stop_answers(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	GThread *poll = start_poll(&pair, pair.bob);

	pipit_own_server_stop(pair.own);
	g_autoptr(PipitReply) reply = g_thread_join(poll);
	g_assert_cmpuint(pipit_poll_count(reply), ==, 0);
}

/* A poll of bytes on a socket of our own, which can then do what no HTTP library does. */
static int
open_poll(Pair *pair)
{
	static const char body[] = "{\"ack\":[],\"after\":0,\"wait\":300}";
	g_autofree char *request =
		g_strdup_printf("POST /v1/push/poll HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
				"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
				pair->bob->auth_token, strlen(body), body);
	int fd = pipit_raw_connect(pair->own->origin);

	pipit_raw_send(fd, request);
	pipit_own_server_wait_parked(pair->own, 1);
	return fd;
}

static void
test_peer_that_closes_frees_its_poll(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);

	close(open_poll(&pair));
	pipit_own_server_wait_parked(pair.own, 0);
	/* A message afterwards waits for whoever comes. */
	g_autoptr(PipitReply) sent = send_text(&pair, "stored", "later");
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(pair.bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(reply), ==, 1);
}

static void
test_peer_that_resets_frees_its_poll(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	int fd = open_poll(&pair);
	struct linger reset = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(fd);
	pipit_own_server_wait_parked(pair.own, 0);
}

/* Acknowledged first, then waited: both in one request. */
static void
test_acknowledges_and_waits(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	g_autoptr(PipitReply) sent = send_text(&pair, "stored", "one");
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(pair.bob, "1", 0, 1);

	g_assert_cmpuint(pipit_poll_count(reply), ==, 0);
	g_autoptr(PipitReply) gone = pipit_relay_peer_poll(pair.bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(gone), ==, 0);
}

/* Many messages against many polls: each look, park and commit may coincide with any other. Earlier releases of
 * libmicrohttpd could overlook a ready connection while others were suspended. */
#define STRESS_MESSAGES 300
#define STRESS_PAIRS 4

static gpointer
send_many(gpointer user_data)
{
	Pair *pair = user_data;

	for (guint i = 0; i < STRESS_MESSAGES; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		g_autoptr(PipitReply) sent = pipit_relay_peer_send_text(pair->alice, pair->bob, text);
		g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	}
	return NULL;
}

/* Checks that what came goes on from @expected, once and in order. Returns: (transfer full) the numbers to acknowledge. */
static char *
check_messages(const PipitReply *reply, guint *expected)
{
	g_autoptr(GString) acks = g_string_new(NULL);

	for (guint i = 0; i < pipit_poll_count(reply); i++) {
		g_autofree char *text = pipit_poll_text(reply, i);
		g_autofree char *wanted = g_strdup_printf("%u", (*expected)++);
		g_assert_cmpstr(text, ==, wanted);
		g_string_append_printf(acks, "%s%u", i > 0 ? "," : "", *expected);
	}
	return g_string_free(g_steal_pointer(&acks), FALSE);
}

/* The server has let the head of the request in. */
static void
wait_for_continue(int fd)
{
	static const char expected[] = "HTTP/1.1 100 Continue\r\n\r\n";
	char got[sizeof expected] = "";

	g_assert_cmpint(recv(fd, got, sizeof expected - 1, MSG_WAITALL), ==, sizeof expected - 1);
	g_assert_cmpstr(got, ==, expected);
}

/* Removed between the head of its poll and the parking. */
static void
test_removed_meanwhile(void)
{
	g_auto(Pair) pair = {0};
	pair_init(&pair);
	g_autoptr(PipitRelayPeer) laptop = pipit_relay_peer_register(pair.own->origin, BOB, 2);
	const char *body = "{\"ack\":[],\"after\":0,\"wait\":60}";
	g_autofree char *head =
		g_strdup_printf("POST /v1/push/poll HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
				"%s\r\nContent-Type: application/json\r\n"
				"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
				laptop->auth_token, strlen(body));
	g_autofree char *removal = g_strdup_printf("{\"push_token\":\"%s\"}", laptop->push_token);
	gint64 started = g_get_monotonic_time();

	int fd = pipit_raw_connect(pair.own->origin);
	pipit_raw_send(fd, head);
	wait_for_continue(fd);
	g_autoptr(PipitReply) removed =
		pipit_relay_peer_ask_signed(pair.bob, "POST", "/v1/ids/devices/remove", removal);
	pipit_assert_status(removed, 204);
	pipit_raw_send(fd, body);
	g_autofree char *answer = pipit_raw_read(fd);
	g_assert_nonnull(strstr(answer, "token-unknown"));
	g_assert_cmpint(g_get_monotonic_time() - started, <, G_GINT64_CONSTANT(30) * G_USEC_PER_SEC);
}

static gpointer
receive_many(gpointer user_data)
{
	Pair *pair = user_data;
	g_autofree char *acks = g_strdup("");
	guint expected = 0;

	while (expected < STRESS_MESSAGES) {
		g_autoptr(PipitReply) reply = pipit_relay_peer_poll(pair->bob, acks, expected, 60);
		g_assert_cmpuint(pipit_poll_count(reply), >, 0); /* or one was overlooked */
		g_free(acks);
		acks = check_messages(reply, &expected);
	}
	return NULL;
}

static void
test_stress(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	Pair pairs[STRESS_PAIRS];
	GThread *receivers[STRESS_PAIRS];
	GThread *senders[STRESS_PAIRS];

	for (guint i = 0; i < STRESS_PAIRS; i++) {
		g_autofree char *alice = g_strdup_printf("mailto:alice%u@example.org", i);
		g_autofree char *bob = g_strdup_printf("mailto:bob%u@example.org", i);
		pairs[i] = (Pair){own, pipit_relay_peer_register(own->origin, alice, 2 * i),
				  pipit_relay_peer_register(own->origin, bob, 2 * i + 1)};
	}
	for (guint i = 0; i < STRESS_PAIRS; i++) {
		receivers[i] = g_thread_new("receive", receive_many, &pairs[i]);
		senders[i] = g_thread_new("send", send_many, &pairs[i]);
	}
	for (guint i = 0; i < STRESS_PAIRS; i++) {
		g_thread_join(senders[i]);
		g_thread_join(receivers[i]);
		pipit_relay_peer_free(pairs[i].alice);
		pipit_relay_peer_free(pairs[i].bob);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/poll/message-wakes", test_message_wakes);
	g_test_add_func("/server/poll/ephemeral", test_ephemeral);
	g_test_add_func("/server/poll/time-is-up", test_time_is_up);
	g_test_add_func("/server/poll/second-displaces-first", test_second_displaces_first);
	g_test_add_func("/server/poll/stop-answers", test_stop_answers);
	g_test_add_func("/server/poll/peer-that-closes", test_peer_that_closes_frees_its_poll);
	g_test_add_func("/server/poll/peer-that-resets", test_peer_that_resets_frees_its_poll);
	g_test_add_func("/server/poll/acknowledges-and-waits", test_acknowledges_and_waits);
	g_test_add_func("/server/poll/removed-meanwhile", test_removed_meanwhile);
	g_test_add_func("/server/poll/stress", test_stress);
	return g_test_run();
}
