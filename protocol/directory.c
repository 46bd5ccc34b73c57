/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules by which what the directory said is believed, and for how long. */
#include "protocol/directory.h"

#include <string.h>

#include "protocol/limits.h"
#include "protocol/store_directory.h"
#include "protocol/store_keys.h"
#include "protocol/store_private.h"

#define MINUTE_MS (G_GINT64_CONSTANT(60) * 1000)
#define SEND_LIFE_MS (10 * MINUTE_MS)
#define SEND_EPHEMERA_LIFE_MS PIPIT_DAY_MS
/* Long enough to act upon the answer; who registers after it is not taken for absent. */
#define NOBODY_LIFE_MS (10 * G_GINT64_CONSTANT(1000))
/* How long after a look-up a device that was there is taken to be there still, when it sends to us. */
#define SENDER_LIFE_MS (60 * MINUTE_MS)
#define OLD_PREKEY_MS (45 * PIPIT_DAY_MS)
#define OLD_PREKEY_LIFE_MS MINUTE_MS
#define MAX_IN_MEMORY 512 /* handles */
#define LATEST_DIGESTS 8

struct PipitDirectory {
	PipitStore *store;
	GHashTable *known; /* handle -> PipitKnownHandle */
	guint digests;
};

PipitDirectory *
pipit_directory_new(PipitStore *store)
{
	PipitDirectory *directory = g_new0(PipitDirectory, 1);
	directory->store = store;
	directory->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						 (GDestroyNotify)pipit_known_handle_free);
	return directory;
}

void
pipit_directory_free(PipitDirectory *directory)
{
	if (directory == NULL)
		return;
	g_hash_table_unref(directory->known);
	g_free(directory);
}

/* The store has all of them. What is marked for a look-up stays, and so do the latest answers, which a batch may wait for. */
static gboolean
can_be_read_again(gpointer handle G_GNUC_UNUSED, gpointer entry, gpointer user_data)
{
	const PipitKnownHandle *known = entry;
	const PipitDirectory *directory = user_data;
	return !known->outdated && known->digest + LATEST_DIGESTS < directory->digests;
}

static void
keep_in_memory(PipitDirectory *directory, char *handle, PipitKnownHandle *known)
{
	if (g_hash_table_size(directory->known) >= MAX_IN_MEMORY)
		g_hash_table_foreach_remove(directory->known, can_be_read_again, directory);
	g_hash_table_replace(directory->known, handle, known);
}

/* Returns NULL if @handle was never looked up. What can't be read is as good as that: it will be looked up. */
static PipitKnownHandle *
find_known(PipitDirectory *directory, const char *handle)
{
	PipitKnownHandle *known = g_hash_table_lookup(directory->known, handle);
	if (known == NULL && pipit_store_read_handle(directory->store, handle, &known, NULL) && known != NULL)
		keep_in_memory(directory, g_strdup(handle), known);
	return known;
}

static gboolean
is_younger(const PipitKnownHandle *known, gint64 now, gint64 life)
{
	/* A look-up in the future was made before the clock was set back: nobody knows how old it is. */
	return !known->outdated && known->fetched_at <= now && now - known->fetched_at < life;
}

static gboolean
has_old_prekey(const PipitKnownHandle *known, const PipitDeviceRecord *record, gint64 now)
{
	if (!pipit_device_public_has_prekey(record->keys))
		return FALSE;
	gint64 server_now = known->server_time + (now - known->fetched_at);
	double made_at = pipit_device_public_prekey_timestamp(record->keys) * 1000;
	return made_at < (double)(server_now - OLD_PREKEY_MS);
}

static gboolean
is_usable(const PipitKnownHandle *known, const PipitKnownDevice *device, gint64 now)
{
	return device->confirmed || !has_old_prekey(known, device->record, now);
}

