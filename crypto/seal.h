/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both sealed formats share: the names of the suites and the one error of opening. */
#pragma once

#include <glib.h>

#define PIPIT_SEAL_ERROR (pipit_seal_error_quark())
GQuark pipit_seal_error_quark(void);

typedef enum {
	PIPIT_SEAL_ERROR_REFUSED,   /* a payload that does not open: one error, whatever the reason */
	PIPIT_SEAL_ERROR_PREKEY,    /* the recipient has no prekey to seal to */
	PIPIT_SEAL_ERROR_TOO_LARGE, /* more plaintext than the format's length field holds */
	PIPIT_SEAL_ERROR_FAILED,    /* the library behind crypto/p256.h did: nothing was sealed */
} PipitSealError;

typedef enum {
	PIPIT_SUITE_PAIR,
	PIPIT_SUITE_PAIR_EC,
} PipitSuite;

/** Returns: (transfer none) "pair" or "pair-ec", as the envelope names it. */
const char *pipit_suite_name(PipitSuite suite);

/** Reads a suite's name; FALSE if there is no such suite. */
gboolean pipit_suite_parse(const char *name, PipitSuite *suite);

/**
 * Sets the one error of opening, with the one message that tells nothing of the reason.
 * Returns: NULL, for the caller to return.
 */
GBytes *pipit_seal_refuse(GError **error);

/** Sets PIPIT_SEAL_ERROR_FAILED. Returns: NULL, for the caller to return. */
GBytes *pipit_seal_fail(GError **error);
