/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blobs: uploading, going on where it broke off, fetching, and what is refused. */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/blob_scene.h"
#include "tests/support/certificate.h"
#include "tests/support/raw_http.h"

#define DAY 86400
#define PIECE ((guint64)256 * 1024)

static void
test_sizes(void)
{
	static const guint64 sizes[] = {0, 1, 16383, 16384, 16385, PIECE - 1, PIECE, PIECE + 1, 5000000};
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *path = pipit_blob_upload(scene.alice, scene.own->origin, sizes[i], BOB);
		pipit_blob_scene_assert_fetched(&scene, scene.bob, path, sizes[i]);
		g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, (gint64)sizes[i]);
	}
}

static void
wait_until_it_runs(PipitBlobScene *scene)
{
	while (pipitd_blob_claims_count(scene->own->server->blob_claims, 0) == 0)
		g_usleep(1000);
}

/* Sends the beginning of all that is missing, and hangs up. */
static void
send_and_break_off(PipitBlobScene *scene, const char *path, guint64 first, guint64 count, guint64 size)
{
	int fd = pipit_blob_begin(scene->alice, scene->own->origin, path, first, count, size - first);
	wait_until_it_runs(scene);
	close(fd);
}

/* Cut in the middle of a piece: what arrived is kept, to the byte. */
static void
test_resume(void)
{
	const guint64 size = 1234567;
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, size, BOB);
	send_and_break_off(&scene, path, 0, 1, size);
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, 1);
	send_and_break_off(&scene, path, 1, PIPIT_BLOB_WITH_HEAD, size);
	pipit_blob_scene_assert_gone(&scene, scene.bob, path); /* before it is whole */
	pipit_blob_scene_restart(&scene);
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, 1 + PIPIT_BLOB_WITH_HEAD);
	send_and_break_off(&scene, path, 1 + PIPIT_BLOB_WITH_HEAD, 2 * PIECE, size);
	guint64 kept = (guint64)pipit_blob_offset(scene.alice, path);
	g_assert_cmpuint(kept, >, 1 + PIPIT_BLOB_WITH_HEAD);
	g_assert_cmpuint(kept, <=, 1 + PIPIT_BLOB_WITH_HEAD + 2 * PIECE);
	g_autoptr(PipitBlobReply) part = pipit_blob_scene_send(&scene, path, kept, 100000);
	g_assert_cmpuint(part->status, ==, 200);
	g_assert_cmpint(part->offset, ==, (gint64)kept + 100000);
	g_autoptr(PipitBlobReply) rest =
		pipit_blob_scene_send(&scene, path, kept + 100000, size - kept - 100000);
	g_assert_cmpuint(rest->status, ==, 201);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, size);
	/* The answer was lost: the same again. */
	g_autoptr(PipitBlobReply) again = pipit_blob_scene_send(&scene, path, size, 0);
	g_assert_cmpuint(again->status, ==, 201);
}

/* A connection that hangs is no reason to wait for the one that goes on. */
static void
test_one_upload_at_a_time(void)
{
	const guint64 size = 1000000;
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autofree char *path = pipit_blob_create(scene.alice, size, BOB);
	int hanging = pipit_blob_begin(scene.alice, origin, path, 0, 500, size);
	wait_until_it_runs(&scene);
	/* Who asks where to go on has it ended, and hears of all that came by it until then. */
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, 500);
	g_autofree char *nothing = pipit_raw_read(hanging);
	g_assert_cmpstr(nothing, ==, "");

	hanging = pipit_blob_begin(scene.alice, origin, path, 500, 10, size - 500);
	wait_until_it_runs(&scene);
	g_autoptr(PipitBlobReply) second = pipit_blob_scene_send(&scene, path, 500, 5);
	g_assert_cmpuint(second->status, ==, 409);
	g_assert_cmpstr(second->code, ==, "wrong-offset");
	g_autofree char *ended = pipit_raw_read(hanging);
	g_assert_cmpstr(ended, ==, "");
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, 510);
	g_autoptr(PipitBlobReply) rest = pipit_blob_scene_send(&scene, path, 510, size - 510);
	g_assert_cmpuint(rest->status, ==, 201);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, size);
}

