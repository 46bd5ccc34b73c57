/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages whose content lies at the server, on disk: those that came, until it is fetched, and those that are to go, until it
 * is there (docs/protocol.md, "What does not fit into a payload"). */
#pragma once

#include "protocol/envelope.h"
#include "protocol/store.h"

/* A message that came, without its content. */
typedef struct {
	gint64 row; /* in the inbox: its place in the conversation */
	PipitEnvelope *envelope;
	GBytes *outer; /* what was sealed, packed */
} PipitWaitingContent;

void pipit_waiting_content_free(PipitWaitingContent *waiting);

/** Inside a transaction; @row is there already. */
gboolean pipit_store_add_waiting(PipitStore *store, gint64 row, const PipitEnvelope *envelope, GBytes *outer,
				 GError **error);
/** The first one behind the row @after. @waiting: out, (transfer full): NULL if there is none. */
gboolean pipit_store_next_waiting(PipitStore *store, gint64 after, PipitWaitingContent **waiting,
				  GError **error);
/** It waits no longer; its row in the inbox stays. */
gboolean pipit_store_remove_waiting(PipitStore *store, gint64 row, GError **error);

/** Begins to bring the content of an unsent message away: its key. */
gboolean pipit_store_begin_content(PipitStore *store, gint64 row, GBytes *key, GError **error);
gboolean pipit_store_write_content_uri(PipitStore *store, gint64 row, const char *uri, GError **error);
/** It is there: @outer is to be sealed instead. What was sealed before is dropped. */
gboolean pipit_store_write_content_outer(PipitStore *store, gint64 row, GBytes *outer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitWaitingContent, pipit_waiting_content_free)
