/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes in groups: who is believed, what is taken of it, and what the others are asked and told for it (group_gate.h, with
 * the store behind it). All but the first four belong inside the inbox's transaction; what goes out is written into the outbox. */
#pragma once

#include "protocol/envelope.h"
#include "protocol/group_gate.h"
#include "protocol/inbox.h"

typedef struct PipitInboxGroups PipitInboxGroups;

/** @store must outlive it. */
PipitInboxGroups *pipit_inbox_groups_new(PipitStore *store);
void pipit_inbox_groups_free(PipitInboxGroups *groups);
void pipit_inbox_groups_set_contacts(PipitInboxGroups *groups, PipitIsContact is_contact, gpointer user_data);
/** Changes of the group came in force: what waited for one of them, or for its sender to be believed, waits no more. FALSE with
 * PIPIT_STORE_ERROR. */
gboolean pipit_inbox_groups_release(PipitInboxGroups *groups, const char *gid, GError **error);
/** TRUE if something that waited may be tried again; and the same, once. */
gboolean pipit_inbox_groups_has_released(const PipitInboxGroups *groups);
gboolean pipit_inbox_groups_take_released(PipitInboxGroups *groups);

/** Something that belongs to a group and is fresh from the relay, or waited. */
typedef struct {
	const PipitMessage *message;
	const PipitEnvelope *envelope;
} PipitGroupArrival;

/** Whether it is to be taken; asks and tells what there is to ask and to tell. */
gboolean pipit_inbox_groups_judge(PipitInboxGroups *groups, const PipitGroupArrival *arrival,
				  PipitGroupVerdict *verdict, GError **error);
/** It is to wait. @may: out: FALSE if too many do. */
gboolean pipit_inbox_groups_may_wait(PipitInboxGroups *groups, const PipitGroupArrival *arrival,
				     gboolean *may, GError **error);
/** It waits, among what is undecided. */
gboolean pipit_inbox_groups_wait(PipitInboxGroups *groups, const PipitGroupArrival *arrival,
				 GBytes *payload_hash, GError **error);

/** Takes one that is to be taken and is no text. @shown: of PipitReceived: what is to be told is added. */
gboolean pipit_inbox_groups_take(PipitInboxGroups *groups, const PipitGroupArrival *arrival, GPtrArray *shown,
				 GError **error);
/** A text was taken: whether that is to be told. */
gboolean pipit_inbox_groups_note_received(PipitInboxGroups *groups, const PipitGroupArrival *arrival,
					  const PipitReceived *received, GError **error);

/** Another own device is new: tells it of all groups. */
gboolean pipit_inbox_groups_welcome(PipitInboxGroups *groups, const PipitEnvelope *envelope, GError **error);

/** Takes out of @shown what waits for an answer to ASKED, and what is there twice since the answer came. */
gboolean pipit_inbox_groups_hide(PipitInboxGroups *groups, GPtrArray *shown, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitInboxGroups, pipit_inbox_groups_free)
