/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A send request as it is read from a body, before anything is looked up (docs/protocol.md, "Sending"). */
#pragma once

#include <json-glib/json-glib.h>

#include "protocol/envelope.h"
#include "server/store_queue.h"

typedef struct {
	GBytes *push_token;
	PipitSuite suite;
	GBytes *prekey; /* NULL for pair */
	GBytes *payload;
	guint8 payload_hash[PIPITD_TOKEN_HASH_LEN];
	/* Set while it is sent: */
	gint64 device;      /* whose the token is; 0: nobody's */
	gboolean delivered; /* it came before */
} PipitdCopy;

typedef enum {
	PIPITD_SEND_ACCEPTED,
	PIPITD_SEND_STALE,
	PIPITD_SEND_UNREACHABLE,
	PIPITD_SEND_QUEUE_FULL,
	PIPITD_SEND_TOO_LARGE,
} PipitdSendStatus;

typedef struct {
	char *to;
	GPtrArray *copies;  /* of PipitdCopy, each for another device */
	gboolean too_large; /* a payload is over the relay's cap */
	/* Set while it is sent: */
	PipitdSendStatus status;
	GPtrArray *missing;    /* of GBytes, push tokens */
	GPtrArray *gone;       /* of GBytes */
	GPtrArray *old_prekey; /* of GBytes */
} PipitdRecipient;

typedef struct {
	char *id;
	char *from;
	PipitClass class_;
	GPtrArray *recipients; /* of PipitdRecipient */
} PipitdSend;

/** Returns: (transfer full) NULL with PIPIT_JSON_ERROR. @relay_cap: the largest payload that is taken, in bytes. */
PipitdSend *pipitd_send_parse(JsonObject *body, gsize relay_cap, GError **error);
void pipitd_send_free(PipitdSend *send);

/** Returns: (transfer full) the results, as the sender is answered. */
JsonArray *pipitd_send_results(const PipitdSend *send);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdSend, pipitd_send_free)
