/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plaintext inside a sealed payload (docs/protocol.md, "The message"). */
#pragma once

#include <glib.h>

#include "protocol/envelope.h"
#include "protocol/message_group.h"
#include "protocol/message_attachment.h"

#define PIPIT_MESSAGE_ERROR (pipit_message_error_quark())
GQuark pipit_message_error_quark(void);

typedef enum {
	PIPIT_MESSAGE_ERROR_INVALID, /* not a message: refused */
	PIPIT_MESSAGE_ERROR_UNKNOWN, /* a version or type of a later client: skipped */
} PipitMessageError;

typedef enum {
	PIPIT_MESSAGE_TEXT,      /* "message" */
	PIPIT_MESSAGE_DELIVERED, /* a receipt */
	PIPIT_MESSAGE_READ,      /* a receipt */
	PIPIT_MESSAGE_TYPING,
	PIPIT_MESSAGE_DEVICE,    /* a new own device says that it is there */
	PIPIT_MESSAGE_GROUP,     /* changes of a group */
	PIPIT_MESSAGE_GROUP_ASK, /* for those that its sender lacks */
} PipitMessageType;

/* All strings are UTF-8; handles are in their normal form. */
typedef struct {
	PipitMessageType type;
	char *id;               /* UUID, lower case */
	char *from;             /* handle */
	char **to;              /* 1 to 256 handles, NULL-terminated; of what goes to a whole group, none */
	gint64 sent_at;         /* ms */
	char *text;             /* TEXT alone; may be empty if there are attachments */
	char *html;             /* or NULL; not cleaned */
	GPtrArray *attachments; /* of PipitMessageAttachment; or NULL */
	char **ids;             /* receipts: 1 to 256 UUIDs, NULL-terminated; else NULL */
	gboolean typing;
	/* Where the whole message lies, as it would have been sealed: then nothing that only some types have is here. Or NULL. */
	PipitBlob *content;
	PipitMessageGroup group;
} PipitMessage;

void pipit_message_free(PipitMessage *message);

/** Returns: (transfer full) gzip of the message's JSON, to be sealed. @message must be valid. NULL if it is larger than anybody
 * would read. */
GBytes *pipit_message_pack(const PipitMessage *message);

/**
 * Reads what was sealed; every check of the section that needs nothing but the bytes.
 * Returns: (transfer full) NULL with PIPIT_MESSAGE_ERROR.
 */
PipitMessage *pipit_message_unpack(GBytes *plaintext, GError **error);

/** TRUE if @inner, which lay where @outer's content does, is what @outer announced. */
gboolean pipit_message_is_content_of(const PipitMessage *inner, const PipitMessage *outer);

/** The class that a message of this type must come in. */
PipitClass pipit_message_class(PipitMessageType type);

/** TRUE if @handle stands in the message's `to`, or it goes to a whole group. */
gboolean pipit_message_is_to(const PipitMessage *message, const char *handle);

/** The time to show: `sent_at`, or @received_at where `sent_at` is not to be believed. */
gint64 pipit_message_shown_time(const PipitMessage *message, gint64 received_at);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitMessage, pipit_message_free)
