/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on SQLite. */
#include "server/store_devices.h"

#include "server/store_blobs.h"
#include "server/store_sqlite.h"

#define COLUMNS                                                                                              \
	"d.id, d.account, d.push_token, d.name, d.pair_identity, d.device_key, d.prekey_record, d.added_at," \
	" d.seen_at, d.removed_at"

void
pipitd_device_free(PipitdDevice *device)
{
	if (device == NULL)
		return;
	g_bytes_unref(device->push_token);
	g_free(device->name);
	g_bytes_unref(device->pair_identity);
	g_bytes_unref(device->device_key);
	g_bytes_unref(device->prekey_record);
	g_free(device);
}

static PipitdDevice *
read_device(PipitdRows *rows)
{
	PipitdDevice *device = g_new0(PipitdDevice, 1);
	device->id = pipitd_rows_int(rows, 0);
	device->account = pipitd_rows_int(rows, 1);
	device->push_token = pipitd_rows_bytes(rows, 2);
	device->name = pipitd_rows_text(rows, 3);
	device->pair_identity = pipitd_rows_bytes(rows, 4);
	device->device_key = pipitd_rows_bytes(rows, 5);
	device->prekey_record = pipitd_rows_bytes(rows, 6);
	device->added_at = pipitd_rows_int(rows, 7);
	device->seen_at = pipitd_rows_int(rows, 8);
	device->removed_at = pipitd_rows_int(rows, 9);
	return device;
}

static gboolean
read_devices(PipitdRows *rows, GPtrArray *devices, GError **error)
{
	while (pipitd_rows_next(rows))
		g_ptr_array_add(devices, read_device(rows));
	return pipitd_rows_check(rows, error);
}

static GPtrArray *
device_list(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)pipitd_device_free);
}

PipitdDevice *
pipitd_store_device_by_auth(PipitdSession *session, const guint8 auth[static PIPITD_TOKEN_HASH_LEN],
			    GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(session, "SELECT " COLUMNS " FROM devices d WHERE d.auth = ?",
						"b", auth, (gsize)PIPITD_TOKEN_HASH_LEN);
	if (pipitd_rows_next(rows))
		return read_device(rows);
	pipitd_rows_check(rows, error);
	return NULL;
}

gboolean
pipitd_store_has_device(PipitdSession *session, gint64 device, gboolean *there, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT 1 FROM devices WHERE id = ? AND removed_at IS NULL", "i", device);
	*there = pipitd_rows_next(rows);
	return pipitd_rows_check(rows, error);
}

GPtrArray *
pipitd_store_account_devices(PipitdSession *session, gint64 account, GError **error)
{
	g_autoptr(GPtrArray) devices = device_list();
	g_autoptr(PipitdRows) rows = pipitd_sql(session,
						"SELECT " COLUMNS " FROM devices d WHERE d.account = ?"
						" AND d.removed_at IS NULL ORDER BY d.id",
						"i", account);
	return read_devices(rows, devices, error) ? g_steal_pointer(&devices) : NULL;
}

GPtrArray *
pipitd_store_handle_devices(PipitdSession *session, const char *handle, gboolean removed, GError **error)
{
	g_autoptr(GPtrArray) devices = device_list();
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session,
			   "SELECT " COLUMNS " FROM handles h JOIN devices d ON d.account = h.account"
			   " WHERE h.handle = ? AND d.removed_at IS NULL ORDER BY d.id LIMIT ?",
			   "ti", handle, (gint64)PIPIT_HANDLE_MAX_DEVICES);
	if (!read_devices(rows, devices, error))
		return NULL;
	if (!removed)
		return g_steal_pointer(&devices);
	g_autoptr(PipitdRows) gone = pipitd_sql(
		session,
		"SELECT " COLUMNS " FROM handles h JOIN devices d ON d.account = h.account"
		" WHERE h.handle = ? AND d.removed_at IS NOT NULL ORDER BY d.removed_at DESC LIMIT ?",
		"ti", handle, (gint64)PIPIT_HANDLE_MAX_DEVICES);
	return read_devices(gone, devices, error) ? g_steal_pointer(&devices) : NULL;
}

