/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the directory answers about handles: their devices, each checked before anyone uses it (docs/protocol.md, "Look-up"). */
#pragma once

#include <glib.h>

#include "crypto/device_keys.h"

/* One device of one handle. Immutable, reference counted (atomically: workers may hold one). */
typedef struct {
	GBytes *push_token;
	PipitDevicePublic *keys;
	GBytes *pair_identity; /* the three as they came, for keeping */
	GBytes *device_key;
	GBytes *prekey_record; /* NULL without one */
	gint64 added_at;       /* ms */
	gint64 removed_at;     /* ms; 0: it is there */
} PipitDeviceRecord;

/**
 * Checks a device's keys and takes them together.
 * Returns: (transfer full) NULL with PIPIT_KEYS_ERROR.
 */
PipitDeviceRecord *pipit_device_record_new(GBytes *push_token, GBytes *pair_identity, GBytes *device_key,
					   GBytes *prekey_record, gint64 added_at, gint64 removed_at,
					   GError **error);
PipitDeviceRecord *pipit_device_record_ref(PipitDeviceRecord *device);
void pipit_device_record_unref(PipitDeviceRecord *device);

typedef struct {
	char *handle;
	GPtrArray *devices; /* of PipitDeviceRecord */
	guint dropped;      /* devices (not removed ones) whose keys do not check, left out of @devices */
} PipitLookupResult;

typedef struct {
	gint64 time;        /* ms, the server's clock */
	GPtrArray *results; /* of PipitLookupResult, in the order asked */
} PipitLookupAnswer;

void pipit_lookup_answer_free(PipitLookupAnswer *answer);

/** Returns: (transfer full) the body of a look-up of 1 to 64 @handles, with removed devices too: one answer serves sending
 * and what was sent to us. */
GBytes *pipit_lookup_request(const char *const *handles);

/**
 * Reads the answer to a look-up of these @handles. A device whose keys do not check is left out and counted, since it
 * must not keep us from the others. Verifies signatures: some 0.2 ms a device.
 * Returns: (transfer full) NULL with PIPIT_JSON_ERROR if it is no answer to that.
 */
PipitLookupAnswer *pipit_lookup_answer_parse(GBytes *body, const char *const *handles, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDeviceRecord, pipit_device_record_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitLookupAnswer, pipit_lookup_answer_free)
