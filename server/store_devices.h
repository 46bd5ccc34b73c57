/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices in the store: what the directory shows of each, and what proves one. */
#pragma once

#include "server/store.h"
#include "server/tokens.h"

typedef struct {
	gint64 id;
	gint64 account;
	GBytes *push_token;
	char *name;
	GBytes *pair_identity;
	GBytes *device_key;
	GBytes *prekey_record;
	gint64 added_at;
	gint64 seen_at;
	gint64 removed_at; /* 0: it is there */
} PipitdDevice;

void pipitd_device_free(PipitdDevice *device);

/** What a device registers with, or replaces its prekey by; checked by the caller. */
typedef struct {
	GBytes *prekey_record;
	GBytes *prekey;     /* 32 bytes, out of the record */
	double prekey_time; /* Unix seconds, out of the record */
	gboolean alone;     /* those before it open nothing any more */
} PipitdPrekey;

typedef struct {
	const char *name;
	GBytes *pair_identity;
	GBytes *device_key;
	PipitdPrekey prekey;
	const guint8 *push_token; /* if it is new: PIPIT_TOKEN_LEN */
	const guint8 *auth;       /* PIPITD_TOKEN_HASH_LEN */
} PipitdNewDevice;

/**
 * Finds the device that an auth token, by its hash, proves.
 * Returns: (transfer full) NULL without an error if there is none; NULL with PIPITD_STORE_ERROR.
 */
PipitdDevice *pipitd_store_device_by_auth(PipitdSession *session,
					  const guint8 auth[static PIPITD_TOKEN_HASH_LEN], GError **error);

/** FALSE also where the store can't tell. @there: out, whether the device exists and was not removed. */
gboolean pipitd_store_has_device(PipitdSession *session, gint64 device, gboolean *there, GError **error);

/** Returns: (transfer full) the account's devices that are there, as PipitdDevice; NULL with PIPITD_STORE_ERROR. */
GPtrArray *pipitd_store_account_devices(PipitdSession *session, gint64 account, GError **error);

/**
 * Returns: (transfer full) the devices behind a handle, as PipitdDevice, none for an unknown one; with @removed those
 *   removed, newest first, behind them. NULL with PIPITD_STORE_ERROR.
 */
GPtrArray *pipitd_store_handle_devices(PipitdSession *session, const char *handle, gboolean removed,
				       GError **error);

/**
 * Registers a device, or renews one of the same account with the same keys: its push token stays, the prekey is
 * replaced if it is later.
 * @push_token: out. @added: out, TRUE if it is new.
 * Returns: FALSE with _DEVICE_KEY_TAKEN (also for a removed device's key), _KEYS_DIFFER or _TOO_MANY.
 */
gboolean pipitd_store_put_device(PipitdSession *session, gint64 account, const PipitdNewDevice *device,
				 gint64 now, guint8 push_token[static PIPIT_TOKEN_LEN], gboolean *added,
				 GError **error);

/** Replaces a device's prekey; the same one again is fine. FALSE with _PREKEY_ROLLBACK. */
gboolean pipitd_store_put_prekey(PipitdSession *session, gint64 device, const PipitdPrekey *prekey,
				 gint64 now, GError **error);

/**
 * Removes a device and what waits for it; its keys stay for those who must still check what it sent.
 * @device: out, its number.
 * Returns: FALSE with _NOT_FOUND if it is not one of @account's.
 */
gboolean pipitd_store_remove_device(PipitdSession *session, gint64 account, GBytes *push_token, gint64 now,
				    gint64 *device, GError **error);

/** Notes that a device was here. */
gboolean pipitd_store_touch_device(PipitdSession *session, gint64 device, gint64 now, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitdDevice, pipitd_device_free)
