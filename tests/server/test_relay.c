/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending and receiving over HTTP: what docs/protocol.md, "The relay", promises. */
#include <string.h>

#include "protocol/envelope.h"
#include "protocol/uuid.h"
#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"
#define DAY 86400

static double
seconds_from_now(gint64 seconds)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;

	return (double)(now + seconds);
}

static void
assert_accepted(PipitRelayPeer *sender, PipitRelayPeer *receiver, const char *payload)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_send_text(sender, receiver, payload);

	g_assert_cmpstr(pipit_send_outcome(reply, 0), ==, "accepted");
}

/* Fails unless the peer finds exactly these messages (joined by blanks) over @after. */
static void
assert_waiting(PipitRelayPeer *peer, gint64 after, const char *expected)
{
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(peer, "", after, 0);
	g_autoptr(GString) found = g_string_new(NULL);

	for (guint i = 0; i < pipit_poll_count(reply); i++) {
		g_autofree char *text = pipit_poll_text(reply, i);
		g_string_append_printf(found, "%s%s", i > 0 ? " " : "", text);
	}
	g_assert_cmpstr(found->str, ==, expected);
}

static void
test_send_and_receive(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autofree char *prekey = g_base64_encode(pipit_prekey_secret_key(bob->prekey), 32);

	assert_accepted(alice, bob, "one");
	assert_accepted(alice, bob, "two");
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(reply), ==, 2);
	g_assert_false(json_object_get_boolean_member(reply->body, "more"));
	JsonObject *first = pipit_poll_message(reply, 0);
	g_assert_cmpstr(json_object_get_string_member(first, "from"), ==, ALICE);
	g_assert_cmpstr(json_object_get_string_member(first, "to"), ==, BOB);
	g_assert_cmpstr(json_object_get_string_member(first, "push_token"), ==, alice->push_token);
	g_assert_cmpstr(json_object_get_string_member(first, "class"), ==, "stored");
	g_assert_cmpstr(json_object_get_string_member(first, "suite"), ==, "pair-ec");
	g_assert_cmpstr(json_object_get_string_member(first, "prekey"), ==, prekey);
	g_assert_true(pipit_uuid_valid(json_object_get_string_member(first, "id")));
	assert_waiting(bob, 0, "one two");
	assert_waiting(bob, pipit_poll_seq(reply, 0), "two");
	assert_waiting(bob, pipit_poll_seq(reply, 1), "");
	assert_waiting(alice, 0, "");
}

/* The client's own code reads what the server writes. */
static void
test_answer_reads_as_envelopes(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autoptr(GError) error = NULL;

	assert_accepted(alice, bob, "one");
	g_autofree char *pair =
		g_strdup_printf("{\"to\":\"" BOB "\",\"copies\":[{\"push_token\":\"%s\",\"suite\":"
				"\"pair\",\"payload\":\"AAEC\"}]}",
				bob->push_token);
	g_autoptr(PipitReply) sent = pipit_relay_peer_send(alice, "stored", pair);
	g_assert_cmpstr(pipit_send_outcome(sent, 0), ==, "accepted");
	g_autoptr(PipitReply) reply = pipit_relay_peer_poll(bob, "", 0, 0);
	g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), reply->body);
	g_autofree char *text = json_to_string(node, FALSE);
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
	g_autoptr(PipitPollAnswer) answer = pipit_poll_answer_parse(bytes, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(answer->envelopes->len, ==, 2);
	g_assert_cmpuint(answer->malformed->len, ==, 0);
	const PipitEnvelope *last = answer->envelopes->pdata[1];
	g_assert_cmpint(last->suite, ==, PIPIT_SUITE_PAIR);
	g_assert_null(last->prekey);
}

static void
test_acknowledged_is_gone(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);

	assert_accepted(alice, bob, "one");
	assert_accepted(alice, bob, "two");
	assert_accepted(alice, bob, "three");
	/* Alice cannot acknowledge for Bob: the numbers are her own. */
	g_autoptr(PipitReply) not_hers = pipit_relay_peer_poll(alice, "1,2,3", 0, 0);
	pipit_assert_status(not_hers, 200);
	assert_waiting(bob, 0, "one two three");
	g_autoptr(PipitReply) acked = pipit_relay_peer_poll(bob, "2,99,2", 0, 0);
	g_assert_cmpuint(pipit_poll_count(acked), ==, 2);
	assert_waiting(bob, 0, "one three");
	pipit_own_server_stop(own);
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) back = pipit_relay_peer_new(own->origin, BOB, 1);
	pipit_http_peer_set_token(back->http, bob->auth_token);
	assert_waiting(back, 0, "one three");
	g_autoptr(PipitReply) rest = pipit_relay_peer_poll(back, "1,3", 0, 0);
	g_assert_cmpuint(pipit_poll_count(rest), ==, 0);
	/* A number is never given twice. */
	g_autoptr(PipitRelayPeer) again = pipit_relay_peer_new(own->origin, ALICE, 0);
	pipit_http_peer_set_token(again->http, alice->auth_token);
	assert_accepted(again, bob, "four");
	g_autoptr(PipitReply) last = pipit_relay_peer_poll(back, "", 0, 0);
	g_assert_cmpint(pipit_poll_seq(last, 0), ==, 4);
}

