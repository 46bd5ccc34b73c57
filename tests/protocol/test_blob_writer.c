/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two who save a file under one name, from one blob, of whom neither writes into what the other has finished; and what is left of a
 * former try. */
#include "protocol/blob_writer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/attachment.h"
#include "tests/support/test_folder.h"

#define TEXT "what was sent"
#define SIZE (sizeof TEXT - 1)
#define URI "/v1/blobs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define PIECE 1048576
#define LONG_PART ((gint64)40 * PIECE)

static const guint8 key[PIPIT_ATTACHMENT_KEY_LEN] = {4, 5, 6};

/* Returns: (transfer full) the encrypted form. */
static guint8 *
encrypted(PipitAttachmentDigests *digests)
{
	g_autoptr(PipitAttachmentCipher) cipher = pipit_attachment_cipher_new(key);
	guint8 *bytes = g_memdup2(TEXT, SIZE);
	pipit_attachment_encrypt(cipher, bytes, SIZE);
	pipit_attachment_digests(cipher, digests);
	return bytes;
}

static gpointer
open_second(gpointer writer)
{
	g_autoptr(GError) error = NULL;
	gint64 left = -1;
	g_assert_true(pipit_blob_writer_open(writer, &error) &&
		      pipit_blob_writer_read(writer, &left, &error));
	g_assert_cmpint(left, ==, 0);
	g_assert_cmpint(pipit_blob_writer_offset(writer), ==, 0);
	return NULL;
}

/* How many descriptors of this process are of the file *.part in @folder. */
static guint
count_open(const char *folder)
{
	g_autoptr(GDir) fds = g_dir_open("/proc/self/fd", 0, NULL);
	const char *name;
	guint count = 0;
	while ((name = g_dir_read_name(fds)) != NULL) {
		g_autofree char *link = g_build_filename("/proc/self/fd", name, NULL);
		g_autofree char *path = g_file_read_link(link, NULL);
		if (path != NULL && g_str_has_prefix(path, folder) && g_str_has_suffix(path, ".part"))
			count++;
	}
	return count;
}

static void
test_one_part(void)
{
	PipitBlob blob = {.uri = (char *)URI, .size = SIZE};
	g_autofree guint8 *bytes = encrypted(&blob.digests);
	g_autoptr(GBytes) blob_key = g_bytes_new(key, sizeof key);
	g_autoptr(GError) error = NULL;
	char *folder = pipit_test_folder_new();
	blob.key = blob_key;
	PipitBlobWriter *first = pipit_blob_writer_new_file(folder, "photo.jpg", &blob);
	PipitBlobWriter *second = pipit_blob_writer_new_file(folder, "photo.jpg", &blob);
	g_assert_true(pipit_blob_writer_open(first, &error));
	GThread *thread = g_thread_new("second", open_second, second);
	while (count_open(folder) < 2)
		g_thread_yield();
	g_assert_true(pipit_blob_writer_add(first, bytes, SIZE, &error));
	g_assert_true(pipit_blob_writer_finish(first, &error));
	g_autofree char *saved = g_strdup(pipit_blob_writer_path(first));
	pipit_blob_writer_free(first);
	g_thread_join(thread);
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(saved, &text, NULL, &error));
	g_assert_cmpstr(text, ==, TEXT);
	/* Where nothing came, nothing is left. */
	g_autofree char *part = g_build_filename(folder, "photo.jpg.AAAAAAAA.part", NULL);
	g_assert_true(g_file_test(part, G_FILE_TEST_EXISTS));
	pipit_blob_writer_free(second);
	g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
	pipit_test_folder_free(folder);
}

/* Given up just when the last was done: the file has its name by then, and the person does not want it. */
static void
test_discarded_at_the_end(void)
{
	PipitBlob blob = {.uri = (char *)URI, .size = SIZE};
	g_autofree guint8 *bytes = encrypted(&blob.digests);
	g_autoptr(GBytes) blob_key = g_bytes_new(key, sizeof key);
	g_autoptr(GError) error = NULL;
	gint64 left = -1;
	char *folder = pipit_test_folder_new();
	blob.key = blob_key;
	g_autoptr(PipitBlobWriter) writer = pipit_blob_writer_new_file(folder, "photo.jpg", &blob);
	g_assert_true(pipit_blob_writer_open(writer, &error) &&
		      pipit_blob_writer_read(writer, &left, &error) &&
		      pipit_blob_writer_add(writer, bytes, SIZE, &error) &&
		      pipit_blob_writer_finish(writer, &error));
	pipit_blob_writer_discard(writer);
	g_autoptr(GDir) there = g_dir_open(folder, 0, NULL);
	g_assert_cmpstr(g_dir_read_name(there), ==, NULL);
	pipit_test_folder_free(folder);
}

/* A part of many zeros, of which one piece of the blob is missing. Returns: (transfer full) that piece, encrypted. */
static guint8 *
leave_long_part(const char *path, PipitAttachmentDigests *digests)
{
	g_autoptr(PipitAttachmentCipher) cipher = pipit_attachment_cipher_new(key);
	guint8 *piece = g_malloc(PIECE);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	g_assert_cmpint(ftruncate(fd, (off_t)LONG_PART), ==, 0);
	close(fd);
	for (gint64 at = 0; at < LONG_PART + PIECE; at += PIECE) {
		memset(piece, 0, PIECE);
		pipit_attachment_encrypt(cipher, piece, PIECE);
	}
	pipit_attachment_digests(cipher, digests);
	return piece;
}

/* It is read in turns, so that whoever waits for the thread too waits no longer than for one of them. */
static void
test_long_part(void)
{
	PipitBlob blob = {.uri = (char *)URI, .size = LONG_PART + PIECE};
	char *folder = pipit_test_folder_new();
	g_autofree char *part = g_build_filename(folder, "film.AAAAAAAA.part", NULL);
	g_autofree guint8 *last = leave_long_part(part, &blob.digests);
	g_autoptr(GBytes) blob_key = g_bytes_new(key, sizeof key);
	g_autoptr(GError) error = NULL;
	gint64 left = LONG_PART;
	guint turns = 0;
	blob.key = blob_key;
	g_autoptr(PipitBlobWriter) writer = pipit_blob_writer_new_file(folder, "film", &blob);
	g_assert_true(pipit_blob_writer_open(writer, &error));
	while (left > 0) {
		g_assert_true(pipit_blob_writer_read(writer, &left, &error));
		g_assert_cmpint(pipit_blob_writer_offset(writer), ==, LONG_PART - left);
		turns++;
	}
	g_assert_cmpuint(turns, ==, 3);
	g_assert_true(pipit_blob_writer_add(writer, last, PIECE, &error));
	g_assert_true(pipit_blob_writer_finish(writer, &error));
	pipit_test_folder_free(folder);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/blob-writer/two-on-one-part", test_one_part);
	g_test_add_func("/blob-writer/discarded-at-the-end", test_discarded_at_the_end);
	g_test_add_func("/blob-writer/long-part", test_long_part);
	return g_test_run();
}
