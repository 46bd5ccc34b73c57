/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `pipit seal` and `pipit open` share: a suite, a sender, a recipient. */
#pragma once

#include <glib.h>

#include "crypto/seal.h"
#include "tools/pipit/pure_keys.h"

/* The options as they were given; strings owned. */
typedef struct {
	char *suite;
	char *sender;
	char *recipient;
	char *counter; /* seal alone */
} PipitSealOptions;

/**
 * Reads the options. @with_counter: whether there is a --counter.
 * Returns: FALSE with an error if one is missing, unknown or not a suite.
 */
gboolean pipit_seal_options_parse(PipitSealOptions *options, PipitSuite *suite, const char *summary,
				  gboolean with_counter, int argc, char **argv, GError **error);

void pipit_seal_options_clear(PipitSealOptions *options);

/** Reads a file of private keys. */
gboolean pipit_private_keys_load(PipitPrivateKeys *keys, const char *path, GError **error);

/** Reads a file of public keys. Returns: (transfer full) */
PipitDevicePublic *pipit_public_keys_load(const char *path, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PipitSealOptions, pipit_seal_options_clear)
