/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private keys on disk: one file for each, 0600, never in SQLite, whose WAL and free pages keep copies.
 *
 * A file is written whole or not at all (temporary file, fsync, rename, fsync of the folder), ends with a SHA-256 of
 * itself, and is read into memory that is wiped. */
#pragma once

#include <glib.h>

#include "crypto/device_keys.h"

#define PIPIT_KEY_FILE_ERROR (pipit_key_file_error_quark())
GQuark pipit_key_file_error_quark(void);

/* Ends the name of a file that is being written or wiped: whoever finds one after a death removes it. */
#define PIPIT_KEY_FILE_UNFINISHED ".new"

typedef enum {
	PIPIT_KEY_FILE_ERROR_IO,      /* the system refused; the message says what */
	PIPIT_KEY_FILE_ERROR_MISSING, /* there is no such file */
	PIPIT_KEY_FILE_ERROR_DAMAGED, /* not such a key, or not what was written */
} PipitKeyFileError;

gboolean pipit_key_file_write_device(const char *path, const PipitDeviceSecrets *device, GError **error);
PipitDeviceSecrets *pipit_key_file_read_device(const char *path, GError **error);

gboolean pipit_key_file_write_prekey(const char *path, const PipitPrekeySecret *prekey, GError **error);
PipitPrekeySecret *pipit_key_file_read_prekey(const char *path, GError **error);

/** @token: PIPIT_TOKEN_LEN bytes. Read: (transfer full), in memory that is wiped. */
gboolean pipit_key_file_write_token(const char *path, GBytes *token, GError **error);
GBytes *pipit_key_file_read_token(const char *path, GError **error);

/** Overwrites and removes the file; one that is not there is fine. A death in between leaves it whole, or unfinished. */
gboolean pipit_key_file_remove(const char *path, GError **error);
