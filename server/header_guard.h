/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libmicrohttpd lets pass and a server must not: heads that two readers would read in two ways (request smuggling). */
#pragma once

#include <microhttpd.h>

/**
 * Looks at a request's head.
 * Returns: (transfer none) NULL if it is fine, else what is wrong with it; then how the body is framed is not to be
 *   trusted, and the connection must be closed.
 */
const char *pipitd_header_guard(struct MHD_Connection *connection);
