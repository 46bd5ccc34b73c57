/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two who save a file under one name, from one blob: neither writes into what the other has finished. */
#include "protocol/blob_writer.h"

#include <string.h>
#include <sys/stat.h>

#include "crypto/attachment.h"
#include "tests/support/test_folder.h"

#define TEXT "what was sent"
#define SIZE (sizeof TEXT - 1)

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
	gint64 offset = -1;
	g_autoptr(GError) error = NULL;
	pipit_blob_writer_open(writer, &offset, &error);
	g_assert_no_error(error);
	g_assert_cmpint(offset, ==, 0);
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
	PipitBlob blob = {.uri = (char *)"/v1/blobs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			  .size = SIZE};
	g_autofree guint8 *bytes = encrypted(&blob.digests);
	g_autoptr(GBytes) blob_key = g_bytes_new(key, sizeof key);
	g_autoptr(GError) error = NULL;
	char *folder = pipit_test_folder_new();
	gint64 offset;
	blob.key = blob_key;
	PipitBlobWriter *first = pipit_blob_writer_new_file(folder, "photo.jpg", &blob);
	PipitBlobWriter *second = pipit_blob_writer_new_file(folder, "photo.jpg", &blob);
	g_assert_true(pipit_blob_writer_open(first, &offset, &error));
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
	pipit_blob_writer_discard(second);
	pipit_blob_writer_free(second);
	pipit_test_folder_free(folder);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/blob-writer/two-on-one-part", test_one_part);
	return g_test_run();
}
