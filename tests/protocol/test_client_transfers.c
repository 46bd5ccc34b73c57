/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers that break, that are lied to, that are ended in the middle, and files that change under them. */
#include "protocol/client.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/support/blob_line.h"
#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define SIZE 10000000
#define MANY 6
#define AT_ONCE 3     /* as client_download.c has it */
#define LONG 40000000 /* what is there of it is read in three turns */

static guint unlinked_on_loop;

/* In place of the C library's: of a large file it takes long. */
int
unlink(const char *path)
{
	unlinked_on_loop += g_str_has_suffix(path, ".part") && gettid() == getpid() ? 1 : 0;
	return unlinkat(AT_FDCWD, path, 0);
}

typedef struct {
	PipitTestServer *server;
	PipitBlobLine *up;   /* Alice's */
	PipitBlobLine *down; /* Bob's */
	PipitPerson *alice;
	PipitPerson *bob;
	char *folder; /* of files */
	char *sent;
	char *got;
} Fixture;

static void
set_up(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	unlinked_on_loop = 0;
	f->server = pipit_test_server_start(NULL);
	f->up = pipit_blob_line_new(pipit_test_server_port(f->server));
	f->down = pipit_blob_line_new(pipit_test_server_port(f->server));
	f->alice = pipit_person_new(ALICE, pipit_blob_line_origin(f->up), NULL);
	f->bob = pipit_person_new(BOB, pipit_blob_line_origin(f->down), NULL);
	pipit_person_go_online(f->alice);
	pipit_person_go_online(f->bob);
	f->folder = pipit_test_folder_new();
	f->sent = pipit_sample_file(f->folder, "sent.bin", SIZE, 7);
	f->got = g_build_filename(f->folder, "got.bin", NULL);
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(f->alice);
	pipit_person_free(f->bob);
	pipit_test_server_stop(f->server);
	pipit_blob_line_free(f->up);
	pipit_blob_line_free(f->down);
	pipit_test_server_free(f->server);
	pipit_test_folder_free(f->folder);
	g_free(f->sent);
	g_free(f->got);
}

/* Returns: the number by which Bob has it. */
static gint64
send_sample(Fixture *f)
{
	gint64 number = pipit_person_send_file(f->alice, BOB, f->sent, NULL);

	pipit_person_wait_transfer(f->alice, number, PIPIT_TRANSFER_DONE);
	pipit_person_wait_shown(f->bob, 1);
	return pipit_person_file(f->bob, 0, 0)->number;
}

static void
fetch(Fixture *f, gint64 number)
{
	g_autoptr(GError) error = NULL;

	pipit_client_fetch(f->bob->client, number, f->got, &error);
	g_assert_no_error(error);
}

static void
assert_fetched(Fixture *f, gint64 number)
{
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_DONE);
	g_assert_cmpstr(pipit_person_told(f->bob, number)->path, ==, f->got);
	pipit_sample_assert_same(f->sent, f->got);
}

static guint
count_files(Fixture *f)
{
	g_autoptr(GDir) dir = g_dir_open(f->folder, 0, NULL);
	guint found = 0;

	for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
		g_test_message("%s", name);
		found++;
	}
	return found;
}

/* The folder holds nothing but these. */
static void
assert_files(Fixture *f, guint count)
{
	g_assert_cmpuint(count_files(f), ==, count);
}

static void
test_an_upload_that_breaks(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_blob_line_cut_uploads(f->up, 6000000, 1);
	gint64 number = send_sample(f);

	g_assert_cmpuint(pipit_blob_line_cuts(f->up), ==, 1);
	g_assert_cmpuint(pipit_blob_line_uploads(f->up), ==, 2);
	/* From the byte where it broke, not from the start. */
	g_assert_cmpint(pipit_blob_line_offset(f->up), >, 5000000);
	fetch(f, number);
	assert_fetched(f, number);
}

static void
test_a_download_that_breaks(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);

	pipit_blob_line_cut_downloads(f->down, 6000000, 1);
	fetch(f, number);
	assert_fetched(f, number);
	g_assert_cmpuint(pipit_blob_line_cuts(f->down), ==, 1);
	g_assert_cmpint(pipit_blob_line_offset(f->down), >, 5000000);
	assert_files(f, 2);
}