static void
test_send_is_idempotent(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autoptr(PipitRelayPeer) carol =
		pipit_relay_peer_register(own->origin, "mailto:carol@example.org", 2);

	assert_accepted(alice, bob, "once");
	assert_accepted(alice, bob, "once");
	assert_waiting(bob, 0, "once");
	/* Remembered beyond the acknowledgement, */
	g_autoptr(PipitReply) acked = pipit_relay_peer_poll(bob, "1", 0, 0);
	assert_accepted(alice, bob, "once");
	assert_waiting(bob, 0, "");
	/* and nobody can occupy somebody else's message. */
	assert_accepted(carol, bob, "once");
	assert_waiting(bob, 0, "once");
}

static void
assert_tokens(const PipitReply *reply, const char *name, const char *token)
{
	JsonArray *results = json_object_get_array_member(reply->body, "results");
	JsonObject *result = json_array_get_object_element(results, 0);
	JsonArray *tokens = json_object_get_array_member(result, name);

	g_assert_cmpuint(json_array_get_length(tokens), ==, token == NULL ? 0 : 1);
	if (token != NULL)
		g_assert_cmpstr(json_array_get_string_element(tokens, 0), ==, token);
}

static void
test_stale(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autoptr(PipitRelayPeer) bob2 = pipit_relay_peer_register(own->origin, BOB, 2);
	g_autoptr(PipitRelayPeer) carol =
		pipit_relay_peer_register(own->origin, "mailto:carol@example.org", 3);
	g_autofree char *for_bob = pipit_relay_peer_copy(bob, "text");
	g_autofree char *for_bob2 = pipit_relay_peer_copy(bob2, "text 2");
	g_autofree char *for_carol = pipit_relay_peer_copy(carol, "text 3");
	g_autofree char *one = pipit_test_recipient(BOB, for_bob);
	g_autofree char *all_copies = g_strjoin(",", for_bob, for_bob2, NULL);
	g_autofree char *all = pipit_test_recipient(BOB, all_copies);
	g_autofree char *wrong_copies = g_strjoin(",", for_bob, for_bob2, for_carol, NULL);
	g_autofree char *wrong = pipit_test_recipient(BOB, wrong_copies);

	g_autoptr(PipitReply) missing = pipit_relay_peer_send(alice, "stored", one);
	g_assert_cmpstr(pipit_send_outcome(missing, 0), ==, "stale");
	assert_tokens(missing, "missing", bob2->push_token);
	assert_tokens(missing, "gone", NULL);
	g_autoptr(PipitReply) gone = pipit_relay_peer_send(alice, "stored", wrong);
	g_assert_cmpstr(pipit_send_outcome(gone, 0), ==, "stale");
	assert_tokens(gone, "missing", NULL);
	assert_tokens(gone, "gone", carol->push_token);
	assert_waiting(bob, 0, ""); /* whole or not at all */
	g_autoptr(PipitReply) whole = pipit_relay_peer_send(alice, "stored", all);
	g_assert_cmpstr(pipit_send_outcome(whole, 0), ==, "accepted");
	assert_waiting(bob, 0, "text");
	assert_waiting(bob2, 0,
		       "text\x20"
		       "2");
}

/* @more: further members of the request. */
static void
replace_prekey(PipitRelayPeer *peer, gint64 seconds, const char *more)
{
	pipit_relay_peer_new_prekey(peer, seconds_from_now(seconds));
	g_autofree char *record = pipit_relay_peer_prekey_record(peer);
	g_autofree char *body = g_strdup_printf("{\"prekey_record\":\"%s\"%s}", record, more);
	g_autoptr(PipitReply) reply = pipit_relay_peer_ask_signed(peer, "PUT", "/v1/ids/prekey", body);

	pipit_assert_status(reply, 204);
}