/* The present record of a device, to be compared with one that is to replace it. */
typedef struct {
	gint64 id;
	gint64 account;
	GBytes *pair_identity;
	GBytes *prekey;
	double prekey_time;
	gboolean removed;
	guint8 push_token[PIPIT_TOKEN_LEN];
} Present;

static void
present_clear(Present *present)
{
	g_clear_pointer(&present->pair_identity, g_bytes_unref);
	g_clear_pointer(&present->prekey, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Present, present_clear)

#define PRESENT                                                                                              \
	"SELECT id, account, pair_identity, prekey, prekey_time, removed_at, push_token "                    \
	"FROM devices"

static gboolean
read_present(PipitdRows *rows, Present *present, GError **error)
{
	gboolean found = pipitd_rows_next(rows);
	if (!pipitd_rows_check(rows, error) || !found)
		return FALSE;
	present->id = pipitd_rows_int(rows, 0);
	present->account = pipitd_rows_int(rows, 1);
	present->pair_identity = pipitd_rows_bytes(rows, 2);
	present->prekey = pipitd_rows_bytes(rows, 3);
	present->prekey_time = pipitd_rows_double(rows, 4);
	present->removed = pipitd_rows_int(rows, 5) != 0;
	pipitd_rows_fixed(rows, 6, present->push_token, PIPIT_TOKEN_LEN);
	return TRUE;
}

static gboolean
replace_prekey(PipitdSession *session, const Present *present, const PipitdPrekey *prekey, gint64 now,
	       GError **error)
{
	return pipitd_sql_run(session, error,
			      "INSERT INTO old_prekeys(device, prekey, replaced_at) VALUES (?, ?, ?)", "iBi",
			      present->id, present->prekey, now) &&
	       (!prekey->alone || pipitd_sql_run(session, error, "DELETE FROM old_prekeys WHERE device = ?",
						 "i", present->id)) &&
	       pipitd_sql_run(
		       session, error,
		       "UPDATE devices SET prekey_record = ?, prekey = ?, prekey_time = ? WHERE id = ?",
		       "BBdi", prekey->prekey_record, prekey->prekey, prekey->prekey_time, present->id);
}

static gboolean
check_room(PipitdSession *session, gint64 account, GError **error)
{
	g_autoptr(PipitdRows) rows =
		pipitd_sql(session, "SELECT count(*) FROM devices WHERE account = ? AND removed_at IS NULL",
			   "i", account);
	gint64 count = pipitd_rows_next(rows) ? pipitd_rows_int(rows, 0) : 0;
	if (!pipitd_rows_check(rows, error))
		return FALSE;
	if (count < PIPIT_HANDLE_MAX_DEVICES)
		return TRUE;
	g_set_error(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_TOO_MANY,
		    "this account has %d devices, which is the most; remove one first",
		    PIPIT_HANDLE_MAX_DEVICES);
	return FALSE;
}

static gboolean
insert_device(PipitdSession *session, gint64 account, const PipitdNewDevice *device, gint64 now,
	      GError **error)
{
	return check_room(session, account, error) &&
	       pipitd_sql_run(
		       session, error,
		       "INSERT INTO devices(account, push_token, auth, name, pair_identity, device_key,"
		       " prekey_record, prekey, prekey_time, added_at, seen_at)"
		       " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "ibbtBBBBdii", account, device->push_token, (gsize)PIPIT_TOKEN_LEN, device->auth,
		       (gsize)PIPITD_TOKEN_HASH_LEN, device->name, device->pair_identity, device->device_key,
		       device->prekey.prekey_record, device->prekey.prekey, device->prekey.prekey_time, now,
		       now) &&
	       pipitd_store_blobs_wait(session, device->push_token, error);
}

static gboolean
renew_device(PipitdSession *session, const Present *present, gint64 account, const PipitdNewDevice *device,
	     gint64 now, GError **error)
{
	if (present->account != account || present->removed) {
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_DEVICE_KEY_TAKEN,
				    "this device key was used before; make new keys");
		return FALSE;
	}
	if (!g_bytes_equal(present->pair_identity, device->pair_identity)) {
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_KEYS_DIFFER,
				    "this device is known with another pair identity");
		return FALSE;
	}
	if (device->prekey.prekey_time > present->prekey_time &&
	    !replace_prekey(session, present, &device->prekey, now, error))
		return FALSE;
	return pipitd_sql_run(session, error,
			      "UPDATE devices SET auth = ?, name = ?, seen_at = ? WHERE id = ?", "btii",
			      device->auth, (gsize)PIPITD_TOKEN_HASH_LEN, device->name, now, present->id);
}

