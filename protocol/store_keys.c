/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This device's own keys, in key files; their public halves and dates in SQLite. */
#include "protocol/store_keys.h"

#include <math.h>
#include <string.h>

#include "protocol/i18n.h"
#include "protocol/key_file.h"
#include "protocol/limits.h"
#include "protocol/store_private.h"

#define PREKEY_LIFE_MS (7 * PIPIT_DAY_MS)
#define RETIRED_LIFE_MS (35 * PIPIT_DAY_MS)
#define PREKEY_PREFIX "prekey-"

typedef struct {
	PipitPrekeySecret *secret;
	GBytes *record;
	gboolean published;
	gint64 replaced_at; /* ms, the server's clock; 0: it is not */
} StoredPrekey;

static void
stored_prekey_free(gpointer memory)
{
	StoredPrekey *prekey = memory;
	pipit_prekey_secret_unref(prekey->secret);
	g_bytes_unref(prekey->record);
	g_free(prekey);
}

static char *
key_path(const PipitStore *store, const char *name)
{
	return g_build_filename(store->keys_folder, name, NULL);
}

static char *
prekey_path(const PipitStore *store, const guint8 *key)
{
	GString *name = g_string_new(PREKEY_PREFIX);
	for (guint i = 0; i < PIPIT_COMPACT_KEY_LEN; i++)
		g_string_append_printf(name, "%02x", key[i]);
	g_autofree char *owned = g_string_free(name, FALSE);
	return key_path(store, owned);
}

static gboolean
fail_key(PipitStore *store, const GError *why, GError **error)
{
	if (why->code != PIPIT_KEY_FILE_ERROR_IO)
		return pipit_store_fail_damaged(store, why->message, error);
	g_set_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IO,
		    _("A key can't be read or written: %s. Check the disk and the folder's permissions."),
		    why->message);
	return FALSE;
}

static gboolean
load_device(PipitStore *store, GError **error)
{
	g_autofree char *path = key_path(store, "device");
	g_autoptr(GError) why = NULL;
	store->device = pipit_key_file_read_device(path, &why);
	gboolean before_first_sign_in = store->account.push_token == NULL;
	if (store->device != NULL || (before_first_sign_in && g_error_matches(why, PIPIT_KEY_FILE_ERROR,
									      PIPIT_KEY_FILE_ERROR_MISSING)))
		return TRUE;
	return fail_key(store, why, error);
}

/* A token that is gone is no disaster: the server gives a new one for the password. */
static gboolean
load_auth_token(PipitStore *store, GError **error)
{
	g_autofree char *path = key_path(store, "token");
	g_autoptr(GError) why = NULL;
	store->auth_token = pipit_key_file_read_token(path, &why);
	if (store->auth_token != NULL ||
	    g_error_matches(why, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_MISSING))
		return TRUE;
	return fail_key(store, why, error);
}

static gboolean
forget_prekey(PipitStore *store, gpointer user_data, GError **error)
{
	const guint8 *key = user_data;
	return pipit_store_run(store, error, "DELETE FROM replay_ephemeral WHERE prekey = ?", "k", key) &&
	       pipit_store_run(store, error, "DELETE FROM replay_counter WHERE prekey = ?", "k", key) &&
	       pipit_store_run(store, error, "DELETE FROM prekey WHERE key = ?", "k", key);
}