/* Ended while what is there is being read, again and again: it goes on at its end all the same. */
static void
test_a_long_part(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_free(pipit_sample_file(f->folder, "sent.bin", LONG, 7));
	gint64 number = send_sample(f);

	pipit_blob_line_cut_downloads(f->down, LONG - 100000, 1);
	fetch(f, number);
	pipit_wait_until(pipit_blob_line_cuts(f->down) == 1);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_WAITING);
	for (guint i = 0; i < 6; i++) {
		pipit_client_disconnect(f->bob->client);
		g_ptr_array_set_size(f->bob->transfers, 0);
		pipit_person_go_online(f->bob);
		pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_RUNNING);
		for (guint turn = 0; turn < i; turn++)
			g_main_context_iteration(NULL, TRUE);
	}
	assert_fetched(f, number);
	g_assert_cmpint(pipit_blob_line_offset(f->down), >, LONG - 3000000);
	/* A worker of a connection that has ended may be about to let go of an empty one. */
	while (count_files(f) > 2)
		g_usleep(1000);
}

/* TRUE if an upload of it was begun, and broke. */
static gboolean
is_cut(Fixture *f)
{
	return pipit_blob_line_cuts(f->up) == 1;
}

/* What was begun goes on in the next run of the program, where it was. */
static void
test_an_upload_over_two_runs(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_blob_line_cut_uploads(f->up, 6000000, 1);
	pipit_person_send_file(f->alice, BOB, f->sent, "in two runs");
	pipit_wait_until(is_cut(f));
	pipit_person_restart(f->alice);
	pipit_person_go_online(f->alice);
	pipit_person_wait_shown(f->bob, 1);
	g_assert_cmpint(pipit_blob_line_offset(f->up), >, 5000000);
	gint64 number = pipit_person_file(f->bob, 0, 0)->number;
	fetch(f, number);
	assert_fetched(f, number);
}

static void
test_a_download_over_two_runs(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);

	pipit_blob_line_cut_downloads(f->down, 6000000, 1);
	fetch(f, number);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_RUNNING);
	pipit_wait_until(pipit_blob_line_cuts(f->down) == 1);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_WAITING);
	pipit_person_restart(f->bob);
	pipit_person_go_online(f->bob);
	fetch(f, number);
	assert_fetched(f, number);
	g_assert_cmpint(pipit_blob_line_offset(f->down), >, 5000000);
	assert_files(f, 2);
}

/* A file that is another one by the time that its upload goes on gets another key, and arrives as it is now. */
static void
test_a_file_that_changes_between_runs(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_blob_line_cut_uploads(f->up, 6000000, 1);
	pipit_person_send_file(f->alice, BOB, f->sent, NULL);
	pipit_wait_until(is_cut(f));
	pipit_person_end(f->alice);
	g_free(pipit_sample_file(f->folder, "sent.bin", SIZE, 8));
	pipit_person_restart(f->alice);
	pipit_person_go_online(f->alice);
	pipit_person_wait_shown(f->bob, 1);
	g_assert_cmpint(pipit_blob_line_offset(f->up), ==, 0);
	gint64 number = pipit_person_file(f->bob, 0, 0)->number;
	fetch(f, number);
	assert_fetched(f, number);
}

/* The same, by somebody who sets the clock of the file back: the hashes tell. */
static void
test_a_file_that_changes_unseen(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	GStatBuf before;

	pipit_blob_line_cut_uploads(f->up, 6000000, 1);
	pipit_person_send_file(f->alice, BOB, f->sent, NULL);
	pipit_wait_until(is_cut(f));
	pipit_person_end(f->alice);
	g_assert_cmpint(g_stat(f->sent, &before), ==, 0);
	g_free(pipit_sample_file(f->folder, "sent.bin", SIZE, 8));
	const struct timespec times[] = {before.st_atim, before.st_mtim};
	g_assert_cmpint(utimensat(AT_FDCWD, f->sent, times, 0), ==, 0);
	pipit_person_restart(f->alice);
	pipit_person_go_online(f->alice);
	pipit_person_wait_shown(f->bob, 1);
	g_assert_cmpint(pipit_blob_line_offset(f->up), ==, 0);
	gint64 number = pipit_person_file(f->bob, 0, 0)->number;
	fetch(f, number);
	assert_fetched(f, number);
}

