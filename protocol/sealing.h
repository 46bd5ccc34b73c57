/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealing one plaintext for one device: chosen on the main thread, done in a worker. */
#pragma once

#include "protocol/device_record.h"
#include "protocol/send_request.h"
#include "protocol/store.h"

typedef struct {
	char *to; /* the recipient's handle */
	PipitDeviceRecord *device;
	guint32 counter; /* for pair-ec; taken before */
	GBytes *payload; /* out; NULL with an @error */
	GError *error;   /* PIPIT_SEAL_ERROR */
} PipitSealing;

PipitSealing *pipit_sealing_new(const char *to, PipitDeviceRecord *device);
void pipit_sealing_free(PipitSealing *sealing);

/** pair-ec where the device has a prekey, else pair. */
PipitSuite pipit_sealing_suite(const PipitSealing *sealing);

/** Takes the counters that @sealings (of PipitSealing) need, in a transaction of its own. @now: ms, our clock.
 * FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_sealings_take_counters(PipitStore *store, GPtrArray *sealings, gint64 now, GError **error);

/** Seals @plaintext. Pure. */
void pipit_sealing_run(PipitSealing *sealing, const PipitDeviceSecrets *sender, GBytes *plaintext);

/** Seals @plaintext for all @sealings (of PipitSealing), on all cores where there are many; returns when it is done. Pure. */
void pipit_sealing_run_all(GPtrArray *sealings, const PipitDeviceSecrets *sender, GBytes *plaintext);

/** Returns: (transfer full) the copy that was sealed. */
PipitCopy *pipit_sealing_copy(const PipitSealing *sealing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitSealing, pipit_sealing_free)