/* Puts it into @wiped if the file of a retired one is gone: we died before its row went too. */
static gboolean
load_prekey(PipitStore *store, sqlite3_stmt *row, GPtrArray *wiped, GError **error)
{
	g_autoptr(GBytes) key = pipit_store_column_bytes(row, 0);
	if (key == NULL || g_bytes_get_size(key) != PIPIT_COMPACT_KEY_LEN)
		return pipit_store_fail_damaged(store, "prekey", error);
	gint64 replaced_at = sqlite3_column_int64(row, 3);
	g_autofree char *path = prekey_path(store, g_bytes_get_data(key, NULL));
	g_autoptr(GError) why = NULL;
	g_autoptr(PipitPrekeySecret) secret = pipit_key_file_read_prekey(path, &why);
	if (secret == NULL && replaced_at != 0 &&
	    g_error_matches(why, PIPIT_KEY_FILE_ERROR, PIPIT_KEY_FILE_ERROR_MISSING)) {
		g_ptr_array_add(wiped, g_steal_pointer(&key));
		return TRUE;
	}
	if (secret == NULL)
		return fail_key(store, why, error);
	if (memcmp(pipit_prekey_secret_key(secret), g_bytes_get_data(key, NULL), PIPIT_COMPACT_KEY_LEN) != 0)
		return pipit_store_fail_damaged(store, path, error);
	StoredPrekey *prekey = g_new0(StoredPrekey, 1);
	prekey->secret = g_steal_pointer(&secret);
	prekey->record = pipit_store_column_bytes(row, 1);
	prekey->published = sqlite3_column_int(row, 2) != 0;
	prekey->replaced_at = replaced_at;
	g_ptr_array_add(store->prekeys, prekey);
	return TRUE;
}

static gboolean
read_prekey_rows(PipitStore *store, GPtrArray *wiped, GError **error)
{
	g_autoptr(sqlite3_stmt) rows = pipit_store_query(
		store, error,
		"SELECT key, record, published, replaced_at FROM prekey ORDER BY timestamp DESC", "");
	if (rows == NULL)
		return FALSE;
	int result;
	while ((result = pipit_store_step(store, rows, error)) == SQLITE_ROW)
		if (!load_prekey(store, rows, wiped, error))
			return FALSE;
	return result == SQLITE_DONE;
}

static gboolean
load_prekeys(PipitStore *store, GError **error)
{
	g_autoptr(GPtrArray) wiped = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	if (!read_prekey_rows(store, wiped, error))
		return FALSE;
	for (guint i = 0; i < wiped->len; i++) {
		gpointer key = (gpointer)g_bytes_get_data(wiped->pdata[i], NULL);
		if (!pipit_store_transaction(store, forget_prekey, key, error))
			return FALSE;
	}
	return TRUE;
}

static StoredPrekey *
find_prekey(const PipitStore *store, const guint8 *key)
{
	for (guint i = 0; i < store->prekeys->len; i++) {
		StoredPrekey *prekey = store->prekeys->pdata[i];
		if (memcmp(pipit_prekey_secret_key(prekey->secret), key, PIPIT_COMPACT_KEY_LEN) == 0)
			return prekey;
	}
	return NULL;
}

static gint
newest_first(gconstpointer a, gconstpointer b)
{
	const StoredPrekey *const *one = a;
	const StoredPrekey *const *two = b;
	double difference =
		pipit_prekey_secret_timestamp((*two)->secret) - pipit_prekey_secret_timestamp((*one)->secret);
	return difference < 0 ? -1 : difference > 0;
}

static gboolean
keep_prekey(PipitStore *store, PipitPrekeySecret *secret, GBytes *record, gint64 replaced_at, GError **error)
{
	gboolean published = replaced_at != 0;
	if (!pipit_store_run(store, error, "INSERT INTO prekey VALUES (?, ?, ?, ?, nullif(?, 0))", "kdbii",
			     pipit_prekey_secret_key(secret), pipit_prekey_secret_timestamp(secret), record,
			     (gint64)published, replaced_at))
		return FALSE;
	StoredPrekey *prekey = g_new0(StoredPrekey, 1);
	prekey->secret = pipit_prekey_secret_ref(secret);
	prekey->record = g_bytes_ref(record);
	prekey->published = published;
	prekey->replaced_at = replaced_at;
	g_ptr_array_add(store->prekeys, prekey);
	g_ptr_array_sort(store->prekeys, newest_first);
	return TRUE;
}

/* A prekey that the database does not know: we died before its row was written, or the database is an older copy of
 * itself. Somebody may have sealed for it, so it opens what comes, as a retired one. */
static gboolean
adopt_prekey(PipitStore *store, const char *path, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(PipitPrekeySecret) secret = pipit_key_file_read_prekey(path, &why);
	if (secret == NULL)
		return fail_key(store, why, error);
	if (find_prekey(store, pipit_prekey_secret_key(secret)) != NULL)
		return TRUE;
	g_autoptr(GBytes) record = pipit_prekey_record_new(secret, store->device);
	gint64 made_at = (gint64)(pipit_prekey_secret_timestamp(secret) * 1000);
	return keep_prekey(store, secret, record, made_at + PREKEY_LIFE_MS, error);
}

