/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files from one person to another through a real server: what arrives is what was sent, under a name that does no harm. */
#include "protocol/client.h"

#include <string.h>

#include <glib/gstdio.h>

#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

#define CAROL "mailto:carol@example.org"

/* Sends a file of this size and fetches it: the same comes out. */
static void
check_size(PipitPeople *people, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_strdup_printf("sample %zu.bin", size);
	g_autofree char *path = pipit_sample_file(people->alice->folder, name, size, (guint32)size + 1);
	guint before = people->bob->shown->len;
	gint64 number = pipit_person_send_file(people->alice, BOB, path, "have a look");

	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_RUNNING);
	g_assert_cmpint(pipit_person_told(people->alice, number)->size, ==, (gint64)size);
	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_DONE);
	pipit_person_wait_shown(people->bob, before + 1);
	const PipitShown *shown = pipit_person_shown(people->bob, before);
	g_assert_cmpstr(shown->text, ==, "have a look");
	g_assert_cmpstr(shown->id, ==, pipit_person_told(people->alice, number)->id);
	g_assert_cmpuint(shown->files->len, ==, 1);
	const PipitShownFile *file = pipit_person_file(people->bob, before, 0);
	g_assert_cmpstr(file->name, ==, name);
	g_assert_cmpint(file->size, ==, (gint64)size);

	g_assert_true(
		pipit_client_fetch_into(people->bob->client, file->number, people->bob->folder, &error));
	g_assert_no_error(error);
	pipit_person_wait_transfer(people->bob, file->number, PIPIT_TRANSFER_DONE);
	const PipitTold *told = pipit_person_told(people->bob, file->number);
	g_autofree char *expected = g_build_filename(people->bob->folder, name, NULL);
	g_assert_cmpstr(told->path, ==, expected);
	g_assert_cmpint(told->moved, ==, (gint64)size);
	pipit_sample_assert_same(path, told->path);
}

static void
test_sizes(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	static const gsize sizes[] = {0, 1, 16383, 16384, 16385, 5000000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		check_size(people, sizes[i]);
}

/* Fetches file @file of Bob's message @message; returns: (transfer full) what is in it. */
static GBytes *
fetch_by_bob(PipitPeople *people, guint message, guint file)
{
	g_autoptr(GError) error = NULL;
	gint64 number = pipit_person_file(people->bob, message, file)->number;
	char *contents = NULL;
	gsize size = 0;

	pipit_client_fetch_into(people->bob->client, number, people->bob->folder, &error);
	g_assert_no_error(error);
	pipit_person_wait_transfer(people->bob, number, PIPIT_TRANSFER_DONE);
	g_file_get_contents(pipit_person_told(people->bob, number)->path, &contents, &size, &error);
	g_assert_no_error(error);
	return g_bytes_new_take(contents, size);
}

/* Several pictures and a text in one message: what they tell is left out, in those that are sent alone. */
static void
test_pictures_tell_no_place(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) jpeg = pipit_sample_picture("jpeg");
	g_autoptr(GBytes) png = pipit_sample_picture("png");
	g_autoptr(GBytes) webp = pipit_sample_picture("webp");
	g_autofree char *path = g_build_filename(people->alice->folder, "photo.jpg", NULL);
	g_assert_true(g_file_set_contents(path, g_bytes_get_data(jpeg, NULL), (gssize)g_bytes_get_size(jpeg),
					  NULL));
	const PipitOutgoingFile files[] = {
		{.path = path},
		{.bytes = png, .name = "pasted.png"},
		{.bytes = webp, .name = "../other.webp"},
		{.path = path, .name = "with all.jpg", .keep_metadata = TRUE},
	};
	gint64 number = pipit_client_send_files(people->alice->client, BOB, files, G_N_ELEMENTS(files),
						"four", "<i>four</i>", &error);
	g_assert_no_error(error);
	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_DONE);
	pipit_person_wait_shown(people->bob, 1);
	g_assert_cmpstr(pipit_person_shown(people->bob, 0)->html, ==, "<i>four</i>");
	static const char *const names[] = {"photo.jpg", "pasted.png", "other.webp", "with all.jpg"};
	static const char *const types[] = {"image/jpeg", "image/png", "image/webp", "image/jpeg"};
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		const PipitShownFile *file = pipit_person_file(people->bob, 0, i);
		g_assert_cmpstr(file->name, ==, names[i]);
		g_assert_cmpstr(file->type, ==, types[i]);
		g_assert_cmpuint(file->width, ==, 64);
		g_assert_cmpuint(file->height, ==, 48);
		g_autoptr(GBytes) got = fetch_by_bob(people, 0, i);
		g_assert_cmpint(pipit_sample_holds(got, "PLACE"), ==, files[i].keep_metadata);
		g_assert_true(pipit_sample_holds(got, "colours"));
		g_assert_true(!files[i].keep_metadata || g_bytes_equal(got, jpeg));
	}
	/* What was copied for them is gone, and the person's own file is as it was. */
	g_autofree char *own = NULL;
	gsize own_size = 0;
	g_assert_true(g_file_get_contents(path, &own, &own_size, NULL));
	g_autoptr(GBytes) as_it_was = g_bytes_new(own, own_size);
	g_assert_true(g_bytes_equal(as_it_was, jpeg));
	g_autofree char *folder = g_build_filename(people->alice->folder, "pipit",
						   "mailto%3Aalice%40example.org", "drafts", NULL);
	g_autoptr(GDir) copies = g_dir_open(folder, 0, &error);
	g_assert_no_error(error);
	g_assert_null(g_dir_read_name(copies));
}

