/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages by which groups keep themselves: changes, and questions for them, written into the outbox. Inside a transaction. */
#pragma once

#include "protocol/message.h"
#include "protocol/store.h"

typedef struct {
	const char *gid;
	const char *from; /* one's own handle */
	gint64 now;       /* ms, the server's clock */
} PipitGroupLetter;

/** Tells @to, one handle, of @changes (of PipitGroupChange), by the way; nothing if there are none. */
gboolean pipit_group_letter_tell(PipitStore *store, const PipitGroupLetter *letter, const char *to,
				 GPtrArray *changes, GError **error);

/** Asks @to for what is not known here. */
gboolean pipit_group_letter_ask(PipitStore *store, const PipitGroupLetter *letter, const char *to,
				GError **error);

/** Tells @recipients (handles, NULL-terminated) of changes that the person made, in order with what is written there. @id: the
 * message's. */
gboolean pipit_group_letter_spread(PipitStore *store, const PipitGroupLetter *letter, const char *id,
				   const char *const *recipients, GPtrArray *changes, GError **error);
