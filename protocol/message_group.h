/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a message says when it belongs to a group (docs/protocol.md, "Groups"). */
#pragma once

#include "protocol/group_change.h"

typedef struct {
	char *gid;          /* UUID; NULL: the message belongs to none, and all else is NULL */
	gint64 version;     /* the highest of @state */
	char **state;       /* the heads that it was sent under; empty of who knows nothing of the group */
	GPtrArray *changes; /* of PipitGroupChange; of GROUP alone: 1 or more, each after what it builds on */
	GBytes *picture;    /* of GROUP: the bytes of the picture that it has now; or NULL */
} PipitMessageGroup;

void pipit_message_group_clear(PipitMessageGroup *group);

/** Nothing is written of a message that belongs to no group. @with_changes: else they stand elsewhere. */
void pipit_message_group_write(const PipitMessageGroup *group, JsonObject *object, gboolean with_changes);

/** Reads what stands there; sticky (json_reader.h). @needed: its type is for groups alone. @with_changes: it is a GROUP. */
void pipit_message_group_read(PipitMessageGroup *group, JsonObject *object, gboolean needed,
			      gboolean with_changes, GError **error);