/* What goes wrong with a picture that is none is said, and what else is in the message waits with it. */
static void
test_a_damaged_picture(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) whole = pipit_sample_picture("png");
	g_autoptr(GBytes) cut = g_bytes_new_from_bytes(whole, 0, 60);
	const PipitOutgoingFile file = {.bytes = cut, .name = "cut.png"};
	gint64 number = pipit_client_send_files(people->alice->client, BOB, &file, 1, NULL, NULL, &error);

	g_assert_no_error(error);
	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_FAILED);
	g_assert_nonnull(
		strstr(pipit_person_told(people->alice, number)->error->message, "cut.png is damaged"));
	pipit_client_cancel_transfer(people->alice->client, number);
	const PipitOutgoingFile as_it_is = {.bytes = cut, .name = "cut.png", .keep_metadata = TRUE};
	g_assert_cmpint(pipit_client_send_files(people->alice->client, BOB, &as_it_is, 1, NULL, NULL, &error),
			>, 0);
	pipit_person_wait_shown(people->bob, 1);
	g_autoptr(GBytes) got = fetch_by_bob(people, 0, 0);
	g_assert_true(g_bytes_equal(got, cut));
}

/* While a worker makes the copy without what it tells. */
static void
test_a_picture_cancelled_at_once(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GBytes) jpeg = pipit_sample_picture("jpeg");
	g_autofree char *path = g_build_filename(people->alice->folder, "photo.jpg", NULL);
	g_assert_true(g_file_set_contents(path, g_bytes_get_data(jpeg, NULL), (gssize)g_bytes_get_size(jpeg),
					  NULL));
	/* So that he need not be looked up first. */
	g_free(pipit_person_write(people->alice, BOB, "a picture follows"));
	pipit_person_wait_shown(people->bob, 1);
	gint64 number = pipit_person_send_file(people->alice, BOB, path, NULL);
	g_autofree char *copy =
		g_strdup_printf("%s/pipit/mailto%%3Aalice%%40example.org/drafts/%" G_GINT64_FORMAT "-0",
				people->alice->folder, number);

	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_RUNNING);
	pipit_client_cancel_transfer(people->alice->client, number);
	/* The loop does not hear of it before this has come. */
	for (guint i = 0; i < 60000 && !g_file_test(copy, G_FILE_TEST_EXISTS); i++)
		g_usleep(1000);
	g_assert_true(g_file_test(copy, G_FILE_TEST_EXISTS));
	pipit_wait_until(!g_file_test(copy, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

typedef struct {
	guint calls;
	GBytes *bytes;
	GError *error;
} Shown;

static void
on_bytes(gpointer user_data, GBytes *bytes, const GError *error)
{
	Shown *shown = user_data;

	shown->calls++;
	shown->bytes = bytes != NULL ? g_bytes_ref(bytes) : NULL;
	shown->error = error != NULL ? g_error_copy(error) : NULL;
}

static void
assert_bytes_fail(PipitPeople *people, gint64 number, gsize max, PipitClientError code)
{
	Shown shown = {0};

	pipit_client_fetch_bytes(people->bob->client, number, max, on_bytes, &shown);
	g_assert_cmpuint(shown.calls, ==, 0);
	pipit_wait_until(shown.calls > 0);
	g_assert_cmpuint(shown.calls, ==, 1);
	g_assert_error(shown.error, PIPIT_CLIENT_ERROR, (gint)code);
	g_clear_error(&shown.error);
}

static void
count_attachment(gpointer count, const char *peer, const PipitAttachment *attachment)
{
	g_assert_cmpstr(peer, ==, ALICE);
	g_assert_cmpstr(attachment->name, ==, "sample.bin");
	*(guint *)count += 1;
}

static guint
attachments_of(PipitPeople *people, const char *peer)
{
	guint count = 0;

	pipit_client_attachments(people->bob->client, peer, count_attachment, &count);
	return count;
}

/* To be shown, and as often as one likes; until it is dropped. */
static void
test_into_memory(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", 300000, 3);
	g_autoptr(GBytes) expected = pipit_sample_bytes(300000, 3);

	pipit_person_send_file(people->alice, BOB, path, NULL);
	pipit_person_wait_shown(people->bob, 1);
	gint64 number = pipit_person_file(people->bob, 0, 0)->number;
	for (guint i = 0; i < 2; i++) {
		Shown shown = {0};
		pipit_client_fetch_bytes(people->bob->client, number, 300000, on_bytes, &shown);
		pipit_wait_until(shown.calls > 0);
		g_assert_no_error(shown.error);
		g_assert_true(g_bytes_equal(shown.bytes, expected));
		g_bytes_unref(shown.bytes);
	}
	assert_bytes_fail(people, number, 299999, PIPIT_CLIENT_ERROR_INPUT);
	assert_bytes_fail(people, number + 1, 300000, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_cmpuint(attachments_of(people, ALICE), ==, 1);
	g_assert_cmpuint(attachments_of(people, NULL), ==, 1);
	g_assert_cmpuint(attachments_of(people, BOB), ==, 0);
	pipit_client_disconnect(people->bob->client);
	assert_bytes_fail(people, number, 300000, PIPIT_CLIENT_ERROR_TRANSIENT);
	pipit_client_drop_attachment(people->bob->client, number);
	g_assert_cmpuint(attachments_of(people, NULL), ==, 0);
	pipit_person_go_online(people->bob);
	assert_bytes_fail(people, number, 300000, PIPIT_CLIENT_ERROR_INPUT);
}

/* Exactly one answer each, also of those that are under way when the program ends. */
static void
test_into_memory_at_the_end(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", 300000, 3);
	Shown begun = {0};
	Shown fresh = {0};

	pipit_person_send_file(people->alice, BOB, path, NULL);
	pipit_person_wait_shown(people->bob, 1);
	gint64 number = pipit_person_file(people->bob, 0, 0)->number;
	pipit_client_fetch_bytes(people->bob->client, number, 300000, on_bytes, &begun);
	g_main_context_iteration(NULL, TRUE);
	pipit_client_fetch_bytes(people->bob->client, number, 300000, on_bytes, &fresh);
	pipit_person_end(people->bob);
	g_assert_cmpuint(begun.calls, ==, 1);
	g_assert_cmpuint(fresh.calls, ==, 1);
	g_assert_error(fresh.error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_ABORTED);
	g_clear_pointer(&begun.bytes, g_bytes_unref);
	g_clear_error(&begun.error);
	g_clear_error(&fresh.error);
	pipit_person_restart(people->bob);
}

/* One's other devices get it too, and each fetches it for itself. */
static void
test_own_devices(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", 300000, 3);

	people->laptop = pipit_people_sign_in(people, ALICE);
	pipit_person_send_file(people->alice, BOB, path, "for all");
	pipit_person_wait_shown(people->bob, 1);
	pipit_person_wait_shown(people->laptop, 1);
	g_assert_true(pipit_person_shown(people->laptop, 0)->own);
	g_assert_cmpstr(pipit_person_shown(people->laptop, 0)->peer, ==, BOB);
	g_autoptr(GBytes) by_bob = fetch_by_bob(people, 0, 0);
	gint64 number = pipit_person_file(people->laptop, 0, 0)->number;
	pipit_client_fetch_into(people->laptop->client, number, people->laptop->folder, &error);
	g_assert_no_error(error);
	pipit_person_wait_transfer(people->laptop, number, PIPIT_TRANSFER_DONE);
	pipit_sample_assert_same(path, pipit_person_told(people->laptop, number)->path);
}

/* A text that is written while a file is on its way does not wait for it. */
static void
test_texts_overtake(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", 5000000, 3);

	pipit_client_disconnect(people->alice->client);
	pipit_person_send_file(people->alice, BOB, path, "the file");
	g_free(pipit_person_write(people->alice, BOB, "a text"));
	pipit_person_go_online(people->alice);
	pipit_person_wait_shown(people->bob, 2);
	g_assert_cmpstr(pipit_person_shown(people->bob, 0)->text, ==, "a text");
	g_assert_cmpstr(pipit_person_shown(people->bob, 1)->text, ==, "the file");
}

static void
assert_not_sent(PipitPeople *people, const PipitOutgoingFile *files, guint n_files, const char *words)
{
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(
		pipit_client_send_files(people->alice->client, BOB, files, n_files, NULL, NULL, &error), ==,
		0);
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, words));
}

/* Nothing of it goes to the server, and who joins then gets it. */
static void
test_unreachable(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", 5000000, 1);
	gint64 number = pipit_person_send_file(people->alice, CAROL, path, "have a look");

	pipit_person_wait_transfer(people->alice, number, PIPIT_TRANSFER_FAILED);
	const PipitTold *told = pipit_person_told(people->alice, number);
	g_assert_error(told->error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_UNREACHABLE);
	g_assert_nonnull(strstr(told->error->message, "carol@example.org can't be reached with Pipit"));
	g_assert_cmpint(told->moved, ==, 0);
	g_assert_cmpuint(people->alice->sent->len, ==, 0);
	g_autoptr(PipitPerson) carol = pipit_people_sign_in(people, CAROL);
	g_assert_true(pipit_client_retry_transfer(people->alice->client, number, &error));
	g_assert_no_error(error);
	pipit_person_wait_shown(carol, 1);
	g_assert_cmpstr(pipit_person_shown(carol, 0)->text, ==, "have a look");
	g_assert_cmpint(pipit_person_file(carol, 0, 0)->size, ==, 5000000);
}

static void
test_what_is_refused_at_once(PipitPeople *people, gconstpointer unused G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = pipit_sample_file(people->alice->folder, "sample.bin", 3, 3);
	PipitOutgoingFile many[PIPIT_MESSAGE_MAX_FILES + 1];

	for (gsize i = 0; i < G_N_ELEMENTS(many); i++)
		many[i] = (PipitOutgoingFile){.path = path};
	assert_not_sent(people, many, 0, "no file");
	assert_not_sent(people, many, G_N_ELEMENTS(many), "up to 16");
	assert_not_sent(people, &(const PipitOutgoingFile){.path = "/nowhere/at all"}, 1, "/nowhere/at all");
	assert_not_sent(people, &(const PipitOutgoingFile){.path = "sample.bin"}, 1, "no file");
	assert_not_sent(people, &(const PipitOutgoingFile){.path = people->alice->folder}, 1, "is no file");
	assert_not_sent(people, &(const PipitOutgoingFile){.name = "nothing"}, 1, "no file");
	g_assert_cmpint(
		pipit_client_send_files(people->alice->client, "not anybody", many, 1, NULL, NULL, &error),
		==, 0);
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_false(pipit_client_fetch_into(people->bob->client, 7, people->bob->folder, &error));
	g_assert_error(error, PIPIT_CLIENT_ERROR, PIPIT_CLIENT_ERROR_INPUT);
	g_assert_cmpint(pipit_client_file_max(people->alice->client), ==, G_GINT64_CONSTANT(2147483648));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-files/sizes", test_sizes);
	pipit_people_add_test("/client-files/pictures-tell-no-place", test_pictures_tell_no_place);
	pipit_people_add_test("/client-files/a-damaged-picture", test_a_damaged_picture);
	pipit_people_add_test("/client-files/a-picture-cancelled-at-once", test_a_picture_cancelled_at_once);
	pipit_people_add_test("/client-files/into-memory", test_into_memory);
	pipit_people_add_test("/client-files/into-memory-at-the-end", test_into_memory_at_the_end);
	pipit_people_add_test("/client-files/own-devices", test_own_devices);
	pipit_people_add_test("/client-files/texts-overtake", test_texts_overtake);
	pipit_people_add_test("/client-files/unreachable", test_unreachable);
	pipit_people_add_test("/client-files/what-is-refused-at-once", test_what_is_refused_at_once);
	return g_test_run();
}
