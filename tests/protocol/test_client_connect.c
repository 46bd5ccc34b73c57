/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands between a person and being online: each gives an error that says what happened and what to do. */
#include "protocol/client.h"

#include <string.h>

#include "protocol/host_glib.h"
#include "tests/support/certificate.h"
#include "tests/support/forwarder.h"
#include "tests/support/person.h"
#include "tests/support/responder.h"
#include "tests/support/test_folder.h"
#include "tests/support/server.h"
#include "tests/support/wait.h"

#define ALICE "alice@example.org"
#define PASSWORD "correct horse battery staple"
#define DAY_S (G_GINT64_CONSTANT(24) * 60 * 60)

static const PipitClientOptions registering = {.password = PASSWORD, .register_account = TRUE};

/* Fails to come online, with this kind of error and these words in it. */
static void
assert_fails(const char *server, const PipitClientOptions *options, PipitClientError code, const char *words)
{
	g_autoptr(PipitPerson) person = pipit_person_new(ALICE, server, options);

	pipit_person_fail_online(person, code);
	g_assert_nonnull(person->error);
	if (strstr(person->error->message, words) == NULL)
		g_error("no “%s” in “%s”", words, person->error->message);
	g_assert_cmpuint(person->went_offline, ==, 1);
}

static void
assert_no_client(const char *handle, const char *server, const char *password, const char *words)
{
	const PipitClientEvents events = {0};
	char *folder = pipit_test_folder_new();
	const PipitClientOptions options = {
		.handle = handle, .server = server, .password = password, .storage_dir = folder};
	g_autoptr(GError) error = NULL;

	g_assert_null(pipit_client_new(pipit_loop_glib(), &events, NULL, &options, &error));
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, words));
	pipit_test_folder_free(folder);
}

static void
test_options(void)
{
	g_autofree char *long_password = g_strnfill(2000, 'x');

	assert_no_client("alice", "https://pipit.example.org", PASSWORD, "no address");
	assert_no_client("", "https://pipit.example.org", PASSWORD, "no address");
	assert_no_client(NULL, "https://pipit.example.org", PASSWORD, "no address");
	assert_no_client("+15551234567", NULL, PASSWORD, "Set the server");
	assert_no_client(ALICE, "http://pipit.example.org", PASSWORD, "plain http");
	assert_no_client(ALICE, "pipit example org", PASSWORD, "https://");
	assert_no_client(ALICE, NULL, long_password, "password");
	assert_no_client(ALICE, NULL, "\xff\xfe", "password");
}

static void
test_store_in_use(void)
{
	g_autoptr(PipitPerson) person = pipit_person_new(ALICE, "https://pipit.example.org", NULL);
	const PipitClientEvents events = {0};
	g_autoptr(GError) error = NULL;

	g_assert_null(pipit_client_new(pipit_loop_glib(), &events, NULL, &person->options, &error));
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_STORE);
}

static void
test_password(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	const char *origin = pipit_test_server_origin(server);
	const PipitClientOptions not_registering = {.password = PASSWORD};
	const PipitClientOptions wrong = {.password = "wrong horse battery staple"};
	const PipitClientOptions short_password = {.password = "short", .register_account = TRUE};
	const PipitClientOptions taken = {.password = "wrong horse battery staple", .register_account = TRUE};
	const PipitClientOptions none = {.password = NULL};

	assert_fails(origin, &not_registering, PIPIT_CLIENT_ERROR_WRONG_PASSWORD, "password");
	assert_fails(origin, &short_password, PIPIT_CLIENT_ERROR_INPUT, "8 characters");
	assert_fails(origin, &none, PIPIT_CLIENT_ERROR_INPUT, "password is needed");

	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, origin, &registering);
	pipit_person_go_online(alice);
	assert_fails(origin, &wrong, PIPIT_CLIENT_ERROR_WRONG_PASSWORD, "password");
	assert_fails(origin, &taken, PIPIT_CLIENT_ERROR_WRONG_PASSWORD, "already has an account");

	/* A device that could sign in by its token says so, too. */
	alice->options.password = "wrong horse battery staple";
	pipit_person_restart(alice);
	pipit_person_fail_online(alice, PIPIT_CLIENT_ERROR_WRONG_PASSWORD);
	alice->options.password = NULL;
	pipit_person_restart(alice);
	g_clear_error(&alice->error);
	pipit_person_go_online(alice);
}

