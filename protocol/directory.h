/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this device knows of others' devices, and when it must ask again. Does no network itself: it says what it has, and
 * takes the answers. Kept in the store.
 *
 * Rules (docs/sealed-messages.md, "Choice of format, prekeys"): a device once seen with a prekey is never shown without
 * one; a prekey older than one seen before is never taken, the newer stays; one older than 45 days counts only right
 * after a look-up that named it. */
#pragma once

#include "protocol/device_record.h"
#include "protocol/store.h"

typedef struct PipitDirectory PipitDirectory;

/** @store must outlive the directory. Returns: (transfer full) */
PipitDirectory *pipit_directory_new(PipitStore *store);
void pipit_directory_free(PipitDirectory *directory);

/**
 * The devices to seal for when one writes to @handle.
 * @now: ms, our clock.
 * Returns: (transfer full) of PipitDeviceRecord, empty for a handle that can't be reached; NULL: look up @handle first.
 */
GPtrArray *pipit_directory_devices(PipitDirectory *directory, const char *handle, gint64 now);

/** The same for what is dropped if it can't be delivered: a view of the last day will do, since the relay refuses an old
 * one and nobody is the worse for it. */
GPtrArray *pipit_directory_devices_for_ephemera(PipitDirectory *directory, const char *handle, gint64 now);

/** Returns: how many devices of @handle can't be used, since their keys do not check or went back. */
guint pipit_directory_unusable(PipitDirectory *directory, const char *handle, gint64 now);

typedef enum {
	PIPIT_SENDER_FOUND,
	PIPIT_SENDER_UNKNOWN, /* the directory was asked: no such device of that handle at that time */
	PIPIT_SENDER_LOOK_UP, /* not known: look up the handle first */
} PipitSenderFound;

/**
 * Finds the device that sent something in the name of @handle.
 * @received_at: ms, when the relay took it; a device removed before that does not count.
 * @device: out, (transfer full), if found.
 */
PipitSenderFound pipit_directory_sender(PipitDirectory *directory, const char *handle, GBytes *push_token,
					gint64 received_at, PipitDeviceRecord **device);

/** Returns: how many answers were taken since the program began, a mark for pipit_directory_was_asked_since(). */
guint pipit_directory_digests(const PipitDirectory *directory);
/** TRUE if an answer about @handle was taken since @mark: it names every device that had sent something before, whatever
 * the relay's clock says. */
gboolean pipit_directory_was_asked_since(PipitDirectory *directory, const char *handle, guint mark);

/** Takes an answer, after a look-up that was begun at @now (ms, our clock), and notes the devices that are news
 * (pipit_store_read_new_devices()). FALSE with PIPIT_STORE_ERROR. */
gboolean pipit_directory_digest(PipitDirectory *directory, const PipitLookupAnswer *answer, gint64 now,
				GError **error);

/** The relay says that our view of @handle is old: the next pipit_directory_devices() asks for a look-up. */
void pipit_directory_outdated(PipitDirectory *directory, const char *handle);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitDirectory, pipit_directory_free)