static GPtrArray *
devices_if_younger(PipitDirectory *directory, const char *handle, gint64 now, gint64 life)
{
	const PipitKnownHandle *known = find_known(directory, handle);
	if (known == NULL || !is_younger(known, now, life))
		return NULL;
	g_autoptr(GPtrArray) devices =
		g_ptr_array_new_with_free_func((GDestroyNotify)pipit_device_record_unref);
	for (guint i = 0; i < known->devices->len; i++) {
		const PipitKnownDevice *device = known->devices->pdata[i];
		if (device->record->removed_at != 0 || !is_usable(known, device, now))
			continue;
		if (has_old_prekey(known, device->record, now) && !is_younger(known, now, OLD_PREKEY_LIFE_MS))
			return NULL;
		g_ptr_array_add(devices, pipit_device_record_ref(device->record));
	}
	if (devices->len == 0 && !is_younger(known, now, NOBODY_LIFE_MS))
		return NULL;
	return g_steal_pointer(&devices);
}

GPtrArray *
pipit_directory_devices(PipitDirectory *directory, const char *handle, gint64 now)
{
	return devices_if_younger(directory, handle, now, SEND_LIFE_MS);
}

GPtrArray *
pipit_directory_devices_for_ephemera(PipitDirectory *directory, const char *handle, gint64 now)
{
	return devices_if_younger(directory, handle, now, SEND_EPHEMERA_LIFE_MS);
}

guint
pipit_directory_unusable(PipitDirectory *directory, const char *handle, gint64 now)
{
	const PipitKnownHandle *known = find_known(directory, handle);
	if (known == NULL)
		return 0;
	guint unusable = known->unusable;
	for (guint i = 0; i < known->devices->len; i++) {
		const PipitKnownDevice *device = known->devices->pdata[i];
		if (device->record->removed_at == 0 && !is_usable(known, device, now))
			unusable++;
	}
	return unusable;
}

static PipitDeviceRecord *
find_device(const PipitKnownHandle *known, GBytes *push_token)
{
	for (guint i = 0; known != NULL && i < known->devices->len; i++) {
		const PipitKnownDevice *device = known->devices->pdata[i];
		if (g_bytes_equal(device->record->push_token, push_token))
			return device->record;
	}
	return NULL;
}

PipitSenderFound
pipit_directory_sender(PipitDirectory *directory, const char *handle, GBytes *push_token, gint64 received_at,
		       PipitDeviceRecord **device)
{
	const PipitKnownHandle *known = find_known(directory, handle);
	PipitDeviceRecord *found = find_device(known, push_token);
	if (found == NULL)
		return known != NULL && known->server_time >= received_at ? PIPIT_SENDER_UNKNOWN
									  : PIPIT_SENDER_LOOK_UP;
	if (found->removed_at != 0 && found->removed_at <= received_at)
		return PIPIT_SENDER_UNKNOWN;
	if (found->removed_at == 0 && received_at - known->server_time > SENDER_LIFE_MS)
		return PIPIT_SENDER_LOOK_UP;
	*device = pipit_device_record_ref(found);
	return PIPIT_SENDER_FOUND;
}

guint
pipit_directory_digests(const PipitDirectory *directory)
{
	return directory->digests;
}

gboolean
pipit_directory_was_asked_since(PipitDirectory *directory, const char *handle, guint mark)
{
	const PipitKnownHandle *known = find_known(directory, handle);
	return known != NULL && known->digest > mark;
}

/* The same device with another prekey record. Returns NULL if they do not fit together. */
static PipitDeviceRecord *
with_prekey(const PipitDeviceRecord *record, GBytes *prekey_record)
{
	return pipit_device_record_new(record->push_token, record->pair_identity, record->device_key,
				       prekey_record, record->added_at, record->removed_at, NULL);
}

/* TRUE if @record shows a prekey that may stand where @seen of @seen_at was seen before. */
static gboolean
prekey_may_follow(const PipitDeviceRecord *record, GBytes *seen, double seen_at)
{
	if (seen == NULL)
		return TRUE;
	if (record->prekey_record == NULL)
		return FALSE;
	double shown_at = pipit_device_public_prekey_timestamp(record->keys);
	if (shown_at != seen_at)
		return shown_at > seen_at;
	/* A record that was signed again has other bytes; a replaced prekey has a later time. */
	g_autoptr(PipitDeviceRecord) before = with_prekey(record, seen);
	return before != NULL && memcmp(pipit_device_public_prekey(before->keys),
					pipit_device_public_prekey(record->keys), PIPIT_COMPACT_KEY_LEN) == 0;
}