static void
test_wrong_offsets(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, 1000, BOB);
	pipit_blob_scene_assert_refused(&scene, path, 1, 10, 409, "wrong-offset");
	pipit_blob_scene_assert_refused(&scene, path, 0, 1001, 413, "too-large");
	g_autoptr(PipitBlobReply) some = pipit_blob_scene_send(&scene, path, 0, 600);
	g_assert_cmpint(some->offset, ==, 600);
	pipit_blob_scene_assert_refused(&scene, path, 0, 600, 409, "wrong-offset");
	pipit_blob_scene_assert_refused(&scene, path, 601, 1, 409, "wrong-offset");
	pipit_blob_scene_assert_refused(&scene, path, 600, 401, 413, "too-large");
	g_autoptr(PipitBlobReply) nothing = pipit_blob_scene_send(&scene, path, 600, 0);
	g_assert_cmpuint(nothing->status, ==, 200);
	g_autoptr(PipitBlobReply) rest = pipit_blob_scene_send(&scene, path, 600, 400);
	g_assert_cmpuint(rest->status, ==, 201);
	pipit_blob_scene_assert_refused(&scene, path, 0, 1000, 409, "wrong-offset");
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, 1000);
}

static void
assert_raw(PipitBlobScene *scene, const char *path, const char *headers, const char *body, const char *status)
{
	g_autofree char *request =
		g_strdup_printf("PATCH %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
				"%s\r\n%s\r\n%s",
				path, scene->alice->auth_token, headers, body);
	g_autofree char *answer = pipit_raw_ask(scene->own->origin, request);
	if (!g_str_has_prefix(answer, status))
		g_error("expected %s for %s, got: %s", status, headers, answer);
}

#define BYTES "Content-Type: application/octet-stream\r\n"
#define REFUSED "HTTP/1.1 400 "

/* How a body is framed is looked at as in any other request, and its length is known before it comes. */
static void
test_bad_heads(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_create(scene.alice, 5, BOB);
	assert_raw(&scene, path,
		   "Content-Type: application/json\r\nUpload-Offset: 0\r\nContent-Length: 2\r\n", "{}",
		   REFUSED);
	assert_raw(&scene, path, "Upload-Offset: 0\r\nContent-Length: 2\r\n", "{}", REFUSED);
	assert_raw(&scene, path, BYTES "Content-Length: 2\r\n", "{}", REFUSED);
	assert_raw(&scene, path, BYTES "Upload-Offset: -1\r\nContent-Length: 2\r\n", "{}", REFUSED);
	assert_raw(&scene, path, BYTES "Upload-Offset: 0x0\r\nContent-Length: 2\r\n", "{}", REFUSED);
	assert_raw(&scene, path, BYTES "Upload-Offset: 99999999999999999999\r\nContent-Length: 2\r\n", "{}",
		   REFUSED);
	assert_raw(&scene, path, BYTES "Upload-Offset: 0\r\nTransfer-Encoding: chunked\r\n",
		   "2\r\n{}\r\n0\r\n\r\n", REFUSED);
	assert_raw(&scene, path,
		   BYTES "Upload-Offset: 0\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n",
		   "2\r\n{}\r\n0\r\n\r\n", REFUSED);
	assert_raw(&scene, path, BYTES "Upload-Offset: 0\r\nContent-Length: 2\r\nContent-Length: 3\r\n",
		   "{}x", REFUSED);
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, 0);
}

/* None of these is ever part of a path on the disk. */
static void
test_bad_ids(void)
{
	static const char *const ids[] = {
		"/v1/blobs/x",
		"/v1/blobs/..",
		"/v1/blobs/../parts",
		"/v1/blobs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"/v1/blobs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
		"/v1/blobs/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"/v1/blobs/%2e%2e%2fpipitd.dbAAAAAAAAAAAAAAAAAAAAAAAAA",
		"/v1/blobs/..%2f..%2fAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"/v1/blobs/",
		"/v1/blobs//upload",
	};
	static const char *const methods[] = {"GET", "DELETE"};
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
		for (guint j = 0; j < G_N_ELEMENTS(methods); j++) {
			g_autoptr(PipitReply) reply =
				pipit_http_peer_ask(scene.alice->http, methods[j], ids[i], NULL, NULL);
			pipit_assert_problem(reply, 404, "not-found");
		}
		pipit_blob_scene_assert_refused(&scene, ids[i], 0, 5, 404, "not-found");
	}
}

