/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file up and down, by a server on this machine without TLS: as a client does it, encrypted, hashed, and on the disk before each
 * chunk goes; beside curl, which sends and fetches the same file as it is; and beside the cipher and the hashes alone. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>

#include "crypto/attachment.h"
#include "tests/support/blob_peer.h"
#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"

#define SIZE 200000000
#define ROUNDS 5
#define MICROSECONDS 1e6

typedef struct {
	PipitTestServer *server;
	PipitPerson *alice;
	PipitPerson *bob;
	PipitRelayPeer *carol; /* who uses curl */
	char *folder;
	char *path;
} Bench;

/* The best rounds: what else the machine does comes on top. */
typedef struct {
	double best;
	double cpu; /* of the program that does it, on all cores */
} Time;

/* When something began. */
typedef struct {
	int who; /* RUSAGE_SELF, or RUSAGE_CHILDREN for what was started and ended since */
	gint64 at;
	double cpu;
} Start;

static double
seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / MICROSECONDS;
}

static double
cpu_of(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

static Start
start(int who)
{
	return (Start){who, g_get_monotonic_time(), cpu_of(who)};
}

static void
keep_best(double *best, double seconds)
{
	if (*best == 0 || seconds < *best)
		*best = seconds;
}

static void
note(Time *time, const Start *begun)
{
	keep_best(&time->best, (double)(g_get_monotonic_time() - begun->at) / MICROSECONDS);
	keep_best(&time->cpu, cpu_of(begun->who) - begun->cpu);
}

static void
wait_for(const PipitPerson *person, gint64 number)
{
	const PipitTold *told = pipit_person_told(person, number);

	while (told == NULL || told->state < PIPIT_TRANSFER_DONE) {
		g_main_context_iteration(NULL, TRUE);
		told = pipit_person_told(person, number);
	}
	g_assert_cmpint(told->state, ==, PIPIT_TRANSFER_DONE);
}

static void
measure_client(Bench *bench, Time *up, Time *down)
{
	g_autoptr(GError) error = NULL;
	guint shown = bench->bob->shown->len;
	Start begun = start(RUSAGE_SELF);
	gint64 number = pipit_person_send_file(bench->alice, BOB, bench->path, NULL);

	wait_for(bench->alice, number);
	note(up, &begun);
	while (bench->bob->shown->len == shown)
		g_main_context_iteration(NULL, TRUE);
	gint64 got = pipit_person_file(bench->bob, shown, 0)->number;
	begun = start(RUSAGE_SELF);
	pipit_client_fetch_into(bench->bob->client, got, bench->bob->folder, &error);
	g_assert_no_error(error);
	wait_for(bench->bob, got);
	note(down, &begun);
	g_unlink(pipit_person_told(bench->bob, got)->path);
}

static void
run_curl(const char *const *arguments)
{
	g_autoptr(GError) error = NULL;
	int status = 0;

	g_spawn_sync(NULL, (char **)arguments, NULL,
		     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
		     NULL, NULL, NULL, &status, &error);
	g_assert_no_error(error);
	g_spawn_check_wait_status(status, &error);
	g_assert_no_error(error);
}

static void
measure_curl(Bench *bench, Time *up, Time *down)
{
	g_autofree char *blob = pipit_blob_create(bench->carol, SIZE, BOB);
	g_autofree char *url = g_strconcat(pipit_test_server_origin(bench->server), blob, NULL);
	g_autofree char *token = g_strdup_printf("Authorization: Bearer %s", bench->carol->auth_token);
	g_autofree char *copy = g_build_filename(bench->folder, "copy.bin", NULL);
	const char *const upload[] = {"curl",
				      "--silent",
				      "--fail",
				      "--noproxy",
				      "*",
				      "-X",
				      "PATCH",
				      "-T",
				      bench->path,
				      "-H",
				      token,
				      "-H",
				      "Content-Type: application/octet-stream",
				      "-H",
				      "Upload-Offset: 0",
				      "-H",
				      "Expect:",
				      url,
				      NULL};
	const char *const download[] = {"curl", "--silent", "--fail", "--noproxy", "*", "-o",
					copy,   "-H",       token,    url,         NULL};
	Start begun = start(RUSAGE_CHILDREN);

	run_curl(upload);
	note(up, &begun);
	begun = start(RUSAGE_CHILDREN);
	run_curl(download);
	note(down, &begun);
	g_unlink(copy);
	pipit_blob_delete(bench->carol, blob);
}

/* What must be done to the bytes, whoever carries them. */
static void
measure_primitives(Time *time)
{
	const guint8 key[PIPIT_ATTACHMENT_KEY_LEN] = {1};
	g_autofree guint8 *piece = g_malloc0(1 << 20);
	PipitAttachmentDigests digests;
	const Start begun = start(RUSAGE_SELF);
	g_autoptr(PipitAttachmentCipher) cipher = pipit_attachment_cipher_new(key);

	for (gsize done = 0; done < SIZE; done += 1 << 20)
		pipit_attachment_encrypt(cipher, piece, MIN((gsize)SIZE - done, 1 << 20));
	pipit_attachment_digests(cipher, &digests);
	note(time, &begun);
}

static void
report(const char *what, const Time *time)
{
	printf("%-36s %6.2f s   %7.1f MB/s   %6.2f s of a processor\n", what, time->best,
	       SIZE / 1e6 / time->best, time->cpu);
}

static void
compare(const char *what, const Time *time, const Time *curl, const Time *primitives)
{
	printf("%s takes %.2f of curl's time, %.2f of that of cipher and hashes,\n", what,
	       time->best / curl->best, time->best / primitives->best);
	printf("    and %.2f of the processor that these two take together\n",
	       time->cpu / (curl->cpu + primitives->cpu));
}

static Bench
set_up(void)
{
	static const char *const extra[] = {"--blob-quota", "100000000000", NULL};
	Bench bench = {.folder = pipit_test_folder_new()};

	bench.server = pipit_test_server_start(extra);
	bench.alice = pipit_person_new(ALICE, pipit_test_server_origin(bench.server), NULL);
	bench.bob = pipit_person_new(BOB, pipit_test_server_origin(bench.server), NULL);
	bench.carol = pipit_relay_peer_register(pipit_test_server_origin(bench.server),
						"mailto:carol@example.org", 0);
	pipit_person_go_online(bench.alice);
	pipit_person_go_online(bench.bob);
	bench.path = pipit_sample_file(bench.folder, "sample.bin", SIZE, 1);
	return bench;
}

static void
tear_down(Bench *bench)
{
	pipit_person_free(bench->alice);
	pipit_person_free(bench->bob);
	pipit_relay_peer_free(bench->carol);
	pipit_test_server_free(bench->server);
	pipit_test_folder_free(bench->folder);
	g_free(bench->path);
}

int
main(void)
{
	Bench bench = set_up();
	Time up = {0}, down = {0}, curl_up = {0}, curl_down = {0}, primitives = {0};

	for (guint i = 0; i < ROUNDS; i++) {
		measure_client(&bench, &up, &down);
		measure_curl(&bench, &curl_up, &curl_down);
		measure_primitives(&primitives);
	}
	report("upload", &up);
	report("download", &down);
	report("curl, the same as it is: upload", &curl_up);
	report("curl, the same as it is: download", &curl_down);
	report("AES-256-CTR, SHA-1 and SHA-256 alone", &primitives);
	compare("upload", &up, &curl_up, &primitives);
	compare("download", &down, &curl_down, &primitives);
	tear_down(&bench);
	return 0;
}
