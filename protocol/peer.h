/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a conversation is with: a person, by their handle, or a group, "group:" and its UUID. This is the one place that knows to
 * whom a message goes that is written there. */
#pragma once

#include "protocol/message_group.h"
#include "protocol/store.h"

/** Reads what a person types, as pipit_handle_parse(), or a group's peer. Returns: (transfer full) NULL if it is neither. */
char *pipit_peer_parse(const char *typed);

/** Returns: (transfer none) the UUID of a group's peer; NULL if @peer is none. */
const char *pipit_peer_gid(const char *peer);
/** Returns: (transfer full) */
char *pipit_peer_of_group(const char *gid);

/* What a message to a peer says of where it goes, and who gets it. */
typedef struct {
	char *from;        /* one's own handle that it is from */
	char **to;         /* the message's */
	char **recipients; /* handles; one's own stands for the own other devices */
	PipitMessageGroup group;
} PipitPeerAddress;

void pipit_peer_address_clear(PipitPeerAddress *address);

/**
 * @from: the handle that one writes to people from.
 * @found: out: FALSE if there is no such group, or one is not in it.
 * FALSE with PIPIT_STORE_ERROR.
 */
gboolean pipit_peer_find_address(PipitStore *store, const char *peer, const char *from,
				 PipitPeerAddress *address, gboolean *found, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitPeerAddress, pipit_peer_address_clear)