static void
test_a_file_that_goes_away(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;

	pipit_client_disconnect(f->alice->client);
	gint64 number = pipit_person_send_file(f->alice, BOB, f->sent, NULL);
	g_autofree char *elsewhere = g_strconcat(f->sent, ".away", NULL);
	g_assert_cmpint(g_rename(f->sent, elsewhere), ==, 0);
	pipit_person_go_online(f->alice);
	pipit_person_wait_transfer(f->alice, number, PIPIT_TRANSFER_FAILED);
	const PipitTold *told = pipit_person_told(f->alice, number);
	g_assert_error(told->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(told->error->message, "sent.bin"));
	/* It is kept, and goes once the file is there again, also in another run. */
	pipit_person_restart(f->alice);
	pipit_person_go_online(f->alice);
	g_assert_cmpint(g_rename(elsewhere, f->sent), ==, 0);
	g_assert_true(pipit_client_retry_transfer(f->alice->client, number, &error));
	g_assert_no_error(error);
	pipit_wait_until(f->bob->shown->len == 1);
}

/* What the server may say instead of a file, and what is told then. */
typedef struct {
	const char *name;
	const char *head;
	gsize body; /* bytes of it */
	const char *words;
} Lie;

#define ERROR_WORDS "not the file that was sent"

static const Lie lies[] = {
	{"other-bytes", "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", 10000000, ERROR_WORDS},
	{"too-short", "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", 9999999, ERROR_WORDS},
	{"too-long", "HTTP/1.1 200 OK\r\nContent-Length: 10000001\r\n\r\n", 10000001, ERROR_WORDS},
	{"without-end", "HTTP/1.1 200 OK\r\n\r\n", 10000017, ERROR_WORDS},
	{"nothing", "HTTP/1.1 204 No Content\r\n\r\n", 0, ERROR_WORDS},
	{"another-range",
	 "HTTP/1.1 206 Partial\r\nContent-Range: bytes 1-9999999/10000000\r\nContent-Length: "
	 "9999999\r\n\r\n",
	 9999999, ERROR_WORDS},
	{"no-such-range",
	 "HTTP/1.1 416 No\r\nContent-Type: application/problem+json\r\nContent-Length: 76\r\n\r\n"
	 "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":416,\"code\":\"range-unsatisfiable\"}",
	 0, ERROR_WORDS},
	{"not-there",
	 "HTTP/1.1 404 No\r\nContent-Type: application/problem+json\r\nContent-Length: 66\r\n\r\n"
	 "{\"type\":\"about:blank\",\"title\":\"x\",\"status\":404,\"code\":\"not-found\"}",
	 0, "no longer has sent.bin"},
};

static GBytes *
raw_of(const Lie *lie)
{
	GByteArray *raw = g_byte_array_new();
	g_autoptr(GBytes) body = pipit_sample_bytes(lie->body, 99);

	g_byte_array_append(raw, (const guint8 *)lie->head, (guint)strlen(lie->head));
	if (lie->body > 0)
		g_byte_array_append(raw, g_bytes_get_data(body, NULL), (guint)lie->body);
	return g_byte_array_free_to_bytes(raw);
}

static void
test_lies(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);

	for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
		g_autoptr(GBytes) raw = raw_of(&lies[i]);
		g_test_message("%s", lies[i].name);
		pipit_blob_line_answer(f->down, raw);
		g_ptr_array_set_size(f->bob->transfers, 0);
		fetch(f, number);
		pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_FAILED);
		const PipitTold *told = pipit_person_told(f->bob, number);
		g_assert_nonnull(strstr(told->error->message, lies[i].words));
		/* Nothing of it is left. */
		g_assert_false(g_file_test(f->got, G_FILE_TEST_EXISTS));
		if (strstr(lies[i].words, "no longer") == NULL)
			assert_files(f, 1);
	}
	pipit_blob_line_answer(f->down, NULL);
	g_ptr_array_set_size(f->bob->transfers, 0);
	fetch(f, number);
	assert_fetched(f, number);
}

/* It leads elsewhere: nobody goes there. */
static void
test_redirects_are_not_followed(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);
	g_autofree char *head =
		g_strdup_printf("HTTP/1.1 302 There\r\nLocation: %s/v1\r\nContent-Length: 0\r\n\r\n",
				pipit_test_server_origin(f->server));
	g_autoptr(GBytes) raw = g_bytes_new(head, strlen(head));

	pipit_blob_line_answer(f->down, raw);
	fetch(f, number);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_RUNNING);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_WAITING);
	pipit_blob_line_answer(f->down, NULL);
	assert_fetched(f, number);
}