/* Puts @record into @known as the rules want it, and remembers its prekey. */
static gboolean
take_device(PipitStore *store, PipitKnownHandle *known, PipitDeviceRecord *record, GError **error)
{
	g_autoptr(GBytes) seen = NULL;
	double seen_at = 0;
	if (!pipit_store_read_prekey_seen(store, record->device_key, &seen, &seen_at, error))
		return FALSE;
	if (!prekey_may_follow(record, seen, seen_at)) {
		g_autoptr(PipitDeviceRecord) kept = with_prekey(record, seen);
		if (kept != NULL)
			g_ptr_array_add(known->devices, pipit_known_device_new(kept, FALSE));
		else
			known->unusable++;
		return TRUE;
	}
	g_ptr_array_add(known->devices, pipit_known_device_new(record, TRUE));
	if (record->prekey_record == NULL)
		return TRUE;
	return pipit_store_write_prekey_seen(store, record->device_key, record->prekey_record,
					     pipit_device_public_prekey_timestamp(record->keys), error);
}

static gboolean
has_device_key(const PipitKnownHandle *known, GBytes *device_key)
{
	for (guint i = 0; i < known->devices->len; i++) {
		const PipitKnownDevice *device = known->devices->pdata[i];
		if (g_bytes_equal(device->record->device_key, device_key))
			return TRUE;
	}
	return FALSE;
}

/* TRUE for a device that came to those that somebody was known by. Of somebody whom we did not know, or who had none,
 * every device is new, and none is worth a word. That its keys were seen with somebody else excuses nothing. */
static gboolean
is_news(PipitStore *store, const PipitKnownHandle *before, const PipitDeviceRecord *record)
{
	return before != NULL && before->devices->len > 0 && record->removed_at == 0 &&
	       !has_device_key(before, record->device_key) &&
	       !pipit_store_is_this_device(store, pipit_device_public_device_key(record->keys));
}

typedef struct {
	PipitDirectory *directory;
	const PipitLookupAnswer *answer;
	gint64 now;
	GHashTable *known; /* what the answer makes known: handle -> PipitKnownHandle */
} Digestion;

static gboolean
write_result(PipitStore *store, Digestion *digestion, const PipitLookupResult *result, GError **error)
{
	g_autoptr(PipitKnownHandle) known =
		pipit_known_handle_new(digestion->now, digestion->answer->time, result->dropped);
	const PipitKnownHandle *before = find_known(digestion->directory, result->handle);
	for (guint i = 0; i < result->devices->len; i++) {
		PipitDeviceRecord *record = result->devices->pdata[i];
		if (!take_device(store, known, record, error))
			return FALSE;
		if (is_news(store, before, record) &&
		    !pipit_store_add_new_device(store, result->handle, record->device_key, error))
			return FALSE;
	}
	if (!pipit_store_write_handle(store, result->handle, known, error))
		return FALSE;
	g_hash_table_insert(digestion->known, g_strdup(result->handle), g_steal_pointer(&known));
	return TRUE;
}

static gboolean
write_answer(PipitStore *store, gpointer user_data, GError **error)
{
	Digestion *digestion = user_data;
	for (guint i = 0; i < digestion->answer->results->len; i++)
		if (!write_result(store, digestion, digestion->answer->results->pdata[i], error))
			return FALSE;
	return TRUE;
}

gboolean
pipit_directory_digest(PipitDirectory *directory, const PipitLookupAnswer *answer, gint64 now, GError **error)
{
	g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							    (GDestroyNotify)pipit_known_handle_free);
	Digestion digestion = {directory, answer, now, known};
	if (!pipit_store_transaction_lazily(directory->store, write_answer, &digestion, error))
		return FALSE;
	GHashTableIter iter;
	gpointer handle;
	gpointer entry;
	directory->digests++;
	g_hash_table_iter_init(&iter, known);
	while (g_hash_table_iter_next(&iter, &handle, &entry)) {
		g_hash_table_iter_steal(&iter);
		((PipitKnownHandle *)entry)->digest = directory->digests;
		keep_in_memory(directory, handle, entry);
	}
	return TRUE;
}

void
pipit_directory_outdated(PipitDirectory *directory, const char *handle)
{
	PipitKnownHandle *known = find_known(directory, handle);
	if (known != NULL)
		known->outdated = TRUE;
}
