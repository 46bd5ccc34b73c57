/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person is told of a group's changes: what is different afterwards, and by whom. */
#pragma once

#include "protocol/group_update.h"

/* What is to be told: the text of a PipitReceived of type GROUP. */
typedef struct {
	PipitGroupNewsKind kind;
	char **handles;
	char *name;    /* or NULL */
	char *told_by; /* or NULL */
	gboolean quiet;
} PipitGroupTold;

void pipit_group_told_free(PipitGroupTold *told);
/** Returns: (transfer full) NULL if @text is none. */
PipitGroupTold *pipit_group_told_parse(const char *text);

/* What is seen of the group, before a change and after it. */
typedef struct {
	char **members;
	char *name;
	char *picture;
	gboolean own; /* one is in it */
} PipitGroupLook;

/* A change at work, and whom it is told of. */
typedef struct {
	PipitStore *store;
	PipitGroupUpdate *update;
	PipitGroupHistory *history;
	const PipitGroupChange *change;
	GHashTable *
		unseen; /* others that were not told of yet, and it is the last of them; NULL: there are none */
	gboolean quiet;
} PipitGroupTelling;

/** Writes down that @handles (or NULL) came or went, or the @name. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_group_tell(const PipitGroupTelling *telling, PipitGroupNewsKind kind, char **handles,
			  const char *name, GError **error);
/** Writes down all that is different. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_group_tell_differences(const PipitGroupTelling *telling, const PipitGroupLook *before,
				      const PipitGroupLook *after, GError **error);
/** Because of what @handle (or NULL) came or went, or who went along with others, for whatever reason those had. */
PipitGroupTelling pipit_group_because_of_handle(const PipitGroupTelling *telling, const char *handle);

/** Returns: (transfer full) those of @all who are not among @others. */
char **pipit_group_without(char **all, char **others);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitGroupTold, pipit_group_told_free)