/* What was kept of a former try is not what it should be: it is fetched anew. */
static void
test_a_part_that_is_wrong(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);

	pipit_blob_line_cut_downloads(f->down, 6000000, 1);
	fetch(f, number);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_RUNNING);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_WAITING);
	pipit_person_end(f->bob);
	g_autoptr(GDir) dir = g_dir_open(f->folder, 0, NULL);
	for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
		if (g_str_has_suffix(name, ".part"))
			g_free(pipit_sample_file(f->folder, name, 3000000, 5));
	pipit_person_restart(f->bob);
	pipit_person_go_online(f->bob);
	guint before = pipit_blob_line_downloads(f->down);
	fetch(f, number);
	assert_fetched(f, number);
	g_assert_cmpuint(pipit_blob_line_downloads(f->down), ==, before + 2);
	assert_files(f, 2);
}

/* Once there is something of that name, it stays as it is. */
static void
test_nothing_is_overwritten(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);
	g_autofree char *second = g_build_filename(f->folder, "got (2).bin", NULL);
	g_autofree char *text = NULL;

	g_file_set_contents(f->got, "mine", -1, NULL);
	fetch(f, number);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_DONE);
	g_assert_cmpstr(pipit_person_told(f->bob, number)->path, ==, second);
	pipit_sample_assert_same(f->sent, second);
	g_assert_true(g_file_get_contents(f->got, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "mine");
}

static void
test_cancelled_uploads(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < 12; i++) {
		gint64 number = pipit_person_send_file(f->alice, BOB, f->sent, NULL);
		guint turns = (guint)g_test_rand_int_range(0, 60);
		for (guint turn = 0; turn < turns && f->bob->shown->len == 0; turn++)
			g_main_context_iteration(NULL, FALSE);
		pipit_client_cancel_transfer(f->alice->client, number);
		const PipitTold *told = pipit_person_told(f->alice, number);
		g_assert_true(told->state == PIPIT_TRANSFER_CANCELLED || told->state == PIPIT_TRANSFER_DONE);
		g_assert_false(pipit_client_retry_transfer(f->alice->client, number, &error));
		g_clear_error(&error);
	}
	/* The last word is that of the server: it keeps nothing of them, and takes another one. */
	g_ptr_array_set_size(f->bob->shown, 0);
	gint64 number = send_sample(f);
	fetch(f, number);
	assert_fetched(f, number);
}

static void
test_cancelled_downloads(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = send_sample(f);

	for (guint i = 0; i < 12; i++) {
		fetch(f, number);
		guint turns = (guint)g_test_rand_int_range(0, 60);
		for (guint turn = 0; turn < turns; turn++)
			g_main_context_iteration(NULL, FALSE);
		if (pipit_person_told(f->bob, number) != NULL &&
		    pipit_person_told(f->bob, number)->state == PIPIT_TRANSFER_DONE)
			break;
		pipit_client_cancel_transfer(f->bob->client, number);
		g_assert_cmpint(pipit_person_told(f->bob, number)->state, ==, PIPIT_TRANSFER_CANCELLED);
		/* A worker may be about to let go of what there is of it. */
		pipit_wait_until(count_files(f) == 1);
		g_assert_cmpuint(unlinked_on_loop, ==, 0);
		g_ptr_array_set_size(f->bob->transfers, 0);
	}
	if (!g_file_test(f->got, G_FILE_TEST_EXISTS))
		fetch(f, number);
	assert_fetched(f, number);
	assert_files(f, 2);
}

/* Alice sends some, of which the server gives nothing out for now. @numbers: out, by which Bob has them. */
static void
send_many(Fixture *f, gint64 numbers[static MANY])
{
	for (guint i = 0; i < MANY; i++) {
		g_autofree char *name = g_strdup_printf("%u.bin", i);
		g_autofree char *path = pipit_sample_file(f->folder, name, 20000, i);
		pipit_person_send_file(f->alice, BOB, path, NULL);
	}
	pipit_person_wait_shown(f->bob, MANY);
	for (guint i = 0; i < MANY; i++)
		numbers[i] = pipit_person_file(f->bob, i, 0)->number;
	g_assert_cmpint(kill(pipit_test_server_pid(f->server), SIGSTOP), ==, 0);
}

/* So many have begun, and however long one waits no more do; then the server goes on. */
static void
assert_begun(Fixture *f, guint count)
{
	pipit_wait_until(pipit_blob_line_downloads(f->down) == count);
	for (guint turn = 0; turn < 200; turn++)
		g_main_context_iteration(NULL, FALSE);
	g_assert_cmpuint(pipit_blob_line_downloads(f->down), ==, count);
	g_assert_cmpint(kill(pipit_test_server_pid(f->server), SIGCONT), ==, 0);
}

static void
count_running(gpointer user_data, const PipitTransfer *transfer)
{
	guint *count = user_data;

	*count += transfer->state == PIPIT_TRANSFER_RUNNING ? 1 : 0;
}