static void
test_foreign(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autofree char *path = pipit_blob_create(scene.alice, 1000, BOB);
	g_autofree char *upload = g_strconcat(path, "/upload", NULL);
	/* A device of the same account is another device too. */
	g_autoptr(PipitRelayPeer) tablet = pipit_relay_peer_register(origin, ALICE, 2);
	PipitRelayPeer *const others[] = {scene.bob, tablet};
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autoptr(PipitReply) shown = pipit_http_peer_ask(others[i]->http, "GET", upload, NULL, NULL);
		pipit_assert_problem(shown, 404, "not-found");
		g_autoptr(PipitBlobReply) sent = pipit_blob_send(others[i], origin, path, 0, 10);
		g_assert_cmpuint(sent->status, ==, 404);
		g_assert_cmpuint(pipit_blob_delete(others[i], path), ==, 404);
		g_assert_cmpuint(pipit_blob_done(others[i], path), ==, 404);
	}
	g_autoptr(PipitBlobReply) sent = pipit_blob_scene_send(&scene, path, 0, 1000);
	g_assert_cmpuint(sent->status, ==, 201);
	g_assert_cmpuint(pipit_blob_delete(scene.bob, path), ==, 404);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, 1000);
	pipit_http_peer_set_token(scene.bob->http, NULL);
	g_autoptr(PipitReply) nobody = pipit_http_peer_ask(scene.bob->http, "GET", path, NULL, NULL);
	pipit_assert_problem(nobody, 401, "token-unknown");
}

static void
assert_part(PipitBlobScene *scene, const char *path, const char *range, guint64 first, guint64 count,
	    const char *expected)
{
	g_autoptr(PipitBlobReply) reply =
		pipit_blob_fetch(scene->bob, scene->own->origin, path, range, first);
	g_assert_cmpuint(reply->status, ==, expected == NULL ? 200 : 206);
	g_assert_cmpuint(reply->count, ==, count);
	g_assert_true(reply->as_made);
	g_assert_cmpstr(reply->range, ==, expected);
}

static void
test_ranges(void)
{
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_upload(scene.alice, scene.own->origin, 300000, BOB);
	assert_part(&scene, path, "bytes=0-", 0, 300000, "bytes 0-299999/300000");
	assert_part(&scene, path, "bytes=123456-", 123456, 176544, "bytes 123456-299999/300000");
	assert_part(&scene, path, "bytes=10-19", 10, 10, "bytes 10-19/300000");
	assert_part(&scene, path, "bytes=299999-400000", 299999, 1, "bytes 299999-299999/300000");
	assert_part(&scene, path, "bytes=-5", 299995, 5, "bytes 299995-299999/300000");
	assert_part(&scene, path, "bytes=0-1,5-6", 0, 300000, NULL);
	assert_part(&scene, path, "lines=1-2", 0, 300000, NULL);
	g_autoptr(PipitBlobReply) outside =
		pipit_blob_fetch(scene.bob, scene.own->origin, path, "bytes=300000-", 0);
	g_assert_cmpuint(outside->status, ==, 416);
	g_assert_cmpstr(outside->code, ==, "range-unsatisfiable");
	g_assert_cmpstr(outside->range, ==, "bytes */300000");
}

static void
test_head_of_an_answer(void)
{
	static const char *const lines[] = {
		"HTTP/1.1 206 ",
		"\r\nContent-Type: application/octet-stream\r\n",
		"\r\nAccept-Ranges: bytes\r\n",
		"\r\nContent-Range: bytes 10-19/1000\r\n",
		"\r\nContent-Length: 10\r\n",
		"\r\nCache-Control: no-store\r\n",
	};
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	g_autofree char *path = pipit_blob_upload(scene.alice, scene.own->origin, 1000, BOB);
	g_autofree char *request = g_strdup_printf(
		"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
		"Range: bytes=10-19\r\n\r\n",
		path, scene.bob->auth_token);
	g_autofree char *answer = pipit_raw_ask(scene.own->origin, request);
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		if (strstr(answer, lines[i]) == NULL)
			g_error("expected \"%s\" in: %s", lines[i], answer);
	}
	g_autofree char *conditional = g_strdup_printf(
		"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n"
		"Range: bytes=10-19\r\nIf-Range: \"some version\"\r\n\r\n",
		path, scene.bob->auth_token);
	g_autofree char *whole = pipit_raw_ask(scene.own->origin, conditional);
	g_assert_true(g_str_has_prefix(whole, "HTTP/1.1 200 "));
}

static void
assert_not_created(PipitRelayPeer *peer, guint64 size, guint status, const char *code)
{
	g_autoptr(PipitReply) reply = pipit_blob_ask_create(peer, size, BOB);
	pipit_assert_problem(reply, status, code);
}

/* What is gone for those who ask is removed by another thread. */
static void
wait_for_counts(PipitOwnServer *own, const char *counts)
{
	for (gint64 until = g_get_monotonic_time() + G_GINT64_CONSTANT(60) * G_USEC_PER_SEC;;) {
		g_autofree char *status = pipit_own_server_control(own, "expire\n");
		if (strstr(status, counts) != NULL)
			return;
		if (g_get_monotonic_time() > until)
			g_error("waited in vain for%s, but there is %s", counts, status);
	}
}

