/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory's cache on disk; what it means is directory.c's. */
#pragma once

#include "protocol/device_record.h"
#include "protocol/store.h"

/* A device as it was looked up. */
typedef struct {
	PipitDeviceRecord *record;
	gboolean confirmed; /* the look-up named this very prekey; FALSE: we kept a newer one */
} PipitKnownDevice;

PipitKnownDevice *pipit_known_device_new(PipitDeviceRecord *record, gboolean confirmed);
void pipit_known_device_free(PipitKnownDevice *device);

/* What a look-up said of a handle. */
typedef struct {
	gint64 fetched_at;  /* ms, our clock */
	gint64 server_time; /* ms, the server's clock */
	guint unusable;     /* devices whose keys did not check */
	gboolean outdated;  /* the relay said so; not kept */
	guint digest;       /* the number of its answer, since the program began; not kept */
	GPtrArray *devices; /* of PipitKnownDevice */
} PipitKnownHandle;

PipitKnownHandle *pipit_known_handle_new(gint64 fetched_at, gint64 server_time, guint unusable);
void pipit_known_handle_free(PipitKnownHandle *known);

/**
 * @known: out, (transfer full): NULL if @handle was never looked up, or what is kept does not check.
 * Returns: FALSE with PIPIT_STORE_ERROR.
 */
gboolean pipit_store_read_handle(PipitStore *store, const char *handle, PipitKnownHandle **known,
				 GError **error);
/** Inside a transaction. */
gboolean pipit_store_write_handle(PipitStore *store, const char *handle, const PipitKnownHandle *known,
				  GError **error);

/**
 * The newest prekey ever seen of a device.
 * @record: out, (transfer full): its prekey record; NULL if it was never seen with one. @timestamp: out, Unix seconds.
 */
gboolean pipit_store_read_prekey_seen(PipitStore *store, GBytes *device_key, GBytes **record,
				      double *timestamp, GError **error);
gboolean pipit_store_write_prekey_seen(PipitStore *store, GBytes *device_key, GBytes *record,
				       double timestamp, GError **error);

/** Notes a device that the person is to be told of. Inside a transaction. */
gboolean pipit_store_add_new_device(PipitStore *store, const char *handle, GBytes *device_key,
				    GError **error);
/** @handle: or NULL for all. @handles: of char *, beside the returned GBytes (device keys); NULL on error. */
GPtrArray *pipit_store_read_new_devices(PipitStore *store, const char *handle, GPtrArray *handles,
					GError **error);
/** The person was told. */
gboolean pipit_store_remove_new_device(PipitStore *store, const char *handle, GBytes *device_key,
				       GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitKnownDevice, pipit_known_device_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PipitKnownHandle, pipit_known_handle_free)