static void
test_a_few_at_a_time(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 numbers[MANY];
	g_autofree char *there = g_build_filename(f->folder, "there", NULL);
	guint running = 0;

	g_assert_cmpint(g_mkdir(there, 0700), ==, 0);
	send_many(f, numbers);
	for (guint i = 0; i < MANY; i++)
		g_assert_true(pipit_client_fetch_into(f->bob->client, numbers[i], there, NULL));
	pipit_wait_until(pipit_blob_line_downloads(f->down) == AT_ONCE);
	pipit_client_transfers(f->bob->client, count_running, &running);
	g_assert_cmpuint(running, ==, AT_ONCE);
	assert_begun(f, AT_ONCE);
	for (guint i = 0; i < MANY; i++)
		pipit_person_wait_transfer(f->bob, numbers[i], PIPIT_TRANSFER_DONE);
}

static void
count_bytes(gpointer user_data, GBytes *bytes, const GError *error)
{
	guint *count = user_data;

	g_assert_no_error(error);
	g_assert_cmpuint(g_bytes_get_size(bytes), ==, 20000);
	(*count)++;
}

static void
test_a_few_into_memory_at_a_time(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 numbers[MANY];
	guint done = 0;

	send_many(f, numbers);
	for (guint i = 0; i < MANY; i++)
		pipit_client_fetch_bytes(f->bob->client, numbers[i], 20000, count_bytes, &done);
	assert_begun(f, AT_ONCE);
	pipit_wait_until(done == MANY);
}

/* Half of it comes, and then the network breaks. Returns: its number. */
static gint64
fetch_half(Fixture *f)
{
	gint64 number = send_sample(f);

	pipit_blob_line_cut_downloads(f->down, 6000000, G_MAXUINT);
	fetch(f, number);
	pipit_wait_until(pipit_blob_line_cuts(f->down) == 1);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_WAITING);
	assert_files(f, 2);
	return number;
}

/* Nothing of a file that the person does not want stays in their folder. */
static void
test_dropped_while_it_waits(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	gint64 number = fetch_half(f);

	pipit_client_disconnect(f->bob->client);
	pipit_client_drop_attachment(f->bob->client, number);
	assert_files(f, 1);
}

static void
test_dropped_after_it_failed(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	static const char answer[] =
		"HTTP/1.1 403 No\r\nContent-Type: application/problem+json\r\nContent-Length: 66\r\n\r\n"
		"{\"type\":\"about:blank\",\"title\":\"x\",\"status\":403,\"code\":\"not-yours\"}";
	g_autoptr(GBytes) raw = g_bytes_new_static(answer, sizeof answer - 1);
	gint64 number = fetch_half(f);

	pipit_blob_line_answer(f->down, raw);
	pipit_person_wait_transfer(f->bob, number, PIPIT_TRANSFER_FAILED);
	assert_files(f, 2);
	pipit_client_drop_attachment(f->bob->client, number);
	pipit_wait_until(count_files(f) == 1);
	g_assert_cmpuint(unlinked_on_loop, ==, 0);
}

#define ADD(path, test) g_test_add("/client-transfers/" path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("an-upload-that-breaks", test_an_upload_that_breaks);
	ADD("a-download-that-breaks", test_a_download_that_breaks);
	ADD("a-long-part", test_a_long_part);
	ADD("an-upload-over-two-runs", test_an_upload_over_two_runs);
	ADD("a-download-over-two-runs", test_a_download_over_two_runs);
	ADD("a-file-that-changes-between-runs", test_a_file_that_changes_between_runs);
	ADD("a-file-that-changes-unseen", test_a_file_that_changes_unseen);
	ADD("a-file-that-goes-away", test_a_file_that_goes_away);
	ADD("lies", test_lies);
	ADD("redirects-are-not-followed", test_redirects_are_not_followed);
	ADD("a-part-that-is-wrong", test_a_part_that_is_wrong);
	ADD("nothing-is-overwritten", test_nothing_is_overwritten);
	ADD("cancelled-uploads", test_cancelled_uploads);
	ADD("cancelled-downloads", test_cancelled_downloads);
	ADD("a-few-at-a-time", test_a_few_at_a_time);
	ADD("a-few-into-memory-at-a-time", test_a_few_into_memory_at_a_time);
	ADD("dropped-while-it-waits", test_dropped_while_it_waits);
	ADD("dropped-after-it-failed", test_dropped_after_it_failed);
	return g_test_run();
}
