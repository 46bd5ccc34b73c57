/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that do not fit into what the relay takes: they arrive as one, in their place, on all devices. */
#include "protocol/client.h"

#include <string.h>

#include <glib/gstdio.h>

#include "tests/support/blob_line.h"
#include "tests/support/forwarder.h"
#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define CAROL "mailto:carol@example.org"
#define LONG_SIZE 100000

typedef struct {
	PipitTestServer *server;
	PipitBlobLine *line; /* Bob's */
	PipitPerson *alice;
	PipitPerson *bob;
	char *text; /* a long one */
} Fixture;

/* Text that gzip makes little of. */
static char *
dense_text(gsize size)
{
	g_autoptr(GBytes) bytes = pipit_sample_bytes(size * 3 / 4, 11);
	char *text = g_base64_encode(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

	return text;
}

static PipitPerson *
sign_in(Fixture *f, const char *handle, const char *origin)
{
	PipitPerson *person =
		pipit_person_new(handle, origin != NULL ? origin : pipit_test_server_origin(f->server), NULL);

	pipit_person_go_online(person);
	return person;
}

static void
set_up(Fixture *f, gconstpointer cap)
{
	const char *const extra[] = {cap, NULL};

	f->server = pipit_test_server_start(extra);
	f->line = pipit_blob_line_new(pipit_test_server_port(f->server));
	f->alice = sign_in(f, ALICE, NULL);
	f->bob = sign_in(f, BOB, pipit_blob_line_origin(f->line));
	f->text = dense_text(LONG_SIZE);
}

static void
tear_down(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_person_free(f->alice);
	pipit_person_free(f->bob);
	pipit_test_server_stop(f->server);
	pipit_blob_line_free(f->line);
	pipit_test_server_free(f->server);
	g_free(f->text);
}

static void
write_three(Fixture *f)
{
	g_free(pipit_person_write(f->alice, BOB, "before"));
	g_free(pipit_person_write(f->alice, BOB, f->text));
	g_free(pipit_person_write(f->alice, BOB, "after"));
	pipit_person_wait_sent(f->alice, 3);
	for (guint i = 0; i < 3; i++)
		g_assert_no_error(pipit_person_sent(f->alice, i)->error);
}

static void
assert_three(Fixture *f, const PipitPerson *person)
{
	g_assert_cmpuint(person->shown->len, ==, 3);
	g_assert_cmpstr(pipit_person_shown(person, 0)->text, ==, "before");
	g_assert_cmpstr(pipit_person_shown(person, 1)->text, ==, f->text);
	g_assert_cmpstr(pipit_person_shown(person, 2)->text, ==, "after");
}

static guint
blobs_at_server(Fixture *f)
{
	g_autofree char *folder = g_build_filename(pipit_test_server_state(f->server), "blobs", NULL);

	return pipit_test_folder_count(folder);
}

static gboolean
on_tick(gpointer unused G_GNUC_UNUSED)
{
	return G_SOURCE_CONTINUE;
}

/* Whoever has it tells the server, which keeps it no longer than it must. Nobody hears of that: it is looked at. */
static void
wait_until_nothing_is_kept(Fixture *f)
{
	guint tick = g_timeout_add(10, on_tick, NULL);

	pipit_wait_until(blobs_at_server(f) == 0);
	g_source_remove(tick);
}

static void
test_in_its_place(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	write_three(f);
	pipit_person_wait_shown(f->bob, 3);
	assert_three(f, f->bob);
	wait_until_nothing_is_kept(f);
}

static void
test_own_devices_too(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	PipitPerson *laptop = sign_in(f, ALICE, NULL);

	write_three(f);
	pipit_person_wait_shown(f->bob, 3);
	pipit_person_wait_shown(laptop, 3);
	assert_three(f, laptop);
	g_assert_true(pipit_person_shown(laptop, 1)->own);
	g_assert_cmpstr(pipit_person_shown(laptop, 1)->peer, ==, BOB);
	wait_until_nothing_is_kept(f);
	pipit_person_free(laptop);
}

/* As long as it can't be fetched nothing behind it is shown, whatever happens to the program; others don't wait for it. */
static void
test_what_follows_waits(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	static const char busy[] = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
	g_autoptr(GBytes) raw = g_bytes_new_static(busy, strlen(busy));
	PipitPerson *carol = sign_in(f, CAROL, NULL);

	pipit_blob_line_answer(f->line, raw);
	write_three(f);
	pipit_wait_until(pipit_blob_line_downloads(f->line) > 0);
	g_free(pipit_person_write(carol, BOB, "not held"));
	pipit_person_wait_shown(f->bob, 2);
	g_assert_cmpstr(pipit_person_shown(f->bob, 0)->text, ==, "before");
	g_assert_cmpstr(pipit_person_shown(f->bob, 1)->text, ==, "not held");
	pipit_person_restart(f->bob);
	pipit_person_go_online(f->bob);
	g_free(pipit_person_write(f->alice, BOB, "last"));
	g_free(pipit_person_write(carol, BOB, "not held either"));
	pipit_person_wait_shown(f->bob, 3);
	g_assert_cmpstr(pipit_person_shown(f->bob, 2)->text, ==, "not held either");
	pipit_blob_line_answer(f->line, NULL);
	pipit_person_wait_shown(f->bob, 6);
	g_assert_cmpstr(pipit_person_shown(f->bob, 3)->text, ==, f->text);
	g_assert_cmpstr(pipit_person_shown(f->bob, 4)->text, ==, "after");
	g_assert_cmpstr(pipit_person_shown(f->bob, 5)->text, ==, "last");
	pipit_person_free(carol);
}

/* What is gone for good is said in its place. */
static void
check_gone(Fixture *f, const char *raw_text, gsize size)
{
	g_autoptr(GBytes) raw = g_bytes_new(raw_text, size);

	pipit_blob_line_answer(f->line, raw);
	write_three(f);
	pipit_person_wait_shown(f->bob, 2);
	g_assert_cmpstr(pipit_person_shown(f->bob, 1)->text, ==, "after");
	g_assert_cmpuint(f->bob->notices->len, ==, 1);
	g_assert_nonnull(strstr(f->bob->notices->pdata[0], "alice@example.org"));
	/* And once. */
	pipit_person_restart(f->bob);
	pipit_person_go_online(f->bob);
	g_free(pipit_person_write(f->alice, BOB, "last"));
	pipit_person_wait_shown(f->bob, 3);
	g_assert_cmpuint(f->bob->notices->len, ==, 1);
}

static void
test_gone(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	static const char gone[] =
		"HTTP/1.1 404 No\r\nContent-Type: application/problem+json\r\nContent-Length: 66\r\n\r\n"
		"{\"type\":\"about:blank\",\"title\":\"x\",\"status\":404,\"code\":\"not-found\"}";

	check_gone(f, gone, strlen(gone));
}

static void
test_something_else_in_its_place(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	static const char other[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother";

	check_gone(f, other, strlen(other));
}

/* Files whose description alone does not fit. */
static void
test_many_files(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	PipitOutgoingFile files[PIPIT_MESSAGE_MAX_FILES];
	g_autoptr(GBytes) bytes = g_bytes_new_static("contents", 8);

	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		g_ptr_array_add(names, g_strdup_printf("file %u.txt", i));
		files[i] = (PipitOutgoingFile){.bytes = bytes, .name = names->pdata[i], .type = "text/plain"};
	}
	gint64 number = pipit_client_send_files(f->alice->client, BOB, files, G_N_ELEMENTS(files),
						"all of them", "<b>all</b> of them", &error);
	g_assert_no_error(error);
	pipit_person_wait_transfer(f->alice, number, PIPIT_TRANSFER_DONE);
	pipit_person_wait_shown(f->bob, 1);
	const PipitShown *shown = pipit_person_shown(f->bob, 0);
	g_assert_cmpstr(shown->html, ==, "<b>all</b> of them");
	g_assert_cmpuint(shown->files->len, ==, G_N_ELEMENTS(files));
	for (guint i = 0; i < shown->files->len; i++) {
		const PipitShownFile *file = shown->files->pdata[i];
		g_assert_cmpstr(file->name, ==, names->pdata[i]);
		g_assert_cmpstr(file->type, ==, "text/plain");
		g_assert_cmpint(file->size, ==, 8);
	}
}

static gboolean
was_all_read(const PipitPerson *person)
{
	for (guint i = 0; i < person->receipts->len; i++) {
		const PipitReceipted *receipt = person->receipts->pdata[i];
		if (receipt->read && receipt->latest)
			return TRUE;
	}
	return FALSE;
}

/* Nobody wrote them, and they go the same way. */
static void
test_receipts(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	const guint count = 60;

	for (guint i = 0; i < count; i++)
		g_free(pipit_person_write(f->alice, BOB, "one of many"));
	pipit_person_wait_shown(f->bob, count);
	guint before = pipit_blob_line_uploads(f->line);
	pipit_client_read(f->bob->client, ALICE, TRUE);
	pipit_wait_until(was_all_read(f->alice));
	g_assert_cmpuint(pipit_blob_line_uploads(f->line), >, before);
	wait_until_nothing_is_kept(f);
}

/* An upload that breaks goes on, and what was written behind it stays behind it. */
static void
test_an_upload_that_breaks(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	pipit_blob_line_cut_uploads(f->line, 50000, 1);
	g_free(pipit_person_write(f->bob, ALICE, f->text));
	g_free(pipit_person_write(f->bob, ALICE, "after"));
	pipit_wait_until(pipit_blob_line_cuts(f->line) == 1);
	pipit_person_restart(f->bob);
	pipit_person_go_online(f->bob);
	pipit_person_wait_shown(f->alice, 2);
	g_assert_cmpstr(pipit_person_shown(f->alice, 0)->text, ==, f->text);
	g_assert_cmpstr(pipit_person_shown(f->alice, 1)->text, ==, "after");
	g_assert_cmpint(pipit_blob_line_offset(f->line), >, 0);
}

/* A server that keeps nothing but messages. */
static void
test_no_room_for_blobs(Fixture *f, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = g_bytes_new_static("a file", 6);
	const PipitOutgoingFile file = {.bytes = bytes, .name = "a.txt"};
	PipitForwarder *without = pipit_forwarder_new(pipit_test_server_origin(f->server));

	pipit_forwarder_rewrite(without, "\"blob_max\":2147483648", "\"blob_max\":0");
	PipitPerson *carol = sign_in(f, CAROL, pipit_forwarder_origin(without));
	pipit_forwarder_rewrite(without, NULL, NULL);
	g_free(pipit_person_write(carol, BOB, f->text));
	pipit_person_wait_sent(carol, 1);
	g_assert_nonnull(strstr(pipit_person_sent(carol, 0)->error->message, "in several parts"));
	g_assert_cmpint(pipit_client_send_files(carol->client, BOB, &file, 1, NULL, NULL, &error), ==, 0);
	g_assert_nonnull(strstr(error->message, "takes no files"));
	g_free(pipit_person_write(carol, BOB, "short"));
	pipit_person_wait_shown(f->bob, 1);
	pipit_person_free(carol);
	pipit_test_server_stop(f->server);
	pipit_forwarder_free(without);
}

#define ADD(path, cap, test)                                                                                 \
	g_test_add("/client-contents/" path, Fixture, "--relay-cap=" cap, set_up, test, tear_down)

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("in-its-place", "16384", test_in_its_place);
	ADD("in-its-place-at-4-kib", "4096", test_in_its_place);
	ADD("own-devices-too", "16384", test_own_devices_too);
	ADD("own-devices-too-at-4-kib", "4096", test_own_devices_too);
	ADD("what-follows-waits", "16384", test_what_follows_waits);
	ADD("gone", "16384", test_gone);
	ADD("something-else-in-its-place", "16384", test_something_else_in_its_place);
	ADD("many-files", "4096", test_many_files);
	ADD("receipts", "1024", test_receipts);
	ADD("no-room-for-blobs", "16384", test_no_room_for_blobs);
	ADD("an-upload-that-breaks", "16384", test_an_upload_that_breaks);
	return g_test_run();
}
