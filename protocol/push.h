/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The push connection: one poll after the other, each of which acknowledges what the last one brought. */
#pragma once

#include "protocol/api.h"

typedef struct PipitPush PipitPush;

/** @body: the answer of one poll (pipit_poll_answer_parse()). Poll again when it is digested. */
typedef void (*PipitPushAnswer)(gpointer user_data, GBytes *body);
/** The connection is lost, or the server ended it; there is nothing to poll any more. */
typedef void (*PipitPushFailed)(gpointer user_data, const PipitFailure *failure);

/** @api must outlive the push. Returns: (transfer full) */
PipitPush *pipit_push_new(PipitApi *api, PipitPushAnswer answer, PipitPushFailed failed, gpointer user_data);

/** No callback comes any more. NULL is fine. */
void pipit_push_free(PipitPush *push);

/**
 * Acknowledges @acks (at most 1,000) and asks for what comes after the sequence number @after, waiting up to @wait
 * seconds. One poll at a time. A poll that breaks is sent once more, on a new connection, before that counts as failed.
 */
void pipit_push_poll(PipitPush *push, const gint64 *acks, guint n_acks, gint64 after, guint wait);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitPush, pipit_push_free)
