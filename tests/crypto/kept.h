/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices and payloads in tests/vectors/, for the tests in this folder; a file that can't be read ends the test. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "crypto/device_keys.h"

/** Returns: (transfer full) the root of tests/vectors/@file. */
JsonNode *kept_file(const char *file);

/** Each returns: (transfer full) that part of the device @name in devices.json. */
PipitDeviceSecrets *kept_secrets(const char *name);
PipitPrekeySecret *kept_prekey(const char *name);
PipitDevicePublic *kept_public(const char *name);

/** Returns: (transfer full) one member of the device's public or private JSON: base64 decoded, or a string. */
GBytes *kept_public_bytes(const char *name, const char *member);
char *kept_private_string(const char *name, const char *member);

/** Returns: (transfer full) the plaintext that make_vectors.py used for this size. */
GBytes *kept_plaintext(gsize size);

/** Returns: (transfer full) the bytes of @hex. */
GBytes *kept_hex(const char *hex);

/** Ends the test if the bytes differ, and prints both. */
void kept_assert_equal(gconstpointer got, gsize got_size, gconstpointer expected, gsize expected_size);
