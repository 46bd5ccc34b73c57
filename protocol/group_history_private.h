/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of a history share: keeping changes (group_history.c), and what they come to (group_rule.c). */
#pragma once

#include "protocol/group_history.h"

/* A change in force. Those that it builds on, however far back, stand before it. */
typedef struct {
	PipitGroupChange *change;
	gint64 known_at;
	guint index;
	guint64 *past;       /* a bit for each change before it: whether it builds on that one */
	gboolean removal;    /* REMOVE or LEAVE ... */
	gboolean in_force;   /* ... whose author was a member when they made it */
	gboolean built_upon; /* by another */
} PipitGroupNode;

/* What concerns one handle. */
typedef struct {
	GArray *additions; /* of guint, indices */
	GArray *removals;  /* that are in force */
} PipitGroupConcern;

struct PipitGroupHistory {
	char *gid;
	GPtrArray *nodes;      /* of PipitGroupNode */
	GHashTable *by_hash;   /* hash -> PipitGroupNode */
	GHashTable *concerns;  /* handle -> PipitGroupConcern */
	GHashTable *by_author; /* author -> how many are known, the waiting ones too */
	gsize size;            /* of all their texts as they stand in a message, bytes */
	GHashTable *waiting;   /* the hashes of those that wait or are ready */
	GHashTable
		*lacking;   /* hash -> GPtrArray of Waiting: those for which it is the first that they lack */
	GQueue ready;       /* of Waiting: those that lack nothing */
	GPtrArray *dropped; /* hashes of what was wrong in itself, until somebody asks for them */
	/* What it comes to; NULL while that is to be found out. */
	gboolean *counted;
	char **members;
	GHashTable *member_set;
};

/** Whether @index is in @set. */
gboolean pipit_group_set_has(const guint64 *set, guint index);
/** Returns: (transfer full) an empty set that has room for all. */
guint64 *pipit_group_set_new(const PipitGroupHistory *history);
void pipit_group_set_add_with_past(guint64 *set, const PipitGroupNode *node);
/** Returns: (transfer full) all that @heads name which are known, with their past. */
guint64 *pipit_group_set_of_heads(const PipitGroupHistory *history, const char *const *heads);

/** Returns: (transfer full) those in @wanted (NULL: all) that are not in @known: of PipitGroupChange. */
GPtrArray *pipit_group_list(const PipitGroupHistory *history, const guint64 *wanted, const guint64 *known);

const PipitGroupNode *pipit_group_node_at(const PipitGroupHistory *history, guint index);
gboolean pipit_group_builds_on(const PipitGroupNode *later, const PipitGroupNode *earlier);

/** TRUE if @handle is a member by those of @within alone. */
gboolean pipit_group_is_member_within(const PipitGroupHistory *history, const char *handle,
				      const guint64 *within);
void pipit_group_find_outcome(PipitGroupHistory *history);
void pipit_group_forget_outcome(PipitGroupHistory *history);
