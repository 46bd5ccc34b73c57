/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accounts over HTTP: who may have one, with which handles, and what a password proves. */
#include <string.h>

#include "tests/support/own_server.h"
#include "tests/support/relay_peer.h"

static PipitReply *
create(PipitHttpPeer *peer, const char *handle, const char *password, const char *invite)
{
	g_autofree char *with = invite == NULL ? g_strdup("") : g_strdup_printf(",\"invite\":\"%s\"", invite);
	g_autofree char *body =
		g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\"%s}", handle, password, with);

	return pipit_http_peer_ask(peer, "POST", "/v1/ids/accounts", body, NULL);
}

static void
assert_created(PipitHttpPeer *peer, const char *handle, const char *invite)
{
	g_autoptr(PipitReply) reply = create(peer, handle, PIPIT_TEST_PASSWORD, invite);

	pipit_assert_status(reply, 201);
	JsonArray *handles = json_object_get_array_member(reply->body, "handles");
	g_assert_cmpuint(json_array_get_length(handles), ==, 1);
	g_assert_cmpstr(json_array_get_string_element(handles, 0), ==, handle);
}

static void
assert_refused(PipitHttpPeer *peer, const char *handle, const char *invite, guint status, const char *code)
{
	g_autoptr(PipitReply) reply = create(peer, handle, PIPIT_TEST_PASSWORD, invite);

	pipit_assert_problem(reply, status, code);
}

static void
test_create(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);

	assert_created(peer, "mailto:alice@example.org", NULL);
	assert_refused(peer, "mailto:alice@example.org", NULL, 409, "handle-taken");
	assert_created(peer, "tel:+15551234567", NULL);
	assert_refused(peer, "mailto:Alice@example.org", NULL, 400, "handle-invalid");
	assert_refused(peer, "alice@example.org", NULL, 400, "handle-invalid");
	g_autoptr(PipitReply) brief = create(peer, "mailto:bob@example.org", "seven77", NULL);
	pipit_assert_problem(brief, 400, "password-too-short");
	g_autofree char *endless = g_strnfill(1025, 'x');
	g_autoptr(PipitReply) too_long = create(peer, "mailto:bob@example.org", endless, NULL);
	pipit_assert_problem(too_long, 400, "bad-request");
}

static void
test_rules_of_handles(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->any_address = FALSE;
	own->options->phone_numbers = FALSE;
	own->options->domains = g_strsplit("Example.org,example.net", ",", 0);
	pipit_own_server_start(own);
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);
	assert_created(peer, "mailto:alice@example.org", NULL);
	assert_created(peer, "mailto:alice@example.net", NULL);
	assert_refused(peer, "mailto:alice@sub.example.org", NULL, 403, "handle-not-accepted");
	assert_refused(peer, "mailto:alice@example.com", NULL, 403, "handle-not-accepted");
	assert_refused(peer, "tel:+15551234567", NULL, 403, "handle-not-accepted");
}

static void
set_registration(PipitOwnServer *own, const char *name)
{
	g_free(own->options->registration_name);
	own->options->registration_name = g_strdup(name);
}

static char *
invite_from(PipitOwnServer *own, const char *line)
{
	g_autofree char *answer = pipit_own_server_control(own, line);

	g_assert_true(g_str_has_prefix(answer, "ok\n"));
	return g_strchomp(g_strdup(answer + strlen("ok\n")));
}

static void
test_invites(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	set_registration(own, "invite");
	pipit_own_server_start(own);
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);
	assert_refused(peer, "mailto:alice@example.org", NULL, 403, "invite-required");
	assert_refused(peer, "mailto:alice@example.org", "abcd-efgh-jkmn-pqrs", 403, "invite-invalid");
	g_autofree char *invite = invite_from(own, "invite 2\n");
	assert_created(peer, "mailto:alice@example.org", invite);
	/* A taken handle uses up nothing. */
	assert_refused(peer, "mailto:alice@example.org", invite, 409, "handle-taken");
	g_autofree char *shouted = g_ascii_strup(invite, -1);
	assert_created(peer, "mailto:bob@example.org", shouted);
	assert_refused(peer, "mailto:carol@example.org", invite, 403, "invite-invalid");
}