static gboolean
sweep_file(PipitStore *store, const char *name, GError **error)
{
	g_autofree char *path = key_path(store, name);
	g_autoptr(GError) why = NULL;
	if (g_str_has_suffix(name, PIPIT_KEY_FILE_UNFINISHED))
		return pipit_key_file_remove(path, &why) || fail_key(store, why, error);
	if (g_str_has_prefix(name, PREKEY_PREFIX) && store->device != NULL)
		return adopt_prekey(store, path, error);
	return TRUE;
}

/* Meets what a death left behind: unfinished files, and prekeys that no row names. */
static gboolean
sweep_folder(PipitStore *store, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(GDir) folder = g_dir_open(store->keys_folder, 0, &why);
	if (folder == NULL) {
		g_set_error(error, PIPIT_STORE_ERROR, PIPIT_STORE_ERROR_IO, "%s", why->message);
		return FALSE;
	}
	const char *name;
	while ((name = g_dir_read_name(folder)) != NULL)
		if (!sweep_file(store, name, error))
			return FALSE;
	return TRUE;
}

gboolean
pipit_store_load_keys(PipitStore *store, GError **error)
{
	store->prekeys = g_ptr_array_new_with_free_func(stored_prekey_free);
	return load_device(store, error) && load_auth_token(store, error) && load_prekeys(store, error) &&
	       sweep_folder(store, error);
}

void
pipit_store_clear_keys(PipitStore *store)
{
	g_clear_pointer(&store->device, pipit_device_secrets_unref);
	g_clear_pointer(&store->auth_token, g_bytes_unref);
	g_clear_pointer(&store->prekeys, g_ptr_array_unref);
}

PipitDeviceSecrets *
pipit_store_device(const PipitStore *store)
{
	return store->device;
}

gboolean
pipit_store_is_this_device(const PipitStore *store, const guint8 *device_key)
{
	return store->device != NULL &&
	       memcmp(device_key, pipit_device_secrets_device_key(store->device), PIPIT_COMPACT_KEY_LEN) == 0;
}

GBytes *
pipit_store_auth_token(const PipitStore *store)
{
	return store->auth_token;
}

gboolean
pipit_store_save_device(PipitStore *store, PipitDeviceSecrets *device, GError **error)
{
	g_return_val_if_fail(store->device == NULL, FALSE);
	g_autofree char *path = key_path(store, "device");
	g_autoptr(GError) why = NULL;
	if (!pipit_key_file_write_device(path, device, &why))
		return fail_key(store, why, error);
	store->device = pipit_device_secrets_ref(device);
	return TRUE;
}

gboolean
pipit_store_save_auth_token(PipitStore *store, GBytes *token, GError **error)
{
	g_autofree char *path = key_path(store, "token");
	g_autoptr(GError) why = NULL;
	if (!pipit_key_file_write_token(path, token, &why))
		return fail_key(store, why, error);
	g_bytes_ref(token);
	g_clear_pointer(&store->auth_token, g_bytes_unref);
	store->auth_token = token;
	return TRUE;
}

gboolean
pipit_store_add_prekey(PipitStore *store, PipitPrekeySecret *prekey, GBytes *record, GError **error)
{
	g_autofree char *path = prekey_path(store, pipit_prekey_secret_key(prekey));
	g_autoptr(GError) why = NULL;
	if (!pipit_key_file_write_prekey(path, prekey, &why))
		return fail_key(store, why, error);
	return keep_prekey(store, prekey, record, 0, error);
}

typedef struct {
	const guint8 *key;
	gint64 server_now;
} Publication;

static gboolean
write_published(PipitStore *store, gpointer user_data, GError **error)
{
	const Publication *publication = user_data;
	return pipit_store_run(store, error,
			       "UPDATE prekey SET published = 1, replaced_at = ? WHERE replaced_at IS NULL "
			       "AND key <> ?",
			       "ik", publication->server_now, publication->key) &&
	       pipit_store_run(store, error, "UPDATE prekey SET published = 1 WHERE key = ?", "k",
			       publication->key);
}

