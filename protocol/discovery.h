/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the server that a handle's domain names (docs/protocol.md, "Finding the server"). */
#pragma once

#include "protocol/failure.h"

/** @origin is NULL on failure; both are valid during the call. */
typedef void (*PipitDiscovered)(gpointer user_data, const char *origin, const PipitFailure *failure);

/**
 * Asks https://@domain/.well-known/pipit; where nothing usable is, the server is taken to be https://@domain itself.
 * Whether a Pipit server is there is not asked. @done comes exactly once, from the loop.
 */
void pipit_discover(PipitHttp *http, const char *domain, PipitDiscovered done, gpointer user_data);