static void
test_quota(void)
{
	PipitOwnServer *own = pipit_own_server_prepare();
	own->options->blob_max = 5000;
	own->options->blob_quota = 10000;
	own->options->blob_count = 3;
	g_auto(PipitBlobScene) scene = pipit_blob_scene_start(own);
	g_autoptr(PipitReply) about = pipit_http_peer_ask(scene.bob->http, "GET", "/v1", NULL, NULL);
	g_assert_cmpint(json_object_get_int_member(about->body, "blob_max"), ==, 5000);
	assert_not_created(scene.alice, 5001, 413, "blob-too-large");
	g_autofree char *one = pipit_blob_create(scene.alice, 5000, BOB);
	g_autofree char *two = pipit_blob_upload(scene.alice, own->origin, 4000, BOB);
	assert_not_created(scene.alice, 1001, 507, "quota-exceeded");
	g_autofree char *three = pipit_blob_create(scene.alice, 1000, BOB);
	assert_not_created(scene.alice, 0, 507, "quota-exceeded");
	/* Another account has its own. */
	g_autofree char *other = pipit_blob_create(scene.bob, 5000, ALICE);
	/* And what is gone makes room: dropped, or fetched. */
	g_assert_cmpuint(pipit_blob_delete(scene.alice, three), ==, 204);
	g_autofree char *again = pipit_blob_create(scene.alice, 1000, BOB);
	g_assert_cmpuint(pipit_blob_delete(scene.alice, one), ==, 204);
	g_assert_cmpuint(pipit_blob_done(scene.bob, two), ==, 204);
	pipit_blob_scene_assert_gone(&scene, scene.bob, two);
	wait_for_counts(own, "\nblobs: 2\nblob bytes: 6000\n");
	g_autofree char *last = pipit_blob_create(scene.alice, 5000, BOB);
}

static void
test_bad_creations(void)
{
	static const char *const bodies[] = {
		"{}",
		"{\"size\": 1}",
		"{\"size\": 1, \"recipients\": []}",
		"{\"size\": -1, \"recipients\": [\"" BOB "\"]}",
		"{\"size\": 1.5, \"recipients\": [\"" BOB "\"]}",
		"{\"size\": \"1\", \"recipients\": [\"" BOB "\"]}",
		"{\"size\": 1, \"recipients\": [\"bob\"]}",
		"{\"size\": 1, \"recipients\": [\"mailto:bob@example.org\\nmailto:carol@example.org\"]}",
		"{\"size\": 1, \"recipients\": \"" BOB "\"}",
	};
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
		g_autoptr(PipitReply) reply =
			pipit_http_peer_ask(scene.alice->http, "POST", "/v1/blobs", bodies[i], NULL);
		pipit_assert_problem(reply, 400, "bad-request");
	}
}

/* What the reserve of the disk does not allow is refused, what came before stays, and goes on when there is room. */
static void
test_disk_full(void)
{
	const guint64 size = 2000000;
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	int *reserve = &scene.own->options->reserve_mib;
	g_autofree char *path = pipit_blob_create(scene.alice, size, BOB);
	g_autoptr(PipitBlobReply) half = pipit_blob_scene_send(&scene, path, 0, size / 2);
	g_assert_cmpuint(half->status, ==, 200);
	*reserve = G_MAXINT / 1024;
	assert_not_created(scene.alice, 1000, 507, "server-full");
	pipit_blob_scene_assert_refused(&scene, path, size / 2, size / 2, 507, "server-full");
	g_assert_cmpint(pipit_blob_offset(scene.alice, path), ==, (gint64)size / 2);
	*reserve = 0;
	g_autoptr(PipitBlobReply) rest = pipit_blob_scene_send(&scene, path, size / 2, size / 2);
	g_assert_cmpuint(rest->status, ==, 201);
	*reserve = G_MAXINT / 1024;
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, size);
	g_assert_cmpuint(pipit_blob_done(scene.bob, path), ==, 204);
}