gboolean
pipit_store_prekey_published(PipitStore *store, const guint8 *key, gint64 server_now, GError **error)
{
	Publication publication = {key, server_now};
	g_return_val_if_fail(find_prekey(store, key) != NULL, FALSE);
	if (!pipit_store_transaction(store, write_published, &publication, error))
		return FALSE;
	for (guint i = 0; i < store->prekeys->len; i++) {
		StoredPrekey *prekey = store->prekeys->pdata[i];
		prekey->published = TRUE;
		gboolean is_it =
			memcmp(pipit_prekey_secret_key(prekey->secret), key, PIPIT_COMPACT_KEY_LEN) == 0;
		if (!is_it && prekey->replaced_at == 0)
			prekey->replaced_at = server_now;
	}
	return TRUE;
}

static StoredPrekey *
find_unreplaced(const PipitStore *store, gboolean published)
{
	for (guint i = 0; i < store->prekeys->len; i++) {
		StoredPrekey *prekey = store->prekeys->pdata[i];
		if (prekey->replaced_at == 0 && prekey->published == published)
			return prekey;
	}
	return NULL;
}

PipitPrekeySecret *
pipit_store_pending_prekey(const PipitStore *store, GBytes **record)
{
	StoredPrekey *prekey = find_unreplaced(store, FALSE);
	if (record != NULL)
		*record = prekey != NULL ? prekey->record : NULL;
	return prekey != NULL ? prekey->secret : NULL;
}

PipitPrekeySecret *
pipit_store_current_prekey(const PipitStore *store)
{
	StoredPrekey *prekey = find_unreplaced(store, TRUE);
	return prekey != NULL ? prekey->secret : NULL;
}

gboolean
pipit_store_prekey_due(const PipitStore *store, gint64 server_now)
{
	PipitPrekeySecret *current = pipit_store_current_prekey(store);
	if (current == NULL)
		return TRUE;
	return pipit_prekey_secret_timestamp(current) * 1000 + (double)PREKEY_LIFE_MS < (double)server_now;
}

double
pipit_store_next_prekey_timestamp(const PipitStore *store, gint64 server_now)
{
	double now = (double)server_now / 1000;
	if (store->prekeys->len == 0)
		return now;
	const StoredPrekey *newest = store->prekeys->pdata[0];
	return fmax(now, pipit_prekey_secret_timestamp(newest->secret) + 0.001);
}

GPtrArray *
pipit_store_prekeys(const PipitStore *store)
{
	GPtrArray *secrets = g_ptr_array_new_with_free_func((GDestroyNotify)pipit_prekey_secret_unref);
	for (guint i = 0; i < store->prekeys->len; i++) {
		const StoredPrekey *prekey = store->prekeys->pdata[i];
		g_ptr_array_add(secrets, pipit_prekey_secret_ref(prekey->secret));
	}
	return secrets;
}

/* First the file: a death in between leaves a row without a key, never a key that nobody will wipe. */
static gboolean
expire_prekey(PipitStore *store, guint index, GError **error)
{
	StoredPrekey *prekey = store->prekeys->pdata[index];
	const guint8 *key = pipit_prekey_secret_key(prekey->secret);
	g_autofree char *path = prekey_path(store, key);
	g_autoptr(GError) why = NULL;
	if (!pipit_key_file_remove(path, &why))
		return fail_key(store, why, error);
	if (!pipit_store_transaction(store, forget_prekey, (gpointer)key, error))
		return FALSE;
	g_ptr_array_remove_index(store->prekeys, index);
	return TRUE;
}

gboolean
pipit_store_expire_prekeys(PipitStore *store, gint64 server_now, GError **error)
{
	for (guint i = store->prekeys->len; i-- > 0;) {
		const StoredPrekey *prekey = store->prekeys->pdata[i];
		gboolean expired =
			prekey->replaced_at != 0 && prekey->replaced_at < server_now - RETIRED_LIFE_MS;
		if (expired && !expire_prekey(store, i, error))
			return FALSE;
	}
	return TRUE;
}
