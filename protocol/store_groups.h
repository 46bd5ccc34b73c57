/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups on disk: each change of theirs, and how one stands to them. Those that write belong inside a transaction. */
#pragma once

#include "protocol/client.h"
#include "protocol/group_history.h"
#include "protocol/inbox.h"
#include "protocol/store.h"

/* PipitGroupState, or one of these. */
typedef gint PipitGroupStanding;
#define PIPIT_GROUP_UNKNOWN (-1)

/** Returns: (transfer none) one's handles, NULL-terminated; empty before one is registered. */
const char *const *pipit_store_own_handles(const PipitStore *store);

/**
 * Returns: (transfer none) all that is known of the group; empty if nothing is; valid until a transaction is undone, or the
 *   store is closed. NULL with PIPIT_STORE_ERROR.
 */
PipitGroupHistory *pipit_store_group_history(PipitStore *store, const char *gid, GError **error);
/** What was read is read again: a transaction was undone. */
void pipit_store_forget_histories(PipitStore *store);
/** The same, where there are more than should stay in memory: between transactions, when nobody uses one. */
void pipit_store_forget_many_histories(PipitStore *store);

/** Writes a change down that the history has taken. @told_by: who passed it on, or NULL. @carrier: the id of one's own message
 * that brings it away, or NULL. */
gboolean pipit_store_add_group_change(PipitStore *store, const PipitGroupChange *change, const char *told_by,
				      gint64 known_at, const char *carrier, GError **error);
/** It turned out to be wrong in itself. */
gboolean pipit_store_delete_group_change(PipitStore *store, const char *gid, const char *hash,
					 GError **error);
/** The relay has the message @carrier: from now on others' changes may know of those in it. @at: ms, the relay's clock. In a
 * transaction of its own. */
gboolean pipit_store_group_sent(PipitStore *store, const char *carrier, gint64 at, GError **error);
/** @is_change: out: whether the message @id of one's own brings changes of a group. */
gboolean pipit_store_carries_change(PipitStore *store, const char *id, gboolean *is_change, GError **error);

gboolean pipit_store_read_standing(PipitStore *store, const char *gid, PipitGroupStanding *standing,
				   GError **error);
/** @by: who put one in or out. */
gboolean pipit_store_write_standing(PipitStore *store, const char *gid, PipitGroupStanding standing,
				    const char *by, GError **error);
gboolean pipit_store_write_picture(PipitStore *store, const char *gid, GBytes *picture, GError **error);

/** @count: out: how many groups one is being asked to join. */
gboolean pipit_store_count_asked(PipitStore *store, guint *count, GError **error);
/** @group: out, (transfer full): NULL if it is not known. */
gboolean pipit_store_read_group(PipitStore *store, const char *gid, PipitGroup **group, GError **error);
/** Returns: (transfer full) the ids of the groups that one is in or is asked about, in the order in which they came; of char *;
 * NULL on error. */
GPtrArray *pipit_store_read_gids(PipitStore *store, GError **error);

/** What is undecided waits until more is known of the group. @lacks: the hash of a change for which it waits at the least. */
gboolean pipit_store_wait_for_group(PipitStore *store, GBytes *payload_hash, const char *gid,
				    const char *sender, const char *lacks, GError **error);
/** What waits for a change that is known now is undecided again, and with @all_of_members whatever a member said. @any: out: TRUE
 * if there was some. */
gboolean pipit_store_release_for_group(PipitStore *store, const char *gid, gboolean all_of_members,
				       gboolean *any, GError **error);
/** @count: out: how many wait for this group; @all: out: for any. */
gboolean pipit_store_count_waiting(PipitStore *store, const char *gid, guint *count, guint *all,
				   GError **error);
/** Returns: (transfer full) the ids of groups that somebody waits for: of char *; NULL on error. */
GPtrArray *pipit_store_read_awaited(PipitStore *store, GError **error);

/** @handles are members no more: texts that they did not get yet do not go to them; but one's own other
 * devices are to see what one wrote. */
gboolean pipit_store_drop_recipients(PipitStore *store, const char *peer, const char *const *handles,
				     GError **error);
/** What waits to be shown there is dropped. */
gboolean pipit_store_drop_unshown(PipitStore *store, const char *peer, GError **error);

/** A member (@received->from) of a group says that messages were delivered or read. @received: the last of them that this is news
 * of is set, and how many say so of it; without id if there is none. */
gboolean pipit_store_take_member_receipt(PipitStore *store, PipitReceived *received, const char *const *ids,
					 GError **error);
