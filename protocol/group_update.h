/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes that are believed, or one's own: into the store, with what the person is to be told of them and how one stands to the
 * group from now on. */
#pragma once

#include "protocol/inbox.h"
#include "protocol/store_groups.h"

typedef struct {
	const char *gid;
	const char *from;    /* who sent them */
	gint64 at;           /* ms: by the relay; of one's own, now */
	gint64 known_at;     /* as pipit_group_history_take() wants it */
	const char *carrier; /* of one's own: the id of the message that brings them away; else NULL */
	gboolean own;        /* @from is oneself: need not ask */
	PipitIsContact
		is_contact; /* who needs not ask either, nor to have somebody else ask; or NULL: everybody */
	gpointer user_data;
	GPtrArray *told;   /* of PipitReceived: what is to be shown is added */
	gboolean advanced; /* out: more is known than before */
	GHashTable *
		newcomers; /* out: handles of those who came in while one was in it oneself; or NULL: nobody asks */
} PipitGroupUpdate;

/** Takes @changes (of PipitGroupChange) and @picture (or NULL). Inside a transaction. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_group_update(PipitStore *store, PipitGroupUpdate *update, GPtrArray *changes, GBytes *picture,
			    GError **error);

/** The answer to ASKED: one is in it, and all that waited is added to @told. Inside a transaction. */
gboolean pipit_group_answer_yes(PipitStore *store, const char *gid, GPtrArray *told, GError **error);