static PipitRelayPeer *
again(const PipitOwnServer *own, const PipitRelayPeer *peer, guint number)
{
	PipitRelayPeer *copy = pipit_relay_peer_new(own->origin, peer->handle, number);

	pipit_http_peer_set_token(copy->http, peer->auth_token);
	return copy;
}

static void
test_old_prekey(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autofree char *early_copy = pipit_relay_peer_copy(bob, "early");
	g_autofree char *late_copy = pipit_relay_peer_copy(bob, "late");
	g_autofree char *early = pipit_test_recipient(BOB, early_copy);
	g_autofree char *late = pipit_test_recipient(BOB, late_copy);

	replace_prekey(bob, 1, "");
	g_autoptr(PipitReply) in_time = pipit_relay_peer_send(alice, "stored", early);
	g_assert_cmpstr(pipit_send_outcome(in_time, 0), ==, "accepted");
	own->options->clock_offset = DAY + 60;
	pipit_own_server_restart(own);
	g_autoptr(PipitRelayPeer) later = again(own, alice, 0);
	g_autoptr(PipitReply) over = pipit_relay_peer_send(later, "stored", late);
	g_assert_cmpstr(pipit_send_outcome(over, 0), ==, "stale");
	assert_tokens(over, "old_prekey", bob->push_token);
	/* What it took already is no matter of prekeys. */
	g_autoptr(PipitReply) repeated = pipit_relay_peer_send(later, "stored", early);
	g_assert_cmpstr(pipit_send_outcome(repeated, 0), ==, "accepted");
	assert_accepted(later, bob, "to the present prekey");
}

/* Nothing more comes for what the device can't open, however lately it was replaced. */
static void
test_lost_prekey(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autofree char *first_copy = pipit_relay_peer_copy(bob, "for the first");
	g_autofree char *first = pipit_test_recipient(BOB, first_copy);
	replace_prekey(bob, 1, ",\"lost\":false");
	g_autofree char *second_copy = pipit_relay_peer_copy(bob, "for the second");
	g_autofree char *second = pipit_test_recipient(BOB, second_copy);

	replace_prekey(bob, 2, ",\"lost\":true");
	g_autoptr(PipitReply) to_first = pipit_relay_peer_send(alice, "stored", first);
	g_assert_cmpstr(pipit_send_outcome(to_first, 0), ==, "stale");
	assert_tokens(to_first, "old_prekey", bob->push_token);
	g_autoptr(PipitReply) to_second = pipit_relay_peer_send(alice, "stored", second);
	g_assert_cmpstr(pipit_send_outcome(to_second, 0), ==, "stale");
	assert_accepted(alice, bob, "to the third");
}

static void
test_refused(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->relay_cap = 4096;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autofree char *fits = g_strnfill(4096, 'x');
	g_autofree char *too_much = g_strnfill(4097, 'x');

	g_autofree char *unknown = pipit_test_recipient("mailto:nobody@example.org", "");
	g_autofree char *bob_copy = pipit_relay_peer_copy(bob, fits);
	g_autofree char *bob_recipient = pipit_test_recipient(BOB, bob_copy);
	g_autofree char *both = g_strjoin(",", unknown, bob_recipient, NULL);
	g_autoptr(PipitReply) mixed = pipit_relay_peer_send(alice, "stored", both);
	g_assert_cmpstr(pipit_send_outcome(mixed, 0), ==, "unreachable");
	g_assert_cmpstr(pipit_send_outcome(mixed, 1), ==, "accepted"); /* one does not hold up the other */
	g_autoptr(PipitReply) large = pipit_relay_peer_send_text(alice, bob, too_much);
	g_assert_cmpstr(pipit_send_outcome(large, 0), ==, "too-large");
	assert_waiting(bob, 0, fits);
}

static void
test_queue_full(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->queue_max_messages = 2;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	assert_accepted(alice, bob, "one");
	assert_accepted(alice, bob, "two");
	g_autoptr(PipitReply) full = pipit_relay_peer_send_text(alice, bob, "three");
	g_assert_cmpstr(pipit_send_outcome(full, 0), ==, "queue-full");
	assert_accepted(alice, bob, "two"); /* that one is there already */
	g_autoptr(PipitReply) acked = pipit_relay_peer_poll(bob, "1", 0, 0);
	assert_accepted(alice, bob, "three");
	assert_waiting(bob, 0, "two three");
}

