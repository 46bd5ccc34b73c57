/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets the scene for tests of blobs. */
#include "tests/support/blob_scene.h"

#include <string.h>

PipitBlobScene
pipit_blob_scene_start(PipitOwnServer *own)
{
	pipit_own_server_start(own);
	return (PipitBlobScene){own, pipit_relay_peer_register(own->origin, ALICE, 0),
				pipit_relay_peer_register(own->origin, BOB, 1)};
}

PipitBlobScene
pipit_blob_scene_new(void)
{
	return pipit_blob_scene_start(pipit_own_server_prepare());
}

void
pipit_blob_scene_clear(PipitBlobScene *scene)
{
	pipit_relay_peer_free(scene->alice);
	pipit_relay_peer_free(scene->bob);
	pipit_own_server_free(scene->own);
}

static void
reconnect(PipitRelayPeer *peer, const char *origin)
{
	pipit_http_peer_free(peer->http);
	peer->http = pipit_http_peer_new(origin);
	pipit_http_peer_set_token(peer->http, peer->auth_token);
}

void
pipit_blob_scene_restart(PipitBlobScene *scene)
{
	pipit_own_server_restart(scene->own);
	reconnect(scene->alice, scene->own->origin);
	reconnect(scene->bob, scene->own->origin);
}

PipitBlobReply *
pipit_blob_scene_send(PipitBlobScene *scene, const char *path, guint64 first, guint64 count)
{
	return pipit_blob_send(scene->alice, scene->own->origin, path, first, count);
}

void
pipit_blob_scene_assert_refused(PipitBlobScene *scene, const char *path, guint64 first, guint64 count,
				guint status, const char *code)
{
	g_autoptr(PipitBlobReply) reply = pipit_blob_scene_send(scene, path, first, count);
	g_assert_cmpuint(reply->status, ==, status);
	g_assert_cmpstr(reply->code, ==, code);
}

void
pipit_blob_scene_assert_fetched(PipitBlobScene *scene, const PipitRelayPeer *peer, const char *path,
				guint64 size)
{
	g_autoptr(PipitBlobReply) reply = pipit_blob_fetch(peer, scene->own->origin, path, NULL, 0);
	g_assert_cmpuint(reply->status, ==, 200);
	g_assert_cmpuint(reply->count, ==, size);
	g_assert_true(reply->as_made);
}

void
pipit_blob_scene_assert_gone(PipitBlobScene *scene, const PipitRelayPeer *peer, const char *path)
{
	g_autoptr(PipitBlobReply) reply = pipit_blob_fetch(peer, scene->own->origin, path, NULL, 0);
	g_assert_cmpuint(reply->status, ==, 404);
	g_assert_cmpstr(reply->code, ==, "not-found");
}

char *
pipit_blob_scene_file(PipitBlobScene *scene, const char *path)
{
	const char *id = strrchr(path, '/') + 1;
	g_autofree char *shard = g_strndup(id, 2);
	return g_build_filename(scene->own->options->state, "blobs", shard, id, NULL);
}

char *
pipit_blob_scene_part(PipitBlobScene *scene, const char *path)
{
	return g_build_filename(scene->own->options->state, "blobs", "parts", strrchr(path, '/') + 1, NULL);
}
