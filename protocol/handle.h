/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles: the URIs that stand for a person (docs/protocol.md, "Words"). */
#pragma once

#include <glib.h>

/**
 * Reads what a person types: "Alice@Example.org", "+1 555 123-4567", or the URI itself.
 * Returns: (transfer full) the normalised URI, "mailto:alice@example.org" or "tel:+15551234567"; NULL if it is no address.
 */
char *pipit_handle_parse(const char *typed);

/** TRUE if @uri is a handle in its normal form, as it goes over the wire. */
gboolean pipit_handle_valid(const char *uri);

/** Returns: (transfer none) the part of @uri that people read: what follows the colon. */
const char *pipit_handle_display(const char *uri);

/** Returns: (transfer none) the domain of a mailto handle; NULL for a phone number. */
const char *pipit_handle_domain(const char *uri);
