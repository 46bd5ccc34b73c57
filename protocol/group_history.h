/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All changes of one group that are known here, and what they come to: the rule of docs/protocol.md, "Groups", in full. Pure:
 * whoever has the same changes has the same members, name and picture, in whatever order they came.
 *
 *	pipit_group_history_take(history, change)                   one that came or was made, and before the next one is
 *	while ((change = pipit_group_history_advance(history)))     each that is in force from now on */
#pragma once

#include "protocol/group_change.h"

typedef struct PipitGroupHistory PipitGroupHistory;

PipitGroupHistory *pipit_group_history_new(const char *gid);
void pipit_group_history_free(PipitGroupHistory *history);
/** Returns: (transfer full) one with the same changes. */
PipitGroupHistory *pipit_group_history_copy(const PipitGroupHistory *history);

typedef enum {
	PIPIT_GROUP_TAKEN, /* pipit_group_history_advance() gives it, now or once what it builds on is there */
	PIPIT_GROUP_KNOWN,   /* it was taken before */
	PIPIT_GROUP_REFUSED, /* of another group, wrong in itself, or there are too many */
} PipitGroupTaking;

/** @known_at: ms, the relay's clock: when the relay had it; PIPIT_GROUP_NOT_SENT of one's own until it has. */
PipitGroupTaking pipit_group_history_take(PipitGroupHistory *history, PipitGroupChange *change,
					  gint64 known_at);
/** The same, however full the group is: for what was taken before, and for one's own going. */
PipitGroupTaking pipit_group_history_keep(PipitGroupHistory *history, PipitGroupChange *change,
					  gint64 known_at);
/** TRUE if a change that is made here finds room with everybody, though others change something at the same time. */
gboolean pipit_group_history_has_room(PipitGroupHistory *history, const PipitGroupChange *change);
#define PIPIT_GROUP_NOT_SENT G_MAXINT64
/** The relay has what waited to be sent. */
void pipit_group_history_sent(PipitGroupHistory *history, const char *hash, gint64 known_at);

/** Puts one of those taken in force for which all that they build on is. Returns: (transfer none) it; NULL: there is none. */
const PipitGroupChange *pipit_group_history_advance(PipitGroupHistory *history);

/** Returns: (transfer full) the hash of one that was taken and turned out to be wrong in itself, each once; NULL: there is none. */
char *pipit_group_history_next_dropped(PipitGroupHistory *history);

/** How many are in force, and how many wait for others that are not there. */
guint pipit_group_history_size(const PipitGroupHistory *history);
guint pipit_group_history_waiting(const PipitGroupHistory *history);

/** Returns: (transfer full) the changes in force on which no other builds, sorted, up to PIPIT_GROUP_MAX_HEADS: they name all
 * that is known. */
char **pipit_group_history_heads(const PipitGroupHistory *history);
/** The same, for a change by @author, a member: where there are more heads than can be named, what put them in is named with the
 * rest, since without it the change would not count. */
char **pipit_group_history_heads_of(PipitGroupHistory *history, const char *author);
/** The highest version of those of @hashes that are in force. */
gint64 pipit_group_history_version_of(const PipitGroupHistory *history, const char *const *hashes);
/** Returns: (transfer none) the first of @hashes that is not in force; NULL if all are. */
const char *pipit_group_history_lacks(const PipitGroupHistory *history, const char *const *hashes);
/** TRUE if all of these are in force. */
gboolean pipit_group_history_knows(const PipitGroupHistory *history, const char *const *hashes);

/** Returns: (transfer none) the members, in the order of joining, NULL-terminated; valid until the next change. */
const char *const *pipit_group_history_members(PipitGroupHistory *history);
gboolean pipit_group_history_is_member(PipitGroupHistory *history, const char *handle);
/** TRUE if @handle was ever put in, whether that counts or not. */
gboolean pipit_group_history_names(const PipitGroupHistory *history, const char *handle);
/** TRUE if @handle was a member for somebody who knew no more than @heads, all of which are in force. */
gboolean pipit_group_history_was_member(PipitGroupHistory *history, const char *handle,
					const char *const *heads);
/** TRUE if all of @handles were, which takes little longer than to say it of one. */
gboolean pipit_group_history_were_members(PipitGroupHistory *history, const char *const *handles,
					  const char *const *heads);
/** Since when it is known here that @handle, who is not a member, is none: ms, the relay's clock; 0 if they never were one. */
gint64 pipit_group_history_out_since(PipitGroupHistory *history, const char *handle);
/** How many changes of @author are known that do not count. */
guint pipit_group_history_idle_of(PipitGroupHistory *history, const char *author);
/** Returns: (transfer none) NULL for none. */
const char *pipit_group_history_name(PipitGroupHistory *history);
/** Returns: (transfer none) the hash of its bytes; NULL for none. */
const char *pipit_group_history_picture(PipitGroupHistory *history);

/** Returns: (transfer none) the change that gave it the name, and the picture; NULL if none did. */
const PipitGroupChange *pipit_group_history_named_by(PipitGroupHistory *history);
const PipitGroupChange *pipit_group_history_pictured_by(PipitGroupHistory *history);

/** Returns: (transfer none) the change by which @handle, a member, is one; or the last one that put them out; NULL if none. */
const PipitGroupChange *pipit_group_history_reason(PipitGroupHistory *history, const char *handle);

/** Returns: (transfer full) what somebody lacks who knows those of @heads and what they build on: of PipitGroupChange, each
 * after what it builds on. @heads: those that are not known count for nothing. */
GPtrArray *pipit_group_history_since(const PipitGroupHistory *history, const char *const *heads);
/** When the relay had the first of those that such a one lacks; 0 if they lack none. */
gint64 pipit_group_history_lacking_since(const PipitGroupHistory *history, const char *const *heads);
/** Returns: (transfer full) the same, but no more than shows why @handle, who is not a member, is none; empty if they never
 * were near it. */
GPtrArray *pipit_group_history_exit(PipitGroupHistory *history, const char *handle, const char *const *heads);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitGroupHistory, pipit_group_history_free)
