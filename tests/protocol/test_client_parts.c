/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a file that is fetched to somewhere else after all. */
#include <glib/gstdio.h>

#include "tests/support/blob_line.h"
#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define SIZE 10000000
#define HALF 6000000

typedef struct {
	PipitTestServer *server;
	PipitBlobLine *down; /* Bob's */
	PipitPerson *alice;
	PipitPerson *bob;
	char *folder;
	char *one; /* in it */
	char *other;
	char *sent;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	f->server = pipit_test_server_start(NULL);
	f->down = pipit_blob_line_new(pipit_test_server_port(f->server));
	f->alice = pipit_person_new(ALICE, pipit_test_server_origin(f->server), NULL);
	f->bob = pipit_person_new(BOB, pipit_blob_line_origin(f->down), NULL);
	pipit_person_go_online(f->alice);
	pipit_person_go_online(f->bob);
	f->folder = pipit_test_folder_new();
	f->one = g_build_filename(f->folder, "one", NULL);
	f->other = g_build_filename(f->folder, "other", NULL);
	g_assert_cmpint(g_mkdir(f->one, 0700), ==, 0);
	g_assert_cmpint(g_mkdir(f->other, 0700), ==, 0);
	f->sent = pipit_sample_file(f->folder, "sent.bin", SIZE, 7);
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(f->alice);
	pipit_person_free(f->bob);
	pipit_test_server_stop(f->server);
	pipit_blob_line_free(f->down);
	pipit_test_server_free(f->server);
	pipit_test_folder_free(f->folder);
	g_free(f->one);
	g_free(f->other);
	g_free(f->sent);
}

static guint
count_files(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	guint found = 0;
	while (g_dir_read_name(dir) != NULL)
		found++;
	return found;
}

/* As where a disk is full: the person takes another one, and what came on the first is in nobody's way. */
static void
test_elsewhere(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	static const char answer[] =
		"HTTP/1.1 403 No\r\nContent-Type: application/problem+json\r\nContent-Length: 66\r\n\r\n"
		"{\"type\":\"about:blank\",\"title\":\"x\",\"status\":403,\"code\":\"not-yours\"}";
	g_autoptr(GBytes) raw = g_bytes_new_static(answer, sizeof answer - 1);
	pipit_person_send_file(f->alice, BOB, f->sent, NULL);
	pipit_person_wait_shown(f->bob, 1);
	gint64 number = pipit_person_file(f->bob, 0, 0)->number;
	pipit_blob_line_cut_downloads(f->down, HALF, 1);
	g_assert_true(pipit_client_fetch_into(f->bob->client, number, f->one, NULL));
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_WAITING);
	pipit_blob_line_answer(f->down, raw);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_FAILED);
	g_assert_cmpuint(count_files(f->one), ==, 1);
	pipit_blob_line_answer(f->down, NULL);
	g_ptr_array_set_size(f->bob->transfers, 0);
	g_assert_true(pipit_client_fetch_into(f->bob->client, number, f->other, NULL));
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_DONE);
	pipit_wait_until(count_files(f->one) == 0);
	g_assert_cmpuint(count_files(f->other), ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/client-parts/elsewhere", Fixture, NULL, set_up, test_elsewhere, tear_down);
	return g_test_run();
}
