/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server's origin: "https://host", "https://host:port", or plain http for this machine itself
 * (docs/protocol.md, "Finding the server"). */
#pragma once

#include <glib.h>

/**
 * Reads an origin as a person or a server writes it; "pipit.example.org" alone means https.
 * Returns: (transfer full) in its normal form, without a slash at the end; NULL if it is none: another scheme, a user,
 *   a path, a query, or plain http to anything but loopback.
 */
char *pipit_origin_parse(const char *typed);

/** TRUE if @url begins with an origin on loopback (127.0.0.0/8, ::1, localhost). */
gboolean pipit_origin_is_loopback(const char *url);

/** TRUE if @url may be fetched at all: https, or http on loopback. */
gboolean pipit_origin_allows(const char *url);

/** TRUE if @host (a name, or an address without brackets) is this machine itself. */
gboolean pipit_host_is_loopback(const char *host);
