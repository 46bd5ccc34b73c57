/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long blobs are kept: by whom they were fetched, how old they are, and what is there after a death. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/blob_scene.h"
#include "tests/support/raw_http.h"

#define CAROL "mailto:carol@example.org"

/* Kept until all devices that it is for have said that they need it no more, and not longer. */
static void
test_done(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autoptr(PipitRelayPeer) tablet = pipit_relay_peer_register(origin, ALICE, 2);
	g_autoptr(PipitRelayPeer) bobs = pipit_relay_peer_register(origin, BOB, 3);
	g_autoptr(PipitRelayPeer) carol = pipit_relay_peer_register(origin, CAROL, 4);
	g_autofree char *path = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *file = pipit_blob_scene_file(&scene, path);
	g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
	/* Those that it is not for, and one that says it twice, do not count. */
	g_assert_cmpuint(pipit_blob_done(carol, path), ==, 204);
	g_assert_cmpuint(pipit_blob_done(scene.alice, path), ==, 204);
	g_assert_cmpuint(pipit_blob_done(scene.bob, path), ==, 204);
	g_assert_cmpuint(pipit_blob_done(scene.bob, path), ==, 204);
	g_assert_cmpuint(pipit_blob_done(tablet, path), ==, 204);
	pipit_blob_scene_assert_fetched(&scene, bobs, path, 1000);
	g_assert_cmpuint(pipit_blob_done(bobs, path), ==, 204);
	pipit_blob_scene_assert_gone(&scene, bobs, path);
	g_assert_cmpuint(pipit_blob_done(bobs, path), ==, 404);
	while (g_file_test(file, G_FILE_TEST_EXISTS))
		g_usleep(1000);
}

/* One that was added after the blob was complete, and before the message that tells of it was sent, finds it as long as it needs it. */
static void
test_added_device(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autofree char *path = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *fetched = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_assert_cmpuint(pipit_blob_done(scene.bob, fetched), ==, 204);
	g_autoptr(PipitRelayPeer) bobs = pipit_relay_peer_register(origin, BOB, 2);
	g_assert_cmpuint(pipit_blob_done(scene.bob, path), ==, 204);
	pipit_blob_scene_assert_fetched(&scene, bobs, path, 1000);
	/* The answer to its registration was lost: it is the same device. */
	g_autoptr(PipitReply) again = pipit_relay_peer_sign_in(bobs, PIPIT_TEST_PASSWORD);
	pipit_assert_status(again, 201);
	g_assert_cmpuint(pipit_blob_done(bobs, path), ==, 204);
	pipit_blob_scene_assert_gone(&scene, bobs, path);
	pipit_blob_scene_assert_gone(&scene, bobs, fetched);
}

static void
test_removed_device(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autoptr(PipitRelayPeer) bobs = pipit_relay_peer_register(origin, BOB, 2);
	g_autofree char *fetched = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *waiting = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *file = pipit_blob_scene_file(&scene, fetched);
	g_assert_cmpuint(pipit_blob_done(scene.bob, fetched), ==, 204);
	g_autofree char *body = g_strdup_printf("{\"push_token\": \"%s\"}", bobs->push_token);
	g_autoptr(PipitReply) removed =
		pipit_relay_peer_ask_signed(scene.bob, "POST", "/v1/ids/devices/remove", body);
	pipit_assert_status(removed, 204);
	pipit_blob_scene_assert_gone(&scene, scene.alice, fetched);
	while (g_file_test(file, G_FILE_TEST_EXISTS))
		g_usleep(1000);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, waiting, 1000);
}

static void
test_deleted(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, 1000000, BOB);
	g_autofree char *part = pipit_blob_scene_part(&scene, path);
	int running = pipit_blob_begin(scene.alice, scene.own->origin, path, 0, 500000, 1000000);
	while (!g_file_test(part, G_FILE_TEST_EXISTS))
		g_usleep(1000);
	g_assert_cmpuint(pipit_blob_delete(scene.alice, path), ==, 204);
	g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));
	g_autofree char *ended = pipit_raw_read(running);
	g_assert_cmpstr(ended, ==, "");
	pipit_blob_scene_assert_refused(&scene, path, 0, 10, 404, "not-found");
	g_autofree char *whole = pipit_blob_upload(scene.alice, scene.own->origin, 1000, BOB);
	g_autofree char *file = pipit_blob_scene_file(&scene, whole);
	g_assert_cmpuint(pipit_blob_delete(scene.alice, whole), ==, 204);
	g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
	pipit_blob_scene_assert_gone(&scene, scene.bob, whole);
}

static void
restart_later(PipitBlobScene *scene, gint64 milliseconds)
{
	scene->own->options->clock_offset = (int)(milliseconds / PIPITD_MS_PER_SECOND);
	pipit_blob_scene_restart(scene);
	g_autofree char *expired = pipit_own_server_control(scene->own, "expire\n");
	g_assert_true(g_str_has_prefix(expired, "ok\n"));
}

static void
test_expiry(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autofree char *begun = pipit_blob_create(scene.alice, 1000, BOB);
	g_autofree char *half = pipit_blob_create(scene.alice, 1000, BOB);
	g_autoptr(PipitBlobReply) sent = pipit_blob_scene_send(&scene, half, 0, 500);
	g_assert_cmpuint(sent->status, ==, 200);
	g_autofree char *part = pipit_blob_scene_part(&scene, half);
	g_autofree char *whole = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *file = pipit_blob_scene_file(&scene, whole);

	restart_later(&scene, PIPITD_MS_PER_DAY - PIPITD_MS_PER_HOUR);
	g_assert_cmpint(pipit_blob_offset(scene.alice, half), ==, 500);
	g_assert_cmpint(pipit_blob_offset(scene.alice, begun), ==, 0);
	restart_later(&scene, PIPITD_MS_PER_DAY + PIPITD_MS_PER_HOUR);
	pipit_blob_scene_assert_refused(&scene, half, 500, 500, 404, "not-found");
	pipit_blob_scene_assert_refused(&scene, begun, 0, 500, 404, "not-found");
	g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS));

	restart_later(&scene, 35 * PIPITD_MS_PER_DAY - PIPITD_MS_PER_HOUR);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, whole, 1000);
	restart_later(&scene, 35 * PIPITD_MS_PER_DAY + PIPITD_MS_PER_HOUR);
	pipit_blob_scene_assert_gone(&scene, scene.bob, whole);
	g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
}

