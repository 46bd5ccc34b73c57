/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's keys as JSON, the form in which `pipit keygen`, `public`, `seal` and `open` pass them on. */
#pragma once

#include <glib.h>

#include "crypto/device_keys.h"

/* Both private; owned. */
typedef struct {
	PipitDeviceSecrets *device;
	PipitPrekeySecret *prekey;
} PipitPrivateKeys;

/** Reads the JSON that `pipit keygen` writes. Returns: FALSE with an error, and nothing set. */
gboolean pipit_private_keys_read(PipitPrivateKeys *keys, GBytes *json, GError **error);

/** Returns: (transfer full) the same keys as JSON, one line; free with pipit_secret_string_free(). */
char *pipit_private_keys_to_json(const PipitPrivateKeys *keys);

void pipit_private_keys_clear(PipitPrivateKeys *keys);

/** Reads the JSON that `pipit public` writes. Returns: (transfer full) the checked device; NULL with an error. */
PipitDevicePublic *pipit_public_keys_read(GBytes *json, GError **error);

/** Returns: (transfer full) what others see of @keys as JSON, one line; free with g_free(). */
char *pipit_public_keys_to_json(const PipitPrivateKeys *keys);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitPrivateKeys, pipit_private_keys_clear)