static void
assert_policy(const char *const *arguments, const char *invite, const char *words)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(arguments);
	PipitClientOptions options = registering;

	options.invite = invite;
	assert_fails(pipit_test_server_origin(server), &options, PIPIT_CLIENT_ERROR_REFUSED, words);
}

static void
test_policy(void)
{
	const char *const closed[] = {"--registration", "closed", NULL};
	const char *const invite[] = {"--registration", "invite", NULL};

	assert_policy(closed, NULL, "no new accounts");
	assert_policy(invite, NULL, "invitation");
	assert_policy(invite, "no-such-code", "invite code");
}

static void
test_no_server(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autofree char *origin = g_strdup(pipit_test_server_origin(server));

	pipit_test_server_stop(server);
	assert_fails(origin, &registering, PIPIT_CLIENT_ERROR_TRANSIENT, "not there");
	assert_fails("https://pipit.invalid", &registering, PIPIT_CLIENT_ERROR_TRANSIENT, "pipit.invalid");
	/* Nothing set: by the address's domain. */
	g_autoptr(PipitPerson) lost = pipit_person_new("alice@pipit.invalid", NULL, &registering);
	pipit_person_fail_online(lost, PIPIT_CLIENT_ERROR_TRANSIENT);
	g_assert_nonnull(strstr(lost->error->message, "pipit.invalid"));
}

static GBytes *
raw(const PipitAsked *asked G_GNUC_UNUSED, gpointer user_data)
{
	return g_bytes_new(user_data, strlen(user_data));
}

static GBytes *
json(const PipitAsked *asked G_GNUC_UNUSED, gpointer user_data)
{
	return pipit_responder_json(200, user_data);
}

static void
assert_not_pipit(PipitResponderScript script, const char *reply, PipitClientError code)
{
	g_autoptr(PipitResponder) responder = pipit_responder_new(script, (gpointer)reply, NULL);
	g_autofree char *origin = pipit_responder_origin(responder);

	assert_fails(origin, &registering, code,
		     code == PIPIT_CLIENT_ERROR_NOT_PIPIT ? "not a Pipit server" : "");
	/* It got no password to see. */
	g_assert_cmpuint(pipit_responder_count(responder), ==, 1);
}

static void
test_not_pipit(void)
{
	const char *found =
		"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nnope";
	const char *redirect =
		"HTTP/1.1 301 Moved\r\nLocation: https://pipit.invalid/\r\nContent-Length: 0\r\n\r\n";
	const char *down = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nnope";

	assert_not_pipit(raw, found, PIPIT_CLIENT_ERROR_NOT_PIPIT);
	assert_not_pipit(raw, redirect, PIPIT_CLIENT_ERROR_NOT_PIPIT);
	assert_not_pipit(raw, "SSH-2.0-OpenSSH_9.2p1\r\n", PIPIT_CLIENT_ERROR_NOT_PIPIT);
	assert_not_pipit(json, "<html>hello</html>", PIPIT_CLIENT_ERROR_NOT_PIPIT);
	assert_not_pipit(json, "{\"hello\":1}", PIPIT_CLIENT_ERROR_NOT_PIPIT);
	assert_not_pipit(json, "{\"pipit\":2,\"time\":1,\"relay_cap\":16384,\"epoch\":\"x\"}",
			 PIPIT_CLIENT_ERROR_NOT_PIPIT);
	assert_not_pipit(raw, down, PIPIT_CLIENT_ERROR_TRANSIENT);
}

/* https to a plain port: what answers in words is no Pipit server; what only hangs up may be one that is ill. Which of
 * them pipitd does depends on whether its answer or the end of the connection is seen first. */
