/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk that loses what it was to write says so once: the kernel takes the pages for clean then, and a later sync finds nothing to
 * do. So bytes behind the last sync that went well must not count any more, and what was answered must stay. */
#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

#include "tests/support/blob_scene.h"
#include "tests/torture/fault.h"

#define SIZE ((guint64)600000)
#define FIRST ((guint64)200000)
#define SYNC_EVERY ((guint64)8 * 1024 * 1024) /* as server/blob_upload.c has it */

static void
send_up_to(PipitBlobScene *scene, const char *path, guint64 first, guint64 end, guint status)
{
	g_autoptr(PipitBlobReply) reply = pipit_blob_scene_send(scene, path, first, end - first);
	g_assert_cmpuint(reply->status, ==, status);
}

static PipitReply *
ask_upload(PipitBlobScene *scene, const char *path)
{
	g_autofree char *upload = g_strconcat(path, "/upload", NULL);
	return pipit_http_peer_ask(scene->alice->http, "GET", upload, NULL, NULL);
}

static void
assert_struck(void)
{
	g_assert_cmpstr(fault_end(), ==, "fdatasync");
}

/* So much is kept, and with what is sent again the blob is whole. */
static void
assert_goes_on(PipitBlobScene *scene, const char *path, guint64 kept, guint64 size)
{
	g_autoptr(PipitReply) reply = ask_upload(scene, path);
	pipit_assert_status(reply, 200);
	g_assert_cmpint(json_object_get_int_member(reply->body, "offset"), ==, (gint64)kept);
	g_assert_false(json_object_get_boolean_member(reply->body, "complete"));
	send_up_to(scene, path, kept, size, 201);
	pipit_blob_scene_assert_fetched(scene, scene->bob, path, size);
}

static void
test_at_the_end(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, SIZE, BOB);
	fault_begin_of("fdatasync");
	send_up_to(&scene, path, 0, SIZE, 500);
	assert_struck();
	assert_goes_on(&scene, path, 0, SIZE);
}

static void
test_after_an_answer(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, SIZE, BOB);
	send_up_to(&scene, path, 0, FIRST, 200);
	fault_begin_of("fdatasync");
	send_up_to(&scene, path, FIRST, SIZE, 500);
	assert_struck();
	assert_goes_on(&scene, path, FIRST, SIZE);
}

/* The sync that fails is that of every 8 MiB, behind the last piece: the end that follows must not take it for kept. */
static void
test_on_the_way(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, SYNC_EVERY, BOB);
	g_autofree char *placed = pipit_blob_scene_file(&scene, path);
	fault_begin_of("fdatasync");
	send_up_to(&scene, path, 0, SYNC_EVERY, 500);
	assert_struck();
	g_assert_false(g_file_test(placed, G_FILE_TEST_EXISTS));
	assert_goes_on(&scene, path, 0, SYNC_EVERY);
}

/* Nobody is there to be told. */
static void
test_broken_off(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, SIZE, BOB);
	send_up_to(&scene, path, 0, FIRST, 200);
	fault_begin_of("fdatasync");
	int fd = pipit_blob_begin(scene.alice, scene.own->origin, path, FIRST, PIPIT_BLOB_WITH_HEAD,
				  SIZE - FIRST);
	while (pipitd_blob_claims_count(scene.own->server->blob_claims, 0) == 0)
		g_usleep(1000);
	close(fd);
	g_autoptr(PipitReply) reply = ask_upload(&scene, path);
	pipit_assert_status(reply, 200);
	assert_struck();
	assert_goes_on(&scene, path, FIRST, SIZE);
}

/* What a server that was killed had written, and not synced, behind the FIRST that it had answered with. */
static void
leave_behind(PipitBlobScene *scene, const char *path)
{
	g_autofree char *part = pipit_blob_scene_part(scene, path);
	g_autofree guint8 *bytes = g_malloc(FIRST);
	pipit_blob_make(FIRST, bytes, FIRST);
	int fd = open(part, O_WRONLY | O_CLOEXEC);
	g_assert_cmpint(pwrite(fd, bytes, FIRST, (off_t)FIRST), ==, (gssize)FIRST);
	close(fd);
}

static void
test_of_an_earlier_life(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, SIZE, BOB);
	send_up_to(&scene, path, 0, FIRST, 200);
	leave_behind(&scene, path);
	pipit_blob_scene_restart(&scene);
	fault_begin_of("fdatasync");
	g_autoptr(PipitReply) reply = ask_upload(&scene, path);
	assert_struck();
	pipit_assert_status(reply, 500);
	assert_goes_on(&scene, path, FIRST, SIZE);
}

/* An offset that was asked for counts as one that was answered to an upload. */
static void
test_after_a_question(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, SIZE, BOB);
	send_up_to(&scene, path, 0, FIRST, 200);
	leave_behind(&scene, path);
	pipit_blob_scene_restart(&scene);
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, (gint64)(2 * FIRST));
	fault_begin_of("fdatasync");
	send_up_to(&scene, path, 2 * FIRST, SIZE, 500);
	assert_struck();
	assert_goes_on(&scene, path, 2 * FIRST, SIZE);
}

int
main(int argc, char **argv)
{
	fault_init();
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server-blob-sync/at-the-end", test_at_the_end);
	g_test_add_func("/server-blob-sync/after-an-answer", test_after_an_answer);
	g_test_add_func("/server-blob-sync/on-the-way", test_on_the_way);
	g_test_add_func("/server-blob-sync/broken-off", test_broken_off);
	g_test_add_func("/server-blob-sync/of-an-earlier-life", test_of_an_earlier_life);
	g_test_add_func("/server-blob-sync/after-a-question", test_after_a_question);
	return g_test_run();
}
