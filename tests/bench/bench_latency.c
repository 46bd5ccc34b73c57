/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From Enter at one client to the screen of another, by a server on this machine over TLS, beside a bare round trip: one
 * request and its answer on a TLS connection that is open. Both clients and the program share a thread. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/http_peer.h"
#include "tests/support/person.h"
#include "tests/support/responder.h"
#include "tests/support/server.h"
#include "tests/support/test_folder.h"

#define BOB "mailto:bob@example.org"
#define ROUNDS 300
#define MEDIAN 150 /* of them, in order */
#define HUNDREDTH 297
#define WARM_UP 20
#define DAY_S (G_GINT64_CONSTANT(24) * 60 * 60)

static int
compare(const void *a, const void *b)
{
	const gint64 *x = a;
	const gint64 *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
report(const char *what, gint64 *times)
{
	qsort(times, ROUNDS, sizeof times[0], compare);
	printf("%-28s p50 %7.2f ms   p99 %7.2f ms\n", what, (double)times[MEDIAN] / 1000,
	       (double)times[HUNDREDTH] / 1000);
}

static PipitPerson *
sign_in(const char *handle, const PipitTestServer *server, const char *ca)
{
	const PipitClientOptions options = {.password = "correct horse battery staple",
					    .register_account = TRUE,
					    .device_name = "Bench",
					    .ca_file = ca};
	PipitPerson *person = pipit_person_new(handle, pipit_test_server_origin(server), &options);

	pipit_person_go_online(person);
	return person;
}

static void
measure_messages(const PipitTestCertificate *certificate, gint64 *times)
{
	const char *const arguments[] = {"--cert", certificate->cert, "--key", certificate->key, NULL};
	PipitTestServer *server = pipit_test_server_start(arguments);
	PipitPerson *alice = sign_in("mailto:alice@example.org", server, certificate->ca);
	PipitPerson *bob = sign_in(BOB, server, certificate->ca);

	for (guint i = 0; i < WARM_UP + ROUNDS; i++) {
		gint64 begun = g_get_monotonic_time();
		g_free(pipit_person_write(alice, BOB, "a few words as people write them"));
		while (bob->shown->len <= i)
			g_main_context_iteration(NULL, TRUE);
		if (i >= WARM_UP)
			times[i - WARM_UP] = g_get_monotonic_time() - begun;
		while (alice->sent->len <= i)
			g_main_context_iteration(NULL, TRUE);
	}
	pipit_person_free(alice);
	pipit_person_free(bob);
	pipit_test_server_free(server);
}

static GBytes *
answer(const PipitAsked *asked G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
	return pipit_responder_json(200, "{}");
}

static void
measure_floor(const PipitTestCertificate *certificate, gint64 *times)
{
	PipitResponder *responder = pipit_responder_new(answer, NULL, certificate);
	g_autofree char *origin = pipit_responder_origin(responder);
	PipitHttpPeer *peer = pipit_http_peer_new(origin);

	pipit_http_peer_set_ca(peer, certificate->ca);
	for (guint i = 0; i < WARM_UP + ROUNDS; i++) {
		gint64 begun = g_get_monotonic_time();
		PipitReply *reply = pipit_http_peer_ask(peer, "GET", "/", NULL, NULL);
		pipit_assert_status(reply, 200);
		pipit_reply_free(reply);
		if (i >= WARM_UP)
			times[i - WARM_UP] = g_get_monotonic_time() - begun;
	}
	pipit_http_peer_free(peer);
	pipit_responder_free(responder);
}

int
main(void)
{
	char *folder = pipit_test_folder_new();
	PipitTestCertificate *certificate = pipit_test_certificate_new(folder, "127.0.0.1", -DAY_S, DAY_S);
	gint64 messages[ROUNDS];
	gint64 floor[ROUNDS];

	measure_messages(certificate, messages);
	measure_floor(certificate, floor);
	report("from sent to shown", messages);
	report("a bare round trip over TLS", floor);
	printf("ratio of the medians: %.1f\n", (double)messages[MEDIAN] / (double)floor[MEDIAN]);
	pipit_test_certificate_free(certificate);
	pipit_test_folder_free(folder);
	return 0;
}
