/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one error of everything that reads keys, own or foreign. */
#pragma once

#include <glib.h>

#define PIPIT_KEYS_ERROR (pipit_keys_error_quark())
GQuark pipit_keys_error_quark(void);

typedef enum {
	PIPIT_KEYS_ERROR_INVALID,   /* not the bytes of such a key: wrong form, size, point or exponent */
	PIPIT_KEYS_ERROR_SIGNATURE, /* a prekey record whose signature does not verify */
} PipitKeysError;
