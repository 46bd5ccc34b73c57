/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client hands to the relay, and what the relay says to it (docs/protocol.md, "The relay", sending). */
#pragma once

#include <glib.h>

#include "crypto/seal.h"
#include "protocol/envelope.h"

/* One sealed payload for one device. */
typedef struct {
	GBytes *push_token;
	PipitSuite suite;
	GBytes *prekey; /* NULL for pair */
	GBytes *payload;
} PipitCopy;

PipitCopy *pipit_copy_new(GBytes *push_token, PipitSuite suite, GBytes *prekey, GBytes *payload);
void pipit_copy_free(PipitCopy *copy);

typedef struct {
	char *to;          /* handle */
	GPtrArray *copies; /* of PipitCopy */
} PipitRecipient;

PipitRecipient *pipit_recipient_new(const char *to);
void pipit_recipient_free(PipitRecipient *recipient);

/** Returns: (transfer full) the handles of @recipients (of PipitRecipient) in their order, NULL-terminated. */
char **pipit_recipients_handles(GPtrArray *recipients);

/** Returns: (transfer full) the body. @recipients: of PipitRecipient. */
GBytes *pipit_send_request(const char *id, const char *from, PipitClass class_, GPtrArray *recipients);

typedef enum {
	PIPIT_SEND_ACCEPTED,
	PIPIT_SEND_STALE,
	PIPIT_SEND_REFUSED,
} PipitSendStatus;

typedef struct {
	PipitSendStatus status;
	char *to;
	char *code;            /* refused: "unreachable", "queue-full", "too-large", or one we do not know */
	GPtrArray *missing;    /* stale: of GBytes, push tokens of devices without a copy */
	GPtrArray *gone;       /* stale: of GBytes */
	GPtrArray *old_prekey; /* stale: of GBytes */
} PipitSendResult;

/**
 * Reads the relay's answer to a request for these @handles (NULL-terminated): one result for each, in their order.
 * @time: out, ms, the relay's clock; optional.
 * Returns: (transfer full) of PipitSendResult; NULL with PIPIT_JSON_ERROR.
 */
GPtrArray *pipit_send_answer_parse(GBytes *body, const char *const *handles, gint64 *time, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitCopy, pipit_copy_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitRecipient, pipit_recipient_free)
