/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This device's own keys: read when the store is opened, kept in key files; SQLite knows the public halves and dates.
 *
 * First sign-in: save_device, add_prekey, register at the server, save_token, pipit_store_set_registered(),
 * prekey_published. A new prekey: add_prekey, upload, prekey_published. A death in between is met by pending_prekey: what was
 * added and not published is uploaded (again), byte for byte the same. */
#pragma once

#include "crypto/device_keys.h"
#include "protocol/store.h"

/** Returns: (transfer none) NULL before the first sign-in. */
PipitDeviceSecrets *pipit_store_device(const PipitStore *store);
/** TRUE if @device_key (PIPIT_COMPACT_KEY_LEN bytes) is this device's own. */
gboolean pipit_store_is_this_device(const PipitStore *store, const guint8 *device_key);
/** Returns: (transfer none) 32 bytes; NULL before the first sign-in. */
GBytes *pipit_store_auth_token(const PipitStore *store);

/** Keeps the device's keys; only once, they live as long as the store. */
gboolean pipit_store_save_device(PipitStore *store, PipitDeviceSecrets *device, GError **error);
/** @token: 32 bytes; replaces the former. */
gboolean pipit_store_save_auth_token(PipitStore *store, GBytes *token, GError **error);

/** Keeps a new prekey, before any server sees it. @record: the signed prekey record. */
gboolean pipit_store_add_prekey(PipitStore *store, PipitPrekeySecret *prekey, GBytes *record, GError **error);
/** The server has accepted the prekey with this compact @key: it is the current one, those before are retired.
 * @server_now: ms, the server's clock. */
gboolean pipit_store_prekey_published(PipitStore *store, const guint8 *key, gint64 server_now,
				      GError **error);
/** Returns: (transfer none) the newest prekey that was added and not published, or NULL.
 * @record: out, (transfer none), or NULL. */
PipitPrekeySecret *pipit_store_pending_prekey(const PipitStore *store, GBytes **record);
/** Returns: (transfer none) the current prekey, or NULL. */
PipitPrekeySecret *pipit_store_current_prekey(const PipitStore *store);
/** TRUE if a new prekey is to be made: there is none, or the current one is older than 7 days. */
gboolean pipit_store_prekey_due(const PipitStore *store, gint64 server_now);
/** The timestamp (Unix seconds) for a new prekey: now, but later than every one before. */
double pipit_store_next_prekey_timestamp(const PipitStore *store, gint64 server_now);

/** Returns: (transfer full) every prekey that may still open something, the newest first: of PipitPrekeySecret. */
GPtrArray *pipit_store_prekeys(const PipitStore *store);
/** Wipes prekeys retired over 35 days ago, and what was kept against replays under them. Call it only once the queue
 * was drained: nobody can open what still waits for them. */
gboolean pipit_store_expire_prekeys(PipitStore *store, gint64 server_now, GError **error);