gboolean
pipitd_store_put_device(PipitdSession *session, gint64 account, const PipitdNewDevice *device, gint64 now,
			guint8 push_token[static PIPIT_TOKEN_LEN], gboolean *added, GError **error)
{
	g_auto(Present) present = {0};
	g_autoptr(GError) failure = NULL;
	{
		g_autoptr(PipitdRows) rows =
			pipitd_sql(session, PRESENT " WHERE device_key = ?", "B", device->device_key);
		*added = !read_present(rows, &present, &failure);
	}
	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	memcpy(push_token, *added ? device->push_token : present.push_token, PIPIT_TOKEN_LEN);
	return *added ? insert_device(session, account, device, now, error)
		      : renew_device(session, &present, account, device, now, error);
}

gboolean
pipitd_store_put_prekey(PipitdSession *session, gint64 device, const PipitdPrekey *prekey, gint64 now,
			GError **error)
{
	g_auto(Present) present = {0};
	g_autoptr(GError) failure = NULL;
	gboolean found;
	{
		g_autoptr(PipitdRows) rows =
			pipitd_sql(session, PRESENT " WHERE id = ? AND removed_at IS NULL", "i", device);
		found = read_present(rows, &present, &failure);
	}
	if (failure != NULL) {
		g_propagate_error(error, g_steal_pointer(&failure));
		return FALSE;
	}
	if (!found) {
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_NOT_FOUND,
				    "no such device");
		return FALSE;
	}
	/* The same prekey again, perhaps signed anew: the answer to the first time was lost. */
	if (g_bytes_equal(present.prekey, prekey->prekey) && prekey->prekey_time >= present.prekey_time &&
	    prekey->prekey_time <= present.prekey_time)
		return TRUE;
	if (prekey->prekey_time <= present.prekey_time) {
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_PREKEY_ROLLBACK,
				    "this prekey is not later than the last");
		return FALSE;
	}
	return replace_prekey(session, &present, prekey, now, error);
}

static gboolean
find_own_device(PipitdSession *session, gint64 account, GBytes *push_token, gint64 *device, GError **error)
{
	g_autoptr(PipitdRows) rows = pipitd_sql(
		session, "SELECT id FROM devices WHERE push_token = ? AND account = ? AND removed_at IS NULL",
		"Bi", push_token, account);
	if (pipitd_rows_next(rows)) {
		*device = pipitd_rows_int(rows, 0);
		return TRUE;
	}
	if (pipitd_rows_check(rows, error))
		g_set_error_literal(error, PIPITD_STORE_ERROR, PIPITD_STORE_ERROR_NOT_FOUND,
				    "this account has no such device");
	return FALSE;
}

gboolean
pipitd_store_remove_device(PipitdSession *session, gint64 account, GBytes *push_token, gint64 now,
			   gint64 *device, GError **error)
{
	return find_own_device(session, account, push_token, device, error) &&
	       pipitd_sql_run(session, error, "DELETE FROM queue WHERE device = ?", "i", *device) &&
	       pipitd_sql_run(session, error, "DELETE FROM old_prekeys WHERE device = ?", "i", *device) &&
	       pipitd_store_blobs_done(session, *device, error) &&
	       pipitd_sql_run(session, error,
			      "UPDATE devices SET auth = NULL, removed_at = ?, queued = 0, queued_bytes = 0"
			      " WHERE id = ?",
			      "ii", now, *device);
}

gboolean
pipitd_store_touch_device(PipitdSession *session, gint64 device, gint64 now, GError **error)
{
	return pipitd_sql_run(session, error, "UPDATE devices SET seen_at = ? WHERE id = ?", "ii", now,
			      device);
}
