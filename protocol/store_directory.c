/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory's cache on disk. */
#include "protocol/store_directory.h"

#include "protocol/limits.h"
#include "protocol/store_private.h"

PipitKnownDevice *
pipit_known_device_new(PipitDeviceRecord *record, gboolean confirmed)
{
	PipitKnownDevice *device = g_new0(PipitKnownDevice, 1);
	device->record = pipit_device_record_ref(record);
	device->confirmed = confirmed;
	return device;
}

void
pipit_known_device_free(PipitKnownDevice *device)
{
	if (device == NULL)
		return;
	pipit_device_record_unref(device->record);
	g_free(device);
}

PipitKnownHandle *
pipit_known_handle_new(gint64 fetched_at, gint64 server_time, guint unusable)
{
	PipitKnownHandle *known = g_new0(PipitKnownHandle, 1);
	known->fetched_at = fetched_at;
	known->server_time = server_time;
	known->unusable = unusable;
	known->devices = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_known_device_free);
	return known;
}

void
pipit_known_handle_free(PipitKnownHandle *known)
{
	if (known == NULL)
		return;
	g_ptr_array_unref(known->devices);
	g_free(known);
}

/* Returns NULL if what is kept does not check. */
static PipitDeviceRecord *
read_record(sqlite3_stmt *row)
{
	g_autoptr(GBytes) push_token = pipit_store_column_bytes(row, 0);
	g_autoptr(GBytes) pair_identity = pipit_store_column_bytes(row, 1);
	g_autoptr(GBytes) device_key = pipit_store_column_bytes(row, 2);
	g_autoptr(GBytes) prekey_record = pipit_store_column_bytes(row, 3);
	return pipit_device_record_new(push_token, pair_identity, device_key, prekey_record,
				       sqlite3_column_int64(row, 4), sqlite3_column_int64(row, 5), NULL);
}

static gboolean
read_devices(PipitStore *store, const char *handle, PipitKnownHandle **known, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"SELECT push_token, pair_identity, device_key, prekey_record, added_at, removed_at,"
		" confirmed FROM handle_device WHERE handle = ? ORDER BY rowid",
		"s", handle);
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW && *known != NULL) {
		g_autoptr(PipitDeviceRecord) record = read_record(rows);
		if (record != NULL)
			g_ptr_array_add((*known)->devices,
					pipit_known_device_new(record, sqlite3_column_int(rows, 6) != 0));
		else
			g_clear_pointer(known, pipit_known_handle_free);
	}
	return result == SQLITE_DONE || result == SQLITE_ROW;
}

static gboolean
is_time(gint64 ms)
{
	return ms >= 0 && ms <= PIPIT_TIME_MAX;
}

gboolean
pipit_store_read_handle(PipitStore *store, const char *handle, PipitKnownHandle **known, GError **error)
{
	*known = NULL;
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error, "SELECT fetched_at, server_time, unusable FROM handle WHERE handle = ?", "s",
		handle);
	if (row == NULL)
		return FALSE;
	int result = pipit_store_step(store, row, error);
	if (result != SQLITE_ROW)
		return result == SQLITE_DONE;
	gint64 fetched_at = sqlite3_column_int64(row, 0);
	gint64 server_time = sqlite3_column_int64(row, 1);
	if (!is_time(fetched_at) || !is_time(server_time))
		return TRUE;
	g_autoptr(PipitKnownHandle) found =
		pipit_known_handle_new(fetched_at, server_time, (guint)sqlite3_column_int(row, 2));
	if (!read_devices(store, handle, &found, error))
		return FALSE;
	*known = g_steal_pointer(&found);
	return TRUE;
}

static gboolean
write_device(PipitStore *store, const char *handle, const PipitKnownDevice *device, GError **error)
{
	const PipitDeviceRecord *record = device->record;
	return pipit_store_run(store, error, "INSERT INTO handle_device VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			       "sbbbbiii", handle, record->push_token, record->pair_identity,
			       record->device_key, record->prekey_record, record->added_at,
			       record->removed_at, (gint64)device->confirmed);
}

gboolean
pipit_store_write_handle(PipitStore *store, const char *handle, const PipitKnownHandle *known, GError **error)
{
	/* Replacing the row deletes the devices that hang on it. */
	if (!pipit_store_run(store, error, "DELETE FROM handle WHERE handle = ?", "s", handle) ||
	    !pipit_store_run(store, error, "INSERT INTO handle VALUES (?, ?, ?, ?)", "siii", handle,
			     known->fetched_at, known->server_time, (gint64)known->unusable))
		return FALSE;
	for (guint i = 0; i < known->devices->len; i++)
		if (!write_device(store, handle, known->devices->pdata[i], error))
			return FALSE;
	return TRUE;
}

gboolean
pipit_store_read_prekey_seen(PipitStore *store, GBytes *device_key, GBytes **record, double *timestamp,
			     GError **error)
{
	*record = NULL;
	*timestamp = 0;
	g_autoptr(sqlite3_stmt) row = pipit_store_query(
		store, error, "SELECT record, timestamp FROM prekey_seen WHERE device_key = ?", "b",
		device_key);
	if (row == NULL)
		return FALSE;
	int result = pipit_store_step(store, row, error);
	if (result == SQLITE_ROW) {
		*record = pipit_store_column_bytes(row, 0);
		*timestamp = sqlite3_column_double(row, 1);
	}
	return result == SQLITE_ROW || result == SQLITE_DONE;
}

gboolean
pipit_store_write_prekey_seen(PipitStore *store, GBytes *device_key, GBytes *record, double timestamp,
			      GError **error)
{
	return pipit_store_run(store, error, "INSERT OR REPLACE INTO prekey_seen VALUES (?, ?, ?)", "bdb",
			       device_key, timestamp, record);
}

gboolean
pipit_store_add_new_device(PipitStore *store, const char *handle, GBytes *device_key, GError **error)
{
	return pipit_store_run(store, error, "INSERT OR IGNORE INTO new_device VALUES (?, ?)", "sb", handle,
			       device_key);
}

GPtrArray *
pipit_store_read_new_devices(PipitStore *store, const char *handle, GPtrArray *handles, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error, "SELECT handle, device_key FROM new_device WHERE handle = ifnull(?, handle)",
		"s", handle);
	if (rows == NULL)
		return NULL;
	g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW) {
		g_ptr_array_add(handles, pipit_store_column_text(rows, 0));
		g_ptr_array_add(keys, pipit_store_column_bytes(rows, 1));
	}
	return result == SQLITE_DONE ? g_steal_pointer(&keys) : NULL;
}

gboolean
pipit_store_remove_new_device(PipitStore *store, const char *handle, GBytes *device_key, GError **error)
{
	return pipit_store_run(store, error, "DELETE FROM new_device WHERE handle = ? AND device_key = ?",
			       "sb", handle, device_key);
}
