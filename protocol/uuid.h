/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message ids: random UUIDs (RFC 9562, version 4) in lower case. */
#pragma once

#include <glib.h>

/** Returns: (transfer full) a new id, from the kernel's randomness. */
char *pipit_uuid_new(void);

/** TRUE if @text is a UUID as we write one: 36 characters, lower case; any version. */
gboolean pipit_uuid_valid(const char *text);