static void
test_queue_full_of_bytes(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->queue_max_mib = 1;
	own->options->relay_cap = 600 * 1024;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	g_autofree char *half = g_strnfill(512000, 'a');
	g_autofree char *other_half = g_strnfill(512000, 'b');
	g_autofree char *third = g_strnfill(102400, 'c');
	assert_accepted(alice, bob, half);
	assert_accepted(alice, bob, other_half);
	g_autoptr(PipitReply) full = pipit_relay_peer_send_text(alice, bob, third);
	g_assert_cmpstr(pipit_send_outcome(full, 0), ==, "queue-full");
}

/* One's own other devices are one more recipient. */
static void
test_own_devices(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autofree char *to_none = pipit_test_recipient(ALICE, "");

	g_autoptr(PipitReply) alone = pipit_relay_peer_send(alice, "stored", to_none);
	g_assert_cmpstr(pipit_send_outcome(alone, 0), ==, "accepted");
	g_autoptr(PipitRelayPeer) alice2 = pipit_relay_peer_register(own->origin, ALICE, 1);
	g_autoptr(PipitReply) missing = pipit_relay_peer_send(alice, "stored", to_none);
	g_assert_cmpstr(pipit_send_outcome(missing, 0), ==, "stale");
	assert_tokens(missing, "missing", alice2->push_token);
	assert_accepted(alice, alice2, "to myself elsewhere");
	assert_waiting(alice2, 0, "to myself elsewhere");
	g_autoptr(PipitReply) to_itself = pipit_relay_peer_send_text(alice, alice, "to this very device");
	g_assert_cmpstr(pipit_send_outcome(to_itself, 0), ==, "stale");
	assert_tokens(to_itself, "gone", alice->push_token);
}

static void
assert_bad_send(PipitRelayPeer *peer, const char *body, guint status, const char *code)
{
	g_autoptr(PipitReply) reply =
		pipit_http_peer_ask(peer->http, "POST", "/v1/push/messages", body, NULL);

	pipit_assert_problem(reply, status, code);
}

#define SEND(id, from, class_, recipients)                                                                   \
	"{\"id\":\"" id "\",\"from\":\"" from "\",\"class\":\"" class_ "\",\"recipients\":[" recipients "]}"
#define ID "7b0c1111-2222-4333-8444-555566667777"
#define TO_BOB(copies) "{\"to\":\"" BOB "\",\"copies\":[" copies "]}"
#define TOKEN "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define COPY "{\"push_token\":\"" TOKEN "\",\"suite\":\"pair\",\"payload\":\"AAEC\"}"

static void
test_bad_sends(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);

	assert_bad_send(alice, SEND(ID, BOB, "stored", TO_BOB("")), 403, "not-yours");
	assert_bad_send(alice, SEND("no uuid", ALICE, "stored", TO_BOB("")), 400, "bad-request");
	assert_bad_send(alice, SEND(ID, ALICE, "precious", TO_BOB("")), 400, "bad-request");
	assert_bad_send(alice, SEND(ID, ALICE, "stored", ""), 400, "bad-request");
	assert_bad_send(alice, SEND(ID, ALICE, "stored", TO_BOB(COPY "," COPY)), 400, "bad-request");
	assert_bad_send(alice, SEND(ID, ALICE, "stored", TO_BOB("{\"push_token\":\"" TOKEN "\"}")), 400,
			"bad-request");
	assert_bad_send(
		alice,
		SEND(ID, ALICE, "stored",
		     TO_BOB("{\"push_token\":\"" TOKEN "\",\"suite\":\"pair-ec\",\"payload\":\"AAEC\"}")),
		400, "bad-request");
	assert_bad_send(alice,
			SEND(ID, ALICE, "stored",
			     TO_BOB("{\"push_token\":\"" TOKEN "\",\"suite\":\"pair\",\"prekey\":\"" TOKEN
				    "\",\"payload\":\"AAEC\"}")),
			400, "bad-request");
	assert_bad_send(alice,
			SEND(ID, ALICE, "stored",
			     TO_BOB("{\"push_token\":\"" TOKEN "\",\"suite\":\"pair\",\"payload\":\"\"}")),
			400, "bad-request");
	g_autoptr(GString) many = g_string_new(NULL);
	for (guint i = 0; i < 257; i++)
		g_string_append_printf(many, "%s{\"to\":\"mailto:u%u@x\",\"copies\":[]}", i > 0 ? "," : "",
				       i);
	g_autofree char *crowd = g_strdup_printf(SEND(ID, ALICE, "stored", "%s"), many->str);
	assert_bad_send(alice, crowd, 400, "bad-request");
	pipit_http_peer_set_token(alice->http, NULL);
	assert_bad_send(alice, SEND(ID, ALICE, "stored", TO_BOB("")), 401, "token-unknown");
}

