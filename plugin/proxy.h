/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proxy that a person set for an account (or for all), as the engine takes it. */
#pragma once

#include <account.h>

#include "protocol/client.h"

/**
 * Reads the proxy settings of @account. A proxy that is set is never left out in favour of a direct connection.
 * @proxy: out, on success; its strings belong to libpurple.
 * Returns: FALSE with PIPIT_CLIENT_ERROR_INPUT for a proxy without a host or of a kind that is not known.
 */
gboolean pipit_proxy_of_account(PurpleAccount *account, PipitProxy *proxy, GError **error);
