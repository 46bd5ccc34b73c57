/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks prekey records as a client would, and against the server's clock. */
#include "server/prekeys.h"

#include "crypto/prekey.h"

#define AHEAD_MAX_SECONDS (5 * 60)

static gboolean
read_record(GBytes *record, GBytes *device_key, PipitPrekey *read, GError **error)
{
	guint8 point[PIPIT_P256_POINT_LEN];
	if (g_bytes_get_size(device_key) != PIPIT_COMPACT_KEY_LEN ||
	    !pipit_p256_decompress(g_bytes_get_data(device_key, NULL), point)) {
		g_set_error_literal(error, PIPIT_KEYS_ERROR, PIPIT_KEYS_ERROR_INVALID, "no device key");
		return FALSE;
	}
	return pipit_prekey_record_read(record, point, read, error);
}

gboolean
pipitd_prekey_check(PipitdRequest *request, GBytes *record, GBytes *device_key, PipitdPrekey *prekey)
{
	g_autoptr(GError) error = NULL;
	PipitPrekey read;
	if (!read_record(record, device_key, &read, &error)) {
		pipitd_request_refuse(request, PIPIT_PROBLEM_PREKEY_INVALID, error->message);
		return FALSE;
	}
	double now = (double)pipitd_request_now(request) / 1000.0;
	if (read.timestamp > now + AHEAD_MAX_SECONDS || read.timestamp <= 0) {
		pipitd_request_refuse(
			request, PIPIT_PROBLEM_PREKEY_INVALID,
			"its time is ahead of the server's clock: is this device's clock right?");
		return FALSE;
	}
	prekey->prekey_record = g_bytes_ref(record);
	prekey->prekey = g_bytes_new(read.key, sizeof read.key);
	prekey->prekey_time = read.timestamp;
	return TRUE;
}

void
pipitd_prekey_clear(PipitdPrekey *prekey)
{
	g_clear_pointer(&prekey->prekey_record, g_bytes_unref);
	g_clear_pointer(&prekey->prekey, g_bytes_unref);
}