/* What is there by the store alone, or by the files alone, is neither given out nor kept. */
static void
test_reconciled_at_the_start(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autofree char *lost = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *cut = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *whole = pipit_blob_upload(scene.alice, origin, 1000, BOB);
	g_autofree char *lost_file = pipit_blob_scene_file(&scene, lost);
	g_autofree char *cut_file = pipit_blob_scene_file(&scene, cut);
	g_autofree char *stray =
		pipit_blob_scene_part(&scene, "/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	g_autofree char *other = pipit_blob_scene_part(&scene, "/somebody.elses");
	pipit_own_server_stop(scene.own);
	g_assert_cmpint(unlink(lost_file), ==, 0);
	g_assert_cmpint(truncate(cut_file, 999), ==, 0);
	g_assert_true(g_file_set_contents(stray, "bytes", -1, NULL));
	g_assert_true(g_file_set_contents(other, "bytes", -1, NULL));
	pipit_blob_scene_restart(&scene);
	pipit_blob_scene_assert_gone(&scene, scene.bob, lost);
	pipit_blob_scene_assert_gone(&scene, scene.bob, cut);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, whole, 1000);
	g_assert_false(g_file_test(cut_file, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(stray, G_FILE_TEST_EXISTS));
	g_assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
	g_autofree char *status = pipit_own_server_control(scene.own, "status\n");
	g_assert_nonnull(strstr(status, "\nblobs: 1\nblob bytes: 1000\n"));
}

/* Put in place, and dead before the store heard of it. */
static void
test_placed_and_not_noted(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, 1000, BOB);
	g_autofree char *part = pipit_blob_scene_part(&scene, path);
	g_autofree char *file = pipit_blob_scene_file(&scene, path);
	g_autofree char *shard = g_path_get_dirname(file);
	g_autoptr(PipitBlobReply) most = pipit_blob_scene_send(&scene, path, 0, 999);
	g_assert_cmpuint(most->status, ==, 200);
	pipit_own_server_stop(scene.own);
	guint8 bytes[1000];
	pipit_blob_make(0, bytes, sizeof bytes);
	g_assert_cmpint(unlink(part), ==, 0);
	g_assert_cmpint(g_mkdir_with_parents(shard, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, (const char *)bytes, sizeof bytes, NULL));
	pipit_blob_scene_restart(&scene);
	pipit_blob_scene_assert_gone(&scene, scene.bob, path);
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, 1000);
	g_autoptr(PipitBlobReply) last = pipit_blob_scene_send(&scene, path, 1000, 0);
	g_assert_cmpuint(last->status, ==, 201);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, 1000);
}

/* Who knows an id can fetch the blob: it is the business of the two ends alone. */
static void
test_no_id_in_the_log(void)
{
	PipitOwnServer *own = pipit_own_server_prepare();
	g_autofree char *log = g_build_filename(own->folder, "log", NULL);
	int to_log = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int to_stderr = dup(STDERR_FILENO);
	own->options->verbose = TRUE;
	g_assert_cmpint(dup2(to_log, STDERR_FILENO), ==, STDERR_FILENO);
	g_auto(PipitBlobScene) scene = pipit_blob_scene_start(own);
	g_autofree char *path = pipit_blob_upload(scene.alice, own->origin, 1000, BOB);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, 1000);
	pipit_blob_scene_assert_refused(&scene, path, 1, 1, 409, "wrong-offset");
	/* A failure too: what is in the way of its part is no file. */
	g_autofree char *blocked = pipit_blob_create(scene.alice, 1000, BOB);
	g_autofree char *part = pipit_blob_scene_part(&scene, blocked);
	g_assert_cmpint(symlink("/nonexistent", part), ==, 0);
	pipit_blob_scene_assert_refused(&scene, blocked, 0, 1000, 500, "server-fault");
	g_assert_cmpuint(pipit_blob_done(scene.bob, path), ==, 204);
	pipit_own_server_stop(own);
	g_assert_cmpint(dup2(to_stderr, STDERR_FILENO), ==, STDERR_FILENO);
	close(to_stderr);
	close(to_log);
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
	g_assert_nonnull(strstr(text, "PATCH /v1/blobs/*: 201 for device 1"));
	g_assert_nonnull(strstr(text, "PATCH /v1/blobs/* failed: a blob's file: "));
	g_assert_null(strstr(text, strrchr(path, '/') + 1));
	g_assert_null(strstr(text, strrchr(blocked, '/') + 1));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/blob-life/done", test_done);
	g_test_add_func("/server/blob-life/added-device", test_added_device);
	g_test_add_func("/server/blob-life/removed-device", test_removed_device);
	g_test_add_func("/server/blob-life/deleted", test_deleted);
	g_test_add_func("/server/blob-life/expiry", test_expiry);
	g_test_add_func("/server/blob-life/reconciled-at-the-start", test_reconciled_at_the_start);
	g_test_add_func("/server/blob-life/placed-and-not-noted", test_placed_and_not_noted);
	g_test_add_func("/server/blob-life/no-id-in-the-log", test_no_id_in_the_log);
	return g_test_run();
}