static void
test_https_to_plain(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitResponder) responder = pipit_responder_new(json, (gpointer) "{}", NULL);
	g_autofree char *in_words = g_strdup_printf("https://127.0.0.1:%u", pipit_responder_port(responder));
	g_autofree char *pipitd = g_strdup_printf("https://127.0.0.1:%u", pipit_test_server_port(server));

	assert_fails(in_words, &registering, PIPIT_CLIENT_ERROR_NOT_PIPIT, "not a Pipit server");
	g_assert_cmpuint(pipit_responder_count(responder), ==, 0);
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, pipitd, &registering);
	pipit_client_connect(alice->client);
	pipit_wait_until(alice->went_offline == 1);
	const char *words = "not a Pipit server";
	if (!g_error_matches(alice->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_NOT_PIPIT)) {
		g_assert_error(alice->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_TRANSIENT);
		words = "check its address and port";
	}
	g_assert_nonnull(strstr(alice->error->message, words));
}

/* TLS, by pipitd itself. */

static void
assert_certificate(const char *host, gint64 not_before, gint64 not_after, gboolean trusted, const char *words)
{
	char *folder = pipit_test_folder_new();
	g_autoptr(PipitTestCertificate) certificate =
		pipit_test_certificate_new(folder, host, not_before, not_after);
	const char *const arguments[] = {"--cert", certificate->cert, "--key", certificate->key, NULL};
	g_autoptr(PipitTestServer) server = pipit_test_server_start(arguments);
	PipitClientOptions options = registering;

	options.ca_file = trusted ? certificate->ca : NULL;
	if (words != NULL) {
		assert_fails(pipit_test_server_origin(server), &options, PIPIT_CLIENT_ERROR_CERTIFICATE,
			     words);
	} else {
		g_autoptr(PipitPerson) alice =
			pipit_person_new(ALICE, pipit_test_server_origin(server), &options);
		pipit_person_go_online(alice);
	}
	pipit_test_folder_free(folder);
}

static void
test_certificates(void)
{
	assert_certificate("127.0.0.1", -DAY_S, DAY_S, TRUE, NULL);
	assert_certificate("127.0.0.1", -2 * DAY_S, -DAY_S, TRUE, "expired");
	assert_certificate("pipit.example.org", -DAY_S, DAY_S, TRUE, "another name");
	assert_certificate("127.0.0.1", -DAY_S, DAY_S, FALSE, "issuer");
}

/* As in a hotel whose network answers for everybody until one has paid. */
static void
test_another_certificate_passes(void)
{
	char *folder = pipit_test_folder_new();
	char *hotels_folder = pipit_test_folder_new();
	g_autoptr(PipitTestCertificate) own = pipit_test_certificate_new(folder, "127.0.0.1", -DAY_S, DAY_S);
	g_autoptr(PipitTestCertificate) hotels =
		pipit_test_certificate_new(hotels_folder, "portal.example.net", -DAY_S, DAY_S);
	const char *const as_always[] = {"--cert", own->cert, "--key", own->key, NULL};
	const char *const at_the_hotel[] = {"--cert", hotels->cert, "--key", hotels->key, NULL};
	g_autoptr(PipitTestServer) server = pipit_test_server_start(as_always);
	PipitClientOptions options = registering;

	options.ca_file = own->ca;
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, pipit_test_server_origin(server), &options);
	pipit_person_go_online(alice);
	pipit_client_disconnect(alice->client);
	pipit_test_server_stop(server);
	pipit_test_server_restart(server, at_the_hotel);
	pipit_person_fail_online(alice, PIPIT_CLIENT_ERROR_TRANSIENT);
	g_assert_nonnull(strstr(alice->error->message, "issuer"));
	pipit_test_server_stop(server);
	pipit_test_server_restart(server, as_always);
	g_clear_error(&alice->error);
	pipit_person_go_online(alice);
	pipit_test_folder_free(folder);
	pipit_test_folder_free(hotels_folder);
}

/* Afterwards. */

static void
test_steps_are_told(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitPerson) alice =
		pipit_person_new(ALICE, pipit_test_server_origin(server), &registering);

	pipit_person_go_online(alice);
	g_assert_cmpuint(alice->steps->len, >=, 4);
	g_assert_cmpstr(g_ptr_array_index(alice->steps, 0), ==, "Finding the server");
}

