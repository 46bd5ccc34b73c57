/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From Enter at one client to the screen of another, by a server on this machine over TLS, beside a bare round trip: one
 * request and its answer on a TLS connection that is open, and the waits for the disk that a message has to go through one after
 * the other: the sender's until it is written down, until what was sealed is, and the relay's. Both clients and the program
 * share a thread. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

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
#define WAITS_FOR_DISK 3
#define PAGES 512 /* of a file that is written over and over, as SQLite's log is */
#define PAGE 4096
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

static void
wait_for_disk(int fd, guint number)
{
	static const char page[PAGE];

	g_assert_cmpint(pwrite(fd, page, sizeof page, (off_t)(number % PAGES) * PAGE), ==, PAGE);
	g_assert_cmpint(fdatasync(fd), ==, 0);
}

static void
measure_disk(const char *folder, gint64 *times)
{
	g_autofree char *path = g_build_filename(folder, "pages", NULL);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	guint number = 0;

	g_assert_cmpint(fd, >=, 0);
	while (number < PAGES)
		wait_for_disk(fd, number++);
	for (guint i = 0; i < ROUNDS; i++) {
		gint64 begun = g_get_monotonic_time();
		for (guint wait = 0; wait < WAITS_FOR_DISK; wait++)
			wait_for_disk(fd, number++);
		times[i] = g_get_monotonic_time() - begun;
	}
	close(fd);
	g_remove(path);
}

int
main(void)
{
	char *folder = pipit_test_folder_new();
	PipitTestCertificate *certificate = pipit_test_certificate_new(folder, "127.0.0.1", -DAY_S, DAY_S);
	gint64 messages[ROUNDS];
	gint64 floor[ROUNDS];
	gint64 disk[ROUNDS];

	measure_messages(certificate, messages);
	measure_floor(certificate, floor);
	report("from sent to shown", messages);
	measure_disk(folder, disk);
	report("a bare round trip over TLS", floor);
	report("three waits for this disk", disk);
	printf("ratio of the medians: %.1f; to a round trip and the waits: %.1f\n",
	       (double)messages[MEDIAN] / (double)floor[MEDIAN],
	       (double)messages[MEDIAN] / (double)(floor[MEDIAN] + disk[MEDIAN]));
	pipit_test_certificate_free(certificate);
	pipit_test_folder_free(folder);
	return 0;
}