/* The disk fills up while the body comes: the answer says so, and what was written stays. */
static void
test_disk_full_in_the_middle(void)
{
	const guint64 size = 3000000;
	const guint64 first = 2 * PIECE;
	struct stat status = {0};
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	int *reserve = &scene.own->options->reserve_mib;
	g_autofree char *path = pipit_blob_create(scene.alice, size, BOB);
	g_autofree char *part = pipit_blob_scene_part(&scene, path);
	int fd = pipit_blob_begin(scene.alice, scene.own->origin, path, 0, first, size);
	while (stat(part, &status) != 0 || status.st_size < (off_t)PIECE)
		g_usleep(1000);
	*reserve = G_MAXINT / 1024;
	pipit_blob_go_on(fd, first, size - first);
	char answer[16];
	g_assert_cmpint(recv(fd, answer, sizeof answer, MSG_WAITALL), ==, sizeof answer);
	g_assert_cmpint(strncmp(answer, "HTTP/1.1 507 ", strlen("HTTP/1.1 507 ")), ==, 0);
	close(fd);
	*reserve = 0;
	guint64 kept = (guint64)pipit_blob_offset(scene.alice, path);
	g_assert_cmpuint(kept, >=, PIECE);
	g_assert_cmpuint(kept, <, size);
	g_autoptr(PipitBlobReply) rest = pipit_blob_scene_send(&scene, path, kept, size - kept);
	g_assert_cmpuint(rest->status, ==, 201);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, size);
}

/* A server that stops waits for nobody, and loses nothing of what came. */
static void
test_stop_in_mid_transfer(void)
{
	const guint64 size = 50000000;
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	const char *origin = scene.own->origin;
	g_autofree char *sent = pipit_blob_create(scene.alice, size, BOB);
	g_autofree char *fetched = pipit_blob_upload(scene.alice, origin, size, BOB);
	int upload = pipit_blob_begin(scene.alice, origin, sent, 0, 1000000, size);
	int download = pipit_raw_connect(origin);
	g_autofree char *request =
		g_strdup_printf("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", fetched,
				scene.bob->auth_token);
	pipit_raw_send(download, request);
	char byte;
	g_assert_cmpint(recv(download, &byte, 1, 0), ==, 1);
	wait_until_it_runs(&scene);
	pipit_blob_scene_restart(&scene);
	close(download);
	close(upload);
	gint64 kept = pipit_blob_offset(scene.alice, sent);
	g_assert_cmpint(kept, <=, 1000000);
	g_autoptr(PipitBlobReply) rest =
		pipit_blob_scene_send(&scene, sent, (guint64)kept, size - (guint64)kept);
	g_assert_cmpuint(rest->status, ==, 201);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, sent, size);
}

static void
test_over_tls(void)
{
	const guint64 size = 3000000;
	g_auto(PipitBlobScene) scene = pipit_blob_scene_new();
	PipitOwnServer *own = scene.own;
	g_autoptr(PipitTestCertificate) certificate =
		pipit_test_certificate_new(own->folder, "127.0.0.1", -DAY, DAY);
	g_autofree char *path = pipit_blob_create(scene.alice, size, BOB);
	own->options->cert = g_strdup(certificate->cert);
	own->options->key = g_strdup(certificate->key);
	pipit_own_server_restart(own);
	g_assert_true(g_str_has_prefix(own->origin, "https://"));
	g_autoptr(PipitBlobReply) half = pipit_blob_scene_send(&scene, path, 0, size / 2);
	g_assert_cmpuint(half->status, ==, 200);
	g_autoptr(PipitBlobReply) rest = pipit_blob_scene_send(&scene, path, size / 2, size - size / 2);
	g_assert_cmpuint(rest->status, ==, 201);
	pipit_blob_scene_assert_fetched(&scene, scene.bob, path, size);
	g_autoptr(PipitBlobReply) part =
		pipit_blob_fetch(scene.bob, own->origin, path, "bytes=1234567-", 1234567);
	g_assert_cmpuint(part->status, ==, 206);
	g_assert_cmpuint(part->count, ==, size - 1234567);
	g_assert_true(part->as_made);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/blobs/sizes", test_sizes);
	g_test_add_func("/server/blobs/resume", test_resume);
	g_test_add_func("/server/blobs/one-upload-at-a-time", test_one_upload_at_a_time);
	g_test_add_func("/server/blobs/wrong-offsets", test_wrong_offsets);
	g_test_add_func("/server/blobs/bad-heads", test_bad_heads);
	g_test_add_func("/server/blobs/bad-ids", test_bad_ids);
	g_test_add_func("/server/blobs/foreign", test_foreign);
	g_test_add_func("/server/blobs/ranges", test_ranges);
	g_test_add_func("/server/blobs/head-of-an-answer", test_head_of_an_answer);
	g_test_add_func("/server/blobs/quota", test_quota);
	g_test_add_func("/server/blobs/bad-creations", test_bad_creations);
	g_test_add_func("/server/blobs/disk-full", test_disk_full);
	g_test_add_func("/server/blobs/disk-full-in-the-middle", test_disk_full_in_the_middle);
	g_test_add_func("/server/blobs/over-tls", test_over_tls);
	g_test_add_func("/server/blobs/stop-in-mid-transfer", test_stop_in_mid_transfer);
	return g_test_run();
}
