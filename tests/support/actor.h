/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device in a test: its keys, and what the directory shows of it. */
#pragma once

#include "protocol/device_record.h"

typedef struct {
	PipitDeviceSecrets *secrets;
	PipitPrekeySecret *prekey;
	GBytes *push_token;
} PipitActor;

/** A new device. @number: makes its push token; @prekey_time: Unix seconds. */
PipitActor *pipit_actor_new(guint8 number, double prekey_time);
void pipit_actor_free(PipitActor *actor);

/** Gives it another prekey, made at that time. */
void pipit_actor_new_prekey(PipitActor *actor, double prekey_time);

/** Returns: (transfer full) what the directory shows of it. @removed_at: ms, 0 for a device that is there. */
PipitDeviceRecord *pipit_actor_record(const PipitActor *actor, gint64 removed_at);
/** The same without a prekey. */
PipitDeviceRecord *pipit_actor_bare_record(const PipitActor *actor);

/** Returns: (transfer full) a directory's answer for one handle, with these devices (NULL-terminated; taken over). */
PipitLookupAnswer *pipit_actor_answer(gint64 time, const char *handle, ...) G_GNUC_NULL_TERMINATED;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitActor, pipit_actor_free)
