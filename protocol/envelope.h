/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the relay hands out: envelopes, and the poll that fetches them (docs/protocol.md, "The relay"). */
#pragma once

#include <glib.h>

#include "crypto/seal.h"

typedef enum {
	PIPIT_CLASS_STORED,
	PIPIT_CLASS_EPHEMERAL,
} PipitClass;

/** Returns: (transfer none) "stored" or "ephemeral". */
const char *pipit_class_name(PipitClass class_);
/** FALSE if there is no such class. */
gboolean pipit_class_parse(const char *name, PipitClass *class_);

/* Checked in form, not in truth: the relay wrote it. Immutable, reference counted (atomically). */
typedef struct {
	gint64 seq;         /* 0 for an ephemeral one */
	char *id;           /* UUID */
	char *from;         /* handle */
	char *to;           /* handle */
	GBytes *push_token; /* the sending device's */
	PipitClass class_;
	PipitSuite suite;
	GBytes *prekey; /* 32 bytes; NULL for pair */
	GBytes *payload;
	gint64 received_at; /* ms, by the relay */
} PipitEnvelope;

PipitEnvelope *pipit_envelope_ref(PipitEnvelope *envelope);
void pipit_envelope_unref(PipitEnvelope *envelope);

/** Returns: (transfer full) the envelope as the relay writes it, for keeping; pipit_envelope_parse() reads it. */
GBytes *pipit_envelope_print(const PipitEnvelope *envelope);
/** Returns: (transfer full) NULL with PIPIT_JSON_ERROR. */
PipitEnvelope *pipit_envelope_parse(GBytes *bytes, GError **error);

/** Returns: (transfer full) the body of a poll. @acks: n_acks sequence numbers; @wait: seconds. */
GBytes *pipit_poll_request(const gint64 *acks, guint n_acks, gint64 after, guint wait);

typedef struct {
	gint64 time; /* ms, the relay's clock */
	char *epoch;
	gboolean more;
	GPtrArray *envelopes; /* of PipitEnvelope, in the relay's order */
	GArray *malformed; /* of gint64: sequence numbers of what has no envelope's form; to be acknowledged */
} PipitPollAnswer;

void pipit_poll_answer_free(PipitPollAnswer *answer);

/** Returns: (transfer full) NULL with PIPIT_JSON_ERROR if the answer as a whole is none. */
PipitPollAnswer *pipit_poll_answer_parse(GBytes *body, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitEnvelope, pipit_envelope_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitPollAnswer, pipit_poll_answer_free)