static void
test_closed(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	set_registration(own, "closed");
	pipit_own_server_start(own);
	g_autoptr(PipitHttpPeer) peer = pipit_http_peer_new(own->origin);
	assert_refused(peer, "mailto:alice@example.org", NULL, 403, "registration-closed");
}

static PipitReply *
log_in(PipitRelayPeer *peer, const char *handle, const char *password)
{
	g_autofree char *body = g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\"}", handle, password);

	return pipit_http_peer_ask(peer->http, "POST", "/v1/ids/login", body, NULL);
}

static void
test_login(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice =
		pipit_relay_peer_register(own->origin, "mailto:alice@example.org", 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, "mailto:bob@example.org", 1);

	g_autoptr(PipitReply) right = log_in(alice, "mailto:alice@example.org", PIPIT_TEST_PASSWORD);
	pipit_assert_status(right, 200);
	g_assert_cmpint(json_object_get_int_member(right->body, "time"), >, 1700000000000);
	g_autoptr(PipitReply) wrong = log_in(alice, "mailto:alice@example.org", "wrong password");
	pipit_assert_problem(wrong, 401, "wrong-password");
	g_autoptr(PipitReply) others = log_in(alice, "mailto:bob@example.org", PIPIT_TEST_PASSWORD);
	pipit_assert_problem(others, 401, "wrong-password");
	pipit_http_peer_set_token(alice->http, NULL);
	g_autoptr(PipitReply) nobody = log_in(alice, "mailto:alice@example.org", PIPIT_TEST_PASSWORD);
	pipit_assert_problem(nobody, 401, "token-unknown");
}

/* Whoever asks cannot tell an account that is there from one that is not. */
static void
test_unknown_account_looks_like_a_wrong_password(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice =
		pipit_relay_peer_register(own->origin, "mailto:alice@example.org", 0);
	g_autoptr(PipitRelayPeer) known = pipit_relay_peer_new(own->origin, "mailto:alice@example.org", 1);
	g_autoptr(PipitRelayPeer) unknown = pipit_relay_peer_new(own->origin, "mailto:nobody@example.org", 1);

	g_autoptr(PipitReply) wrong = pipit_relay_peer_sign_in(known, "wrong password");
	g_autoptr(PipitReply) nobody = pipit_relay_peer_sign_in(unknown, "wrong password");
	pipit_assert_problem(wrong, 401, "wrong-password");
	pipit_assert_problem(nobody, 401, "wrong-password");
	g_autoptr(JsonNode) one = json_node_init_object(json_node_alloc(), wrong->body);
	g_autoptr(JsonNode) other = json_node_init_object(json_node_alloc(), nobody->body);
	g_assert_true(json_node_equal(one, other));
}

static PipitReply *
add_handle(PipitRelayPeer *peer, const char *handle, const char *password)
{
	g_autofree char *body = g_strdup_printf("{\"handle\":\"%s\",\"password\":\"%s\"}", handle, password);

	return pipit_http_peer_ask(peer->http, "POST", "/v1/ids/handles", body, NULL);
}

static void
test_handles(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice =
		pipit_relay_peer_register(own->origin, "mailto:alice@example.org", 0);
	g_autoptr(PipitRelayPeer) bob = pipit_relay_peer_register(own->origin, "mailto:bob@example.org", 1);

	g_autoptr(PipitReply) wrong = add_handle(alice, "tel:+15551234567", "wrong password");
	pipit_assert_problem(wrong, 401, "wrong-password");
	g_autoptr(PipitReply) taken = add_handle(alice, "mailto:bob@example.org", PIPIT_TEST_PASSWORD);
	pipit_assert_problem(taken, 409, "handle-taken");
	g_autoptr(PipitReply) added = add_handle(alice, "tel:+15551234567", PIPIT_TEST_PASSWORD);
	pipit_assert_status(added, 201);
	JsonArray *handles = json_object_get_array_member(added->body, "handles");
	g_assert_cmpuint(json_array_get_length(handles), ==, 2);
	g_assert_cmpstr(json_array_get_string_element(handles, 1), ==, "tel:+15551234567");
	/* An answer that was lost is asked for again. */
	g_autoptr(PipitReply) again = add_handle(alice, "tel:+15551234567", PIPIT_TEST_PASSWORD);
	pipit_assert_status(again, 201);
}