static void
test_moved_server(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitTestServer) other = pipit_test_server_start(NULL);
	g_autoptr(PipitPerson) alice =
		pipit_person_new(ALICE, pipit_test_server_origin(server), &registering);
	g_autofree char *moved = g_strdup_printf("http://localhost:%u", pipit_test_server_port(server));

	pipit_person_go_online(alice);
	/* The same server under another name is the same; another one must not see this one's token. */
	g_free((char *)alice->options.server);
	alice->options.server = g_strdup(moved);
	pipit_person_restart(alice);
	pipit_person_go_online(alice);
	g_free((char *)alice->options.server);
	alice->options.server = g_strdup(pipit_test_server_origin(other));
	pipit_person_restart(alice);
	pipit_person_fail_online(alice, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(alice->error->message, "another server"));
}

static void
test_known_server_out_of_order(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	g_autoptr(PipitForwarder) line = pipit_forwarder_new(pipit_test_server_origin(server));
	g_autoptr(PipitPerson) alice = pipit_person_new(ALICE, pipit_forwarder_origin(line), &registering);

	/* Before one was ever there, that is what it looks like: no Pipit server. */
	pipit_forwarder_spoil(line, "/v1", 200);
	pipit_person_fail_online(alice, PIPIT_CLIENT_ERROR_NOT_PIPIT);
	pipit_forwarder_spoil(line, NULL, 0);
	g_clear_error(&alice->error);
	pipit_person_go_online(alice);
	/* Afterwards it is one that is out of order, which passes: the account must not be given up. */
	pipit_client_disconnect(alice->client);
	pipit_forwarder_spoil(line, "/v1", 200);
	pipit_person_fail_online(alice, PIPIT_CLIENT_ERROR_TRANSIENT);
	pipit_test_server_stop(server);
}

typedef struct {
	guint calls;
	GError *error;
} Done;

static void
on_done(gpointer user_data, const GError *error)
{
	Done *done = user_data;

	done->calls++;
	g_clear_error(&done->error);
	done->error = error != NULL ? g_error_copy(error) : NULL;
}

static void
test_register_alone(void)
{
	g_autoptr(PipitTestServer) server = pipit_test_server_start(NULL);
	const PipitClientOptions not_registering = {.password = PASSWORD};
	g_autoptr(PipitPerson) alice =
		pipit_person_new(ALICE, pipit_test_server_origin(server), &not_registering);
	Done done = {0};

	pipit_client_register(alice->client, on_done, &done);
	g_assert_cmpuint(done.calls, ==, 0);
	pipit_wait_until(done.calls == 1);
	g_assert_no_error(done.error);
	pipit_person_go_online(alice);

	pipit_client_register(alice->client, on_done, &done);
	pipit_wait_until(done.calls == 2);
	g_assert_error(done.error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(done.error->message, "already has an account"));
	g_clear_error(&done.error);

	/* One that did not begin, and one on its way. */
	Done aborted[2] = {0};
	pipit_client_register(alice->client, on_done, &aborted[0]);
	g_main_context_iteration(NULL, FALSE);
	pipit_client_register(alice->client, on_done, &aborted[1]);
	pipit_person_end(alice);
	for (gsize i = 0; i < G_N_ELEMENTS(aborted); i++) {
		g_assert_cmpuint(aborted[i].calls, ==, 1);
		g_assert_error(aborted[i].error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_ABORTED);
		g_clear_error(&aborted[i].error);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/client-connect/options", test_options);
	g_test_add_func("/client-connect/store-in-use", test_store_in_use);
	g_test_add_func("/client-connect/password", test_password);
	g_test_add_func("/client-connect/policy", test_policy);
	g_test_add_func("/client-connect/no-server", test_no_server);
	g_test_add_func("/client-connect/not-pipit", test_not_pipit);
	g_test_add_func("/client-connect/https-to-plain", test_https_to_plain);
	g_test_add_func("/client-connect/certificates", test_certificates);
	g_test_add_func("/client-connect/another-certificate-passes", test_another_certificate_passes);
	g_test_add_func("/client-connect/steps-are-told", test_steps_are_told);
	g_test_add_func("/client-connect/moved-server", test_moved_server);
	g_test_add_func("/client-connect/known-server-out-of-order", test_known_server_out_of_order);
	g_test_add_func("/client-connect/register-alone", test_register_alone);
	return g_test_run();
}
