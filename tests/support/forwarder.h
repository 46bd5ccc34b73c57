/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line to a real server that can be cut: requests reach it, and answers get lost on the way back. */
#pragma once

#include "tests/support/responder.h"

typedef struct PipitForwarder PipitForwarder;

/** Forwards everything to @origin. */
PipitForwarder *pipit_forwarder_new(const char *origin);
void pipit_forwarder_free(PipitForwarder *forwarder);

/** Returns: (transfer none) the origin for clients to use. */
const char *pipit_forwarder_origin(const PipitForwarder *forwarder);

/** Loses the answers to the next @count requests for @path: the server has done what was asked. */
void pipit_forwarder_lose(PipitForwarder *forwarder, const char *path, guint count);

/** Answers every request for @path with HTTP @status and no sense, until it is called with NULL. */
void pipit_forwarder_spoil(PipitForwarder *forwarder, const char *path, guint status);

/** Answers every request for @path with this problem (@code: not copied), until pipit_forwarder_spoil() is called with NULL. */
void pipit_forwarder_refuse(PipitForwarder *forwarder, const char *path, guint status, const char *code);

/** How many answers were lost, spoilt or rewritten so far. */
guint pipit_forwarder_damage(PipitForwarder *forwarder);

/** How many requests came, and how many of them for @path. */
guint pipit_forwarder_count(PipitForwarder *forwarder);
guint pipit_forwarder_asked(PipitForwarder *forwarder, const char *path);

/** From now on every answer that has @from in it has @to in its place; NULL: no longer. */
void pipit_forwarder_rewrite(PipitForwarder *forwarder, const char *from, const char *to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitForwarder, pipit_forwarder_free)
