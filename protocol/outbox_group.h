/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is different where a message goes to many: it goes in batches, and nobody holds it up for the others. */
#pragma once

#include "protocol/outbox_private.h"

/** TRUE if the message is for @recipient, who is not oneself. */
gboolean pipit_outbox_is_meant(const PipitOutboxItem *item, const PipitRecipient *recipient);

/** Notes that @handle can't be reached. TRUE if the message goes on without them; FALSE: it is nobody else's. */
gboolean pipit_outbox_go_without(PipitOutboxItem *item, const char *handle, PipitOutboxError why);
gboolean pipit_outbox_goes_without(const PipitOutboxItem *item, const char *handle);

/** Leaves those out who were removed from the group since: on disk they are no longer recipients. FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_outbox_drop_removed(PipitOutbox *outbox, PipitOutboxItem *item, GError **error);

/* What a request has taken so far of what it may. */
typedef struct {
	guint recipients;
	guint copies;
	gsize size;
} PipitOutboxRoom;

/** Takes room for one more recipient with so many copies of @payload bytes at the most; FALSE if there is none. There always is
 * for the first: the server says what it thinks of it. */
gboolean pipit_outbox_take_room(PipitOutboxRoom *room, guint copies, gsize payload);

/** Returns: (transfer container) the recipients of the next request. */
GPtrArray *pipit_outbox_batch(const PipitOutboxItem *item);

/** Returns: (transfer full) a sentence on whom it did not reach and why, translated; NULL if it reached all that it could.
 * @code: out: of the first. */
char *pipit_outbox_unreached_sentence(const PipitOutboxItem *item, PipitOutboxError *code);