static void
test_too_many_handles(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_new();
	g_autoptr(PipitRelayPeer) alice =
		pipit_relay_peer_register(own->origin, "mailto:alice@example.org", 0);

	for (guint i = 1; i < PIPIT_ACCOUNT_MAX_HANDLES; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:alice%u@example.org", i);
		g_autoptr(PipitReply) reply = add_handle(alice, handle, PIPIT_TEST_PASSWORD);
		pipit_assert_status(reply, 201);
	}
	g_autoptr(PipitReply) more = add_handle(alice, "mailto:one-more@example.org", PIPIT_TEST_PASSWORD);
	pipit_assert_problem(more, 409, "too-many");
}

static void
test_limits(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->failed_logins_per_handle = 3;
	own->options->registrations_per_address = 2;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice =
		pipit_relay_peer_register(own->origin, "mailto:alice@example.org", 0);
	for (guint i = 0; i < 5; i++) { /* right ones do not count */
		g_autoptr(PipitReply) right = log_in(alice, alice->handle, PIPIT_TEST_PASSWORD);
		pipit_assert_status(right, 200);
	}
	for (guint i = 0; i < 3; i++) {
		g_autoptr(PipitReply) wrong = log_in(alice, alice->handle, "wrong password");
		pipit_assert_problem(wrong, 401, "wrong-password");
	}
	g_autoptr(PipitReply) slow = log_in(alice, alice->handle, PIPIT_TEST_PASSWORD);
	pipit_assert_problem(slow, 429, "slow-down");
	g_assert_cmpuint(slow->retry_after, >=, 200);
	g_assert_cmpuint(slow->retry_after, <=, 300);
	assert_created(alice->http, "mailto:bob@example.org", NULL);
	assert_refused(alice->http, "mailto:carol@example.org", NULL, 429, "slow-down");
}

static void
test_limit_of_a_network(void)
{
	g_autoptr(PipitOwnServer) own = pipit_own_server_prepare();

	own->options->failed_logins_per_address = 2;
	pipit_own_server_start(own);
	g_autoptr(PipitRelayPeer) alice =
		pipit_relay_peer_register(own->origin, "mailto:alice@example.org", 0);
	for (guint i = 0; i < 2; i++) {
		g_autofree char *handle = g_strdup_printf("mailto:nobody%u@example.org", i);
		g_autoptr(PipitReply) wrong = log_in(alice, handle, PIPIT_TEST_PASSWORD);
		pipit_assert_problem(wrong, 401, "wrong-password");
	}
	g_autoptr(PipitReply) slow = log_in(alice, alice->handle, PIPIT_TEST_PASSWORD);
	pipit_assert_problem(slow, 429, "slow-down");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/accounts/create", test_create);
	g_test_add_func("/server/accounts/rules-of-handles", test_rules_of_handles);
	g_test_add_func("/server/accounts/invites", test_invites);
	g_test_add_func("/server/accounts/closed", test_closed);
	g_test_add_func("/server/accounts/login", test_login);
	g_test_add_func("/server/accounts/unknown-account-looks-like-a-wrong-password",
			test_unknown_account_looks_like_a_wrong_password);
	g_test_add_func("/server/accounts/handles", test_handles);
	g_test_add_func("/server/accounts/too-many-handles", test_too_many_handles);
	g_test_add_func("/server/accounts/limits", test_limits);
	g_test_add_func("/server/accounts/limit-of-a-network", test_limit_of_a_network);
	return g_test_run();
}
