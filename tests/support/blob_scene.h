/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server in the test program with Alice, who uploads, and Bob, who fetches. */
#pragma once

#include "tests/support/blob_peer.h"
#include "tests/support/own_server.h"

#define ALICE "mailto:alice@example.org"
#define BOB "mailto:bob@example.org"

typedef struct {
	PipitOwnServer *own;
	PipitRelayPeer *alice;
	PipitRelayPeer *bob;
} PipitBlobScene;

/** Starts it; @own: prepared. */
PipitBlobScene pipit_blob_scene_start(PipitOwnServer *own);
PipitBlobScene pipit_blob_scene_new(void);
void pipit_blob_scene_clear(PipitBlobScene *scene);

/** Stops and starts the server; both go on by new connections. */
void pipit_blob_scene_restart(PipitBlobScene *scene);

/** Alice sends made bytes. */
PipitBlobReply *pipit_blob_scene_send(PipitBlobScene *scene, const char *path, guint64 first, guint64 count);

/** Fails unless Alice is refused, with this status and code. */
void pipit_blob_scene_assert_refused(PipitBlobScene *scene, const char *path, guint64 first, guint64 count,
				     guint status, const char *code);

/** Fails unless @peer gets a whole blob of this size. */
void pipit_blob_scene_assert_fetched(PipitBlobScene *scene, const PipitRelayPeer *peer, const char *path,
				     guint64 size);

/** Fails unless there is no such blob for @peer. */
void pipit_blob_scene_assert_gone(PipitBlobScene *scene, const PipitRelayPeer *peer, const char *path);

/** Returns: (transfer full) where the server has a blob's file, when it is whole, or before. */
char *pipit_blob_scene_file(PipitBlobScene *scene, const char *path);
char *pipit_blob_scene_part(PipitBlobScene *scene, const char *path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitBlobScene, pipit_blob_scene_clear)
