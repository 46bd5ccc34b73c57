/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files from one person to another through a real server: what arrives is what was sent, under a name that does no harm. */
#include "protocol/client.h"

#include <string.h>

#include <glib/gstdio.h>

#include "tests/support/people.h"
#include "tests/support/sample.h"
#include "tests/support/test_folder.h"
#include "tests/support/wait.h"

/* Sends a file of this size and fetches it: the same comes out. */
static void
check_size(PipitPeople *people, gsize size)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *name = g_strdup_printf("sample %zu.bin", size);
	g_autofree char *path = pipit_sample_file(people->alice->folder, name, size, (guint32)size + 1);
	guint before = people->bob->shown->len;
	gint64 number = pipit_person_send_file(people->alice, BOB, path, "have a look");

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
	static const gsize sizes[] = {0, 1, 16383, 16384, 16385, 5 * 1000 * 1000};

	for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
		check_size(people, sizes[i]);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	pipit_people_add_test("/client-files/sizes", test_sizes);
	return g_test_run();
}