static void
test_pages(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);

	for (guint i = 0; i < 150; i++) {
		g_autofree char *text = g_strdup_printf("%u", i);
		assert_accepted(alice, bob, text);
	}
	g_autoptr(PipitReply) first = pipit_relay_peer_poll(bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(first), ==, 100);
	g_assert_true(json_object_get_boolean_member(first->body, "more"));
	g_autoptr(PipitReply) second = pipit_relay_peer_poll(bob, "", pipit_poll_seq(first, 99), 0);
	g_assert_cmpuint(pipit_poll_count(second), ==, 50);
	g_assert_false(json_object_get_boolean_member(second->body, "more"));
	g_autofree char *last = pipit_poll_text(second, 49);
	g_assert_cmpstr(last, ==, "149");
}

static void
test_pages_of_bytes(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->relay_cap = 1024 * 1024;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);
	for (guint i = 0; i < 4; i++) {
		g_autofree char *text = g_strnfill(409600, "abcd"[i]);
		assert_accepted(alice, bob, text);
	}
	g_autoptr(PipitReply) first = pipit_relay_peer_poll(bob, "", 0, 0);
	g_assert_cmpuint(pipit_poll_count(first), ==, 2);
	g_assert_true(json_object_get_boolean_member(first->body, "more"));
}

static void
test_expiry(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);

	for (guint i = 0; i < 1100; i++) { /* more than one batch */
		g_autofree char *text = g_strdup_printf("%u", i);
		assert_accepted(alice, bob, text);
	}
	own->options->clock_offset = 30 * DAY - 600;
	pipit_own_server_restart(own);
	g_autofree char *before = pipit_own_server_control(own, "expire\n");
	g_assert_nonnull(strstr(before, "\nexpired: 0\n"));
	g_assert_nonnull(strstr(before, "\nqueued: 1100\n"));
	g_autoptr(PipitRelayPeer) alice_later = again(own, alice, 0);
	assert_accepted(alice_later, bob, "late");
	own->options->clock_offset = 30 * DAY + 600;
	pipit_own_server_restart(own);
	g_autofree char *after = pipit_own_server_control(own, "expire\n");
	g_assert_nonnull(strstr(after, "\nexpired: 1100\n"));
	g_assert_nonnull(strstr(after, "\nqueued: 1\n"));
	g_assert_nonnull(strstr(after, "\nqueued bytes: 4\n"));
	g_autoptr(PipitRelayPeer) bob_later = again(own, bob, 1);
	assert_waiting(bob_later, 0, "late");
}

static void
test_deliveries_are_forgotten_after_31_days(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice = pipit_relay_peer_register(own->origin, ALICE, 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, BOB, 1);

	assert_accepted(alice, bob, "once");
	g_autoptr(PipitReply) acked = pipit_relay_peer_poll(bob, "1", 0, 0);
	for (gint days = 30; days <= 32; days += 2) {
		own->options->clock_offset = days * DAY;
		pipit_own_server_restart(own);
		g_free(pipit_own_server_control(own, "expire\n"));
		g_autoptr(PipitRelayPeer) alice_later = again(own, alice, 0);
		g_autoptr(PipitRelayPeer) bob_later = again(own, bob, 1);
		assert_accepted(alice_later, bob, "once");
		assert_waiting(bob_later, 0, days < 31 ? "" : "once");
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/relay/send-and-receive", test_send_and_receive);
	g_test_add_func("/server/relay/answer-reads-as-envelopes", test_answer_reads_as_envelopes);
	g_test_add_func("/server/relay/acknowledged-is-gone", test_acknowledged_is_gone);
	g_test_add_func("/server/relay/idempotent", test_send_is_idempotent);
	g_test_add_func("/server/relay/stale", test_stale);
	g_test_add_func("/server/relay/old-prekey", test_old_prekey);
	g_test_add_func("/server/relay/lost-prekey", test_lost_prekey);
	g_test_add_func("/server/relay/refused", test_refused);
	g_test_add_func("/server/relay/queue-full", test_queue_full);
	g_test_add_func("/server/relay/queue-full-of-bytes", test_queue_full_of_bytes);
	g_test_add_func("/server/relay/own-devices", test_own_devices);
	g_test_add_func("/server/relay/bad-sends", test_bad_sends);
	g_test_add_func("/server/relay/pages", test_pages);
	g_test_add_func("/server/relay/pages-of-bytes", test_pages_of_bytes);
	g_test_add_func("/server/relay/expiry", test_expiry);
	g_test_add_func("/server/relay/deliveries-are-forgotten",
			test_deliveries_are_forgotten_after_31_days);
	return g_test_run();
}
